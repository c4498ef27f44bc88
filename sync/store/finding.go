package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// AcceptChange notes that a person has said of a finding that this is how it is
// now, with the reason in the audit. The next reading that finds the same takes
// what it holds, and is the good one from then on; another finding has another
// id. It answers pgx.ErrNoRows when nothing of this id is found any more.
func (s *Store) AcceptChange(ctx context.Context, id string, by Actor, why string, now time.Time) error {
	return s.InTx(ctx, func(tx pgx.Tx, q *Queries) error {
		listing, err := q.LockFinding(ctx, id)
		if err != nil {
			return err
		}
		if err := q.AcceptFinding(ctx, AcceptFindingParams{Now: &now, By: by.Name, Reason: why, Listing: listing, ID: id}); err != nil {
			return err
		}
		return AppendAudit(ctx, tx, now, Act{By: by, Action: "AcceptChange", Target: "finding " + id, Reason: why})
	})
}
