package match

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/plan/change"
	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// Adopt binds items by natural key, or makes new entities of them where the
// system may. It returns those that are nobody's yet.
func Adopt(d *draft.Plan, p *policy.Policy, open []*draft.Item) (rest []*draft.Item) {
	keys := make([]string, len(open))
	ents, times := make([]*draft.Entity, len(open)), map[string]int{}
	for i, it := range open {
		if keys[i] = naturalKey(d, p, it); keys[i] != "" {
			if ents[i] = d.Lookup(p.Kind, keys[i]); ents[i] != nil {
				d.Complete(ents[i])
			}
			times[keys[i]]++
		}
	}
	for i, it := range open {
		ent, from := ents[i], p.IsSource(it.Where.System)
		if ent == nil && keys[i] != "" {
			ent = d.Known(draft.Name{Kind: p.Kind, Key: keys[i]}) // made by an item before
		}
		coll := it.Collection(p.Kind)
		switch {
		case ent == nil && (!from || keys[i] == ""):
			rest = append(rest, it)
			continue
		case ent == nil:
			ent = d.Create(p.Kind, keys[i])
		case ent.Deleted != "" && from:
			ent.Revive("listed again")
			if renumbered(d, p, it, ent, times) {
				move(d, it, coll, ent.At(it.Where, p.Kind))
				continue
			}
		case ent.Deleted != "" && underWay(ent, it.Where, p.Kind):
			// What a broken-off create has made of an entity that is deleted since.
		case ent.Deleted != "":
			rest = append(rest, it)
			continue
		case from && renumbered(d, p, it, ent, times):
			move(d, it, coll, ent.At(it.Where, p.Kind))
			continue
		case ent.At(it.Where, p.Kind) != nil:
			it.Double = !lookAt(d, it, ent.At(it.Where, p.Kind))
			rest = append(rest, it)
			continue
		}
		if d.InScope(ent) {
			link(d, it, coll, ent)
		}
	}
	return rest
}

// renumbered reports whether a source lists an entity under a new id: the old
// one is missing, no other record has the key, and what the two say of who it is
// agrees. Without that a record with the same key may be somebody else's.
func renumbered(d *draft.Plan, p *policy.Policy, it *draft.Item, ent *draft.Entity, times map[string]int) bool {
	rec := ent.At(it.Where, p.Kind)
	gone := ent.Old != nil && ent.Old.Deleted == record.Absent
	if rec == nil || !rec.Missing && !gone || !d.InScope(ent) {
		return false
	}
	agree := len(p.Identity) == 0
	for _, f := range p.Identity {
		was, is := rec.Remote[f], it.Fields[f]
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
func move(d *draft.Plan, it *draft.Item, coll *connector.Collection, rec *draft.Record) {
	d.Mark(it, rec.Owner)
	d.Want(rec.Owner)
	if seen := d.Found(it, coll.Kind); seen != nil && seen != rec { // seen before, nobody's
		seen.Drop()
		d.Strays = append(d.Strays, seen)
	}
	delete(d.ByRemote, rec.At(rec.ExternalID))
	rec.ExternalID, rec.Missing, rec.CreatedBy = it.ID, false, record.ByUnknown
	d.ByRemote[rec.At(it.ID)] = rec
	rec.Remote, rec.Staged, rec.Dirty, rec.Quarantine = rec.Remote.Over(it.Fields.Only(coll.Reads)), true, true, ""
}

// lookAt has a bound record fetched by the next run, since another one there
// has its key and it may have been merged into that one. It reports false when it
// is known to be there still, or cannot be fetched: then the two are doubles.
func lookAt(d *draft.Plan, other *draft.Item, rec *draft.Record) bool {
	if rec.Collection == nil || rec.Collection.Get == nil {
		return false
	}
	missing := !other.Where.Reading.Whole
	if it := d.Shown(fact.ItemID{Listing: other.Listing, ID: rec.ExternalID}); it != nil {
		missing = it.State == fact.Absent
	}
	if missing {
		d.Out.Fetch(change.Notify{System: rec.System, Kind: rec.Kind, ID: rec.ExternalID})
	}
	return missing
}

// naturalKey is the key of the entity that an item seems to belong to. A part
// has the key of the record that it is a part of.
func naturalKey(d *draft.Plan, p *policy.Policy, it *draft.Item) string {
	if !it.Collection(p.Kind).Part {
		return p.Key(it.Fields)
	}
	host := it.Host()
	if host == nil {
		return ""
	}
	if rec := d.Found(it, host.Kind); rec != nil && rec.Owner != nil {
		return rec.Owner.Key
	}
	return ""
}

// underWay reports whether a create of the entity's record may have taken
// effect.
func underWay(ent *draft.Entity, l *fact.Listing, kind record.Kind) bool {
	return slices.ContainsFunc(ent.Records, func(r *draft.Record) bool {
		return !r.Dropped && r.ExternalID == "" && r.Uncertain && r.System == l.System && r.Place == l.Place && r.Kind == kind
	})
}

// link binds an item's record to an entity.
func link(d *draft.Plan, it *draft.Item, coll *connector.Collection, ent *draft.Entity) {
	d.Mark(it, ent)
	d.Want(ent)
	for _, r := range ent.Records { // the record we were about to make is there
		if r.ExternalID == "" && r.System == it.Where.System && r.Place == coll.Place && r.Kind == coll.Kind {
			if seen := d.Found(it, coll.Kind); seen != nil && seen != r { // before it was anybody's
				seen.Drop()
				d.Strays = append(d.Strays, seen)
			}
			r.ExternalID, r.Remote, r.Staged, r.Dirty = it.ID, it.Fields.Only(coll.Reads), true, true
			r.Quarantine, r.Bump = "", r.ID != 0 // Write closes what is open
			return
		}
	}
	rec := d.Found(it, coll.Kind)
	if rec == nil {
		rec = d.NewRecord(it.Where.System, coll, ent, it.ID)
	} else {
		rec.Owner = ent
		ent.Records = append(ent.Records, rec)
	}
	rec.Collection, rec.Remote, rec.Staged, rec.Dirty, rec.Quarantine = coll, it.Fields.Only(coll.Reads), true, true, ""
}

// LeaveUnmanaged remembers the items of a kind that are nobody's: seen, not
// ours, never written. Of their fields only what recognises them is kept.
func LeaveUnmanaged(d *draft.Plan, p *policy.Policy) {
	for _, it := range d.Unbound[p.Kind] {
		coll := it.Collection(p.Kind)
		d.Mark(it, nil)
		if coll.Part {
			continue
		}
		rec := d.Found(it, p.Kind)
		if rec == nil {
			rec = d.NewRecord(it.Where.System, coll, nil, it.ID)
		}
		rec.Remote, rec.Dirty = it.Fields.Only(p.Recognising()), true
		if rec.Quarantine = ""; it.Double {
			rec.Quarantine = "another record there has the same key"
			c := d.Out.Counter(rec.System, rec.Place, p.Kind)
			c.Quarantined++
			c.Faults++
		}
		d.Strays = append(d.Strays, rec)
	}
	delete(d.Unbound, p.Kind)
}
