package write

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// loading reads what is to be delivered, with all that belongs to it.
type loading struct{ *run }

// deliveries puts pending sync records together by remote record, and returns
// those that belong to the pass.
func (w loading) deliveries(ctx context.Context, rows []store.SyncRecord, p pass) ([]*delivery, error) {
	var ids []int64
	for _, row := range rows {
		if row.Entity != nil {
			ids = append(ids, *row.Entity)
		}
	}
	ents, err := w.hub.EntitiesByID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read entities: %w", err)
	}
	var keys []string
	for _, ent := range ents {
		keys = append(keys, ent.Key)
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	byKey := map[string]*delivery{}
	for _, coll := range w.collections {
		if err := w.collect(ctx, coll, keys, byKey); err != nil {
			return nil, err
		}
	}
	var out []*delivery
	for _, key := range keys {
		d := byKey[key]
		if d == nil || d.host == nil || w.handled[key] || len(d.pendingParts()) == 0 {
			continue
		}
		if p.remove != (d.host.row.PendingOp == "remove" && d.host.pending) {
			continue
		}
		if err := w.fill(ctx, d); err != nil {
			return nil, err
		}
		if p.whole && d.lacksReference() || p.strict && !d.stricter() {
			continue
		}
		w.handled[key] = true
		out = append(out, d)
	}
	return out, nil
}

// collect adds the sync records of one kind.
func (w loading) collect(ctx context.Context, coll *connector.Collection, keys []string, byKey map[string]*delivery) error {
	found, err := w.hub.EntitiesByKey(ctx, string(coll.Kind), keys)
	if err != nil {
		return fmt.Errorf("read entities: %w", err)
	}
	var ids []int64
	ents := map[int64]*entity{}
	for i := range found {
		ids = append(ids, found[i].ID)
		ents[found[i].ID] = newEntity(&found[i])
	}
	rows, err := w.Store.SyncRecordsOfEntities(ctx, ids)
	if err != nil {
		return fmt.Errorf("read sync records: %w", err)
	}
	now := w.Now()
	for _, row := range rows {
		if row.System != string(w.system.Name) || row.Place != coll.Place || row.Kind != string(coll.Kind) {
			continue
		}
		ent := ents[*row.Entity]
		d := byKey[ent.Key]
		if d == nil {
			d = &delivery{key: ent.Key}
			byKey[ent.Key] = d
		}
		b := w.newPart(row, coll, ent)
		b.pending = row.DesiredVersion > row.AppliedVersion && (row.NextAttemptOn == nil || !row.NextAttemptOn.After(now))
		if b.pending && row.NextAttemptOn != nil && !w.task.Approved {
			b.held = reconcile.Held{} // what was refused is tried again, after a gap
		}
		if coll.Part {
			d.parts = append(d.parts, b)
		} else {
			d.host = b
		}
	}
	return nil
}

// fill works out what is to be written, from the hub as it is now.
func (w loading) fill(ctx context.Context, d *delivery) error {
	for _, b := range d.pendingParts() {
		b.set = b.desired()
		b.wire, b.missing = b.set.Clone(), 0
		for f, ref := range b.coll.Refs {
			value, ok := b.set[f]
			if !ok || value == "" {
				continue
			}
			ids, there, missing, err := w.remoteIDs(ctx, ref.Kind, record.SetMembers(value))
			if err != nil {
				return err
			}
			b.wire[f] = ids
			b.missing += missing
			b.blocked = b.blocked || ref.Required && missing > 0
			if missing > 0 && there == b.remote[f] && b.row.ExternalID != nil {
				delete(b.wire, f) // it stands there already, as far as it can
			}
		}
	}
	return nil
}

// partOf returns a sync record with its entity, or nil when the entity is not
// there any more.
func (w loading) partOf(ctx context.Context, row store.SyncRecord) (*part, error) {
	ents, err := w.hub.EntitiesByID(ctx, []int64{*row.Entity})
	if err != nil || len(ents) == 0 {
		return nil, err
	}
	return w.newPart(row, w.host, newEntity(&ents[0])), nil
}

// newPart is a sync record as the store has it; it is not pending yet.
func (w loading) newPart(row store.SyncRecord, coll *connector.Collection, ent *entity) *part {
	return &part{
		row: row, cautious: w.restored.on, coll: coll, policy: w.Policies.Of(coll.Kind), ent: ent, echo: reconcile.DecodeEcho(row.Echo), held: reconcile.DecodeHeld(row.Held),
		remote: record.DecodeFields(row.Remote), baseLocal: record.DecodeFields(row.BaseLocal), baseRemote: record.DecodeFields(row.BaseRemote),
	}
}

func newEntity(row *hub.Entity) *entity {
	return &entity{
		Entity: record.Entity{
			ID: record.EntityID(row.ID), Kind: record.Kind(row.Kind), Key: row.Key, Fields: record.DecodeFields(row.Fields),
			Deleted: record.Reason(row.Deleted), Version: row.Version, ModifiedOn: row.ModifiedOn,
		},
		from: sources(row.Provenance), plannedVersion: row.PlannedVersion,
	}
}

// sources reads by field whose value it is. The hub stores with each when it was
// seen, which a Write does not need.
func sources(provenance []byte) map[record.Field]record.System {
	raw := map[record.Field][2]string{}
	_ = json.Unmarshal(provenance, &raw)
	out := make(map[record.Field]record.System, len(raw))
	for f, v := range raw {
		out[f] = record.System(v[0])
	}
	return out
}
