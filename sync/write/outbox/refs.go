package outbox

import (
	"context"
	"fmt"
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// keysOf turns remote ids of a kind into keys of ours. An id that is nobody's
// stays, marked.
func (o *Place) keysOf(ctx context.Context, kind record.Kind, ids []string) (string, error) {
	rows, err := o.Store.KeysOfIDs(ctx, string(o.System), string(kind), slices.Compact(slices.Sorted(slices.Values(ids))))
	if err != nil {
		return "", fmt.Errorf("read whose records they are: %w", err)
	}
	known := make(map[string]string, len(rows))
	for _, r := range rows {
		known[*r.ExternalID] = r.Key
	}
	return record.KeySet(ids, known), nil
}

// remoteIDs turns keys of a kind into remote ids. Those that have none yet are
// missing; there are the keys of the others.
func (o loading) remoteIDs(ctx context.Context, kind record.Kind, keys []string) (ids, there string, missing int, err error) {
	rows, err := o.Store.BoundIDs(ctx, string(o.System), string(kind), keys)
	if err != nil {
		return "", "", 0, fmt.Errorf("read what references stand for: %w", err)
	}
	remote, known := make([]string, 0, len(rows)), make([]string, 0, len(rows))
	for _, r := range rows {
		remote, known = append(remote, *r.ExternalID), append(known, r.Key)
	}
	there = record.SetValue(known)
	return record.SetValue(remote), there, len(keys) - len(record.SetMembers(there)), nil
}

// PartToFree returns the part of another record of ours that holds a value of which only
// one may, and is to hold it no longer; nil when there is none.
func (o *Place) PartToFree(ctx context.Context, d *Delivery, f record.Field, value string) (*Part, error) {
	within := o.Host.UniqueIn[f]
	rows, err := o.Store.RecordsWithValue(ctx, store.RecordsWithValueParams{
		System: string(o.System), Place: o.Host.Place, Scope: o.Host.Scope, Kind: string(o.Host.Kind),
		Field: f, Value: value, Within: within, Of: d.Host.Ent.Fields[within], Other: d.Host.Row.ID,
	})
	if err != nil {
		return nil, fmt.Errorf("look for the holder of a value: %w", err)
	}
	for _, row := range rows {
		ents, err := o.Hub.EntitiesByID(ctx, []int64{*row.Entity})
		if err != nil {
			return nil, fmt.Errorf("look for the holder of a value: %w", err)
		}
		if len(ents) == 0 {
			continue
		}
		if b := (loading{o}).newPart(row, o.Host, newEntity(&ents[0], o.Now())); b.mayGiveUp(f, value) {
			return b, nil
		}
	}
	return nil, nil
}

// mayGiveUp reports whether a record is to hold a value no longer.
func (b *Part) mayGiveUp(f record.Field, value string) bool {
	_, fixed := b.Policy.FixedAt(record.System(b.Row.System), b.Ent.Fields)[f]
	return !fixed && (b.Ent.Deleted != "" || b.Ent.Fields[f] != value)
}
