package snapshot

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/touchline-sync/touchline/sync/plan"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// survey divides what is taken up. Where more touch one group than a group may
// have members, it is left as it is, and what is left is divided anew.
func (d *planning) survey(ctx context.Context) error {
	if err := d.look(ctx); err != nil || d.packs.Largest() <= plan.GroupMost {
		return err
	}
	d.touching = map[plan.GroupName]int{}
	if err := d.look(ctx); err != nil {
		return err
	}
	d.in.TooLarge = map[plan.GroupName]bool{}
	for g, n := range d.touching {
		if n > plan.GroupMost {
			d.in.TooLarge[g] = true
		}
	}
	d.touching = nil
	if len(d.in.TooLarge) == 0 {
		return nil
	}
	return d.look(ctx)
}

// look tells the packs what each item and each entity that is taken up is known to
// reach. It need not find all: what turns up later puts batches together then.
func (d *planning) look(ctx context.Context) error {
	d.packs, d.items = plan.NewPacks(), nil
	var later []reference
	for after := int64(0); ; {
		page, err := d.page(ctx, after, int32(d.Most)) //nolint:gosec // thousands
		if err != nil {
			return err
		}
		if len(page) == 0 {
			break
		}
		after = page[len(page)-1].number
		s := surveyed{d: d, entities: map[int64][]int32{}, counted: map[touch]bool{}}
		for i := range page {
			d.items = append(d.items, page[i].number)
			later = append(later, s.item(&page[i].Item, d.packs.Seed())...)
		}
		if err := s.complete(ctx); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(d.candidates, d.Most) {
		s := surveyed{d: d, entities: map[int64][]int32{}, counted: map[touch]bool{}}
		for _, c := range part {
			s.entities[c.id] = append(s.entities[c.id], d.packs.Seed())
		}
		if err := s.complete(ctx); err != nil {
			return err
		}
	}
	for _, r := range later {
		d.packs.Refer(r.seed, r.node)
	}
	return nil
}

// reference is a node that an item only refers to.
type reference struct {
	seed int32
	node plan.Node
}

// surveyed is a part of what is taken up, with what is to be looked up of it.
type surveyed struct {
	d        *planning
	remotes  map[plan.Request]map[string][]int32 // seeds by remote id, by place
	keys     map[record.Kind]map[string][]int32  // seeds by natural key
	entities map[int64][]int32
	counted  map[touch]bool
}

// touch is that a seed touches a group.
type touch struct {
	seed  int32
	group plan.GroupName
}

// item notes what an item reaches by itself, and what of it is to be looked up. It
// returns what the item only refers to.
func (s *surveyed) item(it *plan.Item, seed int32) []reference {
	known := s.d.in.Nodes(it)
	for _, n := range known.Held {
		s.d.packs.Hold(seed, n)
	}
	for _, g := range known.Groups {
		s.group([]int32{seed}, g)
	}
	for kind, key := range known.Keys {
		if s.keys == nil {
			s.keys = map[record.Kind]map[string][]int32{}
		}
		if s.keys[kind] == nil {
			s.keys[kind] = map[string][]int32{}
		}
		s.keys[kind][key] = append(s.keys[kind][key], seed)
	}
	for _, at := range s.d.in.Remotes(it) {
		id := at.Key
		at.Key = ""
		if s.remotes == nil {
			s.remotes = map[plan.Request]map[string][]int32{}
		}
		if s.remotes[at] == nil {
			s.remotes[at] = map[string][]int32{}
		}
		s.remotes[at][id] = append(s.remotes[at][id], seed)
	}
	out := make([]reference, len(known.Referred))
	for i, n := range known.Referred {
		out[i] = reference{seed, n}
	}
	return out
}

// complete looks up what is stored of the records, keys and entities.
func (s *surveyed) complete(ctx context.Context) error {
	for at, byID := range s.remotes {
		rows, err := s.d.Store.RecordsReached(ctx, store.RecordsReachedParams{
			System: string(at.System), Place: at.Place, Scope: at.Scope, Kind: string(at.Kind), Ids: keysOf(byID),
		})
		if err != nil {
			return asked("whose records they are", err)
		}
		for _, r := range rows {
			seeds := byID[r.ExternalID]
			if r.Entity != 0 {
				s.entities[r.Entity] = append(s.entities[r.Entity], seeds...)
			} else if r.NaturalKey != "" {
				s.hold(seeds, fact.KeyNode(r.NaturalKey))
			}
		}
	}
	for kind, byKey := range s.keys {
		if err := s.byKey(ctx, kind, byKey); err != nil {
			return err
		}
	}
	return s.byEntity(ctx)
}

// byKey looks up what stands under natural keys, and what these have become.
func (s *surveyed) byKey(ctx context.Context, kind record.Kind, seeds map[string][]int32) error {
	aliases, err := s.d.Hub.ResolveAliases(ctx, string(kind), keysOf(seeds))
	if err != nil {
		return asked("aliases", err)
	}
	for _, a := range aliases {
		s.hold(seeds[a.FromKey], fact.KeyNode(a.ToKey))
		seeds[a.ToKey] = append(seeds[a.ToKey], seeds[a.FromKey]...)
	}
	rows, err := s.d.Hub.KeysReached(ctx, string(kind), keysOf(seeds))
	for _, r := range rows {
		s.entities[r.ID] = append(s.entities[r.ID], seeds[r.Key]...)
	}
	return asked("entities", err)
}

// byEntity looks up the keys and the groups of entities, and what must be read
// again before their records may end.
func (s *surveyed) byEntity(ctx context.Context) error {
	ids := keysOf(s.entities)
	rows, err := s.d.Hub.EntitiesReached(ctx, ids)
	if err != nil {
		return asked("entities", err)
	}
	for _, r := range rows {
		s.hold(s.entities[r.ID], fact.KeyNode(r.Key))
		if r.MadeGroup != "" {
			s.group(s.entities[r.ID], plan.GroupName{Rule: r.MadeRule, Key: r.MadeGroup})
		}
	}
	groups, err := s.d.Hub.GroupsOfEntities(ctx, ids)
	if err != nil {
		return asked("groups", err)
	}
	for _, g := range groups {
		s.group(s.entities[g.Entity], plan.GroupName{Rule: g.Rule, Key: g.Key})
	}
	causes, err := s.d.Store.CausesReached(ctx, ids)
	for _, c := range causes {
		var by []plan.Cause
		_ = json.Unmarshal(c.ConfirmBy, &by)
		for _, cause := range by {
			s.hold(s.entities[c.Entity], fact.RemoteNode(cause.System, cause.Kind, cause.ID))
		}
	}
	return asked("what is to end", err)
}

// group notes that seeds touch a group.
func (s *surveyed) group(seeds []int32, g plan.GroupName) {
	if !s.d.in.Matters(g) {
		return
	}
	for _, seed := range seeds {
		if of := (touch{seed, g}); s.d.touching != nil && !s.counted[of] {
			s.counted[of] = true
			s.d.touching[g]++
		}
	}
	if !s.d.in.TooLarge[g] {
		s.hold(seeds, fact.GroupNode(g.Key))
	}
}

func (s *surveyed) hold(seeds []int32, n plan.Node) {
	for _, seed := range seeds {
		s.d.packs.Hold(seed, n)
	}
}

func keysOf[K int64 | string](m map[K][]int32) []K {
	out := make([]K, 0, len(m))
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
