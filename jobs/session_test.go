package jobs_test

import (
	"context"
	"testing"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/record"
)

func (b *bundle) asked(c *jobs.Control, system record.System) *jobs.SignIn {
	b.t.Helper()
	list, err := c.Sessions(b.t.Context(), []record.System{system})
	if err != nil || len(list) != 1 {
		b.t.Fatalf("the sessions are %v, %v", list, err)
	}
	return list[0].Asked
}

// A sign-in that is asked for again while it waits or is under way is one; one whose
// worker was stopped says so, and may be asked for again.
func TestSignInIsAskedForOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Queues = []record.System{record.Hub}
	c := b.server().Control()
	ask := func() {
		t.Helper()
		if err := c.SignIn(t.Context(), "alpha", alice, "a test"); err != nil {
			t.Fatal(err)
		}
	}
	acts := func(want int) {
		t.Helper()
		var n int
		if err := b.pool.QueryRow(t.Context(), "select count(*) from audit where action = 'SignInNow' and token = 7 and target = 'session of alpha'").Scan(&n); err != nil || n != want {
			t.Errorf("the audit has %d of them, %v; want %d", n, err, want)
		}
	}
	ask()
	ask() // no worker has a browser
	if is := b.asked(c, "alpha"); is == nil || is.Worker != "" || is.EndedOn != nil {
		t.Errorf("it is %+v; want one that waits", is)
	}
	acts(1)

	begun := make(chan record.System, 10)
	work := func(f func(context.Context) error) *jobs.Process {
		return b.begin(jobs.NewWorker, []func(*jobs.Options){func(o *jobs.Options) {
			o.Queues = []record.System{"alpha"}
			o.SignIn = func(ctx context.Context, system record.System) error {
				begun <- system
				return f(ctx)
			}
		}})
	}
	first := work(func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	})
	if system := <-begun; system != "alpha" {
		t.Fatalf("it signs in at %s", system)
	}
	b.until("a worker has it", func() bool { return b.asked(c, "alpha").Worker == first.ID() })
	ask()
	acts(1)
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	is := b.asked(c, "alpha")
	if is.EndedOn == nil || is.Detail != "the worker was stopped meanwhile; ask again" {
		t.Errorf("it was broken off: %+v", is)
	}
	work(func(context.Context) error { return nil })
	ask()
	acts(2)
	b.until("it is done", func() bool { return b.asked(c, "alpha").EndedOn != nil })
	if is := b.asked(c, "alpha"); is.Detail != "" || len(begun) != 1 {
		t.Errorf("it ended %+v, begun %d times more", is, len(begun))
	}
}

// A worker that was killed leaves no request that bars the next one.
func TestSignInOfAKilledWorker(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Queues = []record.System{record.Hub}
	c := b.server().Control()
	if err := c.SignIn(t.Context(), "alpha", alice, ""); err != nil {
		t.Fatal(err)
	}
	first := b.asked(c, "alpha").AskedOn
	// It had begun, and has no heartbeat.
	for _, q := range []string{"update sign_in set worker = 'w0'", "update river_job set state = 'running', attempted_at = now(), attempt = 1 where kind = 'sign_in'"} {
		if _, err := b.pool.Exec(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.SignIn(t.Context(), "alpha", alice, ""); err != nil {
		t.Fatal(err)
	}
	if is := b.asked(c, "alpha"); !is.AskedOn.After(first) || is.Worker != "" {
		t.Errorf("the second is %+v, the first of %s", is, first)
	}
}
