package apply

import (
	"context"
	"fmt"
	"time"

	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/store"
)

// effectsKept is how long what a plan has removed and emptied is kept: longer than
// any window of the limits.
const effectsKept = 48 * time.Hour

// manyRecords is from how many sync records on the tables that a batch has filled
// are analyzed after it, since the statements that follow go by them.
const manyRecords = 1000

// batch applies one batch of a plan. It reports whether the tables have grown.
func (a *Applier) batch(ctx context.Context, q *store.Queries, now time.Time, p store.PlanApply, batch int32) (grown bool, err error) {
	b := batchOf{q: q, own: a.Own, plan: p, number: batch, now: now}
	if err := b.lock(ctx); err != nil {
		return false, err
	}
	s, err := stale(ctx, q, p.Run, batch)
	if err != nil {
		return false, err
	}
	if err := s.leave(ctx, q, p.Run, batch); err != nil {
		return false, err
	}
	if grown, err = b.grows(ctx); err != nil {
		return false, fmt.Errorf("count what is applied: %w", err)
	}
	if err := b.overtake(ctx); err != nil {
		return false, err
	}
	if err := b.countEffects(ctx); err != nil {
		return false, fmt.Errorf("count what the plan does: %w", err)
	}
	if err := b.planned(ctx); err != nil {
		return false, err
	}
	if err := q.DropBatch(ctx, p.Run, batch); err != nil {
		return false, fmt.Errorf("drop what is applied: %w", err)
	}
	left := int32(max(len(s.moved), len(s.components)+len(s.seqs))) //nolint:gosec // thousands
	if err := q.BatchApplied(ctx, batch, left, p.Run); err != nil {
		return false, fmt.Errorf("note how far the plan is applied: %w", err)
	}
	return grown, nil
}

// batchOf is a batch in the course of being applied.
type batchOf struct {
	q      *store.Queries
	own    hub.Own
	plan   store.PlanApply
	number int32
	now    time.Time
}

// lock locks what the batch changes.
func (b *batchOf) lock(ctx context.Context) error {
	if err := b.holdOwn(ctx); err != nil {
		return err
	}
	if err := b.q.LockListings(ctx, b.plan.Run); err != nil {
		return fmt.Errorf("lock what the plan moves: %w", err)
	}
	if err := b.q.LockStagedEntities(ctx, b.plan.Run, b.number); err != nil {
		return fmt.Errorf("lock what the plan changes: %w", err)
	}
	if err := b.q.LockStagedSyncRecords(ctx, b.plan.Run, b.number); err != nil {
		return fmt.Errorf("lock what the plan changes: %w", err)
	}
	return nil
}

// overtake notes at the readings under way that what they are compared with moves.
func (b *batchOf) overtake(ctx context.Context) error {
	if err := b.q.Overtake(ctx, b.plan.Run, b.number); err != nil {
		return fmt.Errorf("note what the plan moves under others: %w", err)
	}
	return nil
}

// countEffects counts what the batch removes and empties without approval.
func (b *batchOf) countEffects(ctx context.Context) error {
	if b.plan.ByAll {
		return nil
	}
	n, err := b.q.CountEffects(ctx, store.CountEffectsParams{Now: b.now, Run: b.plan.Run, Batch: b.number, Passed: b.plan.Passed})
	if err != nil || n == 0 {
		return err
	}
	return b.q.ForgetEffects(ctx, b.now.Add(-effectsKept))
}

// grows reports whether Postgres is to be told what the tables hold: they may have
// been empty before, and of what batch after batch has brought it hears ever less
// often.
func (b *batchOf) grows(ctx context.Context) (bool, error) {
	if b.number&(b.number-1) != 0 {
		return false, nil
	}
	return b.q.AppliesMany(ctx, b.plan.Run, b.number, manyRecords)
}

// planned applies what was decided. The order matters: entities before the
// sync records that refer to them, and both before what was seen.
func (b *batchOf) planned(ctx context.Context) error {
	q, now, run, batch := b.q, b.now, b.plan.Run, b.number
	ours, err := b.ours(ctx)
	if err != nil {
		return err
	}
	byPerson := b.plan.ByAll || b.plan.FirstSync
	approved := byPerson || len(b.plan.Passed) > 0 || b.plan.TakesUp
	for _, apply := range []func() error{
		func() error { return q.ApplyGroupsCleared(ctx, run, batch) },
		func() error { return q.ApplyNewEntities(ctx, now, run, batch) },
		func() error { return q.ApplyEntities(ctx, now, run, batch) },
		func() error { return q.ApplyGroups(ctx, run, batch) },
		func() error { return q.ApplyAliases(ctx, now, run, batch) },
		func() error { return q.ApplyAliasChains(ctx, run, batch) },
		func() error { return q.ApplyAliasesReturned(ctx, run, batch) },
		func() error { return b.own.Accept(ctx, q.Conn(), ours) },
		func() error { return q.SupersedeRows(ctx, &now, run, batch) },
		func() error { return q.ApplyUnmanagedGroupsCleared(ctx, run, batch) },
		func() error { return q.ApplySyncRecordsDropped(ctx, run, batch) },
		func() error {
			return q.ApplySyncRecords(ctx, store.ApplySyncRecordsParams{ByPerson: byPerson, Now: &now, Run: run, Batch: batch})
		},
		func() error {
			return q.ApplyNewSyncRecords(ctx, store.ApplyNewSyncRecordsParams{Now: now, ByPerson: byPerson, Run: run, Batch: batch})
		},
		func() error {
			return q.JournalTakenOver(ctx, store.JournalTakenOverParams{Now: now, Run: run, Batch: batch, ByPerson: byPerson})
		},
		func() error { return q.ForgetWhose(ctx, run, batch) },
		func() error { return q.ApplyUnmanagedGroups(ctx, run, batch) },
		func() error { return q.ApplyLastSeenChanged(ctx, run, batch) },
		func() error { return q.ApplyLastSeenAbsent(ctx, now, run, batch) },
		func() error { return q.ApplyLastSeenRemoved(ctx, run, batch) },
		func() error { return q.ApplySeeAgain(ctx, run, batch) },
		func() error { return q.ForgetShown(ctx, run, batch) },
		func() error { return q.ApplyConflicts(ctx, now, run, batch) },
		func() error {
			return q.ApplyPlanRows(ctx, store.ApplyPlanRowsParams{Approved: approved, Now: now, Run: run, Batch: batch})
		},
		func() error {
			return q.ApplyOrphanRows(ctx, store.ApplyOrphanRowsParams{Approved: approved, Now: now, Run: run, Batch: batch})
		},
	} {
		if err := apply(); err != nil {
			return fmt.Errorf("apply the plan: %w", err)
		}
	}
	return nil
}
