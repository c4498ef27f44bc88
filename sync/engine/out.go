package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// out carries one record out. It returns an error only when the step must
// stop; what concerns the record alone is stored with it.
func (w *writer) out(ctx context.Context, o *delivery) error {
	if ok, err := w.approved(ctx, o); err != nil || !ok {
		return err
	}
	if o.waits() {
		w.later(o)
		return nil // counted with what is left
	}
	if o.host.row.PendingOp == "remove" {
		return w.remove(ctx, o)
	}
	item, op, err := w.carry(ctx, o)
	if w.violates(o, err) {
		return nil // when nothing else is under way
	}
	return w.carried(ctx, o, item, op, err)
}

// carried stores what came of the calls.
func (w *writer) carried(ctx context.Context, o *delivery, item connector.Item, op string, err error) error {
	switch {
	case errors.Is(err, errNotYet), err != nil && w.moved(o, err):
		return nil
	case errors.Is(err, errNotMade):
		return w.forget(ctx, o)
	case err != nil:
		return w.failed(ctx, o, err)
	}
	return w.finish(ctx, o, op, item)
}

// carry makes the calls that one record needs.
func (w *writer) carry(ctx context.Context, o *delivery) (item connector.Item, op string, err error) {
	switch {
	case o.host.row.ExternalID == nil:
		item, err = w.create(ctx, o)
		return item, "create", err
	case len(o.wire()) == 0:
		return connector.Item{ID: record.ExternalID(*o.host.row.ExternalID)}, "", nil
	default:
		item, err = remote.Retry(ctx, w.caller, func(ctx context.Context) (connector.Item, error) {
			return w.host.Update(ctx, record.ExternalID(*o.host.row.ExternalID), o.patch(w))
		})
		return item, "update", err
	}
}

// waits reports whether the record is held back: a part whose host is not to be
// made now, or one that refers to a record without which nothing more can be
// written.
func (o *delivery) waits() bool {
	if o.host.row.PendingOp == "remove" {
		return false
	}
	pending := o.all()
	if o.host.row.ExternalID == nil && !o.host.pending {
		return true
	}
	if slices.ContainsFunc(pending, func(b *part) bool { return b.blocked }) {
		return true
	}
	return o.host.row.ExternalID != nil && len(o.wire()) == 0 &&
		slices.ContainsFunc(pending, func(b *part) bool { return b.missing > 0 })
}

// remove releases a record in the system's own way. What a broken-off create may
// have made is looked for first.
func (w *writer) remove(ctx context.Context, o *delivery) error {
	h := o.host
	if h.row.ExternalID == nil && h.row.Intent != "" {
		if h.row.IntentUntil != nil && w.e.now().Before(*h.row.IntentUntil) {
			return nil
		}
		if w.host.Find != nil {
			item, err := remote.Retry(ctx, w.caller, func(ctx context.Context) (connector.Item, error) {
				return w.host.Find(ctx, h.ent.Fields)
			})
			switch {
			case err == nil:
				id := string(item.ID)
				h.row.ExternalID = &id
			case connector.ClassOf(err) != connector.NotFound:
				return w.failed(ctx, o, err)
			}
		} else if !w.listed || !w.began(*h.row.IntentUntil) {
			return nil // a full listing will show it, or that it is not there
		}
	}
	if h.row.ExternalID != nil && w.host.Delete != nil {
		_, err := remote.Retry(ctx, w.caller, func(ctx context.Context) (connector.Item, error) {
			return connector.Item{}, w.host.Delete(ctx, record.ExternalID(*h.row.ExternalID))
		})
		if err != nil && connector.ClassOf(err) != connector.NotFound {
			return w.failed(ctx, o, err)
		}
	}
	w.tally(w.host.Kind, func(c *step.Counter) { c.Removed++ })
	return w.forget(ctx, o)
}

// forget drops what we know of a record that is there no longer.
func (w *writer) forget(ctx context.Context, o *delivery) error {
	h := o.host
	return w.e.tx(ctx, w.t, func(_ pgx.Tx, q *store.Queries) error {
		for _, b := range append([]*part{h}, o.parts...) {
			if err := q.CloseRows(ctx, closed(b, "done", "", w.e.now())); err != nil {
				return err
			}
			if err := q.DropSyncRecord(ctx, b.row.System, b.row.ID); err != nil {
				return err
			}
		}
		if h.row.ExternalID == nil {
			return nil
		}
		return q.DropLastSeen(ctx, w.listings(), *h.row.ExternalID)
	})
}

func (w *writer) listings() []int32 {
	var ids []int32
	for _, l := range w.lists {
		ids = append(ids, l.ID)
	}
	return ids
}

func closed(b *part, state, why string, now time.Time) store.CloseRowsParams {
	id := b.row.ID
	return store.CloseRowsParams{State: state, Now: &now, Error: why, SyncRecord: &id}
}
