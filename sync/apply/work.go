package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/touchline-sync/touchline/sync/store"
)

// Work applies plans in a step of a run, a transaction after the other.
type Work struct {
	*Applier

	Run   uuid.UUID
	Kinds []string // of the entities that the step decides
	// Until is when the step should stop between two batches; the zero time is never.
	Until time.Time
	// InTx runs a function in one transaction of the step.
	InTx func(context.Context, func(*store.Queries) error) error
}

// Start applies the first batch of a plan that needs no approval, or moves what was
// read when nothing was planned; it reports whether there is a plan, which GoOn
// applies further. It returns OtherApplying when another plan has begun meanwhile:
// that is finished first, and this one made anew on top of it.
func (w Work) Start(ctx context.Context, by Approval, s Summary) (bool, error) {
	by.Kinds = w.Kinds
	var begun bool
	var is Progress
	begin := func(q *store.Queries) (err error) {
		// Another plan may have been approved while this one was made.
		if err = q.LockApprovals(ctx); err != nil {
			return fmt.Errorf("wait for approvals: %w", err)
		}
		others, err := q.OthersApplying(ctx, w.Run, w.Kinds)
		if err != nil {
			return fmt.Errorf("look for plans that are being applied: %w", err)
		}
		if len(others) > 0 {
			return OtherApplying{others[0]}
		}
		begun, err = w.Begin(ctx, q, w.Run, by, s)
		return err
	}
	err := w.tx(ctx, func(q *store.Queries) error {
		err := begin(q)
		if err == nil && begun {
			is, err = w.Next(ctx, q, w.Run)
		}
		return err
	})
	if refusal(err) != nil { // GoOn sees to it
		is, err = Progress{}, w.tx(ctx, begin)
	}
	if err != nil {
		return begun, err
	}
	return begun, w.grown(ctx, is)
}

// GoOn goes on with the plan of the run until all of it is applied or the step is
// to stop, and returns how far it is. It reports whether there is such a plan.
func (w Work) GoOn(ctx context.Context) (store.PlanApply, bool, error) {
	for {
		p, err := w.Store.PlanApply(ctx, w.Run)
		if errors.Is(err, pgx.ErrNoRows) {
			return p, false, nil
		}
		if err != nil {
			return p, false, fmt.Errorf("ask how far the plan is applied: %w", err)
		}
		if p.State != store.Applying {
			return p, true, nil
		}
		more, err := w.next(ctx, w.Run)
		if err != nil {
			return p, true, err
		}
		if more && w.over() {
			return p, true, nil
		}
	}
}

// FinishOthers applies to their end the plans of other runs that are being applied
// and have kinds in common with this one: their process may be gone, or their run
// wait behind this one. It reports false when the step is to stop before they are.
func (w Work) FinishOthers(ctx context.Context) (bool, error) {
	others, err := w.Store.OthersApplying(ctx, w.Run, w.Kinds)
	if err != nil {
		return false, fmt.Errorf("look for plans that are being applied: %w", err)
	}
	for _, run := range others {
		for more := true; more; {
			if more, err = w.next(ctx, run); err != nil {
				return false, err
			}
			if more && w.over() {
				return false, nil
			}
		}
	}
	return true, nil
}

// over reports whether the step is to stop between two batches.
func (w Work) over() bool { return !w.Until.IsZero() && w.Now().After(w.Until) }

// next applies the next batch of a run's plan, or takes it apart, and reports whether
// there are more.
func (w Work) next(ctx context.Context, run uuid.UUID) (more bool, err error) {
	var is Progress
	err = w.tx(ctx, func(q *store.Queries) (err error) {
		is, err = w.Next(ctx, q, run)
		return err
	})
	if why := refusal(err); why != nil {
		is = Progress{More: true}
		for _, marked := range []bool{true, false} {
			err = w.tx(ctx, func(q *store.Queries) error { return split(ctx, q, run, why, marked) })
			if refusal(err) == nil {
				break
			}
		}
	}
	if err != nil {
		return false, err
	}
	return is.More, w.grown(ctx, is)
}

// grown has Postgres look at the tables that batches have filled, between two of
// them: it may take longer than a batch.
func (w Work) grown(ctx context.Context, is Progress) error {
	if !is.Grown {
		return nil
	}
	return w.Store.Analyze(ctx, "entity", "sync_record", "group_key")
}

// deadlock is Postgres's code for two transactions that wait for each other;
// after so many in a row the step fails.
const (
	deadlock  = "40P01"
	deadlocks = 5
)

// tx runs f in one transaction of the step. Programs that write our own tables at
// the same time may get in each other's way; then Postgres lets one of them begin
// anew.
func (w Work) tx(ctx context.Context, f func(*store.Queries) error) error {
	for attempt := 1; ; attempt++ {
		err := w.InTx(ctx, f)
		crossed, ok := errors.AsType[*pgconn.PgError](err)
		if !ok || crossed.Code != deadlock || attempt == deadlocks {
			return err
		}
	}
}
