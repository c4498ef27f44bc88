package jobs_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/step"
)

// listening are the connections that hear of events, by what they did last.
const listening = ` from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
	and (query = 'listen run_event' or query like '%EventSeqs%')`

// listeners counts them.
func (b *bundle) listeners() int {
	b.t.Helper()
	var n int
	err := b.pool.QueryRow(b.t.Context(), `select count(*)`+listening).Scan(&n)
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

// Many who watch share one connection, see all events, and none is lost with it. When
// nobody watches there is none.
func TestManyWatchOneRun(t *testing.T) {
	t.Parallel()
	b := setup(t)
	gate := make(chan struct{})
	b.fake.do = hold(gate)
	c := b.server().Control()
	run, _ := b.run(c, jobs.Request{})

	var all sync.WaitGroup
	var mu sync.Mutex
	var seen []int
	for range 50 {
		all.Go(func() {
			n := 0
			for e, err := range c.Watch(t.Context(), run.ID, 0) {
				if n++; err != nil || e.Seq != int64(n) {
					t.Errorf("event %d has the number %d: %v", n, e.Seq, err)
					return
				}
			}
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, n)
		})
	}
	b.until("the read is at work, and one connection listens", func() bool {
		return b.fake.count(jobs.ActionRead, "alpha") == 1 && b.listeners() == 1
	})
	_, err := b.pool.Exec(t.Context(), `select pg_terminate_backend(pid)`+listening)
	if err != nil {
		t.Fatal(err)
	}
	close(gate)
	all.Wait()
	for _, n := range seen {
		if n == 0 || n != seen[0] {
			t.Errorf("they have seen %v events, want all of them", seen)
			break
		}
	}
	b.until("nobody listens", func() bool { return b.listeners() == 0 })
}

// Who only looks has connections of their own: when all of these are in use, who looks
// waits, and the runs go on.
func TestWhoLooksKeepsNoRunWaiting(t *testing.T) {
	t.Parallel()
	b := setup(t)
	cfg := b.pool.Config()
	cfg.MaxConns = 1
	looks, err := pgxpool.NewWithConfig(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(looks.Close)
	p := b.server()
	c := p.ControlOver(looks)
	mine, err := looks.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	run, _ := b.run(p.Control(), jobs.Request{})
	if is, _ := b.watch(p.Control(), run.ID); is.Outcome != step.Succeeded {
		t.Errorf("the run ended %s %s", is.Outcome, is.Reason)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Get(ctx, run.ID); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("who looks has a connection: %v", err)
	}
	mine.Release()
	if is, err := c.Get(t.Context(), run.ID); err != nil || is.Outcome != step.Succeeded {
		t.Errorf("then it is %s, %v", is.Outcome, err)
	}
}
