package jobs_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// other is a second pipeline on the same systems.
var other = jobs.Pipeline{
	Kinds: []record.Kind{"club.person"},
	Pipeline: step.Pipeline{
		Name: "other", Family: "club",
		Reads:  []step.Read{{System: "alpha", Place: "people", Needed: true}},
		Writes: []step.Write{{System: "gamma", Place: "people"}},
	},
}

func TestB41OneLeaseASystem(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Pipelines = append(b.Pipelines, other)
	var busy sync.Map
	b.fake.do = func(ctx context.Context, c call) (step.Slice, error) {
		n, _ := busy.LoadOrStore(c.system, new(atomic.Int32))
		at := n.(*atomic.Int32) //nolint:errcheck // just stored
		if at.Add(1) > 1 {
			t.Errorf("two steps at %s", c.system)
		}
		defer at.Add(-1)
		select {
		case <-time.After(30 * time.Millisecond):
		case <-ctx.Done():
		}
		next := map[string]string{"": "1", "1": "2"}[c.cursor]
		return step.Slice{Done: next == "", Cursor: next}, nil
	}
	c := b.server().Control()
	b.server()
	one, _ := b.run(c, jobs.Request{})
	two, _ := b.run(c, jobs.Request{Pipeline: "other"})
	for _, id := range []jobs.Run{one, two} {
		if run, _ := b.watch(c, id.ID); run.Outcome != step.Succeeded {
			t.Errorf("ended %s %s", run.Outcome, run.Reason)
		}
	}
}

// One member asked for does not wait for a long run.
func TestLeaseIsHandedOn(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Pipelines = append(b.Pipelines, other)
	var enough atomic.Bool
	b.fake.do = func(ctx context.Context, c call) (step.Slice, error) {
		if c.system != "alpha" || len(c.task.Keys) > 0 {
			return step.Slice{Done: true}, nil
		}
		select {
		case <-time.After(50 * time.Millisecond):
		case <-ctx.Done():
		}
		return step.Slice{Done: enough.Load(), Cursor: "on"}, nil
	}
	c := b.server().Control()
	long, _ := b.run(c, jobs.Request{})
	b.until("the long run works", func() bool { return b.fake.count(jobs.ActionRead, "alpha") > 1 })
	asked, how := b.run(c, jobs.Request{Pipeline: "other", Kind: "club.person", Keys: []string{"K1"}})
	if how != jobs.Started {
		t.Fatalf("acceptance %s", how)
	}
	if asked, _ = b.watch(c, asked.ID); asked.Outcome != step.Succeeded {
		t.Fatalf("ended %s", asked.Outcome)
	}
	if now := mustGet(t, c, long.ID); now.State != jobs.Running {
		t.Fatalf("the long run is %s", now.State)
	}
	enough.Store(true)
	if long, _ = b.watch(c, long.ID); long.Outcome != step.Succeeded {
		t.Fatalf("the long run ended %s", long.Outcome)
	}
}

func TestDoubleDelivery(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.server(func(o *jobs.Options) { o.Queues = nil }).Control()
	run, _ := b.run(c, jobs.Request{})
	_, err := b.pool.Exec(t.Context(), `
insert into river_job (args, kind, max_attempts, queue, state, priority)
select args, kind, max_attempts, queue, state, priority from river_job, generate_series(1, 5) where queue = 'alpha'`)
	if err != nil {
		t.Fatal(err)
	}
	b.server()
	if run, _ = b.watch(c, run.ID); run.Outcome != step.Succeeded {
		t.Fatalf("ended %s", run.Outcome)
	}
	if n := b.fake.count(jobs.ActionRead, "alpha"); n != 1 {
		t.Fatalf("the step was carried out %d times", n)
	}
}

// A worker that dies after River gave it a job and before it began leaves a
// job that nobody works.
func TestLostJobIsReplaced(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]string{
		"fetched and dead":   "update river_job set state = 'running', attempt = 1, attempted_at = now(), attempted_by = '{gone}'",
		"deleted":            "delete from river_job",
		"queue of the dead":  "update river_job set queue = 'w0123'",
		"discarded by River": "update river_job set state = 'discarded', finalized_at = now()",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			c := b.server(func(o *jobs.Options) { o.Queues = nil }).Control()
			run, _ := b.run(c, jobs.Request{})
			if _, err := b.pool.Exec(t.Context(), change+" where queue = 'alpha'"); err != nil {
				t.Fatal(err)
			}
			b.server()
			if run, _ = b.watch(c, run.ID); run.Outcome != step.Succeeded {
				t.Fatalf("ended %s", run.Outcome)
			}
			if n := b.fake.count(jobs.ActionRead, "alpha"); n != 1 {
				t.Fatalf("the step was carried out %d times", n)
			}
		})
	}
}

