package engine

import (
	"context"
	"fmt"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// newPlaces takes up all entities of a kind, once, when a place that should
// hold some of them is listed for the first time: a system or a list that was
// switched on later.
func (w *world) newPlaces(ctx context.Context, p *policy.Policy) error {
	if len(w.t.Keys) > 0 || !w.initialisesTarget(p) {
		return nil
	}
	ids, err := w.e.hub.LivingEntities(ctx, string(p.Kind))
	if err != nil {
		return fmt.Errorf("read entities: %w", err)
	}
	if err := w.load(ctx, ids); err != nil {
		return err
	}
	for _, id := range ids {
		w.want(w.byID[id])
	}
	return nil
}

// initialisesTarget reports whether the run has listed a place, not taken up before,
// that may hold entities of a kind.
func (w *world) initialisesTarget(p *policy.Policy) bool {
	for id, r := range w.read {
		l := w.listings[id]
		if !r.Complete || !r.Whole || l.InitialisedOn != nil {
			continue
		}
		sys := w.e.systems[record.System(l.System)]
		if sys != nil && p.Target(sys.Name) != nil && sys.of(l.Place, p.Kind) != nil {
			return true
		}
	}
	return false
}
