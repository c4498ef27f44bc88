package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/sync/store"
)

// staleness is what of a plan is out of date: the records that are not as the
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

// stale locks what the plan changes and checks its premises: the versions of
// what it writes, and what it believed to be there, not to be there, or to be
// nowhere under this key.
func stale(ctx context.Context, q *store.Queries, run uuid.UUID) (staleness, error) {
	s := staleness{known: map[Moved]bool{}}
	if err := errors.Join(q.LockStagedEntities(ctx, run), q.LockStagedSyncRecords(ctx, run)); err != nil {
		return s, fmt.Errorf("lock what the plan changes: %w", err)
	}
	for _, check := range []func() error{
		func() error {
			rows, err := q.StaleEntities(ctx, run)
			for _, r := range rows {
				s.add(r.Kind, r.Key, r.Component)
			}
			return err
		},
		func() error {
			rows, err := q.StaleSyncRecords(ctx, run)
			for _, r := range rows {
				s.add(r.Kind, r.Key, r.Component)
				if r.Component == 0 {
					s.seqs = append(s.seqs, r.Seq)
				}
			}
			return err
		},
		func() error {
			rows, err := q.StaleAbsences(ctx, run)
			for _, r := range rows {
				s.add(r.Kind, r.Key, r.Component)
			}
			return err
		},
		func() error {
			rows, err := q.StaleNewcomers(ctx, run)
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

// leave takes the stale components out of the plan and has the next Plan take
// up their entities. What was read of them counts as not seen.
func (s *staleness) leave(ctx context.Context, q *store.Queries, run uuid.UUID) error {
	for _, drop := range []func() error{
		func() error { return q.MarkDue(ctx, run, s.components) },
		func() error { return q.HoldStaleListings(ctx, run, s.components, s.seqs) },
		func() error { return q.DropStaleItems(ctx, run, s.components, s.seqs) },
		func() error { return q.DropStaleEntities(ctx, run, s.components) },
		func() error { return q.DropStaleSyncRecords(ctx, run, s.components, s.seqs) },
		func() error { return q.DropStaleConflicts(ctx, run, s.components) },
		func() error { return q.DropStaleAliases(ctx, run, s.components) },
		func() error { return q.DropStaleRows(ctx, run, s.components) },
	} {
		if err := drop(); err != nil {
			return fmt.Errorf("leave what is out of date: %w", err)
		}
	}
	return nil
}
