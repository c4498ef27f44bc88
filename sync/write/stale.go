package write

import (
	"context"
	"fmt"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
	"github.com/touchline-sync/touchline/sync/write/outbox"
)

// stale deals with a record that is not as it was believed: it is fetched, and
// the next Plan decides it again. Where it cannot be fetched, what was seen of
// it is forgotten, so that the next listing brings it back.
func (w failures) stale(ctx context.Context, d *outbox.Delivery, f *connector.Error) error {
	w.tallyParts(d, func(c *step.Counter) { c.Waiting++ })
	fetched, err := w.refetch(ctx, d)
	if err != nil {
		return err
	}
	next := w.Now()
	if !fetched {
		next = next.Add(w.Settings.Gaps.After(d.Host.Row.Attempts))
		err := w.tx(ctx, func(_ store.DBTX, q *store.Queries) error {
			return w.place.DropLastSeen(ctx, q, *d.Host.Row.ExternalID)
		})
		if err != nil {
			return fmt.Errorf("forget what was seen: %w", err)
		}
	}
	return w.hold(ctx, d, f, next, "", false, nil)
}

// refetch fetches a record, and notes what stands there for the next Plan. It
// reports false when that cannot be had, or is somebody else's record.
func (w failures) refetch(ctx context.Context, d *outbox.Delivery) (bool, error) {
	if w.host.Get == nil || w.task.Approved {
		return false, nil
	}
	item, err := remote.Call(ctx, w.caller, func(ctx context.Context) (connector.Item, error) {
		return w.host.Get(ctx, record.ExternalID(*d.Host.Row.ExternalID))
	})
	if err != nil {
		return false, nil //nolint:nilerr // the failure that brought us here is told
	}
	for f, key := range d.Patch().Key {
		if v, ok := item.Fields[f]; ok && v != key {
			return false, nil
		}
	}
	stands := map[*outbox.Part]record.Fields{}
	for _, b := range d.EveryPart() {
		if stands[b], err = w.place.ShownBy(ctx, b, item); err != nil {
			return false, err
		}
	}
	err = w.tx(ctx, func(db store.DBTX, q *store.Queries) error {
		return w.place.Note(ctx, db, q, d, item, stands)
	})
	if err != nil {
		return false, fmt.Errorf("note what stands there: %w", err)
	}
	return true, nil
}
