// Package group decides what groups of entities make, by the rules of derive, and
// moves records from one key to another. What is made is merged and placed later,
// as any other entity.
package group

import (
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/record"
)

// Derive makes again what the changed entities of a kind, and records that
// turned up, touch. A rule that is made of several kinds waits for the last.
func Derive(d *draft.Plan, kind record.Kind) {
	for i := range d.In.Rules {
		if rule := &d.In.Rules[i]; last(d, rule) == kind {
			apply(d, rule)
		}
	}
}

// last is the kind that a rule reads which is decided last.
func last(d *draft.Plan, rule *derive.Rule) (kind record.Kind) {
	for _, p := range d.In.Policies {
		if rule.Reads(p.Kind) {
			kind = p.Kind
		}
	}
	return kind
}

func apply(d *draft.Plan, rule *derive.Rule) {
	changed, touched := touchedGroups(d, rule)
	withoutLarge(d, rule, touched)
	if len(touched) == 0 {
		return
	}
	keys := slices.Sorted(maps.Keys(touched))
	groups := assemble(d, rule, changed, keys)
	keys = withoutGrown(d, rule, keys, groups)
	made := map[draft.Name]bool{}
	causes, makes := map[string][]fact.Cause{}, map[string][]*draft.Entity{}
	var before []*draft.Entity
	for _, key := range keys {
		g := groups[key]
		out := withoutUnstorable(d, rule, rule.Make(g.Group), touched[key])
		before = append(before, g.before...)
		take(d, rule, key, out, made)
		touches(d, key, touched[key])
		joinGroup(d, touched[key], g, out)
		causes[key] = causesOf(touched[key])
		for _, m := range out.Entities {
			ent := d.Known(draft.Name{Kind: m.Kind, Key: m.Key})
			ent.CausedBy(causes[key]...)
			ent.Remade = true
			makes[key] = append(makes[key], ent)
		}
	}
	inherit(d, rule, before, made)
	for _, ent := range before {
		if !made[ent.Name()] && ent.Deleted == "" && ent.Rule == rule.Name && isTouched(touched, ent.Group) {
			unmake(d, ent, causes[ent.Group], makes[ent.Group])
		}
	}
}

// touches notes that a group was made again.
func touches(d *draft.Plan, key string, by []*draft.Entity) {
	for _, ent := range by {
		if ent != nil || d.Touched[key] == nil {
			d.Touched[key] = ent
		}
	}
}

func isTouched(touched map[string][]*draft.Entity, group string) bool {
	_, ok := touched[group]
	return ok
}

// causesOf are the readings that have changed those who touch a group.
func causesOf(touching []*draft.Entity) []fact.Cause {
	var sum draft.Entity
	for _, ent := range touching {
		if ent != nil {
			sum.CausedBy(ent.Causes...)
		}
	}
	return sum.Causes
}

// joinGroup makes those who touch a group, and what is or was made of it, one
// component.
func joinGroup(d *draft.Plan, touching []*draft.Entity, g *group, out derive.Made) {
	var first *draft.Entity
	join := func(ent *draft.Entity) {
		switch {
		case ent == nil:
		case first == nil:
			first = ent
		default:
			first.Join(ent)
		}
	}
	for _, ent := range touching {
		join(ent)
	}
	for _, ent := range g.before {
		join(ent)
	}
	for _, m := range out.Entities {
		join(d.Known(draft.Name{Kind: m.Kind, Key: m.Key}))
	}
}

// take takes in what a group makes.
func take(d *draft.Plan, rule *derive.Rule, key string, out derive.Made, made map[draft.Name]bool) {
	for _, a := range out.Aliases {
		Alias(d, a)
	}
	for _, m := range out.Entities {
		made[draft.Name{Kind: m.Kind, Key: m.Key}] = true
		ent := d.Exact(m.Kind, m.Key)
		if ent == nil {
			ent = d.Create(m.Kind, m.Key)
		} else if ent.Deleted != "" {
			ent.Revive("made again")
		}
		remake(d, ent, rule, key, m.Fields)
		for _, u := range m.Takes {
			takes(d, ent, u)
		}
	}
}

// takes notes a record that a rule has taken for an entity, and takes it up where it is
// known already.
func takes(d *draft.Plan, ent *draft.Entity, u derive.Unmanaged) {
	coll := d.In.Systems[u.System].Of(u.Place, ent.Kind)
	if coll == nil || u.ID == "" {
		return
	}
	if stored := d.Ask.Remote(fact.Remote(u.System, u.Place, coll.Scope, ent.Kind, u.ID)); stored != nil {
		d.Record(stored)
	}
	d.StandIns.Note(draft.Claim{System: u.System, Place: u.Place, Scope: coll.Scope, Kind: ent.Kind, Key: ent.Key}, u.ID)
}

// remake takes in what a rule makes of an entity now. Only what it makes
// otherwise than last time changes the entity: an edit made elsewhere stays.
func remake(d *draft.Plan, ent *draft.Entity, rule *derive.Rule, group string, fields record.Fields) {
	if ent.Rule != rule.Name || ent.Group != group {
		ent.Rule, ent.Group, ent.Dirty = rule.Name, group, true
	}
	if !maps.Equal(ent.Made, fields) {
		for f, before := range ent.Made {
			// What it makes no longer is empty, unless somebody else has set it.
			if _, ok := fields[f]; !ok && ent.Fields[f] == before && ent.From[f].System == record.Hub {
				d.Set(ent, f, "", record.Hub)
			}
		}
		for f, v := range fields {
			if before, ok := ent.Made[f]; ok && before == v {
				continue
			}
			if cur, ok := ent.Fields[f]; !ok || cur != v {
				d.Set(ent, f, v, record.Hub)
			}
		}
		ent.Made, ent.Dirty = fields, true
	}
	if ent.Dirty {
		d.Want(ent)
	}
}
