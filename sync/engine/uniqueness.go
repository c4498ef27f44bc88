package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/store"
)

// violationOf returns the field because of which the system has refused a record,
// when only one record may hold its value; else "".
func (w *writer) violationOf(o *delivery, err error) record.Field {
	var violation *connector.Error
	if !errors.As(err, &violation) || violation.Class != connector.Rejected || !slices.Contains(w.host.Unique, violation.Field) ||
		o.wire()[violation.Field] == "" {
		return ""
	}
	return violation.Field
}

// violates puts a record aside whose value another one holds.
func (w *writer) violates(o *delivery, err error) bool {
	if w.violationOf(o, err) == "" {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.violating = append(w.violating, o)
	return true
}

// settleClashes carries out, one after another, what was put aside: by now the
// value may be free, else the record of ours that should hold it no longer
// releases it. So two records can exchange values.
func (w *writer) resolveViolations(ctx context.Context) error {
	violating := w.violating
	w.violating = nil
	for _, o := range violating {
		o.host.row.Intent = "" // what was refused has made nothing
		item, op, err := w.carry(ctx, o)
		if f := w.violationOf(o, err); f != "" {
			free, failure := w.freed(ctx, o, f)
			if failure != nil {
				return failure
			}
			if free {
				o.host.row.Intent = ""
				item, op, err = w.carry(ctx, o)
			}
		}
		if err := w.carried(ctx, o, item, op, err); err != nil {
			return err
		}
	}
	return nil
}

// freed makes the record that holds a value release it, if it is ours and should
// hold it no longer.
func (w *writer) freed(ctx context.Context, o *delivery, f record.Field) (bool, error) {
	if w.t.Approved {
		return false, nil // nothing is written that was not approved
	}
	value := o.wire()[f]
	row, err := w.e.store.RecordWithValue(ctx, store.RecordWithValueParams{
		System: string(w.sys.Name), Place: w.host.Place, Scope: w.host.Scope, Kind: string(w.host.Kind),
		Field: string(f), Value: value, Other: o.host.row.ID,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for the holder of a value: %w", err)
	}
	holder, err := w.partOf(ctx, row)
	if err != nil || holder == nil || holder.ent.Deleted == "" && holder.ent.Fields[f] == value {
		return false, err
	}
	return w.release1(ctx, holder, f, value)
}

// partOf returns a sync record with its entity.
func (w *writer) partOf(ctx context.Context, row store.SyncRecord) (*part, error) {
	ents, err := w.e.hub.EntitiesByID(ctx, []int64{*row.Entity})
	if err != nil || len(ents) == 0 {
		return nil, err
	}
	world := &world{e: w.e, ents: map[name]*entity{}, byID: map[int64]*entity{}}
	return &part{
		row: row, coll: w.host, policy: w.e.policies.Of(w.host.Kind), ent: world.take(&ents[0]), remote: decode(row.Remote),
		echo: decodeEcho(row.Echo),
	}, nil
}

// release1 empties one field of a record. That it is empty is what both sides
// agree on from then on, so that nobody takes it for an edit.
func (w *writer) release1(ctx context.Context, b *part, f record.Field, value string) (bool, error) {
	o := &delivery{key: b.ent.Key, host: b}
	patch := o.patch(w)
	patch.Set, patch.Was = record.Fields{f: ""}, record.Fields{f: value}
	id := record.ExternalID(*b.row.ExternalID)
	// Noted before, as with every write whose answer may be lost.
	b.echo.send(patch.Set)
	err := w.e.tx(ctx, w.t, func(_ pgx.Tx, q *store.Queries) error {
		return q.NoteEcho(ctx, b.echo.encode(), b.row.System, b.row.ID)
	})
	if err != nil {
		return false, fmt.Errorf("note what is to be released: %w", err)
	}
	item, err := remote.Retry(ctx, w.caller, func(ctx context.Context) (connector.Item, error) { return w.host.Update(ctx, id, patch) })
	if connector.ClassOf(err) != connector.Unknown {
		return false, nil //nolint:nilerr // the clash stays, and is told
	}
	if err != nil {
		return false, err
	}
	w.mu.Lock()
	w.releasedFrom[b.ent.Key] = true
	w.mu.Unlock()
	digest := w.digest(item.Fields)
	err = w.e.tx(ctx, w.t, func(_ pgx.Tx, q *store.Queries) error {
		if err := q.EmptyField(ctx, string(f), b.row.System, b.row.ID); err != nil {
			return err
		}
		return w.putLastSeen(ctx, q, item, digest)
	})
	if err != nil {
		return false, fmt.Errorf("store what was released: %w", err)
	}
	return true, nil
}

// moved reports whether a record is another than was believed only because one
// of its values has been released in this step; then it is looked at again.
func (w *writer) moved(o *delivery, err error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if connector.ClassOf(err) != connector.Stale || !w.releasedFrom[o.key] {
		return false
	}
	delete(w.releasedFrom, o.key)
	delete(w.seen, o.key)
	return true
}
