package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Analyze has Postgres look at how many rows tables have by now, and of what kind.
// It does so by itself once a minute at the most; until then it plans statements
// over a table just filled as though that were empty, and plans made so are kept.
func (q *Queries) Analyze(ctx context.Context, tables ...string) error {
	for _, t := range tables {
		if _, err := q.db.Exec(ctx, "analyze "+pgx.Identifier{t}.Sanitize()); err != nil {
			return fmt.Errorf("analyze %s: %w", t, err)
		}
	}
	return nil
}
