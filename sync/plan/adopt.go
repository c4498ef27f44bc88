package plan

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// adopt binds items by natural key, or makes new entities of them where the
// system may. It returns those that are nobody's yet.
func (b *Builder) adopt(p *policy.Policy, open []*item) (rest []*item) {
	keys := make([]string, len(open))
	ents, times := make([]*entity, len(open)), map[string]int{}
	for i, it := range open {
		if keys[i] = b.naturalKey(p, it); keys[i] != "" {
			if ents[i] = b.lookup(p.Kind, keys[i]); ents[i] != nil {
				b.complete(ents[i : i+1])
			}
			times[keys[i]]++
		}
	}
	for i, it := range open {
		ent, from := ents[i], isSource(p, it.listing.System)
		if ent == nil && keys[i] != "" {
			ent = b.ents[name{p.Kind, keys[i]}] // made by an item before
		}
		coll := it.collection(p.Kind)
		switch {
		case ent == nil && (!from || keys[i] == ""):
			rest = append(rest, it)
			continue
		case ent == nil:
			ent = b.create(p.Kind, keys[i])
		case ent.Deleted != "" && from:
			b.revive(ent, "listed again")
			if b.renumbered(p, it, ent, times) {
				b.move(it, coll, ent.at(it.listing, p.Kind))
				continue
			}
		case ent.Deleted != "" && ent.underWay(it.listing, p.Kind):
			// What a broken-off create has made of an entity that is deleted since.
		case ent.Deleted != "":
			rest = append(rest, it)
			continue
		case from && b.renumbered(p, it, ent, times):
			b.move(it, coll, ent.at(it.listing, p.Kind))
			continue
		case ent.at(it.listing, p.Kind) != nil:
			it.double = !b.lookAt(it, ent.at(it.listing, p.Kind))
			rest = append(rest, it)
			continue
		}
		if b.inScope(ent) {
			b.link(it, coll, ent)
		}
	}
	return rest
}

// renumbered reports whether a source lists an entity under a new id: the old
// one is missing, no other record has the key, and what the two say of who it is
// agrees. Without that a record with the same key may be somebody else's.
func (b *Builder) renumbered(p *policy.Policy, it *item, ent *entity, times map[string]int) bool {
	rep := ent.at(it.listing, p.Kind)
	gone := ent.old != nil && ent.old.Deleted == record.Absent
	if rep == nil || !rep.missing && !gone || !b.inScope(ent) {
		return false
	}
	agree := len(p.Identity) == 0
	for _, f := range p.Identity {
		was, is := rep.Remote[f], it.Fields[f]
		switch {
		case slices.Contains(p.KeyFields, f) || was == "" || is == "":
		case was != is:
			return false
		default:
			agree = true
		}
	}
	return times[ent.Key] == 1 && agree
}

// move binds an entity's record to the id under which it is listed now.
func (b *Builder) move(it *item, coll *connector.Collection, rep *syncRecord) {
	b.mark(it, rep.entity)
	b.want(rep.entity)
	if seen := b.found(it, coll.Kind); seen != nil && seen != rep { // seen before, nobody's
		b.dropRecord(seen)
		b.strays = append(b.strays, seen)
	}
	delete(b.reps, rep.place(rep.ExternalID))
	rep.ExternalID, rep.missing, rep.CreatedBy = it.ID, false, record.ByUnknown
	b.reps[rep.place(it.ID)] = rep
	rep.Remote, rep.staged, rep.dirty, rep.Quarantine = rep.Remote.Over(it.Fields.Only(coll.Reads)), true, true, ""
}

// lookAt has a bound record fetched by the next run, since another one there
// has its key and it may have been merged into that one. It reports false when it
// is known to be there still, or cannot be fetched: then the two are doubles.
func (b *Builder) lookAt(other *item, rep *syncRecord) bool {
	if rep.coll == nil || rep.coll.Get == nil {
		return false
	}
	missing := !other.listing.Reading.Whole
	if it := b.shown[ItemID{other.Listing, rep.ExternalID}]; it != nil {
		missing = it.State == Absent
	}
	if missing {
		b.notify(Notify{rep.System, rep.Kind, rep.ExternalID})
	}
	return missing
}

