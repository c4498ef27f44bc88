package jobs_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/internal/postgres"
	"github.com/touchline-sync/touchline/internal/sizetest"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/migrations"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// ownCluster is a Postgres that a test may stop.
type ownCluster struct {
	t   *testing.T
	dir string
	*postgres.Server
	pool *pgxpool.Pool
}

func newCluster(t *testing.T) *ownCluster {
	t.Helper()
	sizetest.Skip(t, "a cluster of its own")
	c := &ownCluster{t: t, dir: t.TempDir()}
	for up := c.dir; strings.HasPrefix(up, os.TempDir()+"/"); up = up[:strings.LastIndex(up, "/")] {
		if err := os.Chmod(up, 0o711); err != nil { //nolint:gosec // the server's user must pass
			t.Fatal(err)
		}
	}
	c.start()
	t.Cleanup(c.stop)
	pool, err := pgxpool.New(t.Context(), c.URL())
	if err != nil {
		t.Fatal(err)
	}
	c.pool = pool
	t.Cleanup(pool.Close)
	if err := migrations.Up(t.Context(), pool); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *ownCluster) start() {
	c.t.Helper()
	server, err := postgres.Start(context.Background(), postgres.Options{DataDir: c.dir})
	if errors.Is(err, postgres.ErrNoBinaries) {
		c.t.Skipf("SKIPPED, no Postgres: %v", err)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	c.Server = server
}

func (c *ownCluster) stop() {
	if err := c.Stop(context.Background()); err != nil {
		c.t.Error(err)
	}
}

// A database that is away longer than a lease lasts fails no step, wherever it
// goes: in a call of the engine, between two heartbeats of a call that does not
// need it, and before what a slice has brought is stored. Nor is a step carried
// out twice, as it would be by another process that took it over.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	cluster := newCluster(t)
	fake := newFake()
	type outage struct {
		at            string
		stopped, back chan struct{}
	}
	outages := make(chan outage)
	wait := func(ctx context.Context, c <-chan struct{}) error {
		select {
		case <-c:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	ask := func(at string) outage {
		o := outage{at, make(chan struct{}), make(chan struct{})}
		outages <- o
		return o
	}
	var lost atomic.Int32
	fake.do = func(ctx context.Context, c call) (step.Slice, error) {
		at := string(c.action) + " " + string(c.system) + "/" + c.place
		first := fake.count(c.action, c.system) == 1
		var err error
		switch {
		case at == "READ alpha/people" && first: // the engine meets the loss
			if err = wait(ctx, ask(at).stopped); err == nil {
				err = store.Open(cluster.pool).InStep(ctx, c.task.Step, c.task.Token, func(pgx.Tx, *store.Queries) error { return nil })
				lost.Add(1)
			}
		case at == "READ alpha/people":
			err = store.Open(cluster.pool).InStep(ctx, c.task.Step, c.task.Token, func(pgx.Tx, *store.Queries) error { return nil })
		case at == "READ gamma/people": // it does not need the database meanwhile
			err = wait(ctx, ask(at).back)
		case at == "WRITE beta/list-1": // its result cannot be stored
			err = wait(ctx, ask(at).stopped)
		}
		return step.Slice{Done: err == nil, Counters: []step.Counter{{System: c.system, Place: c.place, Read: 1}}}, err
	}
	o := options(cluster.pool, fake, allQueues...)
	o.Reconnect = 10 * time.Minute
	b := &bundle{t: t, pool: cluster.pool, fake: fake, Options: o}
	c := b.server().Control()
	b.begin(jobs.NewWorker, []func(*jobs.Options){func(o *jobs.Options) { o.Queues = []record.System{"alpha", "beta", "gamma"} }})
	run, _ := b.run(c, jobs.Request{})
	for out := range outages {
		cluster.stop()
		close(out.stopped)
		select { // longer than any lease lasts
		case <-time.After(2 * b.LeaseTimeout):
		case <-t.Context().Done():
		}
		cluster.start()
		close(out.back)
		if out.at == "WRITE beta/list-1" {
			break
		}
	}
	run, _ = b.watch(c, run.ID)
	if run.Outcome != step.Succeeded {
		t.Errorf("ended %s %s %s", run.Outcome, run.Reason, run.Detail)
	}
	for at, want := range map[string]int{"READ alpha/people": 2, "READ gamma/people": 1, "WRITE beta/list-1": 1} {
		n := 0
		for _, made := range fake.made() {
			if made == at {
				n++
			}
		}
		if n != want {
			t.Errorf("%s was carried out %d times, not %d", at, n, want)
		}
	}
	if lost.Load() != 1 {
		t.Errorf("the engine met the loss %d times", lost.Load())
	}
}

// Postgres is killed again and again while a run goes on. Nothing of what was
// counted is lost or counted twice.
func TestKilledPostgres(t *testing.T) {
	t.Parallel()
	cluster := newCluster(t)
	pool := cluster.pool
	fake := newFake()
	var slices atomic.Int32
	fake.do = func(ctx context.Context, c call) (step.Slice, error) {
		if c.action == jobs.ActionPlan {
			return step.Slice{Done: true}, nil
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			return step.Slice{}, ctx.Err()
		}
		n := min(len(c.cursor)+1, 20)
		slices.Add(1)
		return step.Slice{
			Done: n == 20, Cursor: c.cursor + "x",
			Counters: []step.Counter{{System: c.system, Place: c.place, Read: 1}},
		}, nil
	}
	b := &bundle{t: t, pool: pool, fake: fake, Options: options(pool, fake, allQueues...)}
	c := b.server().Control()
	b.begin(jobs.NewWorker, []func(*jobs.Options){func(o *jobs.Options) { o.Queues = []record.System{"alpha"} }})
	run, _ := b.run(c, jobs.Request{})
	for i := range int32(3) {
		b.until("some slices are done", func() bool { return slices.Load() > (i+1)*15 })
		pid := cluster.PID()
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		b.until("Postgres is back", func() bool { now := cluster.PID(); return now != 0 && now != pid && pool.Ping(t.Context()) == nil })
	}
	run, _ = b.watch(c, run.ID)
	if run.Outcome != step.Succeeded {
		t.Fatalf("ended %s %s %s", run.Outcome, run.Reason, run.Detail)
	}
	for _, runStep := range run.Steps {
		if runStep.Action != jobs.ActionPlan && (len(runStep.Counters) != 1 || runStep.Counters[0].Read != 20) {
			t.Errorf("step %d counted %v", runStep.Number, runStep.Counters)
		}
	}
}
