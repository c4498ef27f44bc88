package engine

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// Plan takes what the run has read and decides all that follows from it,
// without any call. It leaves plan rows, and applies them unless the run is a
// plan or a limit is exceeded; then the plan waits for a person.
func (e *Engine) oldPlan(ctx context.Context, t step.Task, p step.Pipeline) (step.Slice, error) {
	if err := e.tx(ctx, t, func(_ pgx.Tx, q *store.Queries) error { return dropDecision(ctx, q, t) }); err != nil {
		return step.Slice{}, fmt.Errorf("clear an earlier attempt: %w", err)
	}
	w, err := e.newWorld(ctx, t)
	if err != nil {
		return step.Slice{}, err
	}
	if err := e.hub.Due(ctx, w.now); err != nil {
		return step.Slice{}, fmt.Errorf("show what a date has changed: %w", err)
	}
	if err := w.decide(ctx, p.Family); err != nil {
		return step.Slice{}, err
	}
	breaches, err := w.judge(func(system, place string) (int64, error) { return e.store.HeldAt(ctx, system, place) })
	if err != nil {
		return step.Slice{}, err
	}
	err = e.tx(ctx, t, func(_ pgx.Tx, q *store.Queries) error { return w.store(ctx, q) })
	if err != nil {
		return step.Slice{}, fmt.Errorf("store the plan: %w", err)
	}
	slice := step.Slice{Done: true, Counters: w.count(), Detail: w.detail(breaches)}
	if len(breaches) > 0 {
		return slice, &step.Stop{Outcome: step.GuardStopped, Reason: string(breaches[0].Reason), Detail: breaches[0].Detail}
	}
	if t.Plan {
		return slice, nil
	}
	return slice, e.applied(ctx, t)
}

// applied applies what was decided. Programs that write our own tables at the
// same time may get in each other's way; then Postgres lets one of them begin
// anew.
func (e *Engine) applied(ctx context.Context, t step.Task) error {
	for attempt := 1; ; attempt++ {
		err := e.tx(ctx, t, func(_ pgx.Tx, q *store.Queries) error { return e.apply(ctx, q, t.Run) })
		crossed, ok := errors.AsType[*pgconn.PgError](err)
		if !ok || crossed.Code != deadlock || attempt == deadlocks {
			return err
		}
	}
}

// deadlock is Postgres's code for two transactions that wait for each other.
const (
	deadlock  = "40P01"
	deadlocks = 5
)

// decide takes the kinds in the policies's order.
func (w *world) decide(ctx context.Context, family string) error {
	var policies policy.Set
	for _, p := range w.e.policies {
		if p.Kind.Family() == family {
			policies = append(policies, p)
		}
	}
	for _, p := range policies {
		if err := w.match(ctx, p.Kind); err != nil {
			return err
		}
		w.consents(p)
	}
	for _, p := range policies {
		if err := w.kind(ctx, p); err != nil {
			return fmt.Errorf("decide %s: %w", p.Kind, err)
		}
	}
	return nil
}

// kind decides one kind: bind, settle, derive; and once more for entities of
// this very kind that were derived.
func (w *world) kind(ctx context.Context, p *policy.Policy) error {
	if p.Kind == w.t.Kind && len(w.t.Keys) > 0 {
		asked, err := w.loadKeys(ctx, p.Kind, w.t.Keys)
		if err != nil {
			return err
		}
		for _, ent := range asked {
			w.want(ent)
		}
	}
	if err := w.edited(ctx, p.Kind); err != nil {
		return err
	}
	if err := w.newPlaces(ctx, p); err != nil {
		return err
	}
	if err := w.bind(ctx, p); err != nil {
		return err
	}
	for _, a := range w.merges {
		if err := w.alias(ctx, a); err != nil {
			return err
		}
	}
	w.merges = nil
	if err := w.reconcile(ctx, p); err != nil {
		return err
	}
	if err := w.derive(ctx, p.Kind); err != nil {
		return err
	}
	rest, err := w.adopt(ctx, p, w.unbound[p.Kind])
	if err != nil {
		return err
	}
	w.unbound[p.Kind] = rest
	if err := w.reconcile(ctx, p); err != nil {
		return err
	}
	if len(w.t.Keys) == 0 {
		w.keepUnmanaged(p)
	}
	return nil
}

// edited takes up entities that were changed in the hub itself.
func (w *world) edited(ctx context.Context, kind record.Kind) error {
	ids, err := w.e.hub.Unplanned(ctx, string(kind))
	if err != nil {
		return fmt.Errorf("read what was edited: %w", err)
	}
	if err := w.load(ctx, ids); err != nil {
		return err
	}
	var merged []string
	for _, id := range ids {
		if ent := w.byID[id]; w.inScope(ent) {
			if ent.Deleted == record.Merged {
				merged = append(merged, ent.Key)
			}
			ent.changed, ent.dirty, ent.why = true, true, "edited here"
			for f := range ent.Fields {
				if _, known := ent.from[f]; !known {
					ent.from[f] = source{record.Hub, ent.ModifiedOn}
				}
			}
			w.want(ent)
		}
	}
	return w.merged(ctx, kind, merged)
}

// merged takes up what our own tables have merged into other entities.
func (w *world) merged(ctx context.Context, kind record.Kind, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	into, err := w.e.hub.ResolveAliases(ctx, string(kind), keys)
	if err != nil {
		return fmt.Errorf("read what was merged: %w", err)
	}
	for _, a := range into {
		w.merges = append(w.merges, derive.Alias{Kind: kind, From: a.FromKey, To: a.ToKey})
	}
	return nil
}

// detail is what the step keeps of the decision.
func (w *world) detail(breaches []reconcile.Breach) map[string]string {
	out := map[string]string{}
	for i, b := range breaches {
		out["stopped_"+strconv.Itoa(i+1)] = string(b.Reason) + ": " + b.Detail
	}
	for why, n := range w.excluded {
		out["excluded "+why] = strconv.FormatInt(n, 10)
	}
	for id, r := range w.read {
		l := w.listings[id]
		if r.Why != "" {
			out["census "+l.System+" "+l.Place] = r.Why
		}
	}
	return out
}
