package jobs

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// finish stores what a slice has brought, hands the lease on and goes on with
// the run, in one transaction. When the step is somebody else's by now, nothing
// is stored.
func (c *core) finish(ctx context.Context, mine *attempt, r sliceResult) error {
	if r.err == nil && r.slice.Done {
		c.handIn(ctx)
	}
	hash, err := c.planHash(ctx, mine, r)
	if err != nil {
		r = sliceResult{err: err}
	}
	err = c.persist(ctx, func(t *txn) error {
		leases, err := t.q.LockLeases(ctx, mine.step.System)
		if err != nil {
			return fmt.Errorf("lock leases: %w", err)
		}
		run, err := t.q.LockRun(ctx, mine.run.ID)
		if err != nil {
			return fmt.Errorf("lock run: %w", err)
		}
		runStep, err := t.q.LockStep(ctx, mine.step.ID)
		if err != nil {
			return fmt.Errorf("lock step: %w", err)
		}
		if runStep.Token != mine.step.Token || StepState(runStep.State) != StepRunning {
			return nil
		}
		if runStep, err = t.keep(ctx, runStep, mine, r); err != nil {
			return err
		}
		t.logAsides(run, runStep, r.slice.Asides)
		if t.Observe.Counted != nil {
			t.after(func() { t.Observe.Counted(Action(runStep.Action), r.slice.Counters) })
		}
		return t.decide(ctx, run, runStep, leases, r, hash)
	})
	if err != nil {
		return fmt.Errorf("finish step %d: %w", mine.step.ID, err)
	}
	return nil
}

// planHash names the plan that a decide leaves behind for a person.
func (c *core) planHash(ctx context.Context, mine *attempt, r sliceResult) (string, error) {
	if Action(mine.step.Action) != ActionPlan {
		return "", nil
	}
	var stop *step.Stop
	guarded := errors.As(r.err, &stop) && stop.Outcome == step.GuardStopped
	planned := r.err == nil && r.slice.Done && mine.run.PlanOnly && !mine.run.Approved
	if !guarded && !planned {
		return "", nil
	}
	var hash string
	err := c.outlive(ctx, func(ctx context.Context) (err error) {
		hash, err = c.Engine.PlanHash(ctx, mine.run.ID)
		return err
	})
	return hash, err
}

func (t *txn) keep(ctx context.Context, runStep store.RunStep, mine *attempt, r sliceResult) (store.RunStep, error) {
	counters, err := json.Marshal(addCounters(mine.had, r.slice.Counters))
	if err != nil {
		return runStep, fmt.Errorf("counters: %w", err)
	}
	notes := make(map[string]string)
	if err := json.Unmarshal(runStep.Notes, &notes); err != nil {
		return runStep, fmt.Errorf("notes: %w", err)
	}
	maps.Copy(notes, r.slice.Detail)
	noted, err := json.Marshal(notes)
	if err != nil {
		return runStep, fmt.Errorf("notes: %w", err)
	}
	p := store.KeepStepParams{ID: runStep.ID, Cursor: runStep.Cursor, Counters: counters, Notes: noted}
	if r.slice.Cursor != "" {
		p.Cursor = r.slice.Cursor
	}
	if r.timeout {
		p.Attempts = runStep.Attempts + 1
	}
	if runStep, err = t.q.KeepStep(ctx, p); err != nil {
		return runStep, fmt.Errorf("keep step: %w", err)
	}
	return runStep, nil
}

// decide says what comes after a slice.
func (t *txn) decide(
	ctx context.Context, run store.Run, runStep store.RunStep, leases []store.Lease, r sliceResult, hash string,
) error {
	var outside *connector.Error
	switch {
	case r.err == nil && r.slice.Done:
		return t.done(ctx, run, runStep, leases, hash)
	case run.CancelledBy != "":
		return t.over(ctx, run, runStep, leases, Outcome{State: string(StepCancelled), Reason: "CANCELLED"})
	case r.broken && runStep.Attempts >= maxTimeouts:
		return t.over(ctx, run, runStep, leases, failed(runStep, fmt.Errorf("%d slices took too long", runStep.Attempts)))
	case r.broken:
		return t.again(ctx, run, runStep, leases)
	case r.err == nil && r.slice.After > 0:
		return t.throttled(ctx, run, runStep, leases, r.slice.After)
	case errors.As(r.err, &outside) && outside.Class == connector.Throttled:
		return t.throttled(ctx, run, runStep, leases, max(outside.After, t.ShortWait))
	case r.err != nil:
		o := failed(runStep, r.err)
		if o.Word == step.GuardStopped {
			o.Hash = hash
		}
		return t.over(ctx, run, runStep, leases, o)
	default:
		return t.again(ctx, run, runStep, leases)
	}
}

