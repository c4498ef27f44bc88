package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// Get returns a run with its steps.
func (c *Control) Get(ctx context.Context, id uuid.UUID) (Run, error) {
	q := store.New(c.looks)
	row, err := q.Run(ctx, id)
	if err != nil {
		return Run{}, notFound(err, ErrRunNotFound)
	}
	steps, err := q.StepsOf(ctx, id)
	if err != nil {
		return Run{}, fmt.Errorf("steps: %w", err)
	}
	run := viewRun(row)
	if run.PlanHash != "" {
		found, err := q.TakeOvers(ctx, id)
		if err != nil {
			return Run{}, fmt.Errorf("what the plan takes over: %w", err)
		}
		for _, f := range found {
			run.TakesOver = append(run.TakesOver, TakeOver{record.System(f.System), f.Place, record.Kind(f.Kind), f.Records})
		}
	}
	if err := readChildren(ctx, q, &run, row); err != nil {
		return Run{}, err
	}
	if run.Steps, err = viewSteps(steps); err != nil {
		return Run{}, err
	}
	return run, showProgress(ctx, q, steps, run.Steps)
}

// List returns up to size runs without their steps, newest first: of one
// pipeline or, when it is empty, of all; those before a run, or from the newest
// on.
func (c *Control) List(ctx context.Context, pipeline string, before *uuid.UUID, size int) ([]Run, error) {
	if _, ok := c.pipeline(pipeline); pipeline != "" && !ok {
		return nil, ErrUnknownPipeline
	}
	rows, err := store.New(c.looks).ListRuns(ctx, pipeline, before, int32(min(max(size, 0), 10_000)))
	if err != nil {
		return nil, fmt.Errorf("list runs: %w", err)
	}
	runs := make([]Run, 0, len(rows))
	for _, row := range rows {
		runs = append(runs, viewRun(row))
	}
	return runs, nil
}

// Cancel asks a run to end. A queued run ends at once, a kept plan is dropped,
// a running one ends with its slice, and a parent run with the child that it has under
// way; a run that is over stays as it is. A plan that is being applied is not broken off:
// ErrApplying.
func (c *Control) Cancel(ctx context.Context, id uuid.UUID, by string, within Within) (Run, error) {
	parent := false
	err := c.inTx(ctx, func(t *txn) error {
		run, err := t.q.LockRun(ctx, id)
		if err != nil {
			return notFound(err, ErrRunNotFound)
		}
		if RunState(run.State) == Ended || run.CancelledBy != "" {
			return nil
		}
		if err := t.stopApply(ctx, id); err != nil {
			return err
		}
		if run, err = t.q.CancelRun(ctx, id, cmp.Or(by, "unknown")); err != nil {
			return fmt.Errorf("cancel: %w", err)
		}
		parent = run.Children > 0
		if err := t.cancel(ctx, run); err != nil {
			return err
		}
		return within.store(ctx, t, run)
	})
	if err != nil {
		return Run{}, err
	}
	// A step that is not at work ends now, one that is ends with its slice. What
	// fails here is done by the next supervise of any process.
	if err := c.endCancelled(ctx); err != nil {
		c.Log.Warn("cancel: left to supervise", "err", err)
	}
	if parent {
		if err := c.advanceParent(ctx, id); err != nil {
			c.Log.Warn("cancel: the children are left to the next look", "err", err)
		}
	}
	return c.Get(ctx, id)
}

// cancel ends a run that is not at work; one that is ends with its slice.
func (t *txn) cancel(ctx context.Context, run store.Run) error {
	if RunState(run.State) == Running {
		return t.runEvent(ctx, run.ID)
	}
	if err := t.q.SkipChildren(ctx, "CANCELLED", run.ID); err != nil {
		return fmt.Errorf("skip children: %w", err)
	}
	if err := t.skip(ctx, run.ID, StepCancelled, "CANCELLED"); err != nil {
		return err
	}
	return t.end(ctx, run, Outcome{State: string(Ended), Word: step.Cancelled, Reason: "CANCELLED"})
}

