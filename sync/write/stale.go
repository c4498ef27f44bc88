package write

import (
	"context"
	"errors"
	"fmt"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
	"github.com/touchline-sync/touchline/sync/write/outbox"
	"github.com/touchline-sync/touchline/sync/write/sight"
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

// another counts a record whose id is not its own any more, where that may be. Too many,
// and the server is another one: nothing more is written to it.
func (w *run) another() error {
	if !w.host.ReusesIDs || !w.reassigned.Another() {
		return nil
	}
	return &step.Stop{Outcome: step.Drifted, Reason: "RECORDS_REASSIGNED", Detail: fmt.Sprintf(
		"more than one in five records of %s %s are those of others now, or gone: the server may have been replaced or restored; "+
			"read its places whole, look at the plan and approve it", w.system.Name, w.host.Place)}
}

// refetch fetches a record, and notes what stands there for the next Plan. It
// reports false when that cannot be had, or is somebody else's record.
func (w failures) refetch(ctx context.Context, d *outbox.Delivery) (bool, error) {
	if w.host.Get == nil || w.task.Approved {
		return false, nil
	}
	now, err := sight.Look(ctx, w.caller, w.place, d)
	if err != nil {
		if _, theirs := errors.AsType[*connector.Error](err); theirs || errors.Is(err, context.DeadlineExceeded) {
			return false, nil // the failure that brought us here is told
		}
		return false, err
	}
	if !now.Ours {
		return false, w.another()
	}
	err = w.tx(ctx, func(db store.DBTX, q *store.Queries) error {
		return w.place.Note(ctx, db, q, d, now.Item, now.Shown)
	})
	if err != nil {
		err = fmt.Errorf("note what stands there: %w", err)
	}
	return err == nil, err
}
