package sportlink_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/browserworker/browsertest"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/sportlink/sportlinksim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

func TestMembers(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{sportlinksim.OIDC, sportlinksim.Legacy} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sportlinksim.Options{Members: 60, Former: 5, Seed: 7, Mode: mode})
			page := w.must("first time")
			if len(page.Items) != 60 || len(page.Faults) != 0 || page.Next != "" {
				t.Fatalf("%d items, %d faults", len(page.Items), len(page.Faults))
			}
			compare(t, w, page)
			again := w.must("second time")
			if w.codes() != 1 || w.searches() != 2 {
				t.Fatalf("%d codes and %d searches, want 1 and 2", w.codes(), w.searches())
			}
			for i, item := range page.Items {
				if !maps.Equal(item.Fields, again.Items[i].Fields) {
					t.Fatalf("item %d differs the second time", i)
				}
			}
			fingerprint, err := w.Check(t.Context())
			if err != nil || fingerprint != "KNVB/"+w.info.Credentials["club_id"] {
				t.Fatalf("fingerprint %q, %v", fingerprint, err)
			}
			if w.codes() != 1 {
				t.Fatal("the check signed in anew")
			}
		})
	}
}

// compare looks at some fields of each member, from the simulator's world.
func compare(t *testing.T, w *world, page connector.Page) {
	t.Helper()
	items := map[string]record.Fields{}
	for _, i := range page.Items {
		items[string(i.ID)] = i.Fields
		if len(i.Fields) != len(w.Collections()[0].Reads) {
			t.Errorf("a member has %d fields of %d", len(i.Fields), len(w.Collections()[0].Reads))
		}
	}
	for n, m := range w.sim.Members() {
		f, ok := items[m.PublicPersonID]
		if ok == (m.MemberStatus == "INACTIVE") {
			t.Errorf("member %d: listed %v, though %s", n, ok, m.MemberStatus)
		}
		if !ok {
			continue
		}
		teams := record.SetValue(strings.Split(m.UnionTeams, ","))
		want := record.Fields{
			person.RelationCode: m.PublicPersonID, person.LastName: m.LastName, person.Infix: strings.ToLower(m.Infix),
			person.BirthDate: m.DateOfBirth, person.UnionTeams: teams, person.HouseNumber: m.AddressNumber,
			person.MemberUntil: m.RelationEnd, person.Parent1Email: strings.ToLower(m.EmailAddressParent1), person.FormerMember: "false",
		}
		for field, value := range want {
			if f[field] != value {
				t.Errorf("member %d: field %s differs", n, field)
			}
		}
	}
}

