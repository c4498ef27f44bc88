package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// derive makes again what the changed entities of a kind, and records that
// turned up, touch.
func (w *world) derive(ctx context.Context, kind record.Kind) error {
	for i := range w.e.rules {
		if rule := &w.e.rules[i]; rule.From == kind {
			if err := w.apply(ctx, rule); err != nil {
				return fmt.Errorf("rule %s: %w", rule.Name, err)
			}
		}
	}
	return nil
}

func (w *world) apply(ctx context.Context, rule *derive.Rule) error {
	changed, keys, err := w.touchedGroups(ctx, rule)
	if err != nil || len(keys) == 0 {
		return err
	}
	groups, err := w.groups(ctx, rule, changed, keys)
	if err != nil {
		return err
	}
	made := map[name]bool{}
	var before []*entity
	for _, key := range keys {
		g := groups[key]
		out := rule.Make(g.Group)
		before = append(before, g.before...)
		if err := w.make(ctx, rule, key, out, made); err != nil {
			return err
		}
	}
	if err := w.inherit(ctx, rule, before, made); err != nil {
		return err
	}
	for _, ent := range before {
		if !made[name{ent.Kind, ent.Key}] && ent.Deleted == "" && ent.rule == rule.Name && slices.Contains(keys, ent.group) {
			ent.Deleted, ent.dirty, ent.changed, ent.why = record.Unmade, true, true, string(record.Unmade)
			w.want(ent)
		}
	}
	return nil
}

// inherit recognises entities whose key has changed: made no longer under one
// key, new under another, and alone with the same heir.
func (w *world) inherit(ctx context.Context, rule *derive.Rule, before []*entity, made map[name]bool) error {
	if rule.Heir == nil {
		return nil
	}
	type pair struct{ gone, fresh []*entity }
	pairs := map[name]*pair{}
	at := func(ent *entity) *pair {
		heir := name{ent.Kind, rule.Heir(ent.Kind, ent.Fields)}
		if heir.key == "" {
			return &pair{}
		}
		if pairs[heir] == nil {
			pairs[heir] = &pair{}
		}
		return pairs[heir]
	}
	for _, ent := range before {
		if !made[name{ent.Kind, ent.Key}] && ent.Deleted == "" {
			p := at(ent)
			p.gone = append(p.gone, ent)
		}
	}
	for n := range made {
		if ent := w.ents[n]; ent.old == nil || ent.old.Deleted != "" {
			p := at(ent)
			p.fresh = append(p.fresh, ent)
		}
	}
	for _, p := range pairs {
		if len(p.gone) != 1 || len(p.fresh) != 1 {
			continue
		}
		err := w.alias(ctx, derive.Alias{Kind: p.gone[0].Kind, From: p.gone[0].Key, To: p.fresh[0].Key})
		if err != nil {
			return err
		}
	}
	return nil
}

// touchedGroups returns the changed entities of the rule's kind, and the groups
// that they were or are in, and those of strange records that turned up.
func (w *world) touchedGroups(ctx context.Context, rule *derive.Rule) ([]*entity, []string, error) {
	var changed []*entity
	var ids []int64
	touched := map[string]bool{}
	for _, ent := range w.cands[rule.From] {
		if !ent.changed {
			continue
		}
		changed = append(changed, ent)
		if ent.ID != 0 {
			ids = append(ids, int64(ent.ID))
		}
		for _, g := range groupsOf(rule, ent) {
			touched[g] = true
		}
	}
	rows, err := w.e.hub.GroupsOfEntities(ctx, ids)
	if err != nil {
		return nil, nil, err
	}
	for _, r := range rows {
		if r.Rule == rule.Name {
			touched[r.Key] = true
		}
	}
	if len(w.t.Keys) == 0 {
		for _, f := range w.unmanagedItem(rule) {
			touched[f.group] = true
		}
	}
	return changed, slices.Sorted(maps.Keys(touched)), nil
}

// groupsOf are the groups that an entity is in.
func groupsOf(rule *derive.Rule, ent *entity) []string {
	if ent.Deleted != "" {
		return nil
	}
	return rule.Groups(ent.Entity)
}

