package match

import (
	"cmp"
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/plan/change"
	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// Adopt binds items by natural key, or makes new entities of them where the
// system may. It returns those that are nobody's yet. Sources come first, so that a
// record at a target meets the entity that the same run has made.
func Adopt(d *draft.Plan, p *policy.Policy, open []*draft.Item) (rest []*draft.Item) {
	open = slices.Clone(open)
	slices.SortStableFunc(open, func(x, y *draft.Item) int {
		return boolCompare(p.IsSource(y.Where.System), p.IsSource(x.Where.System))
	})
	keys, ents := make([]string, len(open)), make([]*draft.Entity, len(open))
	for i, it := range open {
		if keys[i] = naturalKey(d, p, it); keys[i] != "" {
			ents[i] = d.Lookup(p.Kind, keys[i])
			if ents[i] == nil && p.IsSource(it.Where.System) { // under another id, and renamed before
				ents[i] = d.Left[draft.Name{Kind: p.Kind, Key: keys[i]}]
			}
			if ents[i] != nil {
				d.Complete(ents[i])
			}
		}
	}
	for i, it := range open {
		if rec := d.Found(it, p.Kind); rec != nil && rec.Owner != nil { // by another view
			d.Mark(it, rec.Owner)
			continue
		}
		ent := ents[i]
		if ent == nil && keys[i] != "" {
			ent = d.Known(draft.Name{Kind: p.Kind, Key: keys[i]}) // made by an item before
		}
		how := fateOf(d, p, it, ent, keys[i])
		if how == nobodys {
			rest = append(rest, it)
			continue
		}
		if ent == nil {
			ent = d.Create(p.Kind, keys[i])
		}
		if !d.InScope(ent) {
			continue
		}
		if ent.Deleted != "" && p.IsSource(it.Where.System) {
			ent.Revive("listed again")
		}
		coll := it.Collection(p.Kind)
		if rec := d.Found(it, p.Kind); rec != nil && rec.Old != nil {
			d.Look(it.ClaimOf(p.Kind, keys[i]), unclear(rec.Old.Quarantine))
		}
		if how == moves {
			move(d, it, coll, ent.At(it.Where, p.Kind))
			continue
		}
		link(d, it, coll, ent)
		if rec := d.Found(it, p.Kind); rec != nil {
			rec.Said = said(d, p, it) != ""
		}
	}
	return rest
}

func boolCompare(x, y bool) int {
	switch {
	case x == y:
		return 0
	case x:
		return 1
	}
	return -1
}

// unclear reports whether a record was put aside since nothing tells whose it is.
func unclear(quarantine string) bool {
	return quarantine == draft.Duplicate || quarantine == draft.SomebodyElse
}

// fate is what becomes of an item that is nobody's.
type fate int

const (
	nobodys fate = iota // it stays nobody's
	becomes             // it becomes a record of the entity with its key, perhaps of a new one
	moves               // the entity's record is bound to it
)

// fateOf decides what becomes of an item with a key. Of several that show one key at
// a place none is taken. Where the entity has a record there already the item is a
// second one, but for one thing: the old id is missing, and what the two say of who
// it is agrees. Without that a record with the same key may be somebody else's.
func fateOf(d *draft.Plan, p *policy.Policy, it *draft.Item, ent *draft.Entity, key string) fate {
	from := p.IsSource(it.Where.System)
	it.Unclear, it.Again = "", false
	switch {
	case key == "", ent == nil && !from:
		return nobodys
	case ent != nil && ent.Deleted != "" && !from && !underWay(ent, it.Where, p.Kind):
		return nobodys // but for what a broken-off create has made of one that is deleted since
	}
	var rec *draft.Record
	if ent != nil {
		rec = ent.At(it.Where, p.Kind)
	}
	one, word := true, said(d, p, it) != ""
	if !it.Collection(p.Kind).Part {
		c := it.ClaimOf(p.Kind, key)
		switch ids, _ := d.Claimants(c); {
		case word:
			one = len(ids) == 0 // one that shows the key comes first
		case len(ids) > 1:
			one = false
			c.Mark(d, ids)
		}
	}
	switch {
	case !one:
		it.Unclear = draft.Duplicate
	case rec == nil && ent != nil && !from && p.SomebodyElse(ent.Fields, it.Fields):
		return nobodys // one that signed up there
	case rec == nil && word && ent != nil && ent.Contradicts(p, it.Fields):
		return nobodys // whatever a person has said
	case rec == nil:
		return becomes
	case from && leftBehind(rec, ent) && sameIdentity(p, rec.Remote, it.Fields):
		return moves
	case lookAt(d, it, rec): // it may have been merged into this one
	case from && leftBehind(rec, ent):
		it.Unclear = draft.SomebodyElse
	default:
		it.Unclear = draft.Duplicate
	}
	it.Again = from // nothing is lost when it becomes clear
	return nobodys
}

// leftBehind reports whether the entity's record at a source is no longer there.
func leftBehind(rec *draft.Record, ent *draft.Entity) bool {
	if rec.Missing || ent.Old == nil {
		return rec.Missing
	}
	switch ent.Old.Deleted {
	case "", record.Merged, record.Unmade:
		return false
	}
	return true
}

// sameIdentity reports whether two records are about the same: of the fields that
// tell who it is, the key aside, one agrees and none contradicts.
func sameIdentity(p *policy.Policy, was, is record.Fields) bool {
	agree := len(p.Identity) == 0
	for _, f := range p.Identity {
		switch {
		case slices.Contains(p.KeyFields, f) || was[f] == "" || is[f] == "":
		case was[f] != is[f]:
			return false
		default:
			agree = true
		}
	}
	return agree
}

// move binds an entity's record to the id under which it is listed now.
func move(d *draft.Plan, it *draft.Item, coll *connector.Collection, rec *draft.Record) {
	d.Mark(it, rec.Owner)
	d.Want(rec.Owner)
	if seen := d.Found(it, coll.Kind); seen != nil && seen != rec { // seen before, nobody's
		seen.Drop()
		d.Stray(seen)
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
		return keyOf(d, p, it)
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
			seen := d.Found(it, coll.Kind)
			if seen != nil && seen != r { // before it was anybody's
				seen.Drop()
				d.Stray(seen)
			}
			d.ByRemote[r.At(it.Item.ID)] = r
			r.BindTo(it.ID, it.Fields.Only(coll.Reads))
			if seen != nil && seen.CreatedBy == record.ByUs { // as of an entity that had it before
				r.CreatedBy = record.ByUs
			}
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
		remote, was := it.Fields.Only(rec.Kept(p)), rec.Quarantine
		it.Again = it.Again || it.Recurs || it.Waits != ""
		if rec.Quarantine = cmp.Or(it.Unclear, it.Waits); it.Waits != "" {
			d.Out.Counter(rec.System, rec.Place, p.Kind).Waiting++
		} else if it.Unclear != "" {
			c := d.Out.Counter(rec.System, rec.Place, p.Kind)
			c.Quarantined++
			if was != it.Unclear {
				c.Faults++
				c := it.ClaimOf(p.Kind, cmp.Or(p.Key(it.Fields), said(d, p, it)))
				d.Out.Unclear(d.Known(draft.Name{Kind: c.Kind, Key: c.Key}), c, it.Unclear)
			}
		}
		rec.Dirty = rec.Dirty || rec.Old == nil || was != rec.Quarantine || !maps.Equal(remote, rec.Remote) || rec.NaturalKey != p.Key(it.Fields)
		rec.Remote = remote
		if key := said(d, p, it); key != "" && key != rec.NaturalKey && d.Lookup(p.Kind, key) == nil && d.Known(draft.Name{Kind: p.Kind, Key: key}) == nil {
			rec.NaturalKey, rec.Dirty = key, true // it is known by it when there is who has it
		}
		d.Stray(rec)
	}
	delete(d.Unbound, p.Kind)
}
