package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/touchline-sync/touchline/sync/store"
)

const (
	reasonExpired  = "PLAN_EXPIRED"
	retentionEvery = 10 * time.Minute
)

// class is one class of data with how long it is kept and what erases it.
type class struct {
	name  string
	hours int32
	erase func(ctx context.Context, t *txn, hours int32) error
}

// retention is all that is erased by its age.
var retention = []class{
	{"plans", 24, erasePlans}, // planKept; the row itself says until when
	{"requests", 24, func(ctx context.Context, t *txn, hours int32) error {
		_, err := t.q.DeleteOldRequests(ctx, hours)
		return err
	}},
	{"events of runs", 30 * 24, func(ctx context.Context, t *txn, hours int32) error {
		_, err := t.q.DeleteOldEvents(ctx, hours)
		return err
	}},
	{"scopes of runs", 30 * 24, func(ctx context.Context, t *txn, hours int32) error {
		_, err := t.q.EraseOldScopes(ctx, hours)
		return err
	}},
	{"evidence", 7 * 24, func(ctx context.Context, t *txn, hours int32) error {
		_, err := t.q.DeleteOldEvidence(ctx, hours)
		return err
	}},
	// A plan lives a day, and what it names was put before it.
	{"bytes that no record names", 72, func(ctx context.Context, t *txn, hours int32) error { return t.q.DropLostBlobs(ctx, hours) }},
	{"one-time values", 24, func(ctx context.Context, t *txn, hours int32) error {
		_, err := t.q.DeleteOldOnce(ctx, hours)
		return err
	}},
	{"journal", 90 * 24, func(ctx context.Context, t *txn, hours int32) error {
		_, err := t.q.PruneJournal(ctx, hours)
		return err
	}},
	{"notices", 90 * 24, func(ctx context.Context, t *txn, hours int32) error { return t.q.DeleteOldNotices(ctx, hours) }},
	{"processes", 24, func(ctx context.Context, t *txn, _ int32) error {
		_, err := t.q.DeleteDeadWorkers(ctx)
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
		err := c.inTx(ctx, func(t *txn) error { return class.erase(ctx, t, class.hours) })
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
