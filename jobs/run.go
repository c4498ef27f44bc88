package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// planKept is how long a plan waits for somebody who applies it, after the last plan
// that repeats its rows.
const planKept = 24 * time.Hour

// start begins a queued run.
func (t *txn) start(ctx context.Context, id uuid.UUID) error {
	run, err := t.q.StartRun(ctx, id)
	if err != nil {
		return fmt.Errorf("start run: %w", err)
	}
	t.logStart(run)
	if err := t.runEvent(ctx, id); err != nil {
		return err
	}
	if run.Children > 0 {
		return nil // advanceParents goes on with it
	}
	return t.advance(ctx, run)
}

// startNext begins the next queued run of a pipeline if none is active.
func (t *txn) startNext(ctx context.Context, pipeline string) error {
	if _, err := t.q.LockPipeline(ctx, pipeline); err != nil {
		return fmt.Errorf("lock pipeline: %w", err)
	}
	_, err := t.q.RunningRun(ctx, pipeline)
	if !errors.Is(err, pgx.ErrNoRows) {
		return err
	}
	next, err := t.q.NextQueuedRun(ctx, pipeline)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("next queued run: %w", err)
	}
	return t.start(ctx, next.ID)
}

// advance makes the steps ready that are next, and ends the run after the
// last one. The run is locked.
func (t *txn) advance(ctx context.Context, run store.Run) error {
	if run.CancelledBy != "" {
		if err := t.skip(ctx, run.ID, StepCancelled, "CANCELLED"); err != nil {
			return err
		}
	}
	next, err := t.q.NextSteps(ctx, run.ID)
	if err != nil {
		return fmt.Errorf("next steps: %w", err)
	}
	for _, runStep := range next {
		warm, err := t.q.WarmWorker(ctx, runStep.System)
		if err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return fmt.Errorf("warm worker: %w", err)
		}
		if err := t.ready(ctx, runStep, nil, warm); err != nil {
			return err
		}
	}
	open, err := t.q.OpenSteps(ctx, run.ID)
	if err != nil {
		return fmt.Errorf("open steps: %w", err)
	}
	if open.Active > 0 || open.Pending > 0 {
		return nil
	}
	return t.conclude(ctx, run)
}

// conclude ends a run none of whose steps is open.
func (t *txn) conclude(ctx context.Context, run store.Run) error {
	if run.CancelledBy != "" {
		return t.end(ctx, run, Outcome{State: string(Ended), Word: step.Cancelled, Reason: "CANCELLED"})
	}
	rows, err := t.q.StepsOf(ctx, run.ID)
	if err != nil {
		return fmt.Errorf("steps: %w", err)
	}
	steps, err := viewSteps(rows)
	if err != nil {
		return err
	}
	outcomes := make([]step.Outcome, len(rows))
	for i, row := range rows {
		outcomes[i] = step.Outcome(row.Outcome)
	}
	o := outcomeOfRun(steps, outcomes)
	if o.Word == step.Succeeded && run.Applied {
		n, err := t.q.NotWritten(ctx, run.ID, run.ScopeKeys > 0)
		if err != nil {
			return fmt.Errorf("count what is not written: %w", err)
		}
		if n > 0 {
			o.Word, o.Reason = step.Partial, "NOT_ALL_WRITTEN"
			o.Detail = fmt.Sprintf("%d records that were to be written are not, and nothing says why; the next run tries them again", n)
		}
	}
	return t.end(ctx, run, o)
}

// end ends a run, and begins the next one of its pipeline. Steps that have not
// begun are left out; in a kept plan they wait.
func (t *txn) end(ctx context.Context, run store.Run, o Outcome) error {
	if o.Hash == "" || o.State == string(Ended) {
		if err := t.skip(ctx, run.ID, StepSkipped, "RUN_ENDED"); err != nil {
			return err
		}
	}
	var until *time.Time
	if o.Hash != "" {
		at := time.Now().Add(planKept)
		until = &at
	}
	ended, err := t.q.EndRun(ctx, store.EndRunParams{
		ID: run.ID, State: o.State, Outcome: string(o.Word),
		Reason: o.Reason, Detail: o.Detail, PlanHash: o.Hash, PlanUntil: until,
	})
	if err != nil {
		return fmt.Errorf("end run: %w", err)
	}
	rows, err := t.q.StepsOf(ctx, run.ID)
	if err != nil {
		return fmt.Errorf("steps: %w", err)
	}
	steps, err := viewSteps(rows)
	if err != nil {
		return err
	}
	t.logEnd(ended, steps)
	if until != nil {
		if _, err := t.q.ExtendPlans(ctx, run.ID); err != nil {
			return fmt.Errorf("keep the plans that this one repeats: %w", err)
		}
	}
	if run.Applied, err = t.applied(ctx, run); err != nil {
		return err
	}
	switch {
	case run.Applied: // the plan stays as history
		if err := errors.Join(t.q.DropStagedListings(ctx, run.ID), t.q.DropApply(ctx, run.ID)); err != nil {
			return fmt.Errorf("drop what was listed: %w", err)
		}
	case o.Hash == "":
		if err := t.Engine.Discard(ctx, t.tx, run.ID); err != nil {
			return fmt.Errorf("discard run: %w", err)
		}
	}
	if err := t.runEvent(ctx, run.ID); err != nil {
		return err
	}
	return t.startNext(ctx, run.Pipeline)
}

// applied reports whether the plan of a run is applied, also where its step has not
// come to say so: another run may have applied the rest.
func (t *txn) applied(ctx context.Context, run store.Run) (bool, error) {
	if run.Applied {
		return true, nil
	}
	p, err := t.q.PlanApply(ctx, run.ID)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && p.State != store.Applied {
		return false, nil
	}
	if err == nil {
		err = t.q.ApplyRun(ctx, run.ID)
	}
	if err != nil {
		return false, fmt.Errorf("ask whether the plan is applied: %w", err)
	}
	return true, nil
}

func (t *txn) skip(ctx context.Context, run uuid.UUID, state StepState, reason string) error {
	skipped, err := t.q.SkipSteps(ctx, string(state), reason, run)
	if err != nil {
		return fmt.Errorf("skip steps: %w", err)
	}
	for _, runStep := range skipped {
		if err := t.stepEvent(ctx, runStep); err != nil {
			return err
		}
	}
	return nil
}
