package sportlink_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/browserworker/browsertest"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/website"
	"github.com/touchline-sync/touchline/clients/sportlink"
	"github.com/touchline-sync/touchline/clients/sportlink/sportlinksim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
)

// world is a simulated club, what all processes share, and one process of ours
// with a real browser.
type world struct {
	t    *testing.T
	sim  *sportlinksim.Sim
	info simkit.Info
	host *connectortest.Host
	pool *browserworker.Pool
	sportlink.Config
	connector.Connector
	skipped time.Duration
}

func newWorld(t *testing.T, o sportlinksim.Options) *world {
	t.Helper()
	return newWorldIn(t, browsertest.Shared(t), o)
}

func newWorldIn(t *testing.T, pool *browserworker.Pool, o sportlinksim.Options) *world {
	t.Helper()
	w := &world{t: t, pool: pool}
	w.sim = sportlinksim.New(o)
	info, err := w.sim.Start("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.sim.Close(); err != nil {
			t.Error(err)
		}
	})
	w.info, w.host = info, connectortest.NewHost(t).Follow(w.sim.Now)
	w.Config = sportlink.Config{
		Settings: website.Settings{
			BaseURL: info.Addresses["club"], Username: info.Credentials["username"],
			Password:  connector.Secret(info.Credentials["password"]),
			OTPSecret: connector.Secret(info.Credentials["otp_secret"]),
			Pool:      w.pool,
		},
		Timeouts: sportlink.Timeouts{
			SignIn: 10 * time.Second, Marker: 5 * time.Second, Page: 5 * time.Second, Answer: 10 * time.Second,
		},
	}
	if idm := info.Addresses["idm"]; idm != "" {
		w.AuthURLs = []string{idm}
	}
	w.reopen()
	return w
}

// reopen makes the connector from the settings as they are now.
func (w *world) reopen() {
	w.t.Helper()
	c, err := w.Open(w.host)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Connector = c
}

// process is another process with a browser of its own.
func (w *world) process() connector.Connector {
	w.t.Helper()
	c := w.Config
	c.Pool = browsertest.Pool(w.t)
	opened, err := c.Open(w.host)
	if err != nil {
		w.t.Fatal(err)
	}
	return opened
}

// list reads the members once.
func list(t *testing.T, c connector.Connector) (connector.Page, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
	defer cancel()
	for page, err := range c.Collections()[0].List(ctx, "") {
		return page, err
	}
	return connector.Page{}, fmt.Errorf("no page")
}

// must reads the members and wants a page with all of them.
func (w *world) must(when string) connector.Page {
	w.t.Helper()
	page, err := list(w.t, w.Connector)
	if err != nil {
		w.t.Fatalf("%s: %v", when, err)
	}
	if want := (connector.Evidence{SignedIn: true, Filters: true, End: true}); page.Evidence != want {
		w.t.Fatalf("%s: evidence %+v", when, page.Evidence)
	}
	return page
}

func (w *world) inject(name string, f simkit.Fault) {
	w.t.Helper()
	if name != "" {
		f.Do = simkit.Do{Kind: simkit.FaultNamed, Name: name, Body: f.Do.Body}
	}
	if _, err := w.sim.Inject(f); err != nil {
		w.t.Fatal(err)
	}
}

// nextCode moves all clocks on, so that the next code need not be waited for.
func (w *world) nextCode() {
	w.t.Helper()
	w.skipped += 30 * time.Second
	offset := w.skipped.String()
	if err := w.sim.SetTime(simkit.Time{Offset: &offset}); err != nil {
		w.t.Fatal(err)
	}
}

// codes checks that no code was sent twice and no two sign-ins were under way
// at once, and returns how many codes were sent.
func (w *world) codes() int {
	w.t.Helper()
	sent := map[string]bool{}
	codes := w.sim.Codes()
	for _, c := range codes {
		if sent[c.Digest] {
			w.t.Errorf("a code was sent twice")
		}
		sent[c.Digest] = true
	}
	var until time.Time
	for _, s := range w.sim.SignIns() {
		if s.Password == nil {
			continue // only looked at
		}
		if s.Password.Before(until) {
			w.t.Errorf("sign-in %d began while another was under way", s.Number)
		}
		if s.Finished != nil {
			until = *s.Finished
		}
	}
	return len(codes)
}

const search = "/navajo/entity/common/clubweb/member/search/SearchMembers"

// searches counts the searches that the site has answered.
func (w *world) searches() (n int) {
	for _, r := range w.sim.Requests(0) {
		if r.Path == search && r.Method == "POST" && r.Status == 200 {
			n++
		}
	}
	return n
}

// atFirstHit calls f when the first fault has hit. The function returned waits
// for that.
func (w *world) atFirstHit(f func()) (wait func()) {
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for range 3000 {
			if w.sim.Faults()[0].Hits > 0 {
				f()
				return
			}
			select {
			case <-w.t.Context().Done():
				return
			case <-tick.C:
			}
		}
		w.t.Error("the fault was never hit")
	})
	return wg.Wait
}

func minutes(n int) sportlinksim.Duration {
	return sportlinksim.Duration(time.Duration(n) * time.Minute)
}
