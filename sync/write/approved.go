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

// approved makes sure, under an approved plan, that what would be written is
// what was approved, and loosens no consent that somebody has made stricter since
// then. What is not is left for a person.
func (w *run) approved(ctx context.Context, d *outbox.Delivery) (bool, error) {
	if !w.task.Approved {
		return true, nil
	}
	for _, b := range d.PendingParts() {
		rows, err := w.Store.OpenRowsOf(ctx, []int64{b.Row.ID})
		if err != nil {
			return false, fmt.Errorf("read the plan: %w", err)
		}
		if len(rows) == 0 || !b.Matches(rows[len(rows)-1]) {
			return false, w.leave(ctx, d, b)
		}
	}
	return w.consentsStand(ctx, d)
}

// leave leaves a record as it is, since one of its parts is not as it was approved.
func (w *run) leave(ctx context.Context, d *outbox.Delivery, b *outbox.Part) error {
	w.tallyParts(d, func(c *step.Counter) { c.Waiting++ })
	f := &connector.Error{Class: connector.Stale, System: w.system.Name, Op: "carry out the plan", Why: "the record has changed since it was approved"}
	err := w.failures.hold(ctx, d, f, w.Now().Add(w.Settings.Gaps.After(0)), "", false, nil)
	if err == nil {
		err = w.Store.CloseRowsOf(ctx, b.Closed("left", f.Why, w.Now()))
	}
	return err
}

// consentsStand looks at a record that is to be told of a looser consent: a plan
// may wait for a day, and meanwhile the person may have opted out there. It reports
// false when they have; the next Plan then sees what stands there.
func (w *run) consentsStand(ctx context.Context, d *outbox.Delivery) (bool, error) {
	if d.Host.Row.ExternalID == nil || w.host.Get == nil || !d.Loosens() {
		return true, nil
	}
	item, err := remote.Retry(ctx, w.caller, func(ctx context.Context) (connector.Item, error) {
		return w.host.Get(ctx, record.ExternalID(*d.Host.Row.ExternalID))
	})
	if err != nil {
		return false, w.failures.failed(ctx, d, err)
	}
	shown := map[*outbox.Part]record.Fields{}
	var stricter *outbox.Part
	for _, b := range d.EveryPart() {
		if shown[b], err = w.place.ShownBy(ctx, b, item); err != nil {
			return false, err
		}
		if b.Pending && b.Stricter(shown[b]) {
			stricter = b
		}
	}
	if stricter == nil {
		return true, nil
	}
	err = w.tx(ctx, func(db store.DBTX, q *store.Queries) error { return w.place.Note(ctx, db, q, d, item, shown) })
	if err != nil {
		return false, fmt.Errorf("note what stands there: %w", err)
	}
	return false, w.leave(ctx, d, stricter)
}
