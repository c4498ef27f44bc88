package browserworker_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/browserworker/browsertest"
	"github.com/touchline-sync/touchline/sync/connector"
)

// TestStanding: how a session stands is told with each use, and holds nothing that signs
// in.
func TestStanding(t *testing.T) {
	t.Parallel()
	s, host := newTiny(t), newShared(t)
	var mu sync.Mutex
	var told []browserworker.Standing
	pool := browsertest.Pool(t, func(c *browserworker.Config) {
		c.Stands = func(_ context.Context, is browserworker.Standing) {
			mu.Lock()
			defer mu.Unlock()
			told = append(told, is)
		}
	})
	use := func(f func(context.Context, browserworker.Page) error, want ...browserworker.SessionState) browserworker.Standing {
		t.Helper()
		told = nil
		_ = pool.Do(within(t, time.Minute), s.site(host), f)
		var states []browserworker.SessionState
		for _, is := range told {
			states = append(states, is.State)
		}
		if !slices.Equal(states, want) {
			t.Fatalf("told %v, want %v", told, want)
		}
		return told[len(told)-1]
	}
	refuse := func(on bool) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.refuse = on
		clear(s.valid)
	}
	const in, signing, out, needs = browserworker.SignedInState, browserworker.SigningInState, browserworker.SignedOutState, browserworker.NeedsAPerson
	var a browserworker.Answer

	is := use(s.ask(&a), signing, in, in)
	if is.System != "tiny" || is.Account != s.account || is.EndsOn.Sub(is.SignedInOn) != 6*time.Hour || time.Since(is.SignedInOn) > time.Minute {
		t.Errorf("signed in: %+v", is)
	}
	again := use(s.ask(&a), in)
	if again != is {
		t.Errorf("used again: %+v, before %+v", again, is)
	}
	away := &connector.Error{Class: connector.Transient, System: "tiny", Op: "read", Why: "status 500"}
	use(func(context.Context, browserworker.Page) error { return away }, in)
	if n := pool.Stats(); n.SignedIn != 1 || n.InNeed != 0 {
		t.Errorf("the pool has %+v", n)
	}
	refuse(true)
	if is = use(s.ask(&a), signing, needs); is.Detail == "" || !is.SignedInOn.IsZero() {
		t.Errorf("refused: %+v", is)
	}
	use(s.ask(&a), signing, needs)
	if is = use(s.ask(&a), needs); is.Reason != browserworker.SignInPaused {
		t.Errorf("not tried: %+v", is)
	}
	if n := pool.Stats(); n.SignedIn != 0 || n.InNeed != 1 {
		t.Errorf("the pool has %+v", n)
	}
	host.offset.Store(int64(61 * time.Minute))
	refuse(false)
	use(s.ask(&a), signing, in, in)
	s.Close() // the site is away when it has to sign in anew
	host.offset.Store(int64(10 * time.Hour))
	if is = use(s.ask(&a), signing, out); is.Detail == "" {
		t.Errorf("the site is away: %+v", is)
	}
}
