package plan

import (
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/record"
)

// derive makes again what the changed entities of a kind, and records that
// turned up, touch.
func (b *Builder) derive(kind record.Kind) {
	for i := range b.in.Rules {
		if rule := &b.in.Rules[i]; rule.From == kind {
			b.apply(rule)
		}
	}
}

func (b *Builder) apply(rule *derive.Rule) {
	changed, touched := b.touchedGroups(rule)
	b.withoutLarge(rule, touched)
	if len(touched) == 0 {
		return
	}
	keys := slices.Sorted(maps.Keys(touched))
	groups := b.groups(rule, changed, keys)
	keys = b.withoutGrown(rule, keys, groups)
	made := map[name]bool{}
	causes, makes := map[string][]Cause{}, map[string][]*entity{}
	var before []*entity
	for _, key := range keys {
		g := groups[key]
		out := rule.Make(g.Group)
		before = append(before, g.before...)
		b.make(rule, key, out, made)
		b.touches(key, touched[key])
		b.joinGroup(touched[key], g, out)
		causes[key] = causesOf(touched[key])
		for _, m := range out.Entities {
			ent := b.ents[name{m.Kind, m.Key}]
			ent.causedBy(causes[key]...)
			ent.remade = true
			makes[key] = append(makes[key], ent)
		}
	}
	b.inherit(rule, before, made)
	for _, ent := range before {
		if !made[name{ent.Kind, ent.Key}] && ent.Deleted == "" && ent.rule == rule.Name && isTouched(touched, ent.group) {
			b.unmake(ent, causes[ent.group], makes[ent.group])
		}
	}
}

// touches notes that a group was made again.
func (b *Builder) touches(key string, by []*entity) {
	for _, ent := range by {
		if ent != nil || b.touched[key] == nil {
			b.touched[key] = ent
		}
	}
}

func isTouched(touched map[string][]*entity, group string) bool {
	_, ok := touched[group]
	return ok
}

// causesOf are the readings that have changed those who touch a group.
func causesOf(touching []*entity) []Cause {
	var sum entity
	for _, ent := range touching {
		if ent != nil {
			sum.causedBy(ent.causes...)
		}
	}
	return sum.causes
}

// joinGroup makes those who touch a group, and what is or was made of it, one
// component.
func (b *Builder) joinGroup(touching []*entity, g *group, out derive.Made) {
	var first *entity
	join := func(ent *entity) {
		switch {
		case ent == nil:
		case first == nil:
			first = ent
		default:
			first.join(ent)
		}
	}
	for _, ent := range touching {
		join(ent)
	}
	for _, ent := range g.before {
		join(ent)
	}
	for _, m := range out.Entities {
		join(b.ents[name{m.Kind, m.Key}])
	}
}

// inherit recognises entities whose key has changed: made no longer under one
// key, new under another, and alone with the same heir.
func (b *Builder) inherit(rule *derive.Rule, before []*entity, made map[name]bool) {
	if rule.Heir == nil {
		return
	}
	type pair struct{ unmade, fresh []*entity }
	pairs := map[name]*pair{}
	at := func(ent *entity) *pair {
		heir := name{ent.Kind, rule.Heir(ent.Kind, ent.Fields)}
		if heir.key == "" {
			return &pair{}
		}
		if pairs[heir] == nil {
			pairs[heir] = &pair{}
		}
		b.heirs[heir] = ent
		return pairs[heir]
	}
	for _, ent := range before {
		if !made[name{ent.Kind, ent.Key}] && ent.Deleted == "" {
			p := at(ent)
			p.unmade = append(p.unmade, ent)
		}
	}
	for n := range made {
		if ent := b.ents[n]; ent != nil && (ent.old == nil || ent.old.Deleted != "") {
			p := at(ent)
			p.fresh = append(p.fresh, ent)
		}
	}
	for _, heir := range slices.SortedFunc(maps.Keys(pairs), compareNames) {
		if p := pairs[heir]; len(p.unmade) == 1 && len(p.fresh) == 1 {
			b.alias(derive.Alias{Kind: p.unmade[0].Kind, From: p.unmade[0].Key, To: p.fresh[0].Key})
		}
	}
}

