package apply

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/sync/store"
)

// PlanStale is the answer to an approval of a plan whose records have changed
// since. Nothing has been applied.
type PlanStale struct {
	Moved []Moved
}

// Moved names a record that is not as it was when the plan was made. Key is
// personal data: it is for the caller, not for logs.
type Moved struct{ Kind, Key string }

// Error returns the text, without keys.
func (p *PlanStale) Error() string {
	return fmt.Sprintf("%d records have changed since the plan was made; make a new plan", len(p.Moved))
}

// staleness is what of a batch is out of date: the records that are not as the
// plan believed, and the components that they are part of.
type staleness struct {
	moved      []Moved
	known      map[Moved]bool
	components []int32
	seqs       []int32 // sync records that are in no component
}

func (s *staleness) add(kind, key string, component int32) {
	if m := (Moved{kind, key}); key != "" && !s.known[m] {
		s.known[m] = true
		s.moved = append(s.moved, m)
	}
	if component != 0 {
		s.components = append(s.components, component)
	}
}

func (s *staleness) empty() bool { return len(s.moved)+len(s.components)+len(s.seqs) == 0 }

// stale checks the premises of a batch: the versions of what it writes, what it
// believed to be there, not to be there, or to be nowhere under this key, and that
// nobody has read it otherwise since.
func stale(ctx context.Context, q *store.Queries, run uuid.UUID, batch int32) (staleness, error) {
	s := staleness{known: map[Moved]bool{}}
	for _, check := range []func() error{
		func() error {
			rows, err := q.StaleEntities(ctx, run, batch)
			for _, r := range rows {
				s.add(r.Kind, r.Key, r.Component)
			}
			return err
		},
		func() error {
			rows, err := q.StaleSyncRecords(ctx, run, batch)
			for _, r := range rows {
				s.add(r.Kind, r.Key, r.Component)
				if r.Component == 0 {
					s.seqs = append(s.seqs, r.Seq)
				}
			}
			return err
		},
		func() error {
			rows, err := q.StaleAbsences(ctx, run, batch)
			for _, r := range rows {
				s.add(r.Kind, r.Key, r.Component)
			}
			return err
		},
		func() error {
			rows, err := q.StaleArrivals(ctx, run, batch)
			for _, r := range rows {
				s.add(r.Kind, r.Key, r.Component)
			}
			return err
		},
		func() error {
			rows, err := q.StaleNewcomers(ctx, run, batch)
			for _, r := range rows {
				s.add(r.Kind, r.Key, r.Component)
			}
			return err
		},
		func() error {
			rows, err := q.StaleReadings(ctx, run, batch)
			for _, r := range rows {
				s.add(r.Kind, r.Key, r.Component)
			}
			return err
		},
		func() error {
			rows, err := q.StaleUnplanned(ctx, run, batch)
			for _, r := range rows {
				s.add(r.Kind, r.Key, r.Component)
			}
			return err
		},
	} {
		if err := check(); err != nil {
			return s, fmt.Errorf("check what the plan believed: %w", err)
		}
	}
	slices.Sort(s.components)
	s.components = slices.Compact(s.components)
	return s, nil
}

// notRepeated adds what a newer run about the same record does not want any more, or
// wants otherwise: what the sources have shown since is in that one's plan.
func (s *staleness) notRepeated(ctx context.Context, q *store.Queries, run uuid.UUID, batch int32) error {
	rows, err := q.RowsNotRepeated(ctx, run, batch)
	if err != nil {
		return fmt.Errorf("compare the plan with a newer one: %w", err)
	}
	for _, r := range rows {
		s.add(r.Kind, r.Key, r.Component)
	}
	return nil
}

// leave takes the stale components out of the plan and has the next Plan take
// up their entities. What was read of them counts as not seen.
func (s *staleness) leave(ctx context.Context, q *store.Queries, run uuid.UUID, batch int32) error {
	if s.empty() {
		return nil
	}
	err := q.HoldStaleListings(ctx, store.HoldStaleListingsParams{Run: run, Batch: batch, Components: s.components, Seqs: s.seqs})
	if err != nil {
		return fmt.Errorf("hold the listings of what is out of date: %w", err)
	}
	return s.drop(ctx, q, run, batch)
}

// drop takes the components out of the plan and has the next Plan take up their
// entities.
func (s *staleness) drop(ctx context.Context, q *store.Queries, run uuid.UUID, batch int32) error {
	for _, drop := range []func() error{
		func() error { return q.MarkDue(ctx, run, batch, s.components) },
		func() error {
			return q.DropStaleItems(ctx, store.DropStaleItemsParams{Run: run, Batch: batch, Components: s.components, Seqs: s.seqs})
		},
		func() error { return q.DropStaleEntities(ctx, run, batch, s.components) },
		func() error {
			return q.DropStaleSyncRecords(ctx, store.DropStaleSyncRecordsParams{Run: run, Batch: batch, Components: s.components, Seqs: s.seqs})
		},
		func() error { return q.DropStaleConflicts(ctx, run, batch, s.components) },
		func() error { return q.DropStaleAliases(ctx, run, batch, s.components) },
		func() error { return q.DropStaleRows(ctx, run, batch, s.components) },
	} {
		if err := drop(); err != nil {
			return fmt.Errorf("leave what is out of date: %w", err)
		}
	}
	return nil
}
