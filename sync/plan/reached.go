package plan

import (
	"cmp"
	"slices"

	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/record"
)

// Candidates are the questions about whole kinds that a plan will ask: each
// entity of the answers is taken up.
func Candidates(in Input) []Request {
	d := draft.New(in)
	var out []Request
	if len(in.Keys) > 0 {
		return nil
	}
	for _, p := range in.Policies {
		if p.Kind.Family() != in.Family {
			continue
		}
		out = append(out, Request{What: Unplanned, Kind: p.Kind}, Request{What: Waiting, Kind: p.Kind})
		if initialises(d, p) {
			out = append(out, Request{What: Living, Kind: p.Kind})
		}
		if observes(d, p) {
			out = append(out, Request{What: All, Kind: p.Kind})
		}
	}
	return out
}

// rebound reports whether the record is another entity's than it is stored as.
func rebound(r *draft.Record) bool {
	was := record.EntityID(0)
	if r.Old != nil {
		was = r.Old.Entity
	}
	return r.Old == nil || r.Dropped || r.Old.ExternalID != r.ExternalID || (r.Owner == nil) != (was == 0) || r.Owner != nil && r.Owner.ID != was
}

// reached is what the plan depends on beyond the items themselves.
func reached(d *draft.Plan, parts draft.Components) []fact.Reached {
	var out []fact.Reached
	add := func(n fact.Node, ent *draft.Entity) {
		out = append(out, fact.Reached{Node: n, Component: parts.Of(ent)})
	}
	remote := func(s record.System, kind record.Kind, id record.ExternalID, ent *draft.Entity, bound bool) {
		out = append(out, fact.Reached{Node: fact.RemoteNode(s, kind, id), Component: parts.Of(ent), Remote: true, Bound: bound})
	}
	for n, ent := range d.Entities() {
		add(fact.KeyNode(n.Key), ent)
		for _, g := range d.In.Common(ent.Kind, ent.Fields) { // a newcomer may be the same
			add(fact.GroupNode(g.Key), ent)
		}
	}
	for name, ent := range d.Left { // another record may show that key, and be the same
		add(fact.KeyNode(name.Key), ent)
	}
	for key, ent := range d.Touched {
		add(fact.GroupNode(key), ent)
	}
	for n, key := range d.Beside {
		out = append(out, fact.Reached{Node: n, Component: parts.Of(d.Touched[key]), Remote: true})
	}
	for key, ent := range d.Compared {
		add(fact.GroupNode(key), ent)
	}
	for heir, ent := range d.Heirs {
		add(fact.HeirNode(heir.Kind, heir.Key), ent)
	}
	taken := func(rec *draft.Record) {
		if rec.ExternalID != "" {
			remote(rec.System, rec.Kind, rec.ExternalID, rec.About(), rebound(rec))
		}
		if rec.Old == nil {
			return
		}
		if was := rec.Old.ExternalID; was != "" && was != rec.ExternalID {
			remote(rec.System, rec.Kind, was, rec.About(), true)
		}
		if rec.Old.Entity == 0 && rec.Old.NaturalKey != "" {
			add(fact.KeyNode(rec.Old.NaturalKey), rec.About())
		}
		for _, c := range rec.Old.ConfirmBy {
			remote(c.System, c.Kind, c.ID, rec.About(), false)
		}
	}
	for _, rec := range d.Rows() {
		taken(rec)
	}
	for _, rec := range d.ByRemote {
		if rec.Old == nil {
			taken(rec)
		}
	}
	return out
}

// refusals are the groups that are not made again, in a fixed order.
func refusals(d *draft.Plan) []GroupName {
	var out []GroupName
	for g := range d.Refused {
		out = append(out, g)
	}
	slices.SortFunc(out, func(x, y GroupName) int { return cmp.Or(cmp.Compare(x.Rule, y.Rule), cmp.Compare(x.Key, y.Key)) })
	return out
}
