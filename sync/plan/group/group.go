package group

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/record"
)

// touchedGroups returns the changed entities of the rule's kinds, and by key the
// groups that they were or are in with who touches them, and those of unmanaged
// records that turned up.
func touchedGroups(d *draft.Plan, rule *derive.Rule) (changed []*draft.Entity, touched map[string][]*draft.Entity) {
	touched = map[string][]*draft.Entity{}
	for _, ent := range candidates(d, rule) {
		if !ent.Changed {
			continue
		}
		changed = append(changed, ent)
		keys, tooLong := ent.Groups(rule)
		if tooLong {
			putAside(d, rule, ent)
		}
		for _, g := range keys {
			touched[g] = append(touched[g], ent)
		}
		if ent.ID == 0 {
			continue
		}
		for _, g := range d.Ask.GroupsOf(ent.ID, rule.Name) {
			touched[g] = append(touched[g], ent)
		}
	}
	for _, kind := range rule.Makes {
		for _, ent := range d.Candidates[kind] {
			if ent.Rule == rule.Name && ent.Ends() {
				touched[ent.Group] = append(touched[ent.Group], ent)
			}
		}
	}
	if len(d.In.Keys) == 0 {
		for _, f := range turnedUp(d, rule) {
			touched[f.Group] = append(touched[f.Group], nil)
		}
	}
	return changed, touched
}

// candidates are the entities that a plan takes up of which a rule makes groups.
func candidates(d *draft.Plan, rule *derive.Rule) (out []*draft.Entity) {
	for _, kind := range rule.From {
		out = append(out, d.Candidates[kind]...)
	}
	return out
}

// unmanagedItem is an item that is not ours, with its group.
type unmanagedItem struct {
	derive.Unmanaged

	Group string
}

// turnedUp are the items of the kinds that a rule makes that are not ours.
func turnedUp(d *draft.Plan, rule *derive.Rule) []unmanagedItem {
	if rule.UnmanagedGroup == nil {
		return nil
	}
	var out []unmanagedItem
	for _, it := range d.Items {
		if it.State != fact.Changed {
			continue
		}
		for _, kind := range rule.Makes {
			coll := it.Collection(kind)
			if coll == nil || coll.Part || rule.Reads(kind) {
				continue
			}
			if rec := d.Found(it, kind); rec != nil && rec.Owner != nil {
				continue
			}
			if key := rule.UnmanagedGroup(it.Fields); key != "" {
				out = append(out, unmanagedItem{
					derive.Unmanaged{System: it.Where.System, Place: it.Where.Place, ID: it.Item.ID, Fields: it.Fields}, key,
				})
			}
		}
	}
	return out
}

// group is what Make works on, with the entities behind it.
type group struct {
	derive.Group

	before []*draft.Entity
}

// assemble puts together what a rule works on: members as they are by now, what
// was made before, and what is there that is not ours.
func assemble(d *draft.Plan, rule *derive.Rule, changed []*draft.Entity, keys []string) map[string]*group {
	out := make(map[string]*group, len(keys))
	members := make(map[string]map[draft.Name]record.Entity, len(keys))
	for _, key := range keys {
		g := &group{Group: derive.Group{Key: key}}
		out[key], members[key] = g, map[draft.Name]record.Entity{}
		stored, _, _ := d.Ask.Group(rule.Name, key)
		for _, e := range stored {
			if ent := d.Taken(e.ID); ent == nil || !ent.Changed {
				members[key][draft.Name{Kind: e.Kind, Key: e.Key}] = e.Entity
			}
		}
	}
	for _, ent := range changed {
		in, _ := ent.Groups(rule)
		for _, key := range in {
			if members[key] != nil {
				members[key][ent.Name()] = ent.Entity
			}
		}
	}
	for key, m := range members {
		for _, k := range slices.SortedFunc(maps.Keys(m), draft.Name.Compare) {
			if m[k].Deleted == "" {
				out[key].Members = append(out[key].Members, m[k])
			}
		}
	}
	addBefore(d, rule, keys, out)
	addUnmanaged(d, rule, keys, out)
	return out
}

// addBefore adds what the rule made of the groups last.
func addBefore(d *draft.Plan, rule *derive.Rule, keys []string, out map[string]*group) {
	for _, key := range keys {
		_, made, _ := d.Ask.Group(rule.Name, key)
		made = slices.Clone(made)
		slices.SortFunc(made, func(x, y *fact.Entity) int { return cmp.Or(cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Key, y.Key)) })
		for _, e := range made {
			ent := d.Take(e)
			if g := out[ent.Group]; g != nil && ent.Deleted == "" {
				g.Before, g.before = append(g.Before, ent.Entity), append(g.before, ent)
			}
		}
	}
}

// addUnmanaged adds the records that are not ours, as they are known by now: what this
// run shows otherwise, or shows another in place of, is not what is stored.
func addUnmanaged(d *draft.Plan, rule *derive.Rule, keys []string, out map[string]*group) {
	if rule.UnmanagedGroup == nil {
		return
	}
	type at struct {
		system record.System
		place  string
		of     string // an id, or a group
	}
	shown, missing, fresh := map[at]bool{}, map[at]bool{}, map[at]bool{}
	for _, it := range d.Items {
		where := at{it.Where.System, it.Where.Place, string(it.Item.ID)}
		shown[where] = shown[where] || it.State == fact.Changed
		missing[where] = missing[where] || it.State == fact.Absent || it.State == fact.Removed
	}
	for _, u := range turnedUp(d, rule) {
		if g := out[u.Group]; g != nil {
			g.Unmanaged = append(g.Unmanaged, u.Unmanaged)
			fresh[at{u.System, u.Place, u.Group}] = true
		}
	}
	for _, key := range keys {
		_, _, stored := d.Ask.Group(rule.Name, key)
		for _, u := range stored {
			where := at{u.System, u.Place, string(u.ID)}
			if !shown[where] && !(missing[where] && fresh[at{u.System, u.Place, key}]) {
				out[key].Unmanaged = append(out[key].Unmanaged, u)
				for _, kind := range rule.Makes { // another batch may show it otherwise
					d.Beside[fact.RemoteNode(u.System, kind, u.ID)] = key
				}
			}
		}
	}
	for _, g := range out {
		slices.SortStableFunc(g.Unmanaged, func(x, y derive.Unmanaged) int {
			return cmp.Or(strings.Compare(x.Place, y.Place), strings.Compare(string(x.ID), string(y.ID)))
		})
	}
}
