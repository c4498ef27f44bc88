package plan

import (
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// collection returns the collection through which an item shows a kind, or
// nil.
func (it *item) collection(kind record.Kind) *connector.Collection {
	for _, c := range it.colls.At(it.listing.Place, it.listing.View) {
		if c.Kind == kind && c.Scope == it.listing.Scope {
			return c
		}
	}
	return nil
}

// at addresses a remote id at the item's place.
func (it *item) at(kind record.Kind, id record.ExternalID) Request {
	return remoteRequest(it.listing.System, it.listing.Place, it.listing.Scope, kind, id)
}

// match finds the sync records that items of a kind belong to, with their
// entities.
func (b *Builder) match(kind record.Kind) {
	for _, it := range b.items {
		if it.collection(kind) == nil {
			continue
		}
		for _, id := range []record.ExternalID{it.ID, it.Successor} {
			q := it.at(kind, id)
			if id == "" || !b.ask(q) {
				continue
			}
			if row := b.in.Snapshot.byRemote[q]; row != nil {
				if row.Entity != 0 {
					b.byIDs([]record.EntityID{row.Entity})
				}
				b.record(row)
			}
		}
	}
}

// found returns the sync record of an item, or nil.
func (b *Builder) found(it *item, kind record.Kind) *syncRecord { return b.reps[it.at(kind, it.ID)] }

// consents takes stricter consents in before anything is derived from them.
func (b *Builder) consents(p *policy.Policy) {
	for f, rule := range p.Fields {
		if len(rule.Strict) == 0 {
			continue
		}
		for _, it := range b.items {
			rep := b.found(it, p.Kind)
			if it.State != Changed || rep == nil || rep.entity == nil || it.collection(p.Kind) == nil || !b.inScope(rep.entity) {
				continue
			}
			remote, ok := it.Fields[f]
			ours, known := rep.entity.Fields[f]
			i, j := slices.Index(rule.Strict, remote), slices.Index(rule.Strict, ours)
			if ok && i >= 0 && (!known || j < 0 || i < j) {
				b.set(rep.entity, f, remote, it.listing.System)
				b.want(rep.entity)
			}
		}
	}
}

// bind gives the items of a kind to entities. Those that no entity is there for
// yet are kept for later.
func (b *Builder) bind(p *policy.Policy) {
	b.references(p.Kind)
	var open []*item
	moved := map[*item]bool{}
	for _, it := range b.items { // first, since the successors may be listed, too
		if rep := b.found(it, p.Kind); rep != nil && (it.State == Absent || it.State == Removed) {
			rep.missing = true
		}
		if it.State == Removed && it.Successor != "" && it.collection(p.Kind) != nil {
			if moved[it] = b.succeed(p, it); moved[it] {
				b.mark(it, b.found(it, p.Kind).owner())
			}
		}
	}
	for _, it := range b.items {
		coll := it.collection(p.Kind)
		if coll == nil || moved[it] {
			continue
		}
		rep := b.found(it, p.Kind)
		switch {
		case it.State == Faulty:
			b.fault(it, coll, rep)
		case rep != nil && rep.entity != nil:
			if b.inScope(rep.entity) {
				b.observe(p, it, coll, rep)
			}
		case it.State == Changed:
			open = append(open, it)
		case it.State == Removed, it.State == Absent && it.Missing == 0:
			b.mark(it, nil) // not ours: only what was seen moves
		}
	}
	b.unbound[p.Kind] = b.adopt(p, open)
}

// mark notes that an item has been planned, so that what was last seen moves
// when the plan is applied.
func (b *Builder) mark(it *item, ent *entity) {
	id := ItemID{it.Listing, it.ID}
	if of := b.planned[id]; of != nil && ent != nil {
		ent.join(of) // one record of several kinds
		return
	} else if of != nil {
		return
	}
	b.planned[id] = ent
}

// owner is the entity whose the record is, or was before this plan.
func (r *syncRecord) owner() *entity {
	if r == nil {
		return nil
	}
	if r.entity != nil {
		return r.entity
	}
	return r.was
}

// observe takes an item into the sync record of an entity.
func (b *Builder) observe(p *policy.Policy, it *item, coll *connector.Collection, rep *syncRecord) {
	ent := rep.entity
	switch it.State {
	case Changed:
		b.mark(it, ent)
		fields := it.Fields.Only(coll.Reads)
		doubt, forgot := rep.Echo.Believe(fields, rep.Remote, !rep.Pending)
		rep.dirty = rep.dirty || forgot
		if doubt {
			b.doubted[it] = true
		}
		remote := rep.Remote.Over(fields)
		same := maps.Equal(remote, rep.Remote)
		back := ent.Deleted != "" && isSource(p, it.listing.System)
		if back {
			b.revive(ent, "listed again")
		}
		if !same || rep.Quarantine != "" {
			rep.Remote, rep.staged, rep.dirty, rep.Quarantine = remote, true, true, ""
		}
		if !same || back || rep.dirty {
			b.want(ent)
		}
	case Absent:
		if b.absent(it.listing.Reading.Certificate, it, ent) {
			b.lost(p, it, rep, record.Absent)
		}
	case Removed:
		b.mark(it, ent)
		b.lost(p, it, rep, record.Reason(it.Reason))
	}
}

// fault notes that a record cannot be read. It is present and unchanged.
func (b *Builder) fault(it *item, coll *connector.Collection, rep *syncRecord) {
	b.mark(it, rep.owner())
	if coll.Part {
		return
	}
	if rep == nil {
		rep = b.newRecord(it.listing.System, coll, nil, it.ID)
		b.strays = append(b.strays, rep)
	}
	rep.Quarantine, rep.dirty = "unreadable: "+it.Reason, true
	if rep.entity != nil {
		b.want(rep.entity)
	}
}
