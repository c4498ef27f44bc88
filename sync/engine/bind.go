package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// collection returns the collection through which an item shows a kind, or
// nil.
func (it *item) collection(kind record.Kind) *connector.Collection {
	for _, c := range it.sys.at(it.listing.Place, it.listing.View) {
		if c.Kind == kind && c.Scope == it.listing.Scope {
			return c
		}
	}
	return nil
}

// match finds the sync records that staged items of a kind belong to, with their
// entities.
func (w *world) match(ctx context.Context, kind record.Kind) error {
	byListing := map[int32][]string{}
	for _, it := range w.items {
		if it.collection(kind) != nil {
			byListing[it.Listing] = append(byListing[it.Listing], it.ExternalID)
			if it.Successor != "" {
				byListing[it.Listing] = append(byListing[it.Listing], it.Successor)
			}
		}
	}
	for id, ids := range byListing {
		l := w.listings[id]
		rows, err := w.e.store.SyncRecordsByID(ctx, store.SyncRecordsByIDParams{
			System: l.System, Place: l.Place, Scope: l.Scope, Kind: string(kind), Ids: ids,
		})
		if err != nil {
			return fmt.Errorf("read sync records: %w", err)
		}
		if err := w.load(ctx, entitiesOf(rows)); err != nil {
			return err
		}
		for _, row := range rows {
			w.syncRecord(row)
		}
	}
	return nil
}

func entitiesOf(rows []store.SyncRecord) (ids []int64) {
	for _, r := range rows {
		if r.Entity != nil {
			ids = append(ids, *r.Entity)
		}
	}
	return ids
}

func (w *world) found(it *item, kind record.Kind) *syncRecord {
	l := it.listing
	return w.reps[repKey(l.System, l.Place, l.Scope, kind, it.ExternalID)]
}

// consents takes stricter consents in before anything is derived from them.
func (w *world) consents(p *policy.Policy) {
	for f, rule := range p.Fields {
		if len(rule.Strict) == 0 {
			continue
		}
		for _, it := range w.items {
			rep := w.found(it, p.Kind)
			if it.State != itemChanged || rep == nil || rep.entity == nil || it.collection(p.Kind) == nil || !w.inScope(rep.entity) {
				continue
			}
			remote, ok := it.fields[f]
			ours, known := rep.entity.Fields[f]
			i, j := slices.Index(rule.Strict, remote), slices.Index(rule.Strict, ours)
			if ok && i >= 0 && (!known || j < 0 || i < j) {
				w.set(rep.entity, f, remote, it.sys.Name)
				w.want(rep.entity)
			}
		}
	}
}

// set changes a field of the hub.
func (w *world) set(ent *entity, f record.Field, value string, from record.System) {
	ent.Fields[f], ent.from[f] = value, source{from, w.now}
	ent.dirty, ent.changed = true, true
}

// bind gives the staged items of a kind to entities. Those that no entity is
// there for yet are kept for later.
func (w *world) bind(ctx context.Context, p *policy.Policy) error {
	if err := w.references(ctx, p.Kind); err != nil {
		return err
	}
	var open []*item
	moved := map[*item]bool{}
	for _, it := range w.items { // first, since the successors may be listed, too
		if it.State == itemRemoved && it.Successor != "" && it.collection(p.Kind) != nil {
			if moved[it] = w.succeed(p, it); moved[it] {
				w.mark(it)
			}
		}
	}
	for _, it := range w.items {
		coll := it.collection(p.Kind)
		if coll == nil || moved[it] {
			continue
		}
		rep := w.found(it, p.Kind)
		switch {
		case it.State == itemFault:
			w.fault(it, coll, rep)
		case rep != nil && rep.entity != nil:
			if w.inScope(rep.entity) {
				w.observe(p, it, coll, rep)
			}
		case it.State == itemChanged:
			open = append(open, it)
		case it.State == itemRemoved, it.State == itemAbsent && it.Missing == 0:
			w.mark(it) // not ours: only what was seen moves
		}
	}
	var err error
	w.unbound[p.Kind], err = w.adopt(ctx, p, open)
	return err
}

// mark notes that an item has been decided, so that what was seen moves with
// the apply.
func (w *world) mark(it *item) {
	w.decided[it.Listing] = append(w.decided[it.Listing], it.ExternalID)
}

// observe takes a staged item into the sync record of an entity.
func (w *world) observe(p *policy.Policy, it *item, coll *connector.Collection, rep *syncRecord) {
	ent := rep.entity
	switch it.State {
	case itemChanged:
		w.mark(it)
		fields := it.fields.Only(coll.Reads)
		if rep.believe(fields) {
			w.doubted[it] = true
		}
		remote := over(rep.remote, fields)
		same := maps.Equal(remote, rep.remote)
		back := ent.Deleted != "" && isSource(p, it.sys.Name)
		if back {
			w.revive(ent, "listed again")
		}
		if !same || rep.row.Quarantine != "" {
			rep.remote, rep.staged, rep.dirty, rep.row.Quarantine = remote, true, true, ""
		}
		if !same || back || rep.dirty {
			w.want(ent)
		}
	case itemAbsent:
		if !w.absent(it) {
			return
		}
		w.lost(p, it, rep, record.Absent)
	case itemRemoved:
		w.mark(it)
		w.lost(p, it, rep, record.Reason(it.Reason))
	}
}

// inScope reports whether the run may touch an entity.
func (w *world) inScope(ent *entity) bool {
	if len(w.t.Keys) == 0 || ent.touched {
		return true
	}
	return ent.Kind == w.t.Kind && slices.Contains(w.t.Keys, ent.Key)
}
