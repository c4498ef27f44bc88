package browserworker_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/browserworker/browsertest"
	"github.com/touchline-sync/touchline/sync/connector"
)

func TestWarmSession(t *testing.T) {
	t.Parallel()
	s, host, pool := lent(t)
	site := s.site(host)
	for range 3 {
		var a browserworker.Answer
		if err := pool.Do(within(t, time.Minute), site, s.ask(&a)); err != nil {
			t.Fatal(err)
		}
		if a.Status != 200 || !strings.Contains(string(a.Body), "Things") || string(a.Request) != "asked" ||
			a.Header["content-type"] != "application/json" {
			t.Fatalf("answer %+v", a)
		}
	}
	// Another process takes the session over, by what was kept.
	var a browserworker.Answer
	other := browsertest.Pool(t)
	if err := other.Do(within(t, time.Minute), s.site(host), s.ask(&a)); err != nil {
		t.Fatal(err)
	}
	if n := s.count(); n != 1 {
		t.Fatalf("%d sign-ins, want 1", n)
	}
}

// TestAWarmSessionIsNotProbed: whoever opens their own page gets a session that was used
// well a moment ago without the site being asked, and one that has ended meanwhile as they
// would have got it.
func TestAWarmSessionIsNotProbed(t *testing.T) {
	t.Parallel()
	s, host, pool := lent(t)
	site := s.site(host)
	site.Warm = time.Minute
	tries, never := 0, false
	do := func() error {
		tries = 0
		return pool.Do(within(t, time.Minute), site, func(ctx context.Context, p browserworker.Page) error {
			tries++
			if _, err := p.Goto(ctx, s.URL+"/who", 20*time.Second); err != nil {
				return err
			}
			if at, err := site.AtSignIn(ctx, p); err != nil || at || never {
				return errors.Join(err, browserworker.ErrSignedOut)
			}
			return nil
		})
	}
	var homes, signIns int
	want := func(when string, err error, moreTries, moreHomes, moreSignIns int) {
		t.Helper()
		s.mu.Lock()
		defer s.mu.Unlock()
		if err != nil || tries != moreTries || s.homes-homes != moreHomes || s.signIns-signIns != moreSignIns {
			t.Errorf("%s: %d tries, the first page %d times, %d sign-ins, %v; want %d, %d, %d",
				when, tries, s.homes-homes, s.signIns-signIns, err, moreTries, moreHomes, moreSignIns)
		}
		homes, signIns = s.homes, s.signIns
	}
	const form = 2 // the first page is opened for the form, and shown after it
	want("at first", do(), 1, form, 1)
	want("again at once", do(), 1, 0, 0)
	host.offset.Store(int64(2 * time.Minute))
	want("after a while", do(), 1, 1, 0)
	s.expire()
	want("it has ended meanwhile", do(), 2, 1+form, 1)
	want("and once more", do(), 1, 0, 0)
	never = true
	err := do()
	if connector.ReasonOf(err) != browserworker.SignedOut {
		t.Errorf("signed out for ever: %v", err)
	}
	want("signed out for ever", nil, 3, 1+form, 1)
	never = false
	want("after a failure", do(), 1, 1, 0)
}

func TestExpiredSession(t *testing.T) {
	t.Parallel()
	s, host, pool := lent(t)
	site := s.site(host)
	var a browserworker.Answer
	do := func(f func(context.Context, browserworker.Page) error) error {
		return pool.Do(within(t, time.Minute), site, f)
	}
	if err := do(s.ask(&a)); err != nil {
		t.Fatal(err)
	}
	s.expire()
	if err := do(s.ask(&a)); err != nil {
		t.Fatalf("expired before the use: %v", err)
	}
	once := sync.OnceFunc(s.expire)
	if err := do(func(ctx context.Context, p browserworker.Page) error { once(); return s.ask(&a)(ctx, p) }); err != nil {
		t.Fatalf("expired in the use: %v", err)
	}
	if n := s.count(); n != 3 {
		t.Fatalf("%d sign-ins, want 3", n)
	}
	// Signed in for the probe, signed out for the work, for ever.
	s.mu.Lock()
	s.half = true
	s.mu.Unlock()
	if err := do(s.ask(&a)); connector.ClassOf(err) != connector.Denied {
		t.Fatalf("half a session for ever: %v, want denied", err)
	}
	if n := s.count(); n != 4 {
		t.Fatalf("%d sign-ins, want one more: 4", n)
	}
}

