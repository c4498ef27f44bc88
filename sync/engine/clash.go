package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// freed reports whether a value that only one record may hold, and because of
// which the system has refused this one, has been released by the record of
// ours that should hold it no longer. So two records can exchange values.
func (w *writing) freed(ctx context.Context, o *outgoing, err error) (bool, error) {
	var clash *connector.Error
	if !errors.As(err, &clash) || clash.Class != connector.Rejected || !slices.Contains(w.host.Unique, clash.Field) {
		return false, nil
	}
	value := o.wire()[clash.Field]
	if value == "" {
		return false, nil
	}
	row, err := w.e.store.HolderOf(ctx, store.HolderOfParams{
		System: string(w.sys.Name), Place: w.host.Place, Scope: w.host.Scope, Kind: string(w.host.Kind),
		Field: string(clash.Field), Value: value, Other: o.host.row.ID,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for the holder of a value: %w", err)
	}
	holder, err := w.outboundOf(ctx, row)
	if err != nil || holder == nil || holder.ent.Gone == "" && holder.ent.Fields[clash.Field] == value {
		return false, err
	}
	o.host.row.Intent = "" // what was refused has made nothing
	return w.release1(ctx, holder, clash.Field, value)
}

// outboundOf returns a replica with its entity.
func (w *writing) outboundOf(ctx context.Context, row store.Replica) (*outbound, error) {
	ents, err := w.e.hub.EntitiesByID(ctx, []int64{*row.Entity})
	if err != nil || len(ents) == 0 {
		return nil, err
	}
	world := &world{e: w.e, ents: map[name]*entity{}, byID: map[int64]*entity{}}
	return &outbound{
		row: row, coll: w.host, policy: w.e.book.Of(w.host.Kind), ent: world.take(&ents[0]), far: decode(row.Far),
		told: decodeTold(row.Told),
	}, nil
}

// release1 empties one field of a record. That it is empty is what both sides
// agree on from then on, so that nobody takes it for an edit.
func (w *writing) release1(ctx context.Context, b *outbound, f record.Field, value string) (bool, error) {
	o := &outgoing{key: b.ent.Key, host: b}
	patch := o.patch(w)
	patch.Set, patch.Was = record.Fields{f: ""}, record.Fields{f: value}
	id := record.ExternalID(*b.row.ExternalID)
	// Noted before, as with every write whose answer may be lost.
	b.told.send(patch.Set)
	err := w.e.tx(ctx, w.t, func(_ pgx.Tx, q *store.Queries) error {
		return q.NoteTold(ctx, b.told.encode(), b.row.System, b.row.ID)
	})
	if err != nil {
		return false, fmt.Errorf("note what is to be released: %w", err)
	}
	item, err := retried(ctx, w.e, func() (connector.Item, error) {
		return w.call(ctx, func(ctx context.Context) (connector.Item, error) { return w.host.Update(ctx, id, patch) })
	})
	if connector.ClassOf(err) != connector.Unknown {
		return false, nil //nolint:nilerr // the clash stays, and is told
	}
	if err != nil {
		return false, err
	}
	w.mu.Lock()
	w.freedOf[b.ent.Key] = true
	w.mu.Unlock()
	digest := w.digest(item.Fields)
	err = w.e.tx(ctx, w.t, func(_ pgx.Tx, q *store.Queries) error {
		if err := q.EmptyField(ctx, string(f), b.row.System, b.row.ID); err != nil {
			return err
		}
		return w.putSeen(ctx, q, item, digest)
	})
	if err != nil {
		return false, fmt.Errorf("store what was released: %w", err)
	}
	return true, nil
}

// moved reports whether a record is another than was believed only because one
// of its values has been released in this step; then it is looked at again.
func (w *writing) moved(o *outgoing, err error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if connector.ClassOf(err) != connector.Stale || !w.freedOf[o.key] {
		return false
	}
	delete(w.freedOf, o.key)
	delete(w.seen, o.key)
	return true
}
