package plan

import (
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/plan/change"
	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/record"
)

// collect puts together what is to be stored.
func collect(d *draft.Plan) change.Changes {
	for _, it := range d.Items {
		if it.Doubted {
			delete(d.Planned, it.Name())
		}
	}
	out := change.Changes{Again: again(d), Notify: d.Out.Notify, Excluded: d.Out.Excluded, Newcomers: newcomers(d), Missing: missing(d)}
	parts := draft.NewComponents(d.In.Components)
	out.Planned = make(map[fact.ItemID]change.Planned, len(d.Planned))
	for id, ent := range d.Planned {
		planned := change.Planned{Component: parts.Of(ent)}
		if it := d.Shown(id); it != nil { // a remembered one is shown by nobody, and so not absent
			planned.Missed = it.Missing
		}
		out.Planned[id] = planned
	}
	for _, r := range d.Out.Rows {
		r.Component = parts.Of(r.Of)
		out.Rows = append(out.Rows, r.Row)
	}
	for _, c := range d.Out.Conflicts {
		c.Component = parts.Of(c.Of)
		out.Conflicts = append(out.Conflicts, c.Conflict)
	}
	for _, a := range d.Out.Aliases {
		a.Component = parts.Of(a.Of)
		out.Aliases = append(out.Aliases, a.Alias)
	}
	out.Entities, out.Counters = entityChanges(d, parts), d.Out.Counters()
	out.Records, out.Asides = recordChanges(d, parts)
	out.Unmanaged, out.Reached = unmanaged(d), reached(d, parts)
	out.Components, out.Refused = parts.Last(), refusals(d)
	out.ShownAgain = slices.Sorted(maps.Keys(d.ShownAgain))
	return out
}

func entityChanges(d *draft.Plan, parts draft.Components) []change.EntityChange {
	var out []change.EntityChange
	for _, p := range d.In.Policies {
		for _, ent := range d.Candidates[p.Kind] {
			if ent.Dirty {
				out = append(out, change.EntityChange{
					Entity: fact.Entity{Entity: ent.Entity, From: ent.From, Rule: ent.Rule, Group: ent.Group, Made: ent.Made},
					Groups: groupNames(d, ent), Component: parts.Of(ent), Came: ent.Came, Alike: ent.Alike,
				})
			}
		}
	}
	return out
}

// groupNames are the groups that an entity is in, by rule.
func groupNames(d *draft.Plan, ent *draft.Entity) []change.GroupName {
	var out []change.GroupName
	for i := range d.In.Rules {
		if rule := &d.In.Rules[i]; rule.Reads(ent.Kind) {
			keys, _ := ent.Groups(rule)
			for _, g := range keys {
				out = append(out, change.GroupName{Rule: rule.Name, Key: g})
			}
		}
	}
	if p := d.In.Policies.Of(ent.Kind); p != nil && ent.Deleted == "" {
		for _, c := range p.CommonOf(ent.Fields) {
			if len(c) <= record.MaxKey {
				out = append(out, change.GroupName{Rule: fact.Newcomers(ent.Kind), Key: c})
			}
		}
	}
	return out
}

// recordChanges returns what is to be stored of the records, and which of them are
// put aside.
func recordChanges(d *draft.Plan, parts draft.Components) (out []change.RecordChange, asides []change.Aside) {
	add := func(rec *draft.Record) {
		neverWas := rec.ID == 0 && (rec.Dropped ||
			rec.Owner != nil && rec.ExternalID == "" && !rec.Bump && rec.Quarantine == "")
		if (rec.Dirty || rec.Bump) && !neverWas {
			c := recordChange(d, rec)
			about := rec.About()
			if it := rec.ShownBy(d); about == nil && it != nil {
				about = d.Planned[it.Name()] // nobody's, and has told of a consent
			}
			c.Component = parts.Of(about)
			out = append(out, c)
			if a, is := aside(rec); is {
				asides = append(asides, a)
			}
		}
	}
	done := map[*draft.Entity]bool{}
	for _, p := range d.In.Policies {
		for _, ent := range d.Candidates[p.Kind] {
			if done[ent] {
				continue
			}
			done[ent] = true
			for _, rec := range ent.Records {
				add(rec)
			}
		}
	}
	for _, rec := range d.Strays {
		if rec.Owner == nil {
			add(rec)
		}
	}
	return out, asides
}

