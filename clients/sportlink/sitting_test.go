package sportlink_test

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/browserworker/browsertest"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/sportlink/sportlinksim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
)

// turns is a host that notes how many requests the site had had at each turn.
type turns struct {
	*connectortest.Host
	sim *sportlinksim.Sim
	at  []int
}

func (h *turns) RateLimit(ctx context.Context, key string, every time.Duration) error {
	h.at = append(h.at, len(h.sim.Requests(0)))
	return h.Host.RateLimit(ctx, key, every)
}

// asked counts the calls about members, of a path or all, by member.
func (w *world) asked(path string, requests []simkit.Request) map[string]int {
	out := map[string]int{}
	for _, r := range requests {
		q, err := url.ParseQuery(r.Query)
		if err != nil {
			w.t.Fatal(err)
		}
		if id := q.Get("PublicPersonId"); id != "" && strings.HasSuffix(r.Path, path) {
			out[id]++
		}
	}
	return out
}

// later moves all clocks on.
func (w *world) later(d time.Duration) {
	w.t.Helper()
	w.skipped += d
	offset := w.skipped.String()
	if err := w.sim.SetTime(simkit.Time{Offset: &offset}); err != nil {
		w.t.Fatal(err)
	}
}

// TestAskedInsideThePage: the page of one member is opened, and those of the others are
// asked for from inside it, until a token has come to its end. In each turn one member is
// asked for, and what is asked so is what the member's own page shows.
func TestAskedInsideThePage(t *testing.T) {
	t.Parallel()
	w := quick(newWorld(t, sportlinksim.Options{Members: 6, Seed: 7}))
	host := &turns{Host: w.host, sim: w.sim}
	opened, err := w.Open(host)
	if err != nil {
		t.Fatal(err)
	}
	var ids []record.ExternalID
	for _, id := range w.ids() {
		ids = append(ids, record.ExternalID(id))
	}
	items, n := map[string]connector.Item{}, 0
	for page, err := range connector.Collections(opened.Collections()).Host("members", "tabs").Visit(t.Context(), ids) {
		if err != nil || len(page.Items) != 1 {
			t.Fatalf("%d items, %v", len(page.Items), err)
		}
		items[string(page.Items[0].ID)] = page.Items[0]
		if n++; n == 3 {
			w.later(6 * time.Minute)
		}
	}
	var pages []string
	for _, id := range w.ids() {
		if w.visits(id) > 0 {
			pages = append(pages, id)
		}
	}
	if want := []string{w.ids()[0], w.ids()[3]}; len(items) != 6 || !slices.Equal(pages, want) {
		t.Errorf("%d members are read by the pages of %d, want 6 by 2", len(items), len(pages))
	}
	requests := w.sim.Requests(0)
	if counts := w.asked("/MemberFunctions", requests); len(counts) != 6 || counts[w.ids()[1]] != 1 {
		t.Errorf("the functions of %d members are asked for, of the second %d times", len(counts), counts[w.ids()[1]])
	}
	for i, from := range host.at {
		to := len(requests)
		if i+1 < len(host.at) {
			to = host.at[i+1]
		}
		if in := w.asked("", requests[from:to]); len(in) > 1 {
			t.Errorf("in turn %d %d members are asked for", i, len(in))
		}
	}
	renewed := slices.DeleteFunc(requests, func(r simkit.Request) bool { return !strings.HasSuffix(r.Path, "/token") || r.Status == 200 })
	if len(renewed) > 0 {
		t.Error("a page has renewed its token twice: it goes back to the provider, where two calls of it get into each other's way")
	}
	signIns := slices.DeleteFunc(w.sim.SignIns(), func(s sportlinksim.SignIn) bool { return !s.Accepted }) // others were only opened
	if n := len(signIns); n != 1 {
		t.Errorf("%d sign-ins", n)
	}
	for _, id := range w.ids()[1:3] {
		alone, _, _, err := w.visit(id)
		if err != nil || !maps.Equal(alone[id].Fields, items[id].Fields) || w.visits(id) != 1 {
			t.Errorf("the page of a member shows otherwise than what was asked: %v", err)
		}
	}
}

// TestNotAnsweredAgain: a site that answers a call of its page, and not the same call once
// more, is read by its pages, each in a turn of its own.
func TestNotAnsweredAgain(t *testing.T) {
	t.Parallel()
	w := quick(newWorld(t, sportlinksim.Options{Members: 6, Seed: 7}))
	w.must("sign in")
	for _, id := range w.ids()[1:3] {
		w.inject("", simkit.Fault{
			Match: simkit.Match{Path: "*/MemberFreeFields", Query: map[string]string{"PublicPersonId": id}}, Times: 1,
			Do: simkit.Do{Kind: simkit.FaultStatus, Status: 400},
		})
	}
	items, faults, _, err := w.visit(w.ids()...)
	if err != nil || len(items) != 6 || len(faults) > 0 {
		t.Fatalf("%d items, %d faults, %v", len(items), len(faults), err)
	}
	opened := 0
	for _, id := range w.ids() {
		opened += w.visits(id)
	}
	// Two in a row were asked in vain.
	if calls := w.asked("/MemberFunctions", w.sim.Requests(0)); opened != 6 || calls[w.ids()[1]] != 2 || calls[w.ids()[2]] != 2 || calls[w.ids()[3]] != 1 {
		t.Errorf("%d pages are opened, and asked for %v", opened, calls)
	}
}

