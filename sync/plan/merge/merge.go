// Package merge decides what is true of an entity, and what each of its records
// must be told of it. Who must hold the entity is decided in target.
package merge

import (
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/plan/end"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/plan/row"
	"github.com/touchline-sync/touchline/sync/plan/target"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// Candidates plans the candidates of a kind that are not planned yet: those that
// live are merged and told, those that are deleted leave.
func Candidates(d *draft.Plan, p *policy.Policy) {
	var ents []*draft.Entity
	for _, ent := range d.Candidates[p.Kind] {
		if !ent.Planned {
			ents = append(ents, ent)
		}
	}
	d.Complete(ents...)
	target.Recognise(d, p, ents)
	for _, ent := range ents {
		ent.Planned = true
		if ent.Deleted != "" {
			row.Hub(d, ent, "delete")
			target.Depart(d, p, ent)
			continue
		}
		target.ComeBack(d, p, ent)
		merge(d, p, ent)
	}
}

// merge takes all sides of a living entity at once. Who must hold it follows
// from what is true of it then.
func merge(d *draft.Plan, p *policy.Policy, ent *draft.Entity) {
	var recs []*draft.Record
	var sides []reconcile.Side
	for _, rec := range ent.Records {
		if rec.Collection == nil || rec.Dropped || rec.PendingOp == "remove" && rec.Bump {
			continue
		}
		recs = append(recs, rec)
		side := rec.Side()
		side.Groups = p.Groups
		sides = append(sides, side)
	}
	res := reconcile.Merge(p.Fields, ent.Hub(d.In.Now), sides)
	for _, f := range res.Changed {
		d.Set(ent, f, res.Hub.Fields[f], res.Hub.From[f])
	}
	readIn(p, ent, recs, res.Changed)
	row.Hub(d, ent, "")
	target.Ensure(d, p, ent)
	target.Joining(d, ent)
	for i, rec := range recs {
		if !rec.Dropped && rec.Owner == ent && !(rec.PendingOp == "remove" && rec.Bump) {
			if end.Stays(rec) {
				continue
			}
			agree(rec, res.Sides[i])
			given(d, ent, rec)
			set := rec.Desired(p, ent, d.In.Now)
			end.Without(d, p, ent, rec, set)
			end.GoesOn(rec)
			patch(d, p, ent, rec, set)
		}
	}
	for _, rec := range ent.Records { // those that are to be made
		if rec.Collection != nil && !rec.Dropped && !slices.Contains(recs, rec) {
			patch(d, p, ent, rec, rec.Desired(p, ent, d.In.Now))
		}
	}
	for _, c := range res.Conflicts {
		if slices.ContainsFunc(recs, func(r *draft.Record) bool { return r.System == c.System && r.Keeps(ent)[c.Field].Ask }) {
			continue // neither has won
		}
		// A conflict already recorded is not recorded again until it is resolved.
		if slices.ContainsFunc(recs, func(r *draft.Record) bool {
			return (r.Staged || ent.AskedAgain()) && (c.System == record.Hub || c.System == r.System)
		}) {
			row.Conflict(d, ent, c)
		}
	}
}

// agree moves what both sides hold without a write.
func agree(r *draft.Record, s reconcile.SideResult) {
	for f, v := range s.BaseLocal {
		if r.BaseLocal[f] != v || r.BaseRemote[f] != s.BaseRemote[f] || !r.BaseLocal.Has(f) {
			r.BaseLocal[f], r.BaseRemote[f], r.Dirty = v, s.BaseRemote[f], true
		}
	}
}

// given asks a person about what the system gives out and we have otherwise, and says that
// there is nothing to ask where the two are alike, or nothing stands there. Apply tells it
// once.
func given(d *draft.Plan, ent *draft.Entity, rec *draft.Record) {
	keeps := rec.Keeps(ent)
	for _, f := range slices.Sorted(maps.Keys(keeps)) {
		c := reconcile.Conflict{Field: f, System: rec.System, Hub: ent.Fields[f], Remote: rec.Remote[f], Why: reconcile.GivenThere}
		switch {
		case !keeps[f].Ask:
		case c.Remote != "" && c.Remote != c.Hub:
			row.Conflict(d, ent, c)
		default:
			row.Ended(d, ent, c)
		}
	}
}

// readIn notes the readings that a merge has changed fields from. A consent is
// none: it becomes stricter at once.
func readIn(p *policy.Policy, ent *draft.Entity, recs []*draft.Record, changed []record.Field) {
	for _, f := range changed {
		if len(p.Fields[f].Strict) > 0 {
			continue
		}
		for _, rec := range recs {
			if rec.System == ent.From[f].System && rec.ExternalID != "" {
				ent.CausedBy(fact.Cause{System: rec.System, Place: rec.Place, Kind: rec.Kind, ID: rec.ExternalID})
			}
		}
	}
}
