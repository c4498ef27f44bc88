package plan

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/plan/group"
	"github.com/touchline-sync/touchline/sync/plan/match"
	"github.com/touchline-sync/touchline/sync/plan/merge"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// Build plans what follows from the input. When Need is not empty the snapshot
// lacks answers, and the changes are not to be used.
func Build(in Input) (Changes, Need) {
	d := draft.New(in)
	decide(d)
	if len(d.Ask.Need) > 0 {
		return Changes{}, d.Ask.Need
	}
	return collect(d), nil
}

// decide takes the kinds of the family in the policies' order.
func decide(d *draft.Plan) {
	var pages policy.Set
	for _, p := range d.In.Policies {
		if p.Kind.Family() == d.In.Family {
			pages = append(pages, p)
		}
	}
	for _, p := range pages {
		match.Records(d, p.Kind)
		match.Consents(d, p)
	}
	if len(d.In.Keys) == 0 {
		for _, p := range pages {
			due(d, p.Kind)
		}
	}
	for _, p := range pages {
		kind(d, p)
	}
}

// kind plans one kind: match, merge, derive; and once more for entities of this
// very kind that were derived.
func kind(d *draft.Plan, p *policy.Policy) {
	if p.Kind == d.In.Kind {
		for _, key := range d.In.Keys {
			if ent := d.Lookup(p.Kind, key); ent != nil {
				d.Want(ent)
			}
		}
	}
	edited(d, p.Kind)
	firstSyncs(d, p)
	observed(d, p)
	match.Bind(d, p)
	for _, a := range d.Merges {
		group.Alias(d, a)
	}
	d.Merges = nil
	merge.Candidates(d, p)
	group.Derive(d, p.Kind)
	d.Unbound[p.Kind] = match.Adopt(d, p, d.Unbound[p.Kind])
	merge.Candidates(d, p)
	if len(d.In.Keys) == 0 {
		match.LeaveUnmanaged(d, p)
		match.Clear(d, p)
	}
}

// edited takes up entities that were changed in our own copy.
func edited(d *draft.Plan, kind record.Kind) {
	for _, ent := range d.OfKind(fact.Unplanned, kind) {
		if !d.InScope(ent) {
			continue
		}
		if ent.Deleted == record.Merged {
			// Our own tables have merged it into another.
			if _, to := d.Ask.Key(kind, ent.Key); to != "" {
				d.Merges = append(d.Merges, derive.Alias{Kind: kind, From: ent.Key, To: to})
			}
		}
		ent.Changed, ent.Dirty, ent.Why = true, true, "edited here"
		for f := range ent.Fields {
			if _, known := ent.From[f]; !known {
				ent.From[f] = fact.Origin{System: record.Hub, At: ent.ModifiedOn}
			}
		}
		d.Want(ent)
	}
}

// firstSyncs takes up all entities of a kind, once, when a place that should
// hold some of them is listed for the first time: a system or a list that was
// switched on later.
func firstSyncs(d *draft.Plan, p *policy.Policy) {
	if len(d.In.Keys) > 0 || !initialises(d, p) {
		return
	}
	for _, ent := range d.OfKind(fact.Living, p.Kind) {
		d.Want(ent)
	}
}

// observed takes up all entities of a kind that a system which is observed is to hold:
// what was decided of them before was not decided for it.
func observed(d *draft.Plan, p *policy.Policy) {
	if len(d.In.Keys) > 0 || !observes(d, p) {
		return
	}
	for _, ent := range d.OfKind(fact.All, p.Kind) {
		d.Want(ent)
	}
}

// observes reports whether a system is observed that is to hold entities of a kind.
func observes(d *draft.Plan, p *policy.Policy) bool {
	return slices.ContainsFunc(d.In.Observed, func(s record.System) bool { return p.Target(s) != nil })
}

// initialises reports whether the run has listed a place, not taken up before,
// that may hold entities of a kind.
func initialises(d *draft.Plan, p *policy.Policy) bool {
	return slices.ContainsFunc(d.In.Listings, func(l fact.Listing) bool {
		r := l.Reading
		return r != nil && r.Complete && r.Whole && !l.Initialised &&
			p.Target(l.System) != nil && d.In.Systems[l.System].Of(l.Place, p.Kind) != nil
	})
}

// due takes up the entities with a record whose end is due.
func due(d *draft.Plan, kind record.Kind) {
	for _, ent := range d.OfKind(fact.Waiting, kind) {
		if d.InScope(ent) {
			d.Want(ent)
		}
	}
	d.Complete(d.Candidates[kind]...)
}