// make takes in what a group makes.
func (w *world) make(ctx context.Context, rule *derive.Rule, key string, out derive.Made, made map[name]bool) error {
	for _, a := range out.Aliases {
		if err := w.alias(ctx, a); err != nil {
			return err
		}
	}
	byKind := map[record.Kind][]string{}
	for _, m := range out.Entities {
		byKind[m.Kind] = append(byKind[m.Kind], m.Key)
	}
	for kind, keys := range byKind {
		if _, err := w.loadKeys(ctx, kind, keys); err != nil {
			return err
		}
	}
	for _, m := range out.Entities {
		made[name{m.Kind, m.Key}] = true
		ent := w.ents[name{m.Kind, m.Key}]
		if ent == nil {
			ent = w.create(m.Kind, m.Key)
		} else if ent.Deleted != "" {
			w.revive(ent, "made again")
		}
		w.remake(ent, rule, key, m.Fields)
	}
	return nil
}

// remake takes in what a rule makes of an entity now. Only what it makes
// otherwise than last time changes the hub: an edit made elsewhere stays.
func (w *world) remake(ent *entity, rule *derive.Rule, group string, fields record.Fields) {
	if ent.rule != rule.Name || ent.group != group {
		ent.rule, ent.group, ent.dirty = rule.Name, group, true
	}
	if !maps.Equal(ent.made, fields) {
		for f, before := range ent.made {
			// What it makes no longer is empty, unless somebody else has set it.
			if _, ok := fields[f]; !ok && ent.Fields[f] == before && ent.from[f].system == record.Hub {
				w.set(ent, f, "", record.Hub)
			}
		}
		for f, v := range fields {
			if before, ok := ent.made[f]; ok && before == v {
				continue
			}
			if cur, ok := ent.Fields[f]; !ok || cur != v {
				w.set(ent, f, v, record.Hub)
			}
		}
		ent.made, ent.dirty = fields, true
	}
	if ent.dirty {
		w.want(ent)
	}
}

// makesRoom prepares an entity for the record of another. It reports true when
// the entity has, or may have, one of its own there.
func (w *world) makesRoom(to *entity, rep *syncRecord) (taken bool) {
	same := func(r *syncRecord) bool { return r.row.System == rep.row.System && r.row.Kind == rep.row.Kind }
	for _, r := range to.reps {
		if !r.drop && same(r) && (r.row.ExternalID != nil || r.row.Intent != "") {
			return true
		}
	}
	for _, r := range to.reps {
		if !r.drop && same(r) && r.row.ID != 0 {
			w.dropSyncRecord(r) // it was to be made, and need not be
		}
	}
	to.reps = slices.DeleteFunc(to.reps, func(r *syncRecord) bool { return same(r) && r.row.ID == 0 })
	return false
}

// alias moves the remote records of one key to another.
func (w *world) alias(ctx context.Context, a derive.Alias) error {
	if _, err := w.loadKeys(ctx, a.Kind, []string{a.From, a.To}); err != nil {
		return err
	}
	from := w.ents[name{a.Kind, a.From}]
	if from == nil {
		return nil // nothing was ever made under that key
	}
	to := w.ents[name{a.Kind, a.To}]
	if to == nil {
		to = w.create(a.Kind, a.To)
	}
	if err := w.loadSyncRecords(ctx, []*entity{from, to}); err != nil {
		return err
	}
	if from.Deleted == record.Merged && len(from.reps) == 0 {
		return nil // done before
	}
	for _, rep := range slices.Clone(from.reps) {
		if rep.row.ExternalID == nil && rep.row.Intent == "" {
			w.dropSyncRecord(rep) // nothing was made of it yet
			continue
		}
		if w.makesRoom(to, rep) {
			continue
		}
		rep.entity, rep.dirty, rep.staged = to, true, true
		to.reps = append(to.reps, rep)
		from.reps = slices.DeleteFunc(from.reps, func(r *syncRecord) bool { return r == rep })
	}
	from.Deleted, from.dirty, from.changed, from.why = record.Merged, true, true, string(record.Merged)
	w.want(from)
	w.want(to)
	w.aliases = append(w.aliases, store.StageAliasParams{
		Run: w.t.Run, Kind: string(a.Kind), FromKey: a.From, ToKey: a.To, Reason: string(record.Merged),
	})
	return nil
}
