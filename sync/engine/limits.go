package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/touchline-sync/touchline/sync/apply"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/plan"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// judging holds plans against the limits.
type judging struct{ *Engine }

// breaches holds what a plan does against the limits. What it would do at systems that
// are observed stops nothing.
func (e judging) breaches(ctx context.Context, t step.Task, in plan.Input, sum plan.Sum) (stops, wouldStop []reconcile.Breach, err error) {
	tallies := sum.Tallies
	for i := range tallies {
		if err := e.count(ctx, in.Now, &tallies[i]); err != nil {
			return nil, nil, fmt.Errorf("count what is held: %w", err)
		}
	}
	places := e.places(in, sum)
	is := func(s record.System) bool { return slices.Contains(in.Observed, s) }
	some := func(observed bool) []reconcile.Breach {
		return reconcile.Judge(e.settings.Limits,
			slices.DeleteFunc(slices.Clone(places), func(p reconcile.Place) bool { return is(p.System) != observed }),
			slices.DeleteFunc(slices.Clone(tallies), func(t reconcile.Tally) bool { return is(t.System) != observed }), overridden(t))
	}
	return some(false), some(true), nil
}

// count completes a tally: what the window has taken before, and of how many. A
// count takes as long as there are records, so it is made only where the number
// alone is above the limit.
func (e judging) count(ctx context.Context, now time.Time, t *reconcile.Tally) error {
	system, kind, field := string(t.System), string(t.Kind), string(t.Field)
	if t.Effect.Windowed() {
		var err error
		t.Before, err = e.store.EffectsSince(ctx, store.EffectsSinceParams{
			System: system, Place: t.Place, Kind: kind, Field: field, Effect: string(t.Effect), Made: t.Made, Since: now.Add(-e.settings.Limits.Window),
		})
		if err != nil {
			return err
		}
	}
	if t.N+t.Before <= e.settings.Limits.Of(t.Effect).Count {
		return nil
	}
	var err error
	t.Had, err = e.held(ctx, t, t.Made)
	if err != nil {
		return err
	}
	switch {
	case t.Effect == reconcile.Created: // beside all of them
		made, err := e.held(ctx, t, true)
		t.Had += made
		return err
	case t.System == record.Hub:
	case t.Effect == reconcile.Changed:
		t.Had = max(t.Had, t.N) // one that is adopted is not managed yet
	case t.Effect == reconcile.Overwritten:
		unmanaged, err := e.store.CountUnmanaged(ctx, system, t.Place, kind)
		t.Had = max(t.Had+unmanaged, t.N) // some may be shown for the first time
		return err
	}
	return nil
}

// held is of how many records a tally is: of those that a rule makes, or of the others.
func (e judging) held(ctx context.Context, t *reconcile.Tally, made bool) (int64, error) {
	if t.System == record.Hub {
		return e.store.CountLiving(ctx, string(t.Kind), made, string(t.Field))
	}
	return e.store.CountManaged(ctx, store.CountManagedParams{
		System: string(t.System), Place: t.Place, Kind: string(t.Kind), Made: made, Field: string(t.Field),
	})
}

// places are the places that the run has read.
func (e judging) places(in plan.Input, sum plan.Sum) []reconcile.Place {
	var out []reconcile.Place
	for _, l := range in.Listings {
		if l.Reading == nil || !l.Reading.Complete {
			continue
		}
		out = append(out, reconcile.Place{
			System: l.System, Place: l.Place, Unmanaged: sum.Unmanaged[l.ID],
			Initialised: l.Initialised || onlySource(e.policies, in.Systems[l.System], l),
		})
	}
	return out
}

// overridden are the reasons that a person has lifted for this run.
func overridden(t step.Task) []reconcile.Reason {
	out := make([]reconcile.Reason, len(t.Override))
	for i, o := range t.Override {
		out[i] = reconcile.Reason(o)
	}
	return out
}

// passed are the effects whose limit a person has lifted for this run: what it
// does of them is approved, and is not counted later.
func passed(t step.Task) []string {
	var out []string
	for _, r := range overridden(t) {
		if effect := r.Effect(); effect != "" {
			out = append(out, string(effect))
		}
	}
	return out
}

// approval is what a person has approved of a run by its overrides.
func approval(t step.Task) apply.Approval {
	return apply.Approval{FirstSync: slices.Contains(overridden(t), reconcile.FirstSync), Passed: passed(t)}
}

// onlySource reports whether a listing shows only records that become entities:
// such a place has nothing of ours to take up.
func onlySource(policies policy.Set, offers connector.Collections, l plan.Listing) bool {
	for _, c := range offers.At(l.Place, l.View) {
		if p := policies.Of(c.Kind); p != nil && !c.Part && !slices.Contains(p.Sources, l.System) {
			return false
		}
	}
	return true
}