// TestP334Expiry ends sessions where it hurts: each costs one sign-in, no more.
func TestP334Expiry(t *testing.T) {
	t.Parallel()
	for _, storage := range []string{"session", "memory"} {
		t.Run(storage, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sportlinksim.Options{Members: 20, Seed: 3, Settings: func(s *sportlinksim.Settings) { s.Storage = storage }})
			w.must("first time")
			for i, c := range []struct {
				name   string
				expire func()
			}{
				{"between two runs", func() { w.sim.ExpireSessions() }},
				{"between sign-in and search page", func() {
					w.sim.ExpireSessions()
					w.inject("expire", simkit.Fault{Match: simkit.Match{Path: "/member/search"}, Times: 1})
				}},
				{"between page and search", func() {
					w.inject("expire", simkit.Fault{Match: simkit.Match{Method: "POST", Path: search}, Times: 1})
				}},
				{"between page and search, told by a message", func() {
					w.inject("session-modal", simkit.Fault{Match: simkit.Match{Path: "/member/search"}, Times: 1})
					w.inject("expire", simkit.Fault{Match: simkit.Match{Method: "POST", Path: search}, Times: 1})
				}},
				{"half a session", func() {
					w.inject("half-valid", simkit.Fault{Match: simkit.Match{Path: "/member/search"}, Times: 1})
				}},
			} {
				w.nextCode()
				if storage == "memory" && i > 1 {
					break
				}
				before := w.codes()
				c.expire()
				w.host.Log().Info("case", "name", c.name)
				if page := w.must(c.name); len(page.Items) != 20 {
					t.Fatalf("%s: %d members", c.name, len(page.Items))
				}
				w.nextCode()
				w.sim.ClearFaults()
				most := 1
				if i == 1 {
					most = 2 // it ends twice
				}
				if n := w.codes() - before; n < 1 || n > most {
					t.Fatalf("%s: %d codes, want 1 to %d", c.name, n, most)
				}
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		set   func(w *world)
		want  connector.Class
		tried int // sign-ins with a password
	}{
		"wrong password": {func(w *world) { w.Password = "wrong" }, connector.Denied, 2},
		"wrong secret":   {func(w *world) { w.OTPSecret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" }, connector.Denied, 2},
		"no secret":      {func(w *world) { w.OTPSecret = "" }, connector.Denied, 2},
		"code refused":   {func(w *world) { w.inject("wrong-otp", simkit.Fault{}) }, connector.Denied, 2},
		"sign-in page for ever": {
			func(w *world) { w.inject("sign-in-forever", simkit.Fault{}) },
			connector.Denied, 2,
		},
		"no form for the code": {func(w *world) { w.inject("otp-page-missing", simkit.Fault{}) }, connector.Drifted, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, sportlinksim.Options{Members: 5, Seed: 1})
			w.Timeouts.SignIn = 3 * time.Second
			c.set(w)
			w.reopen()
			reads := 3
			if c.want == connector.Drifted {
				reads = 1
			}
			for range reads {
				_, err := list(t, w)
				if connector.ClassOf(err) != c.want {
					t.Fatalf("%v, want %s", err, c.want)
				}
				w.nextCode()
			}
			w.codes()
			tried := 0
			for _, s := range w.sim.SignIns() {
				if s.Password != nil {
					tried++
				}
			}
			if tried != c.tried {
				t.Fatalf("%d sign-ins tried, want %d", tried, c.tried)
			}
			for _, e := range w.host.Shown() {
				if e.MediaType != "text/plain" || c.want == connector.Denied {
					t.Errorf("evidence %s of a sign-in page", e.MediaType)
				}
			}
		})
	}
}

// TestUsedCode: a code that any process has used is not sent again; the next
// one is waited for.
func TestUsedCode(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sportlinksim.Options{Members: 5, Seed: 1})
	// 24 s into a step, so that six are to be waited.
	at := w.sim.Now().Truncate(30 * time.Second).Add(54 * time.Second)
	if err := w.sim.SetTime(simkit.Time{Now: &at}); err != nil {
		t.Fatal(err)
	}
	w.must("first time")
	w.sim.ExpireSessions()
	w.must("second time")
	if n := w.codes(); n != 2 {
		t.Fatalf("%d codes sent, want 2", n)
	}
	signIns := slices.DeleteFunc(w.sim.SignIns(), func(s sportlinksim.SignIn) bool { return !s.Accepted })
	if len(signIns) != 2 || signIns[0].Step == signIns[1].Step {
		t.Fatalf("%d sign-ins", len(signIns))
	}
}

func TestTwoWorkersOneAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sportlinksim.Options{Members: 20, Seed: 5})
	both := []connector.Connector{w.Connector, w.process()}
	for round, codes := range []int{1, 2} {
		var wg sync.WaitGroup
		for _, c := range both {
			wg.Go(func() {
				if page, err := list(t, c); err != nil || len(page.Items) != 20 {
					t.Errorf("round %d: %v", round, err)
				}
			})
		}
		wg.Wait()
		if n := w.codes(); n != codes {
			t.Fatalf("round %d: %d codes, want %d", round, n, codes)
		}
		w.sim.ExpireSessions()
		w.nextCode()
	}
}

func TestKilledBrowser(t *testing.T) {
	t.Parallel()
	w := newWorldIn(t, browsertest.Pool(t), sportlinksim.Options{Members: 20, Seed: 5})
	w.must("before")
	w.inject("", simkit.Fault{
		Match: simkit.Match{Method: "POST", Path: search}, Times: 1, Do: simkit.Do{Kind: simkit.FaultDelay, Delay: "60s"},
	})
	answered := w.searches()
	wait := w.atFirstHit(func() {
		_, pid := w.pool.PIDs()
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Error(err)
		}
	})
	_, err := list(t, w)
	wait()
	if n := w.searches() - answered; connector.ClassOf(err) != connector.Transient || n != 0 {
		t.Fatalf("killed: %v after %d answers, want transient before any", err, n)
	}
	w.must("after")
	if n := w.codes(); n != 1 {
		t.Fatalf("%d codes, want 1", n)
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	w := newWorldIn(t, browsertest.Pool(t), sportlinksim.Options{Members: 20, Seed: 5})
	w.inject("", simkit.Fault{
		Match: simkit.Match{Method: "POST", Path: search}, Times: 1, Do: simkit.Do{Kind: simkit.FaultDelay, Delay: "30s"},
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer w.atFirstHit(cancel)()
	for _, err := range w.Collections()[0].List(ctx, "") {
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("cancelled: %v", err)
		}
	}
	w.must("after")
}
