package write

import (
	"context"
	"errors"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/journal"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/write/outbox"
)

// deliver carries one record out. It returns an error only when the step must
// stop; what concerns the record alone is stored with it.
func (w *run) deliver(ctx context.Context, d *outbox.Delivery) error {
	if w.restored.HoldsBack(d, w.task.Approved) {
		return nil // counted with what is left
	}
	if ok, err := w.asPlanned(ctx, d); err != nil || !ok {
		return err
	}
	if d.Waits() {
		w.place.Handled.Again(d)
		return nil // counted with what is left
	}
	if d.Host.Row.PendingOp == "remove" {
		return w.removals.remove(ctx, d)
	}
	item, op, err := w.send(ctx, d)
	if w.uniqueness.putAside(d, err) {
		return nil // when nothing else is under way
	}
	return w.conclude(ctx, d, item, op, err)
}

// conclude stores what came of the calls.
func (w *run) conclude(ctx context.Context, d *outbox.Delivery, item connector.Item, op string, err error) error {
	last, stop := w.without(ctx, d, sent{outbox.Answer{Delivery: d, Op: op, Item: item}, err})
	if stop != nil {
		return stop
	}
	item, op, err = last.Item, last.Op, last.err
	switch {
	case errors.Is(err, errNotYet), errors.Is(err, errOvertaken):
		return nil
	case err != nil && w.uniqueness.staleByUs(d, err):
		return w.put(ctx, d)
	case errors.Is(err, errNotMade):
		return w.removals.forget(ctx, d)
	case err != nil:
		return w.failures.failed(ctx, d, err)
	}
	return w.answers.finish(ctx, outbox.Answer{Delivery: d, Op: op, Item: item})
}

// send makes the calls that one record needs.
func (w *run) send(ctx context.Context, d *outbox.Delivery) (item connector.Item, op string, err error) {
	switch {
	case d.Host.Row.ExternalID == nil:
		item, err = w.creates.create(ctx, d)
		return item, "create", err
	case len(d.Wire()) == 0 && len(d.Host.Sought) == 0:
		return connector.Item{ID: record.ExternalID(*d.Host.Row.ExternalID)}, "", nil
	default:
		item, err = w.attempt(ctx, d, journal.Update, func(ctx context.Context) (connector.Item, error) {
			return w.host.Update(ctx, record.ExternalID(*d.Host.Row.ExternalID), d.Patch())
		})
		return item, "update", err
	}
}

// without sends a record again without the field that was refused, as often as
// another one is. A refusal concerns a field: the rest of the record is written.
func (w *run) without(ctx context.Context, d *outbox.Delivery, last sent) (sent, error) {
	for {
		refused, ok := errors.AsType[*connector.Error](last.err)
		if !ok || refused.Op == outbox.FindOp || !d.Hold(refused) {
			return last, nil
		}
		if err := w.put(ctx, d); err != nil { // that it was refused
			return last, err
		}
		d.ReleaseRefused()
		last.Item, last.Op, last.err = w.send(ctx, d)
	}
}

// sent is what send returns.
type sent struct {
	outbox.Answer

	err error
}

// countHeld counts a part that is written but for what is held.
func (w answers) countHeld(b *outbox.Part) {
	if len(b.Held) == 0 {
		return
	}
	var faults int64
	if why, news := b.NewlyHeld(); news {
		faults = 1
		w.asides.Add(b.Coll.Kind, b.Row.ID, b.Row.Entity, step.Held, why)
	}
	w.tally(b.Coll.Kind, func(c *step.Counter) { c.Held, c.Faults = c.Held+1, c.Faults+faults })
}
