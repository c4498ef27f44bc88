package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// attempt is one slice of a step with the lease that it works under.
type attempt struct {
	run  store.Run
	step store.RunStep
	slot int32
	keys []string
	had  []step.Counter // of the slices before
}

// begin takes a lease for a step. It returns nothing when the job is void, or
// when the step must wait: then it waits without holding anything.
func (c *core) begin(ctx context.Context, args stepArgs) (*attempt, error) {
	var mine *attempt
	err := c.persist(ctx, func(t *txn) error {
		mine = nil
		runStep, err := t.q.Step(ctx, args.Step)
		if errors.Is(err, pgx.ErrNoRows) || (err == nil && runStep.Token != args.Token) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("step: %w", err)
		}
		leases, err := t.q.LockLeases(ctx, runStep.System)
		if err != nil {
			return fmt.Errorf("lock leases: %w", err)
		}
		run, err := t.q.LockRun(ctx, runStep.Run)
		if err != nil {
			return fmt.Errorf("lock run: %w", err)
		}
		if runStep, err = t.q.LockStep(ctx, args.Step); err != nil {
			return fmt.Errorf("lock step: %w", err)
		}
		if runStep.Token != args.Token || StepState(runStep.State) != StepReady {
			return nil
		}
		if run.CancelledBy != "" {
			return t.over(ctx, run, runStep, leases, Outcome{State: string(StepCancelled), Reason: "CANCELLED"})
		}
		o, away, err := t.unreachable(ctx, runStep)
		if err != nil {
			return err
		}
		if away {
			return t.over(ctx, run, runStep, leases, o)
		}
		lease, ok := pick(leases, runStep, c.id)
		if !ok {
			return t.wait(ctx, runStep, "LEASE", nil)
		}
		mine, err = t.take(ctx, run, runStep, lease)
		return err
	})
	if err != nil {
		return nil, err
	}
	return mine, nil
}

// reasonUnreachable is the reason of a step whose system could not be reached
// at all.
const reasonUnreachable = "UNREACHABLE"

// unreachable reports whether an earlier step of the run has found that the
// system of this step cannot be reached, and how this step ends then. It would
// only call in vain as often once more.
func (t *txn) unreachable(ctx context.Context, runStep store.RunStep) (Outcome, bool, error) {
	if runStep.StartedAt != nil {
		return Outcome{}, false, nil
	}
	before, err := t.q.FailedStep(ctx, runStep.Run, runStep.System, reasonUnreachable)
	if errors.Is(err, pgx.ErrNoRows) {
		return Outcome{}, false, nil
	}
	if err != nil {
		return Outcome{}, false, fmt.Errorf("failed step: %w", err)
	}
	return Outcome{
		State: string(StepFailed), Word: step.Outcome(before.Outcome), Reason: reasonUnreachable,
		Detail:  fmt.Sprintf("step %d of this run could not reach %s: %s", before.Number, runStep.System, before.Detail),
		EndsRun: Action(runStep.Action) == ActionRead && runStep.Needed,
	}, true, nil
}

func (t *txn) take(ctx context.Context, run store.Run, runStep store.RunStep, lease store.Lease) (*attempt, error) {
	err := t.q.TakeLease(ctx, store.TakeLeaseParams{
		Step: &runStep.ID, Token: runStep.Token, Holder: t.id, System: lease.System, Slot: lease.Slot,
	})
	if err != nil {
		return nil, fmt.Errorf("take lease: %w", err)
	}
	first := runStep.StartedAt == nil || runStep.Reason != ""
	if runStep, err = t.q.RunStep(ctx, &lease.Slot, runStep.ID); err != nil {
		return nil, fmt.Errorf("run step: %w", err)
	}
	if first {
		if err := t.stepEvent(ctx, runStep); err != nil {
			return nil, err
		}
	}
	mine := &attempt{run: run, step: runStep, slot: lease.Slot}
	if run.ScopeKeys > 0 {
		if mine.keys, err = t.q.RunScope(ctx, run.ID); err != nil {
			return nil, fmt.Errorf("scope: %w", err)
		}
	}
	if err := json.Unmarshal(runStep.Counters, &mine.had); err != nil {
		return nil, fmt.Errorf("counters: %w", err)
	}
	return mine, nil
}

// wait puts a step aside without a lease.
func (t *txn) wait(ctx context.Context, runStep store.RunStep, reason string, after *float64) error {
	runStep, err := t.q.WaitStep(ctx, reason, after, runStep.ID)
	if err != nil {
		return fmt.Errorf("wait: %w", err)
	}
	return t.stepEvent(ctx, runStep)
}

// over ends a step that was not carried out, lets its lease go and goes on with
// the run.
func (t *txn) over(ctx context.Context, run store.Run, runStep store.RunStep, leases []store.Lease, o Outcome) error {
	if err := t.endStep(ctx, runStep, leases, o); err != nil {
		return err
	}
	if StepState(o.State) == StepFailed {
		t.logStep(run, runStep, o)
	}
	if o.EndsRun && run.CancelledBy == "" {
		o.State = string(Ended)
		return t.end(ctx, run, o)
	}
	return t.advance(ctx, run)
}

func (t *txn) endStep(ctx context.Context, runStep store.RunStep, leases []store.Lease, o Outcome) error {
	if err := t.releaseOf(ctx, leases, runStep.ID); err != nil {
		return err
	}
	runStep, err := t.q.EndStep(ctx, store.EndStepParams{
		ID: runStep.ID, State: o.State, Outcome: string(o.Word), Reason: o.Reason, Detail: o.Detail,
	})
	if err != nil {
		return fmt.Errorf("end step: %w", err)
	}
	return t.stepEvent(ctx, runStep)
}

// task is what the engine is told.
func (c *core) task(mine *attempt, report func([]step.Counter)) step.Task {
	return step.Task{
		Run: mine.run.ID, Step: mine.step.ID,
		Plan: mine.run.PlanOnly && !mine.run.Approved, Approved: mine.run.Approved,
		Kind: record.Kind(mine.run.ScopeKind), Keys: mine.keys, Override: mine.run.Override,
		Cursor: mine.step.Cursor, Until: c.Now().Add(c.Slice),
		Token:  mine.step.Token,
		Report: func(_ context.Context, counters []step.Counter) { report(counters) },
	}
}

// call lets the engine do one slice.
func (c *core) call(ctx context.Context, mine *attempt, task step.Task) (step.Slice, error) {
	runStep := mine.step
	switch Action(runStep.Action) {
	case ActionRead:
		var selection step.Selection
		if err := json.Unmarshal(runStep.Selection, &selection); err != nil {
			return step.Slice{}, fmt.Errorf("selection: %w", err)
		}
		return c.Engine.Read(ctx, task, step.Read{
			System: record.System(runStep.System), Place: runStep.Place, View: runStep.View,
			Select: selection, Needed: runStep.Needed,
		})
	case ActionWrite:
		var selection writeSelection
		if err := json.Unmarshal(runStep.Selection, &selection); err != nil {
			return step.Slice{}, fmt.Errorf("selection: %w", err)
		}
		return c.Engine.Write(ctx, task, step.Write{System: record.System(runStep.System), Place: runStep.Place, Only: selection.Only})
	default:
		p, ok := c.pipeline(mine.run.Pipeline)
		if !ok {
			return step.Slice{}, &step.Stop{
				Outcome: step.Failed, Reason: "UNKNOWN_PIPELINE", Detail: "the program no longer has this pipeline",
			}
		}
		return c.Engine.Plan(ctx, task, p.Pipeline)
	}
}
