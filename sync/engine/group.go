package engine

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/record"
)

// unmanagedItem is a staged record that is not ours, with its group.
type unmanagedItem struct {
	group string
	derive.Unmanaged
}

func (w *world) unmanagedItem(rule *derive.Rule) []unmanagedItem {
	if rule.UnmanagedGroup == nil {
		return nil
	}
	var out []unmanagedItem
	for _, it := range w.items {
		if it.State != itemChanged {
			continue
		}
		for _, kind := range rule.Makes {
			coll := it.collection(kind)
			if coll == nil || coll.Part || kind == rule.From {
				continue
			}
			if rep := w.found(it, kind); rep != nil && rep.entity != nil {
				continue
			}
			if key := rule.UnmanagedGroup(it.fields); key != "" {
				out = append(out, unmanagedItem{key, derive.Unmanaged{System: it.sys.Name, Place: it.listing.Place, Fields: it.fields}})
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

func (w *world) groups(ctx context.Context, rule *derive.Rule, changed []*entity, keys []string) (map[string]*group, error) {
	out := make(map[string]*group, len(keys))
	members := make(map[string]map[string]record.Entity, len(keys))
	for _, k := range keys {
		out[k], members[k] = &group{Group: derive.Group{Key: k}}, map[string]record.Entity{}
	}
	rows, err := w.e.hub.MembersOfGroups(ctx, rule.Name, keys)
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		if w.byID[r.ID] == nil || !w.byID[r.ID].changed {
			members[r.GroupKey][r.Key] = record.Entity{
				ID: record.EntityID(r.ID), Kind: record.Kind(r.Kind), Key: r.Key, Fields: decode(r.Fields),
				Deleted: record.Reason(r.Deleted), Version: r.Version, ModifiedOn: r.ModifiedOn,
			}
		}
	}
	for _, ent := range changed {
		for _, k := range groupsOf(rule, ent) {
			members[k][ent.Key] = ent.Entity
		}
	}
	for k, m := range members {
		for _, key := range slices.Sorted(maps.Keys(m)) {
			if m[key].Deleted == "" {
				out[k].Members = append(out[k].Members, m[key])
			}
		}
	}
	if err := w.before(ctx, rule, keys, out); err != nil {
		return nil, err
	}
	return out, w.addUnmanaged(ctx, rule, keys, out)
}

// before adds what the rule made of the groups last.
func (w *world) before(ctx context.Context, rule *derive.Rule, keys []string, out map[string]*group) error {
	rows, err := w.e.hub.MadeInGroups(ctx, rule.Name, keys)
	if err != nil {
		return err
	}
	for i := range rows {
		ent := w.take(&rows[i])
		if g := out[ent.group]; g != nil && ent.Deleted == "" {
			g.Before, g.before = append(g.Before, ent.Entity), append(g.before, ent)
		}
	}
	return nil
}

// addUnmanaged adds the records that are not ours.
func (w *world) addUnmanaged(ctx context.Context, rule *derive.Rule, keys []string, out map[string]*group) error {
	if rule.UnmanagedGroup == nil {
		return nil
	}
	fresh := map[string]bool{}
	for _, s := range w.unmanagedItem(rule) {
		if g := out[s.group]; g != nil {
			g.Unmanaged = append(g.Unmanaged, s.Unmanaged)
			fresh[s.group+" "+s.Place] = true
		}
	}
	rows, err := w.e.store.UnmanagedOfGroups(ctx, rule.Name, keys)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if g := out[r.GroupKey]; !fresh[r.GroupKey+" "+r.Place] {
			g.Unmanaged = append(g.Unmanaged, derive.Unmanaged{System: record.System(r.System), Place: r.Place, Fields: decode(r.Remote)})
		}
	}
	for _, g := range out {
		slices.SortStableFunc(g.Unmanaged, func(a, b derive.Unmanaged) int { return strings.Compare(a.Place, b.Place) })
	}
	return nil
}
