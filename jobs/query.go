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

	"github.com/touchline-sync/touchline/sync/engine"
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
func (c *Control) Cancel(ctx context.Context, id uuid.UUID, by string) (Run, error) {
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
		if RunState(run.State) == Running {
			return t.runEvent(ctx, id)
		}
		if err := t.q.SkipChildren(ctx, "CANCELLED", id); err != nil {
			return fmt.Errorf("skip children: %w", err)
		}
		if err := t.skip(ctx, id, StepCancelled, "CANCELLED"); err != nil {
			return err
		}
		return t.end(ctx, run, Outcome{State: string(Ended), Word: step.Cancelled, Reason: "CANCELLED"})
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

// Approval is a person's word on a plan.
type Approval struct {
	Hash string // of the plan that the person looked at
	By   string // who it is
	// SkipStale applies the rest when records have changed since; without it
	// nothing is applied then.
	SkipStale bool
	// TakeOver names the places where what was found is taken over; nil is all.
	TakeOver *[]string
	// Only are the records that are approved, with what goes along with them; none is
	// all of the plan.
	Only []engine.Named
	// Dry changes nothing: the answer is what would be applied.
	Dry bool
}

// Find returns the id of the run with a number of a pipeline, as "people/1" names it.
func (c *Control) Find(ctx context.Context, pipeline string, number int64) (uuid.UUID, error) {
	id, err := store.New(c.looks).RunOfNumber(ctx, pipeline, number)
	if err != nil {
		return uuid.Nil, notFound(err, ErrRunNotFound)
	}
	return id, nil
}

// Approved is what comes of an approval.
type Approved struct {
	Run Run
	engine.Approved
	// Changes are the first 1000 of what would be applied, and Records is of how many
	// records that is; of a dry approval only.
	Changes []store.PlanRow
	Records int32
}

// changesShown is how many changes a dry approval shows at most.
const changesShown = 1000

// errDry has a dry approval leave no trace.
var errDry = errors.New("nothing is to be changed")

// Apply has the run go on: it applies its kept plan, and then writes. A plan whose
// records have changed since is refused, and nothing is applied, unless the
// approval leaves those records out: they are returned then.
func (c *Control) Apply(ctx context.Context, id uuid.UUID, a Approval) (Approved, error) {
	var out Approved
	err := c.inTx(ctx, func(t *txn) error {
		run, err := t.q.LockRun(ctx, id)
		if err != nil {
			return notFound(err, ErrRunNotFound)
		}
		switch {
		case run.Children > 0: // each child has one of its own
			return ErrNotAPlan
		case run.PlanHash == "" && !run.Approved && RunState(run.State) == Ended &&
			(run.Reason == reasonExpired || step.Outcome(run.Outcome) == step.GuardStopped):
			return ErrPlanExpired
		case run.PlanHash == "" || !RunState(run.State).Over() || run.Approved:
			return ErrNotAPlan
		case run.PlanUntil != nil && !time.Now().Before(*run.PlanUntil):
			return ErrPlanExpired
		case run.PlanHash != a.Hash:
			return ErrPlanHashMismatch
		}
		if err := t.mayApply(ctx, run); err != nil {
			return err
		}
		word := engine.Word{Hash: a.Hash, SkipStale: a.SkipStale, TakeOver: a.TakeOver, Only: a.Only}
		if out.Approved, err = t.Engine.Apply(ctx, t.tx, id, word); err != nil {
			return fmt.Errorf("apply: %w", err)
		}
		if a.Dry {
			return t.wouldApply(ctx, id, &out)
		}
		if _, err := t.q.ApproveRun(ctx, id); err != nil {
			return fmt.Errorf("approve: %w", err)
		}
		if err := t.q.Reopen(ctx, id); err != nil {
			return fmt.Errorf("reopen: %w", err)
		}
		t.after(func() {
			t.Log.Info("plan approved", "run", id, "pipeline", run.Pipeline, "left_out", len(out.Left), "left_open", out.Open)
		})
		if err := t.runEvent(ctx, id); err != nil {
			return err
		}
		return t.startNext(ctx, run.Pipeline)
	})
	if err != nil && !errors.Is(err, errDry) {
		return Approved{}, err
	}
	out.Run, err = c.Get(ctx, id)
	return out, err
}

// wouldApply reads what an approval has left of a plan, and ends it without a trace.
func (t *txn) wouldApply(ctx context.Context, run uuid.UUID, out *Approved) (err error) {
	if out.Changes, err = t.q.ListChanges(ctx, store.ListChangesParams{Run: run, Most: changesShown}); err != nil {
		return fmt.Errorf("read what would be applied: %w", err)
	}
	if out.Records, err = t.q.RecordsPlanned(ctx, run); err != nil {
		return fmt.Errorf("count what would be applied: %w", err)
	}
	return errDry
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
	NextAt  *time.Time
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
		last, err := q.LastRun(ctx, p.Name)
		switch {
		case err == nil:
			run := viewRun(last)
			info.LastRun = &run
		case !errors.Is(err, pgx.ErrNoRows):
			return nil, fmt.Errorf("last run: %w", err)
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
