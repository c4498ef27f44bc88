package write

import (
	"context"
	"errors"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/write/outbox"
)

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
