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
// for the apply.
func (w *world) store(ctx context.Context, q *store.Queries) error {
	for it := range w.doubted {
		w.decided[it.Listing] = slices.DeleteFunc(w.decided[it.Listing], func(id string) bool { return id == it.ExternalID })
	}
	for id, ids := range w.decided {
		if err := q.MarkPlanned(ctx, w.t.Run, id, ids); err != nil {
			return err
		}
	}
	if _, err := q.StageEntities(ctx, w.entityRows()); err != nil {
		return err
	}
	if _, err := q.StageSyncRecords(ctx, w.syncRecordRows()); err != nil {
		return err
	}
	for _, a := range w.aliases {
		if err := q.StageAlias(ctx, a); err != nil {
			return err
		}
	}
	for _, n := range w.named {
		if err := q.Notify(ctx, n); err != nil {
			return err
		}
	}
	if _, err := q.StageConflicts(ctx, w.conflicts); err != nil {
		return err
	}
	_, err := q.AddPlanRows(ctx, w.plan)
	return err
}

func (w *world) entityRows() []store.StageEntitiesParams {
	var out []store.StageEntitiesParams
	for _, p := range w.e.policies {
		for _, ent := range w.cands[p.Kind] {
			if !ent.dirty {
				continue
			}
			row := store.StageEntitiesParams{
				Run: w.t.Run, Seq: int32(len(out)), Kind: string(ent.Kind), Key: ent.Key, Fields: encode(ent.Fields),
				Provenance: encodeSources(ent.from), Deleted: string(ent.Deleted), MadeRule: ent.rule, MadeGroup: ent.group,
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

func (w *world) syncRecordRows() []store.StageSyncRecordsParams {
	var out []store.StageSyncRecordsParams
	add := func(rep *syncRecord) {
		if !rep.dirty && !rep.bump {
			return
		}
		if rep.row.ID == 0 && rep.drop || rep.row.ID == 0 && rep.entity != nil && rep.row.ExternalID == nil && !rep.bump && rep.row.Quarantine == "" {
			return // never was, and is not to be
		}
		out = append(out, w.syncRecordRow(rep, int32(len(out))))
	}
	done := map[*entity]bool{}
	for _, p := range w.e.policies {
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
	for _, rep := range w.unmanaged {
		if rep.entity == nil {
			add(rep)
		}
	}
	return out
}

func (w *world) syncRecordRow(rep *syncRecord, seq int32) store.StageSyncRecordsParams {
	row := store.StageSyncRecordsParams{
		Run: w.t.Run, Seq: seq, System: rep.row.System, Place: rep.row.Place, Scope: rep.row.Scope, Kind: rep.row.Kind,
		ExternalID: rep.row.ExternalID, NaturalKey: rep.row.NaturalKey, Quarantine: rep.row.Quarantine,
		Remote: encode(rep.remote), BaseLocal: encode(rep.hub), BaseRemote: encode(rep.theirs), Echo: rep.echo.encode(), PendingOp: rep.pendingOp,
		Bump: rep.bump, Drop: rep.drop, Recreated: rep.again, Version: rep.row.Version, Groups: []byte("[]"),
	}
	if rep.row.ID != 0 {
		id := rep.row.ID
		row.SyncRecord = &id
	}
	if rep.entity != nil {
		row.EntityKind, row.Key = string(rep.entity.Kind), rep.entity.Key
		return row
	}
	p := w.e.policies.Of(record.Kind(rep.row.Kind))
	if key := p.Key(rep.remote); key != "" {
		row.NaturalKey = key
	}
	row.Remote = encode(rep.remote.Only(recognising(p)))
	row.BaseLocal, row.BaseRemote = []byte("{}"), []byte("{}")
	row.Groups = w.unmanagedGroups(rep.coll, rep.remote)
	return row
}

// unmanagedGroups are the groups that a strange record is in, by rule.
func (w *world) unmanagedGroups(coll *connector.Collection, remote record.Fields) []byte {
	pairs := [][2]string{}
	for i := range w.e.rules {
		rule := &w.e.rules[i]
		if rule.UnmanagedGroup == nil || coll == nil || rule.From == coll.Kind || !slices.Contains(rule.Makes, coll.Kind) {
			continue
		}
		if g := rule.UnmanagedGroup(remote); g != "" {
			pairs = append(pairs, [2]string{rule.Name, g})
		}
	}
	b, _ := json.Marshal(pairs)
	return b
}
