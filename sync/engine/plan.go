package engine

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// store writes the decision down: plan rows for people and Write, staging rows
// for the admission.
func (w *world) store(ctx context.Context, q *store.Queries) error {
	for it := range w.doubted {
		w.decided[it.Listing] = slices.DeleteFunc(w.decided[it.Listing], func(id string) bool { return id == it.ExternalID })
	}
	for id, ids := range w.decided {
		if err := q.MarkDecided(ctx, w.t.Run, id, ids); err != nil {
			return err
		}
	}
	if _, err := q.StageEntities(ctx, w.entityRows()); err != nil {
		return err
	}
	if _, err := q.StageReplicas(ctx, w.replicaRows()); err != nil {
		return err
	}
	for _, a := range w.aliases {
		if err := q.StageAlias(ctx, a); err != nil {
			return err
		}
	}
	for _, n := range w.named {
		if err := q.NameRecords(ctx, n); err != nil {
			return err
		}
	}
	if _, err := q.StageConflicts(ctx, w.quarrels); err != nil {
		return err
	}
	_, err := q.AddPlanRows(ctx, w.plan)
	return err
}

func (w *world) entityRows() []store.StageEntitiesParams {
	var out []store.StageEntitiesParams
	for _, p := range w.e.book {
		for _, ent := range w.cands[p.Kind] {
			if !ent.dirty {
				continue
			}
			row := store.StageEntitiesParams{
				Run: w.t.Run, Seq: int32(len(out)), Kind: string(ent.Kind), Key: ent.Key, Fields: encode(ent.Fields),
				Provenance: encodeSources(ent.from), Gone: string(ent.Gone), MadeRule: ent.rule, MadeGroup: ent.group,
				Made: encode(ent.made), Version: ent.Version, Groups: w.groupRows(ent),
			}
			if ent.ID != 0 {
				id := int64(ent.ID)
				row.Entity = &id
			}
			out = append(out, row)
		}
	}
	return out
}

// groupRows are the groups that an entity is in, by rule.
func (w *world) groupRows(ent *entity) []byte {
	pairs := [][2]string{}
	for i := range w.e.rules {
		if rule := &w.e.rules[i]; rule.From == ent.Kind {
			for _, g := range groupsOf(rule, ent) {
				pairs = append(pairs, [2]string{rule.Name, g})
			}
		}
	}
	b, _ := json.Marshal(pairs)
	return b
}

func (w *world) replicaRows() []store.StageReplicasParams {
	var out []store.StageReplicasParams
	add := func(rep *replica) {
		if !rep.dirty && !rep.bump {
			return
		}
		if rep.row.ID == 0 && rep.drop || rep.row.ID == 0 && rep.entity != nil && rep.row.ExternalID == nil && !rep.bump && rep.row.Quarantine == "" {
			return // never was, and is not to be
		}
		out = append(out, w.replicaRow(rep, int32(len(out))))
	}
	done := map[*entity]bool{}
	for _, p := range w.e.book {
		for _, ent := range w.cands[p.Kind] {
			if done[ent] {
				continue
			}
			done[ent] = true
			for _, rep := range ent.reps {
				add(rep)
			}
		}
	}
	for _, rep := range w.foreign {
		if rep.entity == nil {
			add(rep)
		}
	}
	return out
}

func (w *world) replicaRow(rep *replica, seq int32) store.StageReplicasParams {
	row := store.StageReplicasParams{
		Run: w.t.Run, Seq: seq, System: rep.row.System, Place: rep.row.Place, Scope: rep.row.Scope, Kind: rep.row.Kind,
		ExternalID: rep.row.ExternalID, NaturalKey: rep.row.NaturalKey, Quarantine: rep.row.Quarantine,
		Far: encode(rep.far), AgreedHub: encode(rep.hub), AgreedFar: encode(rep.theirs), Told: rep.told.encode(), Wish: rep.wish,
		Bump: rep.bump, Drop: rep.drop, Recreated: rep.again, Version: rep.row.Version, Groups: []byte("[]"),
	}
	if rep.row.ID != 0 {
		id := rep.row.ID
		row.Replica = &id
	}
	if rep.entity != nil {
		row.EntityKind, row.Key = string(rep.entity.Kind), rep.entity.Key
		return row
	}
	p := w.e.book.Of(record.Kind(rep.row.Kind))
	if key := p.Key(rep.far); key != "" {
		row.NaturalKey = key
	}
	row.Far = encode(rep.far.Only(recognising(p)))
	row.AgreedHub, row.AgreedFar = []byte("{}"), []byte("{}")
	row.Groups = w.foreignGroups(rep.coll, rep.far)
	return row
}

// foreignGroups are the groups that a strange record is in, by rule.
func (w *world) foreignGroups(coll *connector.Collection, far record.Fields) []byte {
	pairs := [][2]string{}
	for i := range w.e.rules {
		rule := &w.e.rules[i]
		if rule.ForeignGroup == nil || coll == nil || rule.From == coll.Kind || !slices.Contains(rule.Makes, coll.Kind) {
			continue
		}
		if g := rule.ForeignGroup(far); g != "" {
			pairs = append(pairs, [2]string{rule.Name, g})
		}
	}
	b, _ := json.Marshal(pairs)
	return b
}
