// Package apply makes a plan ours: it checks that what the plan changes is as it
// was when the plan was made, changes the hub, moves what was read and leaves to
// Write what is pending at the systems. It decides nothing and calls no system.
//
// A plan is applied batch by batch, each in one transaction, so that none lasts
// long and none is undone by the end of a process: who comes next goes on after
// the last batch. Plan has closed the batches: nothing that one of them changes
// is changed or believed by another. Only what our own tables show anew by
// themselves, such as who else has an address, may make a later batch stale.
package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/store"
)

// Applier applies the plans of runs.
type Applier struct {
	Store     *store.Store
	Own       hub.Own // our own tables, which change with what is applied
	DigestKey []byte  // keys the hashes of plans
	Now       func() time.Time
}

// Approval says what of a plan a person has approved: all, the first sync of a
// place (what it takes over is ours from then on), or that it passes the limits
// of some effects. Kinds are those that the plan decides.
type Approval struct {
	All, FirstSync bool
	Passed         []string
	Kinds          []string
	// Open is how many records a person has left out of the plan.
	Open int32
}

// Summary is what a plan says of itself, as JSON: it is kept until all of the plan
// is applied.
type Summary struct{ Counters, Detail []byte }

// ErrNotBegun is the answer when a plan may not begin to be applied: its run was
// cancelled, or it is being applied already.
var ErrNotBegun = errors.New("the plan is not to be applied: its run was cancelled, or it is being applied already")

// Begin says that the plan of a run is applied from now on, in the transaction of
// q; Next applies it. A run that has planned nothing only moves what was read,
// and has nothing to begin.
func (a *Applier) Begin(ctx context.Context, q *store.Queries, run uuid.UUID, by Approval, s Summary) (bool, error) {
	something, err := q.AnythingPlanned(ctx, run)
	if err != nil {
		return false, fmt.Errorf("look for a plan: %w", err)
	}
	if !something && !by.All { // what a person approved is not planned anew, also when it is nothing
		return false, a.end(ctx, q, a.Now(), run, by.FirstSync)
	}
	first, err := q.TakesUp(ctx, run)
	if err != nil {
		return false, fmt.Errorf("look what is taken up: %w", err)
	}
	n, err := q.BeginApply(ctx, store.BeginApplyParams{
		Run: run, Kinds: by.Kinds, ByAll: by.All, FirstSync: by.FirstSync, Passed: append([]string{}, by.Passed...), TakesUp: first, LeftOpen: by.Open,
		Counters: s.Counters, Detail: s.Detail,
	})
	if err != nil {
		return false, fmt.Errorf("begin to apply the plan: %w", err)
	}
	if n == 0 {
		return false, ErrNotBegun
	}
	return true, nil
}

// Progress is what has come of a batch.
type Progress struct {
	More  bool // there are more
	Grown bool // the tables have grown so that Postgres is to be told what they hold
}

// Next applies the next batch of a plan, in the transaction of q: it checks what
// the batch believed, changes the hub, moves what was seen and makes the writes
// pending. A component that is out of date is left to the next run: one edit at
// the wrong second concerns nobody else. With the last batch it moves what was
// read. What a batch removes and empties counts for the limits of the plans to
// come, but for what a person has approved. A plan that is not being applied has no
// more.
func (a *Applier) Next(ctx context.Context, q *store.Queries, run uuid.UUID) (Progress, error) {
	p, err := q.LockApply(ctx, run)
	if errors.Is(err, pgx.ErrNoRows) {
		return Progress{}, nil
	}
	if err != nil {
		return Progress{}, fmt.Errorf("go on with the plan: %w", err)
	}
	var is Progress
	now := a.Now()
	batch, err := q.NextBatch(ctx, run, p.Batch)
	if err != nil {
		return is, fmt.Errorf("find the next batch of the plan: %w", err)
	}
	if batch != 0 {
		if is.Grown, err = a.batch(ctx, q, now, p, batch); err != nil {
			return is, err
		}
		more, err := q.NextBatch(ctx, run, batch)
		if err != nil {
			return is, fmt.Errorf("find the next batch of the plan: %w", err)
		}
		if is.More = more != 0; is.More {
			return is, nil
		}
	}
	if err := a.end(ctx, q, now, run, (p.ByAll || p.FirstSync) && p.LeftOpen == 0); err != nil {
		return is, endError{err}
	}
	if err := q.Applied(ctx, run); err != nil {
		return is, fmt.Errorf("end the plan: %w", err)
	}
	return is, nil
}

// end moves what was read, and drops what of it is left; what was decided has gone with
// its batches, and what was listed is remembered until the run ends, since creates need
// to know it. byPerson says that a person has approved all of it.
func (a *Applier) end(ctx context.Context, q *store.Queries, now time.Time, run uuid.UUID, byPerson bool) error {
	if err := readings(ctx, q, now, run, byPerson); err != nil {
		return err
	}
	if err := q.DropRead(ctx, run); err != nil {
		return fmt.Errorf("drop what was read: %w", err)
	}
	return nil
}

// readings applies that something was read, whatever it has shown.
func readings(ctx context.Context, q *store.Queries, now time.Time, run uuid.UUID, byPerson bool) error {
	if err := q.InitialiseListings(ctx, &now, run, byPerson); err != nil {
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
	for _, drop := range []func(context.Context, uuid.UUID) error{q.DropApply, q.DropPlanRows, q.DropStagedListings, q.DropRead, q.DropPlanned} {
		if err := drop(ctx, run); err != nil {
			return fmt.Errorf("drop the plan: %w", err)
		}
	}
	return nil
}
