package engine

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/apply"
	"github.com/touchline-sync/touchline/sync/plan"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/snapshot"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// orphans plans for a step the removal of what no entity wants, and nothing else. A plan that
// removes anything waits for a person, whatever limits were lifted. One that only tells
// what stays is kept where a person has asked for it.
func orphans(ctx context.Context, e *Engine, t step.Task, planner snapshot.Planner, in plan.Input, applies apply.Work) (step.Slice, error) {
	sum, err := planner.Orphans(ctx, in)
	if err != nil {
		return step.Slice{}, err
	}
	slice := step.Slice{Done: true, Counters: counters(sum.Counters), Detail: detail(in, sum, nil)}
	for i := range in.Listings {
		l := &in.Listings[i]
		if finds, why := plan.FindsOrphans(l); !finds && why != "" {
			slice.Detail["not looked for "+string(l.System)+" "+l.Place] = why
			slice.Detail[step.PartialNote] = "LISTING_UNCERTAIN"
		}
	}
	if t.Plan {
		return slice, nil
	}
	if found := tellOrphans(sum); found != "" {
		return slice, &step.Stop{Outcome: step.GuardStopped, Reason: string(reconcile.Orphans), Detail: found}
	}
	err = e.tx(ctx, t, func(_ pgx.Tx, q *store.Queries) error { return q.DropPlanRows(ctx, t.Run) })
	if err != nil {
		return step.Slice{}, fmt.Errorf("drop what only tells: %w", err)
	}
	return e.applyOwn(ctx, t, applies, slice)
}

// tellOrphans says what a plan removes; "" is nothing.
func tellOrphans(sum plan.Sum) string {
	var all []string
	for _, c := range sum.Counters {
		if c.Removed > 0 {
			all = append(all, fmt.Sprintf("%s %s: %d records of %s that we have made and no entity wants", c.System, c.Place, c.Removed, c.Kind))
		}
	}
	if len(all) == 0 {
		return ""
	}
	return strings.Join(all, "; ") + "; approve the plan to have them removed"
}