// again gives the step its next slice, or the lease to one that comes before
// it.
func (t *txn) again(ctx context.Context, run store.Run, runStep store.RunStep, leases []store.Lease) error {
	for _, lease := range leases {
		if lease.Step == nil || *lease.Step != runStep.ID {
			continue
		}
		first, err := t.q.WaitsBefore(ctx, store.WaitsBeforeParams{
			System: runStep.System, Slot: lease.Slot, Priority: run.Priority, ReadyAt: *runStep.ReadyAt, ID: runStep.ID,
		})
		if err != nil {
			return fmt.Errorf("who waits: %w", err)
		}
		if !first {
			return t.ready(ctx, runStep, &lease.Slot, lease.Worker)
		}
		if err := t.release(ctx, lease); err != nil {
			return err
		}
		return t.wait(ctx, runStep, "YIELDED", nil)
	}
	return t.ready(ctx, runStep, nil, "")
}

// throttled lets the lease go until the system may be asked again. One that refuses every
// call for too long, so that nothing comes of the step, has failed: the run ends, and is told.
func (t *txn) throttled(ctx context.Context, run store.Run, runStep store.RunStep, leases []store.Lease, after time.Duration) error {
	if since := runStep.ThrottledSince; since != nil && t.Now().Add(after).Sub(*since) > t.Throttled {
		return t.over(ctx, run, runStep, leases, failed(runStep, &connector.Error{
			Class: connector.Throttled, System: record.System(runStep.System), Op: runStep.Action,
			Why: fmt.Sprintf("it has put off every call since %s; a quota is used up, or the account is blocked: look there", since.UTC().Format(time.RFC3339)),
		}))
	}
	if err := t.releaseOf(ctx, leases, runStep.ID); err != nil {
		return err
	}
	seconds := after.Seconds()
	return t.wait(ctx, runStep, "THROTTLED", &seconds)
}

// done ends a step that was carried out.
func (t *txn) done(ctx context.Context, run store.Run, runStep store.RunStep, leases []store.Lease, hash string) error {
	if err := t.endStep(ctx, runStep, leases, Outcome{State: string(StepDone)}); err != nil {
		return err
	}
	if Action(runStep.Action) != ActionPlan {
		return t.advance(ctx, run)
	}
	if run.PlanOnly && !run.Approved {
		if run.CancelledBy != "" {
			return t.advance(ctx, run)
		}
		o := Outcome{State: string(Planned), Word: step.Succeeded, Hash: hash}
		if p, ok := t.pipeline(run.Pipeline); ok {
			if system := t.observedNeeded(p.Pipeline); system != "" {
				o.Reason, o.Detail = reasonObserved, observed(system)
			}
		}
		return t.end(ctx, run, o)
	}
	if err := t.q.ApplyRun(ctx, run.ID); err != nil {
		return fmt.Errorf("admitted: %w", err)
	}
	run.Applied = true
	return t.advance(ctx, run)
}

// failed says how a step ends with an error.
func failed(runStep store.RunStep, err error) Outcome {
	action := Action(runStep.Action)
	var stop *step.Stop
	if errors.As(err, &stop) {
		return Outcome{
			State: string(StepFailed), Word: stop.Outcome, Reason: stop.Reason, Detail: stop.Detail,
			// A read that is not needed takes part with nothing while its system is
			// left alone.
			EndsRun: action == ActionPlan || action == ActionRead && (runStep.Needed || stop.Reason != engine.BreakerOpen),
		}
	}
	class := connector.ClassOf(err)
	reason := cmp.Or(connector.ReasonOf(err), strings.ToUpper(class.String()))
	if _, away := errors.AsType[*connector.Unreachable](err); away {
		reason = reasonUnreachable
	}
	o := Outcome{
		State: string(StepFailed), Word: outcomeOfClass(class), Reason: reason,
		EndsRun: action == ActionPlan || (action == ActionRead && runStep.Needed),
	}
	// Only the text of a connector's error is known to name no person.
	var outside *connector.Error
	if errors.As(err, &outside) {
		o.Detail = outside.Error()
	} else {
		o.Reason, o.Detail, o.err = "INTERNAL", "see the log of the process", err
	}
	return o
}