// TestPagesOnly: where that is wanted each page is opened, once.
func TestPagesOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t, sportlinksim.Options{Members: 3, Seed: 7})
	w.PagesOnly = true
	quick(w)
	items, _, _, err := w.visit(w.ids()...)
	if err != nil || len(items) != 3 {
		t.Fatalf("%d items, %v", len(items), err)
	}
	for _, id := range w.ids() {
		if w.visits(id) != 1 {
			t.Errorf("the page of a member is opened %d times", w.visits(id))
		}
	}
}

// TestGoesOnWithItsList: the next part of a reading goes on with the list of the part
// before; one that begins elsewhere, or much later, asks for it anew. A history is read so, too.
func TestGoesOnWithItsList(t *testing.T) {
	t.Parallel()
	for _, view := range []string{"tabs", "memberships"} {
		t.Run(view, func(t *testing.T) {
			t.Parallel()
			goesOnWithItsList(t, view)
		})
	}
}

func goesOnWithItsList(t *testing.T, view string) {
	t.Helper()
	w := quick(newWorld(t, sportlinksim.Options{Members: 5, Seed: 7}))
	until := func(since connector.Cursor, most int) (last connector.Cursor) {
		for page, err := range connector.Collections(w.Collections()).Host("members", view).List(t.Context(), since) {
			if err != nil {
				t.Fatal(err)
			}
			last = page.Next
			if most--; most == 0 {
				break
			}
		}
		return last
	}
	at := until("", 2)
	first := w.searches()
	if at = until(at, 1); w.searches() != first {
		t.Error("the part that goes on has asked for the list anew")
	}
	w.later(11 * time.Minute)
	if at = until(at, 1); w.searches() != first+1 {
		t.Error("a list of long ago is gone on with")
	}
	if last := until(at, 9); last != "" || w.searches() != first+1 {
		t.Errorf("the last part ends at %q after %d searches more", last, w.searches()-first-1)
	}
	if until("", 1); w.searches() != first+2 {
		t.Error("a new reading has gone on with an old list")
	}
}

// TestUnreadInParts: of a site that shows nobody any more three are told, also where each is
// a part of the reading, and then that it is the site. The next reading counts anew.
func TestUnreadInParts(t *testing.T) {
	t.Parallel()
	w := quick(newWorld(t, sportlinksim.Options{Members: 5, Seed: 7}))
	part := func(since connector.Cursor) (connector.Page, error) {
		for page, err := range w.tabs().List(t.Context(), since) {
			return page, err
		}
		return connector.Page{}, nil
	}
	for reading := range 2 {
		w.inject("", simkit.Fault{Match: simkit.Match{Path: functionsAPI}, Do: simkit.Do{Kind: simkit.FaultStatus, Status: 503}})
		var at connector.Cursor
		for n := range 3 {
			page, err := part(at)
			if at = page.Next; err != nil || len(page.Faults) != 1 {
				t.Fatalf("reading %d, member %d: %d faults, %v", reading, n, len(page.Faults), err)
			}
		}
		if _, err := part(at); connector.ClassOf(err) != connector.Transient {
			t.Errorf("reading %d: after three that cannot be read: %v", reading, err)
		}
		w.sim.ClearFaults()
	}
}

// TestMakesWay: somebody else who needs the account waits for no more than the members
// that are visited at once.
func TestMakesWay(t *testing.T) {
	t.Parallel()
	w := quick(newWorldIn(t, browsertest.Pool(t), sportlinksim.Options{Members: 24, Seed: 7}))
	var ids []record.ExternalID
	for _, id := range w.ids() {
		ids = append(ids, record.ExternalID(id))
	}
	done := make(chan error, 1)
	n := 0
	for _, err := range w.tabs().Visit(t.Context(), ids) {
		if err != nil {
			t.Fatal(err)
		}
		switch n++; n {
		case 1:
			go func() {
				_, err := w.Check(t.Context())
				done <- err
			}()
			for w.pool.Stats().Waiting == 0 && t.Context().Err() == nil {
				time.Sleep(time.Millisecond)
			}
		case 21:
			select {
			case err := <-done:
				if err != nil {
					t.Error(err)
				}
			default:
				t.Error("the account was not given to who waits")
			}
		}
	}
	if n != 24 {
		t.Errorf("%d members", n)
	}
}
