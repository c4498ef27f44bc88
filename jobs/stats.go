package jobs

import (
	"context"
	"time"
)

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
