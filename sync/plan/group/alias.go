package group

import (
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/plan/change"
	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/record"
)

// inherit recognises entities whose key has changed: made no longer under one
// key, new under another, and alone with the same heir.
func inherit(d *draft.Plan, rule *derive.Rule, before []*draft.Entity, made map[draft.Name]bool) {
	if rule.Heir == nil {
		return
	}
	type pair struct{ unmade, fresh []*draft.Entity }
	pairs := map[draft.Name]*pair{}
	at := func(ent *draft.Entity) *pair {
		heir := draft.Name{Kind: ent.Kind, Key: rule.Heir(ent.Kind, ent.Fields)}
		if heir.Key == "" {
			return &pair{}
		}
		if pairs[heir] == nil {
			pairs[heir] = &pair{}
		}
		d.Heirs[heir] = ent
		return pairs[heir]
	}
	for _, ent := range before {
		if !made[ent.Name()] && ent.Deleted == "" {
			p := at(ent)
			p.unmade = append(p.unmade, ent)
		}
	}
	for n := range made {
		if ent := d.Known(n); ent != nil && (ent.Old == nil || ent.Old.Deleted != "") {
			p := at(ent)
			p.fresh = append(p.fresh, ent)
		}
	}
	for _, heir := range slices.SortedFunc(maps.Keys(pairs), draft.Name.Compare) {
		if p := pairs[heir]; len(p.unmade) == 1 && len(p.fresh) == 1 {
			Alias(d, derive.Alias{Kind: p.unmade[0].Kind, From: p.unmade[0].Key, To: p.fresh[0].Key})
		}
	}
}

// makesRoom prepares an entity for the record of another. It reports true when
// the entity has, or may have, one of its own there.
func makesRoom(to *draft.Entity, rec *draft.Record) (taken bool) {
	same := func(r *draft.Record) bool { return r.System == rec.System && r.Kind == rec.Kind }
	for _, r := range to.Records {
		if !r.Dropped && same(r) && r.Made() {
			return true
		}
	}
	for _, r := range to.Records {
		if !r.Dropped && same(r) && r.ID != 0 {
			r.Drop() // it was to be made, and need not be
		}
	}
	to.Records = slices.DeleteFunc(to.Records, func(r *draft.Record) bool { return same(r) && r.ID == 0 })
	return false
}

// Alias moves the remote records of one key to another.
func Alias(d *draft.Plan, a derive.Alias) {
	from, to := d.Exact(a.Kind, a.From), d.Exact(a.Kind, a.To)
	if from == nil {
		return // nothing was ever made under that key
	}
	if to == nil {
		to = d.Create(a.Kind, a.To)
	}
	d.Complete(from, to)
	if from.Deleted == record.Merged && len(from.Records) == 0 {
		return // done before
	}
	for _, rec := range slices.Clone(from.Records) {
		if !rec.Made() {
			rec.Drop() // nothing was made of it yet
			continue
		}
		if makesRoom(to, rec) {
			continue
		}
		rec.Owner, rec.Dirty, rec.Staged = to, true, true
		to.Records = append(to.Records, rec)
		from.Release(rec)
	}
	if to.Old == nil && from.Old != nil {
		to.Inherits, from.Inherits = true, true
	}
	from.Join(to)
	from.End(record.Merged)
	d.Want(from)
	d.Want(to)
	d.Moved[draft.Name{Kind: a.Kind, Key: a.From}] = a.To
	d.Out.Aliases = append(d.Out.Aliases, draft.Alias{
		Alias: change.Alias{Kind: a.Kind, From: a.From, To: a.To, Reason: record.Merged}, Of: to,
	})
}