// naturalKey is the key of the entity that an item seems to belong to. A part
// has the key of the record that it is a part of.
func (b *Builder) naturalKey(p *policy.Policy, it *item) string {
	if !it.collection(p.Kind).Part {
		return p.Key(it.Fields)
	}
	host := it.colls.Host(it.listing.Place, it.listing.View)
	if host == nil {
		return ""
	}
	if rep := b.found(it, host.Kind); rep != nil && rep.entity != nil {
		return rep.entity.Key
	}
	return ""
}

// at returns the entity's bound record at a listing's place, or nil.
func (ent *entity) at(l *Listing, kind record.Kind) *syncRecord {
	for _, r := range ent.reps {
		if !r.drop && r.ExternalID != "" && r.System == l.System && r.Place == l.Place && r.Scope == l.Scope && r.Kind == kind {
			return r
		}
	}
	return nil
}

// underWay reports whether a create of the entity's record may have taken
// effect.
func (ent *entity) underWay(l *Listing, kind record.Kind) bool {
	return slices.ContainsFunc(ent.reps, func(r *syncRecord) bool {
		return !r.drop && r.ExternalID == "" && r.Uncertain && r.System == l.System && r.Place == l.Place && r.Kind == kind
	})
}

// link binds an item's record to an entity.
func (b *Builder) link(it *item, coll *connector.Collection, ent *entity) {
	b.mark(it, ent)
	b.want(ent)
	for _, r := range ent.reps { // the record we were about to make is there
		if r.ExternalID == "" && r.System == it.listing.System && r.Place == coll.Place && r.Kind == coll.Kind {
			if seen := b.found(it, coll.Kind); seen != nil && seen != r { // before it was anybody's
				b.dropRecord(seen)
				b.strays = append(b.strays, seen)
			}
			r.ExternalID, r.Remote, r.staged, r.dirty = it.ID, it.Fields.Only(coll.Reads), true, true
			r.Quarantine, r.bump = "", r.ID != 0 // Write closes what is open
			return
		}
	}
	rep := b.found(it, coll.Kind)
	if rep == nil {
		rep = b.newRecord(it.listing.System, coll, ent, it.ID)
	} else {
		rep.entity = ent
		ent.reps = append(ent.reps, rep)
	}
	rep.coll, rep.Remote, rep.staged, rep.dirty, rep.Quarantine = coll, it.Fields.Only(coll.Reads), true, true, ""
}

// leaveUnmanaged remembers the items of a kind that are nobody's: seen, not
// ours, never written. Of their fields only what recognises them is kept.
func (b *Builder) leaveUnmanaged(p *policy.Policy) {
	for _, it := range b.unbound[p.Kind] {
		coll := it.collection(p.Kind)
		b.mark(it, nil)
		if coll.Part {
			continue
		}
		rep := b.found(it, p.Kind)
		if rep == nil {
			rep = b.newRecord(it.listing.System, coll, nil, it.ID)
		}
		rep.Remote, rep.dirty = it.Fields.Only(recognising(p)), true
		if rep.Quarantine = ""; it.double {
			rep.Quarantine = "another record there has the same key"
			c := b.counter(rep.System, rep.Place, p.Kind)
			c.Quarantined++
			c.Faults++
		}
		b.strays = append(b.strays, rep)
	}
	delete(b.unbound, p.Kind)
}

// recognising are the fields that tell whose a record is and what it consents
// to.
func recognising(p *policy.Policy) []record.Field {
	out := slices.Clone(p.KeyFields)
	for f, r := range p.Fields {
		if len(r.Strict) > 0 {
			out = append(out, f)
		}
	}
	return out
}
