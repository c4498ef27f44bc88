package outbox

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// Pass is one way through what is pending.
type Pass struct {
	Strict bool // only records that are to be told of a stricter consent
	There  bool // only records that are there already
	Remove bool // only what is removed
	Whole  bool // only records whose references all have a remote id
}

// HasConsents reports whether any record of the place has a consent.
func (o *Place) HasConsents() bool {
	return slices.ContainsFunc(o.Collections, func(c *connector.Collection) bool {
		return slices.ContainsFunc(c.Writes, func(f record.Field) bool { return len(o.Policies.Of(c.Kind).Fields[f].Strict) > 0 })
	})
}

// readBatch is how many pending records are looked at together.
const readBatch = 200

// Next reads what is pending after a sync record and belongs to the pass. It returns
// the last sync record that it has looked at; 0 when there is none left.
func (o *Place) Next(ctx context.Context, p Pass, after int64) (batch []*Delivery, last int64, err error) {
	rows, err := o.Store.PendingSyncRecords(ctx, store.PendingSyncRecordsParams{
		System: string(o.System), Place: o.Host.Place, Remove: p.Remove, Made: p.Strict || p.There, Now: o.Now(), After: after, Most: max(readBatch, int32(o.Host.Batch)), //nolint:gosec // hundreds
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read what is pending: %w", err)
	}
	if len(rows) == 0 {
		return nil, 0, nil
	}
	batch, err = loading{o}.deliveries(ctx, rows, p)
	return batch, rows[len(rows)-1].ID, err
}

// loading reads what is to be delivered, with all that belongs to it.
type loading struct{ *Place }

// deliveries puts the pending sync records of a pass together by remote record.
func (o loading) deliveries(ctx context.Context, rows []store.PendingSyncRecordsRow, p Pass) ([]*Delivery, error) {
	var ids []int64
	for _, row := range rows {
		if row.Entity != nil {
			ids = append(ids, *row.Entity)
		}
	}
	keys, err := o.Hub.KeysByID(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("read the keys of entities: %w", err)
	}
	byKey := map[string]*Delivery{}
	for _, coll := range o.Collections {
		if err := o.collect(ctx, coll, keys, byKey); err != nil {
			return nil, err
		}
	}
	if p.Remove {
		if keys, err = o.orphans(ctx, rows, keys, byKey); err != nil {
			return nil, err
		}
	}
	var out []*Delivery
	for _, key := range keys {
		d := byKey[key]
		if d == nil || d.Host == nil || d.paused() || o.Handled.has(key) || len(d.PendingParts()) == 0 {
			continue
		}
		if p.Remove != (d.Host.Row.PendingOp == "remove" && d.Host.Pending) {
			continue
		}
		if err := o.fill(ctx, d); err != nil {
			return nil, err
		}
		if p.Whole && d.lacksReference() || p.Strict && !d.stricter() {
			continue
		}
		o.Handled.add(key)
		out = append(out, d)
	}
	if p.Remove {
		if err := o.seen(ctx, out); err != nil {
			return nil, err
		}
	}
	return out, o.sought(ctx, out)
}

// collect adds the sync records of one kind.
func (o loading) collect(ctx context.Context, coll *connector.Collection, keys []string, byKey map[string]*Delivery) error {
	found, err := o.Hub.EntitiesByKey(ctx, string(coll.Kind), keys)
	if err != nil {
		return fmt.Errorf("read entities: %w", err)
	}
	var ids []int64
	ents := map[int64]*Entity{}
	for i := range found {
		ids = append(ids, found[i].ID)
		ents[found[i].ID] = newEntity(&found[i], o.Now())
	}
	rows, err := o.Store.SyncRecordsAt(ctx, store.SyncRecordsAtParams{Entities: ids, System: string(o.System), Place: coll.Place, Kind: string(coll.Kind)})
	if err != nil {
		return fmt.Errorf("read sync records: %w", err)
	}
	now := o.Now()
	for _, row := range rows {
		ent := ents[*row.Entity]
		d := byKey[ent.Key]
		if d == nil {
			d = &Delivery{Key: ent.Key}
			byKey[ent.Key] = d
		}
		b := o.newPart(row, coll, ent)
		b.Pending = row.DesiredVersion > row.AppliedVersion && (row.NextAttemptOn == nil || !row.NextAttemptOn.After(now))
		if b.Pending && row.NextAttemptOn != nil && !o.Approved {
			b.Held = reconcile.Held{} // what was refused is tried again, after a gap
		}
		if coll.Part {
			d.Parts = append(d.Parts, b)
		} else {
			d.Host = b
		}
	}
	return nil
}

// fill works out what is to be written, from the hub as it is now.
func (o loading) fill(ctx context.Context, d *Delivery) error {
	for _, b := range d.PendingParts() {
		b.Set = b.desired()
		b.Wire, b.Missing = b.Set.Clone(), 0
		if err := o.ours(ctx, b); err != nil {
			return err
		}
		for f, ref := range b.Coll.Refs {
			value, ok := b.Set[f]
			if !ok || value == "" {
				continue
			}
			to, err := o.referents(ctx, ref, value)
			if err != nil {
				return err
			}
			b.Wire[f] = to.ids
			b.Missing += to.missing
			b.Blocked = b.Blocked || ref.Required && to.missing > 0
			if shown, known := b.Remote[f]; known && b.Row.ExternalID != nil && to.stand(shown) {
				delete(b.Wire, f)
			}
		}
	}
	return nil
}

// ours notes, of sets of rows that are written, which rows there are ours.
func (o loading) ours(ctx context.Context, b *Part) error {
	b.Ours = record.Fields{}
	for f := range b.Set {
		before, ref := b.BaseLocal[f], b.Coll.Refs[f]
		if b.Policy.Fields[f].Rows == 0 {
			continue
		}
		if b.Ours[f] = before; before != "" && ref.Kind != "" {
			to, err := o.referents(ctx, ref, before)
			if err != nil {
				return err
			}
			b.Ours[f] = to.ids
		}
	}
	return nil
}

// newPart is a sync record as the store has it; it is not pending yet.
func (o loading) newPart(row store.SyncRecord, coll *connector.Collection, ent *Entity) *Part {
	return &Part{
		Row: row, restored: o.Restored, Coll: coll, Policy: o.Policies.Of(coll.Kind), Ent: ent, Echo: reconcile.DecodeEcho(row.Echo), Held: reconcile.DecodeHeld(row.Held),
		Remote: record.DecodeFields(row.Remote), BaseLocal: record.DecodeFields(row.BaseLocal), BaseRemote: record.DecodeFields(row.BaseRemote),
	}
}

func newEntity(row *hub.Entity, now time.Time) *Entity {
	fields := record.DecodeFields(row.Fields)
	return &Entity{
		Entity: record.Entity{
			ID: record.EntityID(row.ID), Kind: record.Kind(row.Kind), Key: row.Key, Fields: fields,
			Deleted: record.Reason(row.Deleted), Version: row.Version, ModifiedOn: row.ModifiedOn,
		},
		hub: reconcile.HubOf(fields, record.DecodeProvenance(row.Provenance), now), plannedVersion: row.PlannedVersion,
	}
}
