package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// turn is one slice of a step with the lease that it works under.
type turn struct {
	run  store.Run
	step store.RunStep
	slot int32
	keys []string
	had  []engine.Counter // of the slices before
}

// begin takes a lease for a step. It returns nothing when the job is void, or
// when the step must wait: then it waits without holding anything.
func (c *core) begin(ctx context.Context, args stepArgs) (*turn, error) {
	var mine *turn
	err := c.persist(ctx, func(t *txn) error {
		mine = nil
		step, err := t.q.Step(ctx, args.Step)
		if errors.Is(err, pgx.ErrNoRows) || (err == nil && step.Token != args.Token) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("step: %w", err)
		}
		leases, err := t.q.LockLeases(ctx, step.System)
		if err != nil {
			return fmt.Errorf("lock leases: %w", err)
		}
		run, err := t.q.LockRun(ctx, step.Run)
		if err != nil {
			return fmt.Errorf("lock run: %w", err)
		}
		if step, err = t.q.LockStep(ctx, args.Step); err != nil {
			return fmt.Errorf("lock step: %w", err)
		}
		if step.Token != args.Token || StepState(step.State) != StepReady {
			return nil
		}
		if run.CancelledBy != "" {
			return t.over(ctx, run, step, leases, failure{state: StepCancelled, reason: "CANCELLED"})
		}
		lease, ok := pick(leases, step, c.id)
		if !ok {
			return t.wait(ctx, step, "LEASE", nil)
		}
		mine, err = t.take(ctx, run, step, lease)
		return err
	})
	if err != nil {
		return nil, err
	}
	return mine, nil
}

func (t *txn) take(ctx context.Context, run store.Run, step store.RunStep, lease store.Lease) (*turn, error) {
	err := t.q.TakeLease(ctx, store.TakeLeaseParams{
		Step: &step.ID, Token: step.Token, Holder: t.id, System: lease.System, Slot: lease.Slot,
	})
	if err != nil {
		return nil, fmt.Errorf("take lease: %w", err)
	}
	first := step.StartedAt == nil || step.Reason != ""
	if step, err = t.q.RunStep(ctx, &lease.Slot, step.ID); err != nil {
		return nil, fmt.Errorf("run step: %w", err)
	}
	if first {
		if err := t.stepEvent(ctx, step); err != nil {
			return nil, err
		}
	}
	mine := &turn{run: run, step: step, slot: lease.Slot}
	if run.ScopeKeys > 0 {
		if mine.keys, err = t.q.RunScope(ctx, run.ID); err != nil {
			return nil, fmt.Errorf("scope: %w", err)
		}
	}
	if err := json.Unmarshal(step.Counters, &mine.had); err != nil {
		return nil, fmt.Errorf("counters: %w", err)
	}
	return mine, nil
}

// wait puts a step aside without a lease.
func (t *txn) wait(ctx context.Context, step store.RunStep, reason string, after *float64) error {
	step, err := t.q.WaitStep(ctx, reason, after, step.ID)
	if err != nil {
		return fmt.Errorf("wait: %w", err)
	}
	return t.stepEvent(ctx, step)
}

// failure is how a step ended that was not carried out.
type failure struct {
	state   StepState
	outcome engine.Outcome
	reason  string
	detail  string
	ends    bool // the run ends with this outcome
	hash    string
}

// over ends a step that was not carried out, lets its lease go and goes on with
// the run.
func (t *txn) over(ctx context.Context, run store.Run, step store.RunStep, leases []store.Lease, f failure) error {
	if err := t.endStep(ctx, step, leases, f); err != nil {
		return err
	}
	if f.ends && run.CancelledBy == "" {
		return t.end(ctx, run, ending{
			state: Ended, outcome: f.outcome, reason: f.reason, detail: f.detail, hash: f.hash,
		})
	}
	return t.advance(ctx, run)
}

func (t *txn) endStep(ctx context.Context, step store.RunStep, leases []store.Lease, f failure) error {
	if err := t.releaseOf(ctx, leases, step.ID); err != nil {
		return err
	}
	step, err := t.q.EndStep(ctx, store.EndStepParams{
		ID: step.ID, State: string(f.state), Outcome: string(f.outcome), Reason: f.reason, Detail: f.detail,
	})
	if err != nil {
		return fmt.Errorf("end step: %w", err)
	}
	return t.stepEvent(ctx, step)
}

// task is what the engine is told.
func (c *core) task(mine *turn, report func([]engine.Counter)) engine.Task {
	return engine.Task{
		Run: mine.run.ID, Step: mine.step.ID,
		Plan: mine.run.PlanOnly && !mine.run.Approved, Approved: mine.run.Approved,
		Kind: record.Kind(mine.run.ScopeKind), Keys: mine.keys, Override: mine.run.Override,
		Cursor: mine.step.Cursor, Until: c.Now().Add(c.Slice),
		Fence: func(ctx context.Context, tx pgx.Tx) error {
			_, err := store.New(tx).Fence(ctx, mine.step.ID, mine.step.Token)
			if err != nil {
				return notFound(err, errLost)
			}
			return nil
		},
		Report: func(_ context.Context, counters []engine.Counter) { report(counters) },
	}
}

// call lets the engine do one slice.
func (c *core) call(ctx context.Context, mine *turn, task engine.Task) (engine.Slice, error) {
	step := mine.step
	switch Action(step.Action) {
	case ActionRead:
		var selection engine.Selection
		if err := json.Unmarshal(step.Selection, &selection); err != nil {
			return engine.Slice{}, fmt.Errorf("selection: %w", err)
		}
		return c.Engine.Read(ctx, task, engine.Read{
			System: record.System(step.System), Place: step.Place, View: step.View,
			Select: selection, Needed: step.Needed,
		})
	case ActionWrite:
		return c.Engine.Write(ctx, task, engine.Write{System: record.System(step.System), Place: step.Place})
	default:
		p, ok := c.pipeline(mine.run.Pipeline)
		if !ok {
			return engine.Slice{}, &engine.Stop{
				Outcome: engine.Failed, Reason: "UNKNOWN_PIPELINE", Detail: "the program no longer has this pipeline",
			}
		}
		return c.Engine.Decide(ctx, task, p.Pipeline)
	}
}
