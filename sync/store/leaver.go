package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/record"
)

// ErrNotLeaving says that nothing of an entity is leaving, or not any more.
var ErrNotLeaving = errors.New("nothing of it is leaving")

// LeaverDecision is what a person says of entities that are leaving: record.Keep or
// record.LetGo. Sources are where a record that is missing means so, each as SYSTEM
// KIND.
type LeaverDecision struct {
	Entities []int64
	Decided  string
	Sources  []string
	By       Actor
	Why      string
}

// DecideLeavers keeps what is leaving, or lets it go: all of it or, with ErrNotLeaving,
// none. What begins to leave later is not concerned.
func (s *Store) DecideLeavers(ctx context.Context, d LeaverDecision, now time.Time) error {
	entities := slices.Compact(slices.Sorted(slices.Values(d.Entities)))
	return s.InTx(ctx, func(tx pgx.Tx, q *Queries) error {
		for _, id := range entities {
			if err := q.decideLeaver(ctx, d, id, now); err != nil {
				return fmt.Errorf("entity %d: %w", id, err)
			}
		}
		for _, id := range entities {
			act := Act{By: d.By, Action: "DecideLeavers", Target: fmt.Sprintf("entity %d %s", id, d.Decided), Reason: d.Why}
			if err := AppendAudit(ctx, tx, now, act); err != nil {
				return err
			}
		}
		return nil
	})
}

func (q *Queries) decideLeaver(ctx context.Context, d LeaverDecision, id int64, now time.Time) error {
	if err := errors.Join(q.LockLeaverListings(ctx, &id), q.LockLeaverRecords(ctx, &id)); err != nil {
		return err
	}
	n, err := q.DecideLeaver(ctx, DecideLeaverParams{Decided: d.Decided, Now: now, By: d.By.Name, Why: d.Why, Entity: &id, Sources: d.Sources})
	if err == nil && n == 0 {
		err = ErrNotLeaving
	}
	if err != nil || d.Decided != record.Keep {
		return err
	}
	return q.DoubtAbsence(ctx, &id)
}
