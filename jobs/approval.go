package jobs

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// Approval is a person's word on a plan.
type Approval struct {
	Hash string // of the plan that the person looked at
	By   string // who it is
	// Within stores what else belongs to the approval, in its transaction; nil: nothing.
	Within func(context.Context, pgx.Tx, Approved) error
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
		if err := waitsFor(run, a.Hash); err != nil {
			return err
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
		if err := t.startNext(ctx, run.Pipeline); err != nil || a.Within == nil {
			return err
		}
		out.Run = viewRun(run)
		return a.Within(ctx, t.tx, out)
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

// waitsFor reports why a run keeps no plan of this hash that waits for a person; nil: it
// does.
func waitsFor(run store.Run, hash string) error {
	switch {
	case run.Children > 0: // each child has one of its own
		return ErrNotAPlan
	case run.PlanHash == "" && run.Reason == reasonRejected:
		return ErrPlanRejected
	case run.PlanHash == "" && !run.Approved && RunState(run.State) == Ended &&
		(run.Reason == reasonExpired || step.Outcome(run.Outcome) == step.GuardStopped):
		return ErrPlanExpired
	case run.PlanHash == "" || !RunState(run.State).Over() || run.Approved:
		return ErrNotAPlan
	case run.PlanUntil != nil && !time.Now().Before(*run.PlanUntil):
		return ErrPlanExpired
	case run.PlanHash != hash:
		return ErrPlanHashMismatch
	}
	return nil
}

// Reject drops the plan of a run that waits, since a person does not want it. The run has
// ended before and goes on being told as it was then, but for how.
func (c *Control) Reject(ctx context.Context, id uuid.UUID, hash, by string, within Within) (Run, error) {
	err := c.inTx(ctx, func(t *txn) error {
		run, err := t.q.LockRun(ctx, id)
		if err != nil {
			return notFound(err, ErrRunNotFound)
		}
		if err := waitsFor(run, hash); err != nil {
			return err
		}
		if err := t.Engine.Discard(ctx, t.tx, id); err != nil {
			return fmt.Errorf("discard: %w", err)
		}
		if err := t.skip(ctx, id, StepSkipped, reasonRejected); err != nil {
			return err
		}
		if err := t.q.RejectPlan(ctx, reasonRejected, cmp.Or(by, "unknown"), id); err != nil {
			return fmt.Errorf("reject: %w", err)
		}
		t.after(func() { t.Log.Info("plan rejected", "run", id, "pipeline", run.Pipeline, "number", run.Number) })
		if err := t.runEvent(ctx, id); err != nil {
			return err
		}
		return within.store(ctx, t, run)
	})
	if err != nil {
		return Run{}, err
	}
	return c.Get(ctx, id)
}

// Within stores what belongs to an act on a run in the transaction of the act, such as who
// it was: a caller that goes away between the two leaves none without the other. Nil
// stores nothing.
type Within func(context.Context, pgx.Tx, Run) error

func (w Within) store(ctx context.Context, t *txn, run store.Run) error {
	if w == nil {
		return nil
	}
	return w(ctx, t.tx, viewRun(run))
}
