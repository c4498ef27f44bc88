// Package target decides which systems must hold an entity, and which no longer.
// What they are told of it is decided in merge.
package target

import (
	"cmp"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/plan/end"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// Recognise binds records that were seen before their entity was there, or before
// its own record was lost.
func Recognise(d *draft.Plan, p *policy.Policy, ents []*draft.Entity) {
	for _, t := range p.Targets {
		for _, ent := range ents {
			place, _ := t.Place(ent.Fields)
			own := unmadeAt(ent, t.System, place)
			if own != nil && own.Quarantine == draft.Duplicate {
				d.Look(own.ClaimOf(ent.Key), true)
			}
			if ent.Deleted != "" || place == "" || own == nil && ent.HeldAt(t.System, place) {
				continue
			}
			if coll := d.In.Systems[t.System].Of(place, p.Kind); coll != nil && !coll.Part {
				recognise(d, p, ent, own, draft.Claim{System: t.System, Place: place, Scope: coll.Scope, Kind: p.Kind, Key: ent.Key})
			}
		}
	}
}

// recognise binds the record at a place that has the entity's key. Of several none is
// taken, and none is made beside them.
func recognise(d *draft.Plan, p *policy.Policy, ent *draft.Entity, own *draft.Record, c draft.Claim) {
	ids, gone := d.Claimants(c)
	if len(ids) == 0 && len(gone) == 1 {
		ids = gone // it may be there all the same, and only no listing shows it
	}
	if len(ids) > 1 {
		c.Mark(d, ids)
		ent.Doubled = append(ent.Doubled, c)
		return
	}
	if own != nil && own.Quarantine == draft.Duplicate {
		own.Quarantine, own.Dirty = "", true
	}
	if len(ids) == 0 {
		return
	}
	rec := d.Unmanaged(c, ids[0])
	if rec == nil {
		return
	}
	it, shown := rec.ShownBy(d), rec.Remote
	if it != nil {
		shown = it.Fields
	}
	word := p.Key(shown) == "" && d.Ask.Whose(rec.At(rec.ExternalID)) == ent.Key
	if p.SomebodyElse(ent.Fields, shown) || word && ent.Contradicts(p, shown) {
		return
	}
	rec.Said = word
	if it != nil {
		d.Mark(it, ent)
		rec.Remote, rec.Staged = it.Fields.Only(rec.Collection.Reads), true
	}
	if own != nil {
		takes(d, own, rec)
		return
	}
	rec.Owner, rec.Dirty, rec.Quarantine = ent, true, ""
	ent.Records = append(ent.Records, rec)
}

// unmadeAt is the entity's record at a place that is to be made, or is not there any
// more; else nil. One that a create may have made is none, nor one that a person must
// decide.
func unmadeAt(ent *draft.Entity, s record.System, place string) *draft.Record {
	for _, r := range ent.Records {
		if !r.Dropped && !r.Made() && r.System == s && r.Place == place && r.Collection != nil && !r.Collection.Part &&
			r.Quarantine != reconcile.MergedThere {
			return r
		}
	}
	return nil
}

// takes binds a record that was lost to one that is there, and nobody's.
func takes(d *draft.Plan, own, there *draft.Record) {
	there.Drop()
	d.Stray(there)
	own.BindTo(there.ExternalID, there.Remote.Clone())
	own.CreatedBy, own.Said = there.CreatedBy, there.Said
	d.ByRemote[own.At(own.ExternalID)] = own
}

// Ensure sees to it that each system that must hold the entity does, once,
// where it should.
func Ensure(d *draft.Plan, p *policy.Policy, ent *draft.Entity) {
	for _, t := range p.Targets {
		colls := d.In.Systems[t.System]
		if colls == nil {
			continue
		}
		place, why := t.Place(ent.Fields)
		coll := colls.Of(place, p.Kind)
		ends := place == "" || coll == nil
		var there *draft.Record
		for _, rec := range slices.Clone(ent.Records) {
			switch {
			case rec.Dropped || rec.System != t.System || rec.Kind != p.Kind:
			case p.Once != nil && rec.Made():
				there = rec // wherever it is
			case rec.Place != place && place == "" && t.Stays && rec.Made():
				there = rec
			case rec.Place != place && ends && !end.MayLeave(d, ent, rec):
			case rec.Place != place:
				ent.MoveAt(t.System, !ends)
				release(d, rec, "moved")
			default:
				there = rec
			}
		}
		if there != nil {
			continue
		}
		if !ends && coll.Excludes != nil { // what is held already stays
			why = coll.Excludes(ent.Fields)
			ends = why != ""
		}
		if !ends && p.Once != nil && p.Once.Old(ent.Fields, d.In.Now) {
			ends, why = true, policy.WhyOld
		}
		if ends {
			exclude(d, t.System, colls, p.Kind, cmp.Or(why, "the system has no such place"))
			continue
		}
		var host *draft.Record
		if coll.Part {
			if host = hostOf(d, t.System, place, ent); host == nil {
				exclude(d, t.System, colls, p.Kind, "no record there that it would be a part of")
				continue
			}
		}
		rec := d.NewRecord(t.System, coll, ent, "")
		if host != nil {
			rec.ExternalID, rec.CreatedBy = host.ExternalID, host.CreatedBy
		}
	}
}

// hostOf returns the record that a part of an entity at a place is a part of, made or
// not; nil where there is none.
func hostOf(d *draft.Plan, s record.System, place string, ent *draft.Entity) *draft.Record {
	host := d.In.Systems[s].Host(place, "")
	if host == nil {
		return nil
	}
	he := d.Exact(host.Kind, ent.Key)
	if he == nil {
		return nil
	}
	d.Complete(he)
	for _, r := range he.Records {
		if !r.Dropped && r.System == s && r.Place == place && r.Kind == host.Kind {
			return r
		}
	}
	return nil
}

// Joining takes up the parts of a record that the entity has from now on: what there
// was no record for before.
func Joining(d *draft.Plan, ent *draft.Entity) {
	for _, rec := range ent.Records {
		if rec.Dropped || rec.Collection == nil || rec.Collection.Part || rec.Old != nil && rec.Old.Entity == ent.ID {
			continue
		}
		for _, coll := range d.In.Systems[rec.System].At(rec.Place, rec.Collection.View) {
			if !coll.Part {
				continue
			}
			if part := d.Exact(coll.Kind, ent.Key); part != nil && part.Deleted == "" {
				d.Want(part)
			}
		}
	}
}

// exclude counts an entity that a system is not to hold, at the first place
// that takes its kind.
func exclude(d *draft.Plan, system record.System, colls connector.Collections, kind record.Kind, why string) {
	for _, c := range colls {
		if c.Kind == kind {
			d.Out.Counter(system, c.Place, kind).Excluded++
			d.Out.Excluded[string(system)+": "+why]++
			return
		}
	}
}
