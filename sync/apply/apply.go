// Package apply makes a plan ours: it checks that what the plan changes is as it
// was when the plan was made, changes the hub, moves what was read and leaves to
// Write what is pending at the systems. It decides nothing and calls no system.
package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/store"
)

// Applier applies the plans of runs.
type Applier struct {
	Store     *store.Store
	DigestKey []byte        // keys the hashes of plans
	AbsentGap time.Duration // how far apart two listings must be to count as two absences
	Now       func() time.Time
}

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

// Apply makes the plan of a run ours, in the transaction of q: it checks what
// the plan believed, changes the hub, moves what was seen and makes the writes
// pending. A component that is out of date is left to the next run, and returned:
// one edit at the wrong second concerns nobody else. A run that planned nothing
// moves only what was seen. What it removes and empties counts for the limits of
// the plans to come, but for what a person has approved.
func (a *Applier) Apply(ctx context.Context, q *store.Queries, run uuid.UUID, by Approval) ([]Moved, error) {
	s, err := stale(ctx, q, run)
	if err != nil {
		return nil, err
	}
	if !s.empty() {
		if err := s.leave(ctx, q, run); err != nil {
			return nil, err
		}
	}
	if !by.All {
		if err := countEffects(ctx, q, a.Now(), run, append([]string{}, by.Passed...)); err != nil {
			return nil, fmt.Errorf("count what the plan does: %w", err)
		}
	}
	return s.moved, a.rest(ctx, q, run, by)
}

// Approval says what of a plan a person has approved: all, the first sync of a
// place (what it takes over is ours from then on), or that it passes the limits
// of some effects.
type Approval struct {
	All, FirstSync bool
	Passed         []string
}

// effectsKept is how long what a plan has removed and emptied is kept: longer than
// any window of the limits.
const effectsKept = 48 * time.Hour

func countEffects(ctx context.Context, q *store.Queries, now time.Time, run uuid.UUID, passed []string) error {
	n, err := q.CountEffects(ctx, now, run, passed)
	if err != nil || n == 0 {
		return err
	}
	return q.ForgetEffects(ctx, now.Add(-effectsKept))
}

// rest applies what is left of a plan when all its premises hold.
func (a *Applier) rest(ctx context.Context, q *store.Queries, run uuid.UUID, by Approval) error {
	now := a.Now()
	any, err := q.AnythingPlanned(ctx, run)
	if err != nil {
		return fmt.Errorf("look for a plan: %w", err)
	}
	if any {
		err = a.planned(ctx, q, now, run, by)
	} else {
		err = readings(ctx, q, now, run)
	}
	if err != nil {
		return err
	}
	return dropStaging(ctx, q, run)
}

// manyRecords is from how many sync records on the tables that a plan fills are
// analyzed while it is applied, since the statements that follow go by them.
const manyRecords = 1000

// planned applies what was decided. The order matters: entities before the
// sync records that refer to them, and both before what was seen.
func (a *Applier) planned(ctx context.Context, q *store.Queries, now time.Time, run uuid.UUID, by Approval) error {
	first, err := q.TakesUp(ctx, run)
	if err != nil {
		return fmt.Errorf("look what is taken up: %w", err)
	}
	many, err := q.AppliesMany(ctx, run, manyRecords)
	if err != nil {
		return fmt.Errorf("count what is applied: %w", err)
	}
	grown := func(tables ...string) error {
		if !many {
			return nil
		}
		return q.Analyze(ctx, tables...)
	}
	byPerson := by.All || by.FirstSync
	approved := byPerson || len(by.Passed) > 0 || first
	for _, apply := range []func() error{
		func() error { return q.ApplyGroupsCleared(ctx, run) },
		func() error { return q.ApplyNewEntities(ctx, now, run) },
		func() error { return q.ApplyEntities(ctx, now, run) },
		func() error { return grown("entity") },
		func() error { return q.ApplyGroups(ctx, run) },
		func() error { return q.ApplyAliases(ctx, now, run) },
		func() error { return q.ApplyAliasChains(ctx, run) },
		func() error { return q.ApplyAliasesReturned(ctx, run) },
		func() error { return q.SupersedeRows(ctx, &now, run) },
		func() error { return q.ApplyUnmanagedGroupsCleared(ctx, run) },
		func() error { return q.ApplySyncRecordsDropped(ctx, run) },
		func() error { return q.ApplySyncRecords(ctx, byPerson, &now, run) },
		func() error { return q.ApplyNewSyncRecords(ctx, now, byPerson, run) },
		func() error { return grown("sync_record", "group_key") },
		func() error { return q.ApplyUnmanagedGroups(ctx, run) },
		func() error { return q.ApplyLastSeenChanged(ctx, run) },
		func() error { return q.ApplyLastSeenAbsent(ctx, now, run, now.Add(-a.AbsentGap)) },
		func() error { return q.ApplyLastSeenRemoved(ctx, run) },
		func() error { return q.ForgetShown(ctx, run) },
		func() error { return q.ApplyConflicts(ctx, now, run) },
		func() error { return readings(ctx, q, now, run) },
		func() error { return q.ApplyPlanRows(ctx, approved, now, run) },
	} {
		if err := apply(); err != nil {
			return fmt.Errorf("apply the plan: %w", err)
		}
	}
	return nil
}

// readings applies that something was read, whatever it has shown.
func readings(ctx context.Context, q *store.Queries, now time.Time, run uuid.UUID) error {
	if err := q.InitialiseListings(ctx, &now, run); err != nil {
		return fmt.Errorf("apply the listings: %w", err)
	}
	if err := errors.Join(q.ApplyCursors(ctx, run), q.ApplyNotified(ctx, &run)); err != nil {
		return fmt.Errorf("apply how far was read: %w", err)
	}
	if err := q.ApplyGood(ctx, run); err != nil {
		return fmt.Errorf("apply the good reading: %w", err)
	}
	if err := q.ReadSinceRestored(ctx, run, store.Began(run)); err != nil {
		return fmt.Errorf("apply what was read whole after a restore: %w", err)
	}
	if err := q.BindSystems(ctx, now, run); err != nil {
		return fmt.Errorf("apply the accounts: %w", err)
	}
	return nil
}

// Discard drops what a run has read and decided and not applied.
func (a *Applier) Discard(ctx context.Context, tx pgx.Tx, run uuid.UUID) error {
	q := store.New(tx)
	if err := q.DropPlanRows(ctx, run); err != nil {
		return err
	}
	if err := dropStaging(ctx, q, run); err != nil {
		return err
	}
	if err := q.DropStagedListings(ctx, run); err != nil {
		return fmt.Errorf("drop the staging: %w", err)
	}
	return nil
}

// dropStaging drops what a run has read and decided. What was listed is
// remembered until the run ends, since creates need to know it.
func dropStaging(ctx context.Context, q *store.Queries, run uuid.UUID) error {
	for _, drop := range []func(context.Context, uuid.UUID) error{q.DropRead, q.DropPlanned} {
		if err := drop(ctx, run); err != nil {
			return fmt.Errorf("drop the staging: %w", err)
		}
	}
	return nil
}