// aside says how a record is put aside that was not before.
func aside(rec *draft.Record) (change.Aside, bool) {
	out := change.Aside{System: rec.System, Place: rec.Place, Kind: rec.Kind, ID: rec.ID, Entity: rec.Entity}
	if rec.Owner != nil {
		out.Entity = rec.Owner.ID
	}
	before := fact.SyncRecord{}
	if rec.Old != nil {
		before = *rec.Old
	}
	if rec.Dropped {
		return out, false
	}
	if out.Why = rec.Quarantine; out.Why != "" {
		return out, out.Why != before.Quarantine
	}
	out.Why, out.Held = rec.Held.News(before.Held)
	return out, out.Held
}

func recordChange(d *draft.Plan, rec *draft.Record) change.RecordChange {
	out := change.RecordChange{SyncRecord: rec.SyncRecord, Bump: rec.Bump, Drop: rec.Dropped, Recreate: rec.Recreate}
	if rec.Owner != nil {
		out.EntityKind, out.EntityKey = rec.Owner.Kind, rec.Owner.Key
		out.TakeOver, out.SeeAgain = takesOver(d, rec), rec.ShowAgain
		if rec.Owner.Deleted == record.Erased {
			withoutValues(&out.SyncRecord, rec.Owner)
		}
		return out
	}
	p := d.In.Policies.Of(rec.Kind)
	if key := p.Key(rec.Remote); key != "" {
		out.NaturalKey = key
	}
	out.Remote = rec.Remote.Only(rec.Kept(p))
	out.BaseLocal, out.BaseRemote = record.Fields{}, record.Fields{}
	if rec.Collection != nil {
		out.Groups = d.In.UnmanagedGroups(rec.Collection.Kind, rec.Remote)
	}
	// Whose it was is deleted, and may come again as somebody new.
	out.SeeAgain = rec.Former != nil && p.Newcomers.TakesFrom(rec.System) && !p.Newcomers.Each
	return out
}

// withoutValues leaves of a record of who is erased what their entity shows still: its key
// and to what it refers.
func withoutValues(r *fact.SyncRecord, ent *draft.Entity) {
	var shows []record.Field
	for f, v := range ent.Fields {
		if v != "" {
			shows = append(shows, f)
		}
	}
	r.Remote, r.BaseLocal, r.BaseRemote = r.Remote.Only(shows), r.BaseLocal.Only(shows), r.BaseRemote.Only(shows)
	r.Echo, r.Held = nil, nil
}

// takesOver reports whether a record is taken over: by the first sync of its place, or since
// a person has said whose it is.
func takesOver(d *draft.Plan, rec *draft.Record) bool {
	switch {
	case rec.ExternalID == "" || rec.CreatedBy == record.ByThem || d.In.Policies.Of(rec.Kind).IsSource(rec.System):
		return false
	case rec.Said && (!rec.Bound() || rec.Old.ExternalID == ""):
		return true // also in place of one that was to be made
	case rec.Bound():
		return false
	}
	for _, l := range d.In.Listings {
		if l.System == rec.System && l.Place == rec.Place && l.Scope == rec.Scope && l.Reading != nil {
			return !l.Initialised
		}
	}
	return false
}

// newcomers are the records that listings showed and that are not stored under
// their keys.
func newcomers(d *draft.Plan) []change.Newcomer {
	var out []change.Newcomer
	for _, it := range d.Items {
		host := it.Host()
		if it.State != fact.Changed || host == nil {
			continue
		}
		key := d.In.Policies.Of(host.Kind).Key(it.Fields)
		stored := d.Ask.Stored(it.At(host.Kind, it.ID))
		if key != "" && (stored == nil || stored.Entity == 0 && stored.NaturalKey != key) {
			out = append(out, change.Newcomer{ItemID: it.Name(), Key: key})
		}
	}
	return out
}

// again are the items that the next reading is to show again.
func again(d *draft.Plan) []fact.ItemID {
	var out []fact.ItemID
	for _, it := range d.Items {
		if it.Again {
			out = append(out, it.Name())
		}
	}
	return out
}

// missing are the listings that miss something that they showed before.
func missing(d *draft.Plan) []int32 {
	var out []int32
	for _, it := range d.Items {
		if (it.State == fact.Absent || it.State == fact.Removed) && !slices.Contains(out, it.Listing) {
			out = append(out, it.Listing)
		}
	}
	return out
}

// unmanaged counts by listing the records shown that are nobody's of ours.
func unmanaged(d *draft.Plan) map[int32]int64 {
	out := map[int32]int64{}
	for _, it := range d.Items {
		host := it.Host()
		if it.State != fact.Changed || host == nil {
			continue
		}
		if stored := d.Ask.Stored(it.At(host.Kind, it.ID)); stored == nil || stored.Entity == 0 {
			out[it.Listing]++
		}
	}
	return out
}
