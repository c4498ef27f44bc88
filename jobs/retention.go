package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/touchline-sync/touchline/sync/store"
)

const (
	reasonExpired  = "PLAN_EXPIRED"
	reasonRejected = "PLAN_REJECTED"
	retentionEvery = 10 * time.Minute
)

// Retention says how long each class of data is kept. What is open is kept however old it
// is: a plan that waits, what is to be written, a conflict that nobody has decided.
type Retention struct {
	Runs      time.Duration // with their steps; the newest of each pipeline stays
	PlanRows  time.Duration // what runs have decided: the history of records
	Journal   time.Duration // what was sent
	Conflicts time.Duration // since they were decided; and what was said of whose a record is
	Evidence  time.Duration // what was seen when something broke
	Audit     time.Duration
	Events    time.Duration // what watchers of a run are told
	Scopes    time.Duration // for whom runs were asked
	Notices   time.Duration
}

const day = 24 * time.Hour

// DefaultRetention is that of a deployment that sets none; docs/retention.md has the
// reasons.
func DefaultRetention() Retention {
	return Retention{
		Runs: 400 * day, PlanRows: 400 * day, Journal: 90 * day, Conflicts: 400 * day, Evidence: 7 * day, Audit: 800 * day,
		Events: 30 * day, Scopes: 30 * day, Notices: 90 * day,
	}
}

// Least is how long each class must be kept at least: what is undone within a week is
// found by what was decided and sent in it, and the newest run tells what comes next.
func (Retention) Least() Retention {
	return Retention{
		Runs: 8 * day, PlanRows: 8 * day, Journal: 8 * day, Conflicts: 2 * day, Evidence: day, Audit: 30 * day,
		Events: day, Scopes: day, Notices: 8 * day,
	}
}

// class is one class of data with how long it is kept and what erases it.
type class struct {
	name  string
	keep  func(Retention) time.Duration
	erase func(ctx context.Context, t *txn, hours int32) error
}

// fixed is how long is kept what the API promises for a time.
func fixed(keep time.Duration) func(Retention) time.Duration {
	return func(Retention) time.Duration { return keep }
}

// by erases by a query.
func by(erase func(q *store.Queries, ctx context.Context, hours int32) (int64, error)) func(context.Context, *txn, int32) error {
	return func(ctx context.Context, t *txn, hours int32) error {
		_, err := erase(t.q, ctx, hours)
		return err
	}
}

// retention is all that is erased by its age.
var retention = []class{
	{"plans", fixed(planKept), erasePlans}, // the row itself says until when
	{"requests", fixed(day), by((*store.Queries).DeleteOldRequests)},
	{"one-time values", fixed(day), by((*store.Queries).DeleteOldOnce)},
	// A plan lives a day, and what it names was put before it.
	{"bytes that no record names", fixed(3 * day), func(ctx context.Context, t *txn, hours int32) error { return t.q.DropLostBlobs(ctx, hours) }},
	{"processes", fixed(day), func(ctx context.Context, t *txn, _ int32) error {
		_, err := t.q.DeleteDeadWorkers(ctx)
		return err
	}},
	{"events of runs", func(r Retention) time.Duration { return r.Events }, by((*store.Queries).DeleteOldEvents)},
	{"scopes of runs", func(r Retention) time.Duration { return r.Scopes }, by((*store.Queries).EraseOldScopes)},
	{"plan rows", func(r Retention) time.Duration { return r.PlanRows }, by((*store.Queries).DeleteOldPlanRows)},
	{"runs", func(r Retention) time.Duration { return r.Runs }, by((*store.Queries).DeleteOldRuns)},
	{"journal", func(r Retention) time.Duration { return r.Journal }, by((*store.Queries).PruneJournal)},
	{"conflicts", func(r Retention) time.Duration { return r.Conflicts }, by((*store.Queries).DeleteOldConflicts)},
	{"what was said of records", func(r Retention) time.Duration { return r.Conflicts }, by((*store.Queries).DeleteOldWhose)},
	{"evidence", func(r Retention) time.Duration { return r.Evidence }, by((*store.Queries).DeleteOldEvidence)},
	{"notices", func(r Retention) time.Duration { return r.Notices }, func(ctx context.Context, t *txn, hours int32) error {
		return t.q.DeleteOldNotices(ctx, hours)
	}},
	{"what came in of who was erased", fixed(2 * day), func(ctx context.Context, t *txn, hours int32) error { return t.q.EraseAgain(ctx, hours) }},
	{"audit", func(r Retention) time.Duration { return r.Audit }, func(ctx context.Context, t *txn, hours int32) error {
		now := time.Now()
		_, err := store.PruneAudit(ctx, t.tx, now, now.Add(-time.Duration(hours)*time.Hour))
		return err
	}},
}

// keeper carries the table out now and then.
type keeper struct {
	control *Control
	last    time.Time
}

func (k *keeper) once(ctx context.Context) error {
	if time.Since(k.last) < retentionEvery {
		return nil
	}
	if err := k.control.Retain(ctx); err != nil {
		return err
	}
	k.last = time.Now()
	return nil
}

// Retain erases what is past its time, class by class.
func (c *Control) Retain(ctx context.Context) error {
	for _, class := range retention {
		hours := int32(class.keep(c.Keeps) / time.Hour) //nolint:gosec // years
		err := c.inTx(ctx, func(t *txn) error { return class.erase(ctx, t, hours) })
		if err != nil {
			return fmt.Errorf("erase old %s: %w", class.name, err)
		}
	}
	return nil
}

// erasePlans drops plans that nobody has applied, with what was staged for
// them.
func erasePlans(ctx context.Context, t *txn, _ int32) error {
	rows, err := t.q.ExpiredPlans(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if err := t.dropPlan(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

func (t *txn) dropPlan(ctx context.Context, row store.Run) error {
	run, err := t.q.LockRun(ctx, row.ID)
	if err != nil {
		return err
	}
	if run.PlanHash == "" {
		return nil // applied meanwhile
	}
	if err := t.Engine.Discard(ctx, t.tx, run.ID); err != nil {
		return fmt.Errorf("discard: %w", err)
	}
	if err := t.skip(ctx, run.ID, StepSkipped, reasonExpired); err != nil {
		return err
	}
	if err := t.q.DropPlan(ctx, reasonExpired, run.ID); err != nil {
		return err
	}
	return t.runEvent(ctx, run.ID)
}