// A system's steps stay with the process whose session is warm, slice by slice
// and run by run, and move on when it ends.
func TestWarmWorker(t *testing.T) {
	t.Parallel()
	b := setup(t)
	fakes := make(map[string]*fakeEngine)
	var processes []*jobs.Process
	for range 3 {
		fake := newFake()
		fake.do = func(_ context.Context, c call) (step.Slice, error) {
			next := c.cursor + "x"
			return step.Slice{Done: len(next) == 5 || c.action == jobs.ActionPlan, Cursor: next}, nil
		}
		// On a busy machine a beat is late; here nobody is to be thought dead.
		p := b.server(func(o *jobs.Options) { o.Engine, o.LeaseTimeout = fake, 8*time.Second })
		fakes[p.ID()] = fake
		processes = append(processes, p)
	}
	workers := func() (at []string) {
		for id, fake := range fakes {
			if fake.count(jobs.ActionRead, "alpha") > 0 {
				at = append(at, id)
			}
			fake.mu.Lock()
			fake.calls = nil
			fake.mu.Unlock()
		}
		return at
	}
	c := processes[0].Control()
	var warm string
	for i := range 4 {
		run, _ := b.run(c, jobs.Request{})
		if run, _ = b.watch(c, run.ID); run.Outcome != step.Succeeded {
			t.Fatalf("ended %s", run.Outcome)
		}
		at := workers()
		if len(at) != 1 || (i > 0 && at[0] != warm) {
			t.Fatalf("run %d was read by %d processes, warm was another: %v", i+1, len(at), i > 0)
		}
		warm = at[0]
	}
	for i, p := range processes {
		if p.ID() == warm {
			if err := p.Stop(t.Context()); err != nil {
				t.Fatal(err)
			}
			c = processes[(i+1)%3].Control()
		}
	}
	run, _ := b.run(c, jobs.Request{})
	if run, _ = b.watch(c, run.ID); run.Outcome != step.Succeeded {
		t.Fatalf("ended %s", run.Outcome)
	}
	if at := workers(); len(at) != 1 || at[0] == warm {
		t.Fatal("the process that ended has worked")
	}
}

// The holder of a lease that is taken from it stops, and stores nothing more.
func TestFence(t *testing.T) {
	t.Parallel()
	b := setup(t)
	type seen struct{ before, after, stopped error }
	got := make(chan seen, 1)
	var first atomic.Bool
	b.fake.do = func(ctx context.Context, c call) (step.Slice, error) {
		if c.action != jobs.ActionRead || c.system != "alpha" || !first.CompareAndSwap(false, true) {
			return step.Slice{Done: true}, nil
		}
		var s seen
		fence := func(ctx context.Context) error {
			return store.Open(b.pool).InStep(ctx, c.task.Step, c.task.Token, func(pgx.Tx, *store.Queries) error { return nil })
		}
		s.before = fence(ctx)
		_, err := b.pool.Exec(ctx, "update run_step set token = token + 1 where id = $1", c.task.Step)
		s.after = errors.Join(err, fence(ctx))
		_, err = b.pool.Exec(ctx, "update lease set token = token + 1 where step = $1", c.task.Step)
		s.stopped = err
		<-ctx.Done() // the next beat notices
		got <- s
		return step.Slice{Done: true, Counters: []step.Counter{{System: "alpha", Read: 99}}}, nil
	}
	c := b.server().Control()
	run, _ := b.run(c, jobs.Request{})
	run, _ = b.watch(c, run.ID)
	s := <-got
	if s.before != nil || s.after == nil || s.stopped != nil {
		t.Fatalf("fence before %v, after %v; %v", s.before, s.after, s.stopped)
	}
	if run.Outcome != step.Succeeded || b.fake.count(jobs.ActionRead, "alpha") != 2 {
		t.Fatalf("ended %s after %v", run.Outcome, b.fake.made())
	}
	if n := run.Steps[0].Counters; len(n) > 0 {
		t.Fatalf("the one that lost its lease has stored %v", n)
	}
}

// Who stops in order hands its step back at once.
func TestStopHandsBack(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.LeaseTimeout = time.Minute // so that only a hand-over can be in time
	var first atomic.Bool
	b.fake.do = func(ctx context.Context, c call) (step.Slice, error) {
		if c.system == "alpha" && first.CompareAndSwap(false, true) {
			<-ctx.Done()
			return step.Slice{Counters: []step.Counter{{System: "alpha", Read: 1}}}, ctx.Err()
		}
		return step.Slice{Done: true}, nil
	}
	b.Slice = 10 * time.Millisecond
	p := b.server()
	run, _ := b.run(p.Control(), jobs.Request{})
	b.until("the read is at work", func() bool { return b.fake.count(jobs.ActionRead, "alpha") == 1 })
	if err := p.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := b.server().Control()
	if run, _ = b.watch(c, run.ID); run.Outcome != step.Succeeded {
		t.Fatalf("ended %s %s", run.Outcome, run.Reason)
	}
}

// A slice that never ends is broken off, three times.
func TestTimeout(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Timeout = 100 * time.Millisecond
	b.fake.do = func(ctx context.Context, c call) (step.Slice, error) {
		if c.system != "alpha" {
			return step.Slice{Done: true}, nil
		}
		<-ctx.Done()
		return step.Slice{}, ctx.Err()
	}
	c := b.server().Control()
	run, _ := b.run(c, jobs.Request{})
	if run, _ = b.watch(c, run.ID); run.Outcome != step.Failed || run.State != jobs.Ended {
		t.Fatalf("ended %s %s", run.Outcome, run.Reason)
	}
	if n := b.fake.count(jobs.ActionRead, "alpha"); n != 3 {
		t.Fatalf("%d slices", n)
	}
}

// A slice that does not heed its time-out loses its lease all the same.
func TestP338HungSlice(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Timeout, b.LeaseTimeout = 100*time.Millisecond, time.Second
	gate := make(chan struct{})
	var first atomic.Bool
	b.fake.do = func(_ context.Context, c call) (step.Slice, error) {
		if c.system == "alpha" && first.CompareAndSwap(false, true) {
			<-gate
			return step.Slice{Done: true, Counters: []step.Counter{{System: "alpha", Read: 99}}}, nil
		}
		return step.Slice{Done: true}, nil
	}
	c := b.server().Control()
	run, _ := b.run(c, jobs.Request{})
	run, _ = b.watch(c, run.ID)
	close(gate)
	if run.Outcome != step.Succeeded || len(run.Steps[0].Counters) != 0 {
		t.Fatalf("ended %s, counted %v", run.Outcome, run.Steps[0].Counters)
	}
}
