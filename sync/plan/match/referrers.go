package match

import (
	"cmp"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// referrers are the records of a system that refer to those of a kind, and bring them,
// such as registrations that name a person.
type referrers struct {
	any    bool // some kind there refers to it
	unread bool // and was not read to its end in this run
	of     map[record.ExternalID]referred
}

// referred is who refers to a record.
type referred struct {
	newcomer bool
	by       []reference
}

// reference is that of a record of ours: by the field, and by whose record it is.
type reference struct {
	rec   *draft.Record
	field record.Field
}

// referrers finds, once, who refers to records of the kind at a system.
func (a *arrivals) referrers(s record.System) *referrers {
	if out := a.refers[s]; out != nil {
		return out
	}
	out := &referrers{of: map[record.ExternalID]referred{}}
	a.refers[s] = out
	for _, coll := range a.In.Systems[s] {
		of := a.In.Policies.Of(coll.Kind)
		for f, ref := range coll.Refs {
			if ref.Kind != a.page.Kind || of == nil || !of.Newcomers.TakesFrom(s) {
				continue
			}
			out.any = true
			out.unread = out.unread || !a.read(s, coll.Place)
			for _, it := range a.Items {
				if c := it.Collection(coll.Kind); it.Where.System == s && c != nil && c.Place == coll.Place && it.State == fact.Changed {
					out.add(a.Plan, of, it, f)
				}
			}
		}
	}
	return out
}

// add notes whom an item refers to.
func (r *referrers) add(d *draft.Plan, of *policy.Policy, it *draft.Item, f record.Field) {
	rec := d.Found(it, of.Kind)
	for _, id := range record.Referents(it.Fields[f]) {
		is := r.of[record.ExternalID(id)]
		is.newcomer = is.newcomer || arrives(d, of, it)
		if rec != nil && rec.Owner != nil {
			is.by = append(is.by, reference{rec, f})
		}
		r.of[record.ExternalID(id)] = is
	}
}

// read reports whether this run has read a place of a system to its end.
func (a *arrivals) read(s record.System, place string) bool {
	return slices.ContainsFunc(a.In.Listings, func(l fact.Listing) bool {
		return l.System == s && l.Place == place && l.Reading != nil && l.Reading.Complete
	})
}

// unreadBeside reports whether an item refers to a newcomer that this run has not read,
// such as one whose listing broke off.
func (a *arrivals) unreadBeside(it *draft.Item) bool {
	for f, ref := range it.Collection(a.page.Kind).Refs {
		of := a.In.Policies.Of(ref.Kind)
		if of == nil || !of.Newcomers.TakesFrom(it.Where.System) || !record.RefersElsewhere(it.Fields[f]) {
			continue
		}
		for _, coll := range a.In.Systems[it.Where.System] {
			if coll.Kind == ref.Kind && !a.read(it.Where.System, coll.Place) {
				return true
			}
		}
	}
	return false
}

// subject is the entity that a record is about since records of ours refer to it, all to
// the same, and whether we have made one of them ourselves.
func (r referred) subject(a *arrivals) (ent *draft.Entity, ours bool) {
	for _, by := range r.by {
		keys := record.Referents(by.rec.Owner.Fields[by.field])
		if len(keys) != 1 {
			continue
		}
		is := a.Lookup(a.page.Kind, keys[0])
		switch {
		case is == nil || is.Deleted != "" || is == ent:
		case ent != nil:
			return nil, false
		default:
			ent = is
			a.Complete(ent)
		}
		ours = ours || is == ent && by.rec.CreatedBy == record.ByUs
	}
	return ent, ours
}

// named are the stored records of nobody that newcomers refer to and that no item shows:
// they have not changed, but are asked for now.
func (a *arrivals) named(shown []*draft.Item) []*draft.Item {
	var out []*draft.Item
	for s := range a.In.Systems {
		if !a.page.Newcomers.TakesFrom(s) {
			continue
		}
		for id, by := range a.referrers(s).of {
			if !by.newcomer || slices.ContainsFunc(shown, func(it *draft.Item) bool { return it.Where.System == s && it.ID == id }) {
				continue
			}
			if it := a.stored(s, id); it != nil {
				out = append(out, it)
			}
		}
	}
	slices.SortFunc(out, func(x, y *draft.Item) int {
		return cmp.Or(cmp.Compare(x.Where.System, y.Where.System), cmp.Compare(x.ID, y.ID))
	})
	return out
}

// stored is a stored record of nobody as an item, or nil.
func (a *arrivals) stored(s record.System, id record.ExternalID) *draft.Item {
	for i := range a.In.Listings {
		l := &a.In.Listings[i]
		if l.System != s {
			continue
		}
		for _, coll := range a.In.Systems[s].At(l.Place, l.View) {
			if coll.Kind != a.page.Kind || coll.Scope != l.Scope || coll.Part {
				continue
			}
			at := fact.Remote(s, l.Place, l.Scope, coll.Kind, id)
			if a.ByRemote[at] == nil {
				if found := a.Ask.Remote(at); found != nil {
					if found.Entity != 0 {
						a.ByIDs([]record.EntityID{found.Entity})
					}
					a.Record(found)
				}
			}
			rec := a.ByRemote[at]
			if rec == nil || rec.Owner != nil || rec.NaturalKey != "" || a.Shown(fact.ItemID{Listing: l.ID, ID: id}) != nil {
				continue
			}
			return draft.Remembered(l, rec, a.In.Systems[l.System])
		}
	}
	return nil
}

// knownAs is the key of the entity that a record of nobody is known as, or "".
func knownAs(d *draft.Plan, s record.System, ref connector.Ref, id record.ExternalID) string {
	p := d.In.Policies.Of(ref.Kind)
	if p == nil || !p.Newcomers.TakesFrom(s) {
		return ""
	}
	for i := range d.In.Systems[s] {
		coll := &d.In.Systems[s][i]
		if coll.Kind != ref.Kind || coll.Part {
			continue
		}
		at := fact.Remote(s, coll.Place, coll.Scope, coll.Kind, id)
		key := ""
		if rec := d.ByRemote[at]; rec != nil {
			key = rec.NaturalKey
		} else if stored := d.Ask.Remote(at); stored != nil && stored.Entity == 0 {
			key = stored.NaturalKey
		}
		if key == "" {
			continue
		}
		if ent := d.Lookup(ref.Kind, key); ent != nil && ent.Deleted == "" {
			return ent.Key
		}
	}
	return ""
}

// together makes a newcomer part of the component of what it refers to and what comes
// with it: one does not stand without the other.
func (a *arrivals) together(it *draft.Item, ent *draft.Entity) {
	for f, ref := range it.Collection(a.page.Kind).Refs {
		for _, key := range record.Referents(it.Fields[f]) {
			if of := a.Known(draft.Name{Kind: ref.Kind, Key: key}); of != nil && of.Old == nil {
				of.Join(ent)
			}
		}
	}
}