// stopApply sees to it that the plan of a run does not begin to be applied.
func (t *txn) stopApply(ctx context.Context, run uuid.UUID) error {
	n, err := t.q.CancelApply(ctx, run)
	if err != nil {
		return fmt.Errorf("stop the plan: %w", err)
	}
	if n > 0 {
		return nil
	}
	p, err := t.q.PlanApply(ctx, run)
	if err != nil {
		return fmt.Errorf("ask how far the plan is applied: %w", err)
	}
	if p.State == store.Applying {
		return ErrApplying
	}
	return nil
}

// Find returns the id of the run with a number of a pipeline, as "people/1" names it.
func (c *Control) Find(ctx context.Context, pipeline string, number int64) (uuid.UUID, error) {
	id, err := store.New(c.looks).RunOfNumber(ctx, pipeline, number)
	if err != nil {
		return uuid.Nil, notFound(err, ErrRunNotFound)
	}
	return id, nil
}

// PipelineInfo is a pipeline as it would be carried out now.
type PipelineInfo struct {
	Name   string
	Family string
	Kinds  []record.Kind
	Steps  []Step
	// Needs and Children are those of the Pipeline.
	Needs, Children []string
	// Off says why the pipeline cannot run now; empty when it can.
	Off     string
	LastRun *Run
	// StandingRun is the run by which the pipeline stands, StoppedRun the newest that a
	// limit has stopped and whose plan waits; nil: none.
	StandingRun, StoppedRun *Run
	// LastGood is when a run about all records succeeded last; nil: never.
	LastGood *time.Time
	NextAt   *time.Time
}

// Pipelines returns the pipelines, ordered by name.
func (c *Control) Pipelines(ctx context.Context) ([]PipelineInfo, error) {
	q := store.New(c.looks)
	all, err := c.Schedules(ctx)
	if err != nil {
		return nil, err
	}
	var infos []PipelineInfo
	for _, p := range c.Options.Pipelines {
		info := PipelineInfo{Name: p.Name, Family: p.Family, Kinds: p.Kinds, Needs: p.Needs, Children: p.Children}
		steps, err := c.layOut(p, c.observedNeeded(p.Pipeline) != "")
		if err != nil {
			info.Off = err.Error()
		}
		for i, s := range steps {
			info.Steps = append(info.Steps, Step{
				Number: i + 1, Action: Action(s.Action), System: record.System(s.System),
				Place: s.Place, View: s.View, Needed: s.Needed, Reason: s.Reason, Detail: s.Detail,
			})
		}
		for _, of := range []struct {
			into *(*Run)
			ask  func(context.Context, string) (store.Run, error)
		}{{&info.LastRun, q.LastRun}, {&info.StandingRun, q.LastEnded}, {&info.StoppedRun, q.StoppedRun}} {
			switch row, err := of.ask(ctx, p.Name); {
			case err == nil:
				run := viewRun(row)
				*of.into = &run
			case !errors.Is(err, pgx.ErrNoRows):
				return nil, fmt.Errorf("last run: %w", err)
			}
		}
		switch good, err := q.LastGood(ctx, p.Name); {
		case err == nil:
			info.LastGood = &good
		case !errors.Is(err, pgx.ErrNoRows):
			return nil, fmt.Errorf("last success: %w", err)
		}
		for _, s := range all {
			if s.Pipeline == p.Name && !s.Paused && s.NextAt != nil &&
				(info.NextAt == nil || s.NextAt.Before(*info.NextAt)) {
				info.NextAt = s.NextAt
			}
		}
		infos = append(infos, info)
	}
	slices.SortFunc(infos, func(a, b PipelineInfo) int { return cmp.Compare(a.Name, b.Name) })
	return infos, nil
}
