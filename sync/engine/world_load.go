package engine

import (
	"context"
	"fmt"

	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/record"
)

// load brings entities into the world, by id.
func (w *world) load(ctx context.Context, ids []int64) error {
	var missing []int64
	for _, id := range ids {
		if w.byID[id] == nil {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	rows, err := w.e.hub.EntitiesByID(ctx, missing)
	if err != nil {
		return fmt.Errorf("read entities: %w", err)
	}
	for i := range rows {
		w.take(&rows[i])
	}
	return nil
}

// loadKeys brings entities into the world, by key; an alias counts as the key
// that it has become. It returns them under the keys asked for.
func (w *world) loadKeys(ctx context.Context, kind record.Kind, keys []string) (map[string]*entity, error) {
	out := map[string]*entity{}
	if len(keys) == 0 {
		return out, nil
	}
	aliases, err := w.e.hub.ResolveAliases(ctx, string(kind), keys)
	if err != nil {
		return nil, fmt.Errorf("read aliases: %w", err)
	}
	now := map[string]string{}
	for _, a := range aliases {
		now[a.FromKey] = a.ToKey
	}
	for _, a := range w.aliases {
		if a.Kind == string(kind) {
			now[a.FromKey] = a.ToKey
		}
	}
	var missing []string
	for _, k := range keys {
		for _, k := range []string{k, now[k]} {
			if k != "" && w.ents[name{kind, k}] == nil {
				missing = append(missing, k)
			}
		}
	}
	rows, err := w.e.hub.EntitiesByKey(ctx, string(kind), missing)
	if err != nil {
		return nil, fmt.Errorf("read entities: %w", err)
	}
	for i := range rows {
		w.take(&rows[i])
	}
	for _, k := range keys {
		ent := w.ents[name{kind, k}]
		if to := w.ents[name{kind, now[k]}]; to != nil && (ent == nil || ent.Deleted != "") {
			ent = to
		}
		if ent != nil {
			out[k] = ent
		}
	}
	return out, nil
}

// take puts an entity of the hub into the world, once.
func (w *world) take(row *hub.Entity) *entity {
	if ent := w.byID[row.ID]; ent != nil {
		return ent
	}
	ent := &entity{
		Entity: record.Entity{
			ID: record.EntityID(row.ID), Kind: record.Kind(row.Kind), Key: row.Key, Fields: decode(row.Fields),
			Deleted: record.Reason(row.Deleted), Version: row.Version, ModifiedOn: row.ModifiedOn,
		},
		old: row, from: decodeSources(row.Provenance), rule: row.MadeRule, group: row.MadeGroup, made: decode(row.Made),
	}
	w.byID[row.ID], w.ents[name{ent.Kind, ent.Key}] = ent, ent
	return ent
}

// loadSyncRecords completes the sync records of entities.
func (w *world) loadSyncRecords(ctx context.Context, ents []*entity) error {
	var ids []int64
	for _, ent := range ents {
		if !ent.loaded {
			ids, ent.loaded = append(ids, int64(ent.ID)), true
		}
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := w.e.store.SyncRecordsOfEntities(ctx, ids)
	if err != nil {
		return fmt.Errorf("read sync records: %w", err)
	}
	for _, row := range rows {
		w.syncRecord(row)
	}
	return nil
}
