package write

import (
	"context"
	"fmt"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
	"github.com/touchline-sync/touchline/sync/write/outbox"
	"github.com/touchline-sync/touchline/sync/write/sight"
)

// asPlanned makes sure, under an approved plan, that what would be written is what
// was approved. What another run has planned, or a person has approved, may have
// waited for a day: then it loosens no consent that somebody has made stricter since.
// What is not as it was planned is left to the next Plan, or to a person.
func (w *run) asPlanned(ctx context.Context, d *outbox.Delivery) (bool, error) {
	loosens := d.Host.Row.ExternalID != nil && w.host.Get != nil && d.Loosens()
	if !w.task.Approved && !loosens {
		return true, nil
	}
	waited := w.task.Approved
	for _, b := range d.PendingParts() {
		rows, err := w.Store.OpenRowsOf(ctx, []int64{b.Row.ID})
		if err != nil {
			return false, fmt.Errorf("read the plan: %w", err)
		}
		if w.task.Approved && (len(rows) == 0 || !b.Matches(rows[len(rows)-1])) {
			return false, w.leave(ctx, d, b)
		}
		for _, row := range rows {
			waited = waited || row.Run != w.task.Run
		}
	}
	if !loosens || !waited {
		return true, nil
	}
	return w.consentsStand(ctx, d)
}

// leave leaves a record as it is, since one of its parts is not as it was planned.
func (w *run) leave(ctx context.Context, d *outbox.Delivery, b *outbox.Part) error {
	w.tallyParts(d, func(c *step.Counter) { c.Waiting++ })
	f := &connector.Error{Class: connector.Stale, System: w.system.Name, Op: "carry out the plan", Why: "the record has changed since it was planned"}
	err := w.failures.hold(ctx, d, f, w.Now().Add(w.Settings.Gaps.After(0)), "", false, nil)
	if err == nil {
		err = w.Store.CloseRowsOf(ctx, b.Closed("left", f.Why, w.Now()))
	}
	return err
}

// consentsStand looks at a record that is to be told of a looser consent. It reports
// false when the person has opted out there; the next Plan then sees what stands there.
func (w *run) consentsStand(ctx context.Context, d *outbox.Delivery) (bool, error) {
	now, err := sight.Look(ctx, w.caller, w.place, d)
	if err != nil {
		return false, w.failures.failed(ctx, d, err)
	}
	if !now.Ours {
		return false, w.leave(ctx, d, d.PendingParts()[0])
	}
	for _, b := range d.PendingParts() {
		if !b.Stricter(now.Shown[b]) {
			continue
		}
		err := w.tx(ctx, func(db store.DBTX, q *store.Queries) error { return w.place.Note(ctx, db, q, d, now.Item, now.Shown) })
		if err != nil {
			return false, fmt.Errorf("note what stands there: %w", err)
		}
		return false, w.leave(ctx, d, b)
	}
	return true, nil
}
