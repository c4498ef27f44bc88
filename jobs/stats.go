package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/store"
)

// Stats counts what this process has seen since its start.
type Stats struct {
	Unserved int64 // steps that had no worker or lease for Options.Unserved
	Stalled  int64 // steps ended because their run had no progress for Options.Stalled
}

// Stats returns the counts so far. Steps are counted by the process that found
// them.
func (p *Process) Stats() Stats {
	return Stats{Unserved: p.unserved.Load(), Stalled: p.stalled.Load()}
}

// handIn has the sessions of this process hand their statistics in. An idle
// session of Postgres may keep them for ten seconds (15, pgstat.c), and then
// what one run wrote seems to have been written by the next: who compares
// pg_stat_user_tables between two runs would be misled. It is no more than a
// courtesy, so that nothing depends on its success.
func (c *core) handIn(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	for _, conn := range c.Pool.AcquireAllIdle(ctx) {
		_, err := conn.Exec(ctx, "select pg_stat_force_next_flush()")
		conn.Release()
		if err != nil {
			c.Log.Debug("statistics are not handed in", "err", err)
		}
	}
}

// Queued returns how many jobs of the queue are not done, by state.
func (p *Process) Queued(ctx context.Context, db store.DBTX) (map[string]int64, error) {
	rows, err := db.Query(ctx, "select state::text, count(*) from river_job where state in "+
		"('available', 'pending', 'retryable', 'running', 'scheduled') group by state")
	if err != nil {
		return nil, fmt.Errorf("count the jobs: %w", err)
	}
	out := map[string]int64{}
	var state string
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&state, &n}, func() error {
		out[state] = n
		return nil
	})
	return out, err
}
