package match

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/policy"
)

// Consents takes stricter consents in before anything is derived from them. A record
// that is nobody's counts for the entity that it shows.
func Consents(d *draft.Plan, p *policy.Policy) {
	for f, rule := range p.Fields {
		if len(rule.Strict) == 0 {
			continue
		}
		for _, it := range d.Items {
			coll := it.Collection(p.Kind)
			remote, ok := it.Fields[f]
			i := slices.Index(rule.Strict, remote)
			if coll == nil || it.State != fact.Changed || !ok || i < 0 {
				continue
			}
			rec := d.Found(it, p.Kind)
			var ent *draft.Entity
			switch {
			case rec != nil && rec.Owner != nil:
				ent = rec.Owner
			case coll.Part || rec != nil && rec.Remote[f] == remote: // no news
			default:
				ent = subjectOf(d, p, rule, it)
			}
			if ent == nil || !d.InScope(ent) || rule.LeftBehind(remote, it.Fields, ent.Fields) {
				continue
			}
			ours, known := ent.Fields[f]
			if j := slices.Index(rule.Strict, ours); !known || j < 0 || i < j {
				d.Set(ent, f, remote, it.Where.System)
				d.Want(ent)
				d.Mark(it, ent) // it is news until the entity has it
			}
		}
	}
}

// subjectOf returns the entity that an item of nobody's shows, or nil: it has the
// item's key and what the consent belongs to, and nothing says that the two are about
// different people. The item may stay nobody's, such as beside a record that we made
// while a listing lacked it.
func subjectOf(d *draft.Plan, p *policy.Policy, rule policy.Rule, it *draft.Item) *draft.Entity {
	key := p.Key(it.Fields)
	if key == "" {
		return nil
	}
	ent := d.Lookup(p.Kind, key)
	if ent == nil || ent.Deleted != "" {
		return nil
	}
	for _, with := range rule.With {
		if it.Fields[with] != ent.Fields[with] {
			return nil
		}
	}
	for _, who := range p.Identity {
		if was, is := ent.Fields[who], it.Fields[who]; was != "" && is != "" && was != is {
			return nil
		}
	}
	return ent
}