// make takes in what a group makes.
func (b *Builder) make(rule *derive.Rule, key string, out derive.Made, made map[name]bool) {
	for _, a := range out.Aliases {
		b.alias(a)
	}
	for _, m := range out.Entities {
		made[name{m.Kind, m.Key}] = true
		ent := b.exact(m.Kind, m.Key)
		if ent == nil {
			ent = b.create(m.Kind, m.Key)
		} else if ent.Deleted != "" {
			b.revive(ent, "made again")
		}
		b.remake(ent, rule, key, m.Fields)
	}
}

// remake takes in what a rule makes of an entity now. Only what it makes
// otherwise than last time changes the entity: an edit made elsewhere stays.
func (b *Builder) remake(ent *entity, rule *derive.Rule, group string, fields record.Fields) {
	if ent.rule != rule.Name || ent.group != group {
		ent.rule, ent.group, ent.dirty = rule.Name, group, true
	}
	if !maps.Equal(ent.made, fields) {
		for f, before := range ent.made {
			// What it makes no longer is empty, unless somebody else has set it.
			if _, ok := fields[f]; !ok && ent.Fields[f] == before && ent.from[f].System == record.Hub {
				b.set(ent, f, "", record.Hub)
			}
		}
		for f, v := range fields {
			if before, ok := ent.made[f]; ok && before == v {
				continue
			}
			if cur, ok := ent.Fields[f]; !ok || cur != v {
				b.set(ent, f, v, record.Hub)
			}
		}
		ent.made, ent.dirty = fields, true
	}
	if ent.dirty {
		b.want(ent)
	}
}

// makesRoom prepares an entity for the record of another. It reports true when
// the entity has, or may have, one of its own there.
func (b *Builder) makesRoom(to *entity, rep *syncRecord) (taken bool) {
	same := func(r *syncRecord) bool { return r.System == rep.System && r.Kind == rep.Kind }
	for _, r := range to.reps {
		if !r.drop && same(r) && (r.ExternalID != "" || r.Uncertain) {
			return true
		}
	}
	for _, r := range to.reps {
		if !r.drop && same(r) && r.ID != 0 {
			b.dropRecord(r) // it was to be made, and need not be
		}
	}
	to.reps = slices.DeleteFunc(to.reps, func(r *syncRecord) bool { return same(r) && r.ID == 0 })
	return false
}

// alias moves the remote records of one key to another.
func (b *Builder) alias(a derive.Alias) {
	from, to := b.exact(a.Kind, a.From), b.exact(a.Kind, a.To)
	if from == nil {
		return // nothing was ever made under that key
	}
	if to == nil {
		to = b.create(a.Kind, a.To)
	}
	b.complete([]*entity{from, to})
	if from.Deleted == record.Merged && len(from.reps) == 0 {
		return // done before
	}
	for _, rep := range slices.Clone(from.reps) {
		if rep.ExternalID == "" && !rep.Uncertain {
			b.dropRecord(rep) // nothing was made of it yet
			continue
		}
		if b.makesRoom(to, rep) {
			continue
		}
		rep.entity, rep.dirty, rep.staged = to, true, true
		to.reps = append(to.reps, rep)
		from.reps = slices.DeleteFunc(from.reps, func(r *syncRecord) bool { return r == rep })
	}
	if to.old == nil && from.old != nil {
		to.inherits, from.inherits = true, true
	}
	from.join(to)
	from.Deleted, from.dirty, from.changed, from.why = record.Merged, true, true, string(record.Merged)
	b.want(from)
	b.want(to)
	b.moved[name{a.Kind, a.From}] = a.To
	b.out.Aliases = append(b.out.Aliases, Alias{Kind: a.Kind, From: a.From, To: a.To, Reason: record.Merged, of: to})
}