func TestRefusedSignIn(t *testing.T) {
	t.Parallel()
	s, host, pool := lent(t)
	s.refuse = true
	var a browserworker.Answer
	for i := range 4 {
		p := pool
		if i == 2 {
			p = browsertest.Pool(t) // another process knows of it, too
		}
		err := p.Do(within(t, time.Minute), s.site(host), s.ask(&a))
		if connector.ClassOf(err) != connector.Denied {
			t.Fatalf("try %d: %v, want denied", i, err)
		}
		if untried := strings.Contains(err.Error(), "not tried"); untried != (i >= 2) {
			t.Fatalf("try %d: %v", i, err)
		}
	}
	others := s.site(host)
	others.Credentials = "others"
	if err := pool.Do(within(t, time.Minute), others, s.ask(&a)); connector.ClassOf(err) != connector.Denied || strings.Contains(err.Error(), "not tried") {
		t.Fatalf("other credentials: %v", err)
	}
	host.offset.Store(int64(61 * time.Minute))
	s.mu.Lock()
	s.refuse = false
	s.mu.Unlock()
	if err := pool.Do(within(t, time.Minute), s.site(host), s.ask(&a)); err != nil {
		t.Fatalf("after an hour: %v", err)
	}
	if n := len(host.Shown()); n != 0 {
		t.Fatalf("%d pieces of evidence of a sign-in page", n)
	}
}

// TestAGoodSignInCountsAnew: refusals before it are no reason to wait.
func TestAGoodSignInCountsAnew(t *testing.T) {
	t.Parallel()
	s, host, pool := lent(t)
	other := browsertest.Pool(t)
	refuse := func(on bool) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.refuse = on
		clear(s.valid)
	}
	var a browserworker.Answer
	for i, c := range []struct {
		pool    *browserworker.Pool
		refused bool
	}{{pool, true}, {other, false}, {pool, true}, {pool, false}} {
		refuse(c.refused)
		err := c.pool.Do(within(t, time.Minute), s.site(host), s.ask(&a))
		if c.refused != (connector.ClassOf(err) == connector.Denied) || err != nil && strings.Contains(err.Error(), "not tried") {
			t.Fatalf("use %d: %v", i, err)
		}
	}
}

