package plan

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/record"
)

func compareNames(x, y name) int {
	return cmp.Or(cmp.Compare(x.kind, y.kind), cmp.Compare(x.key, y.key))
}

// touchedGroups returns the changed entities of the rule's kind, and by key the
// groups that they were or are in with who touches them, and those of unmanaged
// records that turned up.
func (b *Builder) touchedGroups(rule *derive.Rule) (changed []*entity, touched map[string][]*entity) {
	touched = map[string][]*entity{}
	for _, ent := range b.cands[rule.From] {
		if !ent.changed {
			continue
		}
		changed = append(changed, ent)
		for _, g := range groupsOf(rule, ent) {
			touched[g] = append(touched[g], ent)
		}
		if ent.ID == 0 || !b.ask(Request{What: GroupsOf, ID: ent.ID}) {
			continue
		}
		for _, g := range b.in.Snapshot.groupsOf[ent.ID] {
			if g.Rule == rule.Name {
				touched[g.Key] = append(touched[g.Key], ent)
			}
		}
	}
	for _, kind := range rule.Makes {
		for _, ent := range b.cands[kind] {
			if ent.rule == rule.Name && ent.ends() {
				touched[ent.group] = append(touched[ent.group], ent)
			}
		}
	}
	if len(b.in.Keys) == 0 {
		for _, f := range b.turnedUp(rule) {
			touched[f.group] = append(touched[f.group], nil)
		}
	}
	return changed, touched
}

// groupsOf are the groups that an entity is in.
func groupsOf(rule *derive.Rule, ent *entity) []string {
	if ent.Deleted != "" {
		return nil
	}
	return rule.Groups(ent.Entity)
}

// unmanagedItem is an item that is not ours, with its group.
type unmanagedItem struct {
	derive.Unmanaged

	group string
}

// turnedUp are the items of the kinds that a rule makes that are not ours.
func (b *Builder) turnedUp(rule *derive.Rule) []unmanagedItem {
	if rule.UnmanagedGroup == nil {
		return nil
	}
	var out []unmanagedItem
	for _, it := range b.items {
		if it.State != Changed {
			continue
		}
		for _, kind := range rule.Makes {
			coll := it.collection(kind)
			if coll == nil || coll.Part || kind == rule.From {
				continue
			}
			if rep := b.found(it, kind); rep != nil && rep.entity != nil {
				continue
			}
			if key := rule.UnmanagedGroup(it.Fields); key != "" {
				out = append(out, unmanagedItem{
					derive.Unmanaged{System: it.listing.System, Place: it.listing.Place, Fields: it.Fields}, key,
				})
			}
		}
	}
	return out
}

// group is what Make works on, with the entities behind it.
type group struct {
	derive.Group

	before []*entity
}

// groups puts together what a rule works on: members as they are by now, what
// was made before, and what is there that is not ours.
func (b *Builder) groups(rule *derive.Rule, changed []*entity, keys []string) map[string]*group {
	out := make(map[string]*group, len(keys))
	members := make(map[string]map[string]record.Entity, len(keys))
	for _, key := range keys {
		g := &group{Group: derive.Group{Key: key}}
		out[key], members[key] = g, map[string]record.Entity{}
		q := Request{What: Group, Rule: rule.Name, Key: key}
		if !b.ask(q) {
			continue
		}
		for _, e := range b.in.Snapshot.members[q] {
			if ent := b.byID[e.ID]; ent == nil || !ent.changed {
				members[key][e.Key] = e.Entity
			}
		}
	}
	for _, ent := range changed {
		for _, key := range groupsOf(rule, ent) {
			if members[key] != nil {
				members[key][ent.Key] = ent.Entity
			}
		}
	}
	for key, m := range members {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if m[k].Deleted == "" {
				out[key].Members = append(out[key].Members, m[k])
			}
		}
	}
	b.before(rule, keys, out)
	b.addUnmanaged(rule, keys, out)
	return out
}

// before adds what the rule made of the groups last.
func (b *Builder) before(rule *derive.Rule, keys []string, out map[string]*group) {
	for _, key := range keys {
		made := slices.Clone(b.in.Snapshot.made[Request{What: Group, Rule: rule.Name, Key: key}])
		slices.SortFunc(made, func(x, y *Entity) int { return compareNames(name{x.Kind, x.Key}, name{y.Kind, y.Key}) })
		for _, e := range made {
			ent := b.take(e)
			if g := out[ent.group]; g != nil && ent.Deleted == "" {
				g.Before, g.before = append(g.Before, ent.Entity), append(g.before, ent)
			}
		}
	}
}

// addUnmanaged adds the records that are not ours.
func (b *Builder) addUnmanaged(rule *derive.Rule, keys []string, out map[string]*group) {
	if rule.UnmanagedGroup == nil {
		return
	}
	fresh := map[string]bool{}
	for _, u := range b.turnedUp(rule) {
		if g := out[u.group]; g != nil {
			g.Unmanaged = append(g.Unmanaged, u.Unmanaged)
			fresh[u.group+" "+u.Place] = true
		}
	}
	for _, key := range keys {
		for _, u := range b.in.Snapshot.unmanaged[Request{What: Group, Rule: rule.Name, Key: key}] {
			if !fresh[key+" "+u.Place] {
				out[key].Unmanaged = append(out[key].Unmanaged, u)
			}
		}
	}
	for _, g := range out {
		slices.SortStableFunc(g.Unmanaged, func(x, y derive.Unmanaged) int { return strings.Compare(x.Place, y.Place) })
	}
}
