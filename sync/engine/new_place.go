package engine

import (
	"context"
	"fmt"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/store"
)

// newPlaces takes up all entities of a kind, once, when a place that should
// hold some of them is listed for the first time: a system or a list that was
// switched on later.
func (w *world) newPlaces(ctx context.Context, p *policy.Policy) error {
	if len(w.t.Keys) > 0 || !w.meetsHolder(p) {
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

// meetsHolder reports whether the run has listed a place, not taken up before,
// that may hold entities of a kind.
func (w *world) meetsHolder(p *policy.Policy) bool {
	for id, r := range w.read {
		l := w.listings[id]
		if !r.Complete || l.MetOn != nil {
			continue
		}
		for _, h := range p.Holders {
			if string(h.System) == l.System && w.takes(l, p) {
				return true
			}
		}
	}
	return false
}

// takes reports whether a listing's place takes a kind.
func (w *world) takes(l store.Listing, p *policy.Policy) bool {
	for _, sys := range w.e.systems {
		if string(sys.Name) == l.System && sys.of(l.Place, p.Kind) != nil {
			return true
		}
	}
	return false
}
