package engine

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/plan"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/snapshot"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// Plan takes what the run has read and plans all that follows from it, without
// any call. It leaves plan rows, and applies them unless the run is a plan or a
// limit is exceeded; then the plan waits for a person.
//
// A plan that is being applied is gone on with instead, and so are before that
// those of other runs with the same kinds: a plan that has begun to be applied is
// applied before anything is planned on top of it.
func (e *Engine) Plan(ctx context.Context, t step.Task, p step.Pipeline) (step.Slice, error) {
	applies := e.applies(t, p.Family)
	if slice, is, err := e.goOn(ctx, applies); is || err != nil {
		return slice, err
	}
	if finished, err := applies.FinishOthers(ctx); !finished || err != nil {
		return step.Slice{}, err
	}
	if err := e.tx(ctx, t, func(_ pgx.Tx, q *store.Queries) error { return begin(ctx, q, t, p) }); err != nil {
		return step.Slice{}, fmt.Errorf("clear an earlier attempt: %w", err)
	}
	now := e.now().UTC()
	if err := errors.Join(e.own.Show(ctx, e.store.Pool), e.remotes.TakeShapes(ctx)); err != nil {
		return step.Slice{}, err
	}
	in := plan.Input{
		Now: now, Family: p.Family, Policies: e.policies, Rules: e.rules, Systems: offering{e}.takingPart(t.Plan), Kind: t.Kind, Keys: t.Keys,
		AbsentListings: e.settings.AbsentListings, AbsentGap: e.settings.AbsentGap,
	}
	if t.Plan {
		in.Observed = e.Observed()
	}
	planner := snapshot.Planner{
		Taker: snapshot.Taker{Store: e.store.Queries, Hub: hub.New(e.store.Pool), Now: now}, Run: t.Run,
		Most: e.settings.PlanBatch, ApplyMost: e.settings.ApplyBatch,
		InTx: func(ctx context.Context, f func(*store.Queries) error) error {
			return e.tx(ctx, t, func(_ pgx.Tx, q *store.Queries) error { return f(q) })
		},
	}
	if err := planner.Take(ctx, t.Run, &in); err != nil {
		return step.Slice{}, err
	}
	if p.Orphans {
		return orphans(ctx, e, t, planner, in, applies)
	}
	sum, err := planner.Plan(ctx, in)
	if err != nil {
		return step.Slice{}, err
	}
	breaches, wouldStop, err := judging{e}.breaches(ctx, t, in, sum)
	if err != nil {
		return step.Slice{}, err
	}
	slice := step.Slice{Done: true, Counters: counters(sum.Counters), Detail: detail(in, sum, breaches), Asides: asides(sum.Asides)}
	for i, b := range wouldStop {
		slice.Detail["would stop_"+strconv.Itoa(i+1)] = string(b.Reason) + ": " + b.Detail
	}
	if err := noteUnknown(ctx, e.store.Queries, t, slice.Detail); err != nil {
		return step.Slice{}, err
	}
	if len(breaches) > 0 {
		return slice, &step.Stop{Outcome: step.GuardStopped, Reason: string(breaches[0].Reason), Detail: breaches[0].Detail}
	}
	if t.Plan {
		return slice, nil
	}
	return e.applyOwn(ctx, t, applies, slice)
}

// noteUnknown says in what the step keeps that records were named of which nothing is known:
// a run that has found nobody has not done what was asked.
func noteUnknown(ctx context.Context, q *store.Queries, t step.Task, detail map[string]string) error {
	if len(t.Keys) == 0 {
		return nil
	}
	n, err := q.UnknownKeys(ctx, t.Keys, string(t.Kind), t.Run)
	if err != nil {
		return fmt.Errorf("look for the records that were named: %w", err)
	}
	if n > 0 {
		detail["not known"] = fmt.Sprintf("%d of %d records that were named", n, len(t.Keys))
		if detail[step.PartialNote] == "" {
			detail[step.PartialNote] = "KEYS_UNKNOWN"
		}
	}
	return nil
}

// begin clears an earlier attempt to plan that broke off.
func begin(ctx context.Context, q *store.Queries, t step.Task, p step.Pipeline) error {
	if err := errors.Join(q.DropPlanRows(ctx, t.Run), q.DropPlanned(ctx, t.Run), q.UnplanAllItems(ctx, t.Run)); err != nil {
		return err
	}
	if len(t.Keys) > 0 || p.Orphans {
		return q.HoldStill(ctx, t.Run)
	}
	return nil
}

// offering is what the opened systems offer.
type offering struct{ *Engine }

// all are the collections of all of them.
func (e offering) all() map[record.System]connector.Collections {
	out := map[record.System]connector.Collections{}
	for _, name := range e.remotes.Names() {
		out[name] = e.remotes.Get(name).Collections()
	}
	return out
}

func counters(all []plan.Counter) []step.Counter {
	out := make([]step.Counter, len(all))
	for i, c := range all {
		out[i] = step.Counter{
			System: c.System, Place: c.Place, Kind: c.Kind, Created: c.Created, Updated: c.Updated, Unchanged: c.Unchanged, Removed: c.Removed,
			Waiting: c.Waiting, Excluded: c.Excluded, Quarantined: c.Quarantined, Held: c.Held, Faults: c.Faults, Conflicts: c.Conflicts,
		}
	}
	return out
}

func asides(all []plan.Aside) []step.Aside {
	out := make([]step.Aside, len(all))
	for i, a := range all {
		out[i] = step.Aside{
			System: a.System, Place: a.Place, Kind: a.Kind, Record: a.ID, Entity: int64(a.Entity), State: step.Quarantined, Why: a.Why,
		}
		if a.Held {
			out[i].State = step.Held
		}
	}
	return out
}

// detail is what the step keeps of the plan.
func detail(in plan.Input, c plan.Sum, breaches []reconcile.Breach) map[string]string {
	out := map[string]string{}
	for i, b := range breaches {
		out["stopped_"+strconv.Itoa(i+1)] = string(b.Reason) + ": " + b.Detail
	}
	for why, n := range c.Excluded {
		out["excluded "+why] = strconv.FormatInt(n, 10)
	}
	for rule, n := range c.Refused {
		// The group has no name here: it may be somebody's address.
		out["left as it is "+rule] = fmt.Sprintf("%d groups of more than %d", n, plan.GroupMost)
		out[step.PartialNote] = "GROUP_TOO_LARGE"
	}
	for _, l := range in.Listings {
		if l.Reading == nil || l.Reading.Why == "" {
			continue
		}
		out["listing "+string(l.System)+" "+l.Place] = l.Reading.Why
		if l.Reading.Certificate.Holds() || !l.Reading.Whole {
			continue
		}
		waiting := unproved(in.Systems[l.System], l, c.Creates)
		if waiting > 0 {
			out["not made "+string(l.System)+" "+l.Place] = fmt.Sprintf(
				"%d records are not made before a listing is certified: %s", waiting, l.Reading.Why)
		}
		if waiting > 0 || l.Reading.Absent > 0 {
			out[step.PartialNote] = "LISTING_UNCERTAIN"
		}
	}
	return out
}

// unproved counts the creates at a place of which the listing does not prove
// that they make no second record.
func unproved(offers connector.Collections, l plan.Listing, creates map[plan.PlaceName]int64) int64 {
	if host := offers.Host(l.Place, l.View); host != nil && !host.IdempotentCreate {
		return creates[plan.PlaceName{System: l.System, Place: l.Place}]
	}
	return 0
}