func TestP332OneSignInOfTwoProcesses(t *testing.T) {
	t.Parallel()
	s, host, pool := lent(t)
	other := browsertest.Pool(t)
	var wg sync.WaitGroup
	for _, p := range []*browserworker.Pool{pool, other} {
		wg.Go(func() {
			var a browserworker.Answer
			if err := p.Do(within(t, time.Minute), s.site(host), s.ask(&a)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := s.count(); n != 1 {
		t.Fatalf("%d sign-ins, want 1", n)
	}
}

func TestP331Deaths(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		kill func(t *testing.T, p *browserworker.Pool)
	}{
		{"browser", func(t *testing.T, p *browserworker.Pool) { _, pid := p.PIDs(); end(t, pid) }},
		{"driver", func(t *testing.T, p *browserworker.Pool) { pid, _ := p.PIDs(); end(t, pid) }},
		{"renderers", func(t *testing.T, p *browserworker.Pool) { endRenderers(t, p) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s, host, pool := setup(t)
			site := s.site(host)
			var a browserworker.Answer
			err := pool.Do(within(t, time.Minute), site, func(ctx context.Context, p browserworker.Page) error {
				go func() { c.kill(t, pool) }()
				_, err := p.Goto(ctx, s.URL+"/slow", 30*time.Second)
				return err
			})
			if connector.ClassOf(err) != connector.Transient {
				t.Fatalf("killed: %v, want transient", err)
			}
			if err := pool.Do(within(t, time.Minute), site, s.ask(&a)); err != nil {
				t.Fatalf("after the death: %v", err)
			}
			if n := s.count(); n != 1 {
				t.Fatalf("%d sign-ins, want 1: the session outlives the browser", n)
			}
			left, _ := filepath.Glob(filepath.Join(pool.Dir(), "playwright*"))
			if len(left) > 2 {
				t.Fatalf("%d folders left behind", len(left))
			}
		})
	}
}

// TestDeathWhileWaiting kills where no call is under way that could fail.
func TestDeathWhileWaiting(t *testing.T) {
	t.Parallel()
	s, host, pool := setup(t)
	err := pool.Do(within(t, time.Minute), s.site(host), func(ctx context.Context, p browserworker.Page) error {
		_, err := p.Expect(ctx, browserworker.Match{Path: "/never", Within: 50 * time.Second}, func() error {
			driver, _ := pool.PIDs()
			end(t, driver)
			return nil
		})
		return err
	})
	if connector.ClassOf(err) != connector.Transient || !strings.Contains(err.Error(), "browser lost") {
		t.Fatalf("driver killed: %v, want a lost browser", err)
	}
}

// TestHungBrowser stops the browser without ending it: only the watchdog helps.
func TestHungBrowser(t *testing.T) {
	t.Parallel()
	s, host, pool := setup(t)
	site := s.site(host)
	var a browserworker.Answer
	if err := pool.Do(within(t, time.Minute), site, s.ask(&a)); err != nil {
		t.Fatal(err)
	}
	driver, browser := pool.PIDs()
	for _, pid := range []int{browser, driver} {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
	}
	if err := pool.Do(within(t, 2*time.Second), site, s.ask(&a)); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("hung: %v, want the context's error", err)
	}
	if err := pool.Do(within(t, time.Minute), site, s.ask(&a)); err != nil {
		t.Fatalf("after the hang: %v", err)
	}
	for _, pid := range []int{browser, driver} {
		if b, err := os.ReadFile(filepath.Join("/proc", itoa(pid), "stat")); err == nil && !strings.Contains(string(b), ") Z ") {
			t.Errorf("process %d still there", pid)
		}
	}
}

func TestRecycling(t *testing.T) {
	t.Parallel()
	s := newTiny(t)
	host := newShared(t)
	pool := browsertest.Pool(t, func(c *browserworker.Config) { c.MaxUses, c.MaxMemory = 2, 1 })
	site := s.site(host)
	pids := map[int]bool{}
	for range 4 {
		var a browserworker.Answer
		err := pool.Do(within(t, time.Minute), site, func(ctx context.Context, p browserworker.Page) error {
			_, pid := pool.PIDs()
			pids[pid] = true
			return s.ask(&a)(ctx, p)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(pids) != 4 || s.count() != 1 {
		t.Fatalf("%d browsers and %d sign-ins, want 4 and 1", len(pids), s.count())
	}
	host.offset.Store(int64(7 * time.Hour))
	var a browserworker.Answer
	if err := pool.Do(within(t, time.Minute), site, s.ask(&a)); err != nil {
		t.Fatal(err)
	}
	if s.count() != 2 {
		t.Fatalf("%d sign-ins, want 2: a session of six hours is retired", s.count())
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	_, err := browserworker.New(browserworker.Config{Executable: "/nowhere"})
	if err == nil {
		t.Fatal("an empty configuration was taken")
	}
	for _, want := range []string{"driver", "program not found", "temporary files"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in: %v", want, err)
		}
	}
	pool := browsertest.Pool(t)
	if err := pool.Close(); err != nil {
		t.Fatal(err)
	}
	if err := pool.Open(t.Context()); !errors.Is(err, browserworker.ErrClosed) {
		t.Fatalf("opened after the close: %v", err)
	}
}
