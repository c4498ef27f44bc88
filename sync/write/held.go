package write

import (
	"context"
	"errors"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// without sends a record again without the field that was refused, as often as
// another one is. A refusal concerns a field: the rest of the record is written.
func (w *run) without(ctx context.Context, d *delivery, sent answer) (answer, error) {
	for {
		refused, ok := errors.AsType[*connector.Error](sent.err)
		if !ok || !d.hold(refused) {
			return sent, nil
		}
		if err := w.put(ctx, d); err != nil { // that it was refused
			return sent, err
		}
		d.releaseRefused()
		sent.item, sent.op, sent.err = w.send(ctx, d)
	}
}

// answer is what send returns.
type answer struct {
	result

	err error
}

// releaseRefused notes that a create that was refused has made nothing.
func (d *delivery) releaseRefused() {
	if d.host.row.ExternalID == nil {
		d.refused()
	}
}

// hold takes the field that was refused out of what the record is told, and what
// waits with it. It reports false when the record cannot be made without it.
func (d *delivery) hold(refused *connector.Error) bool {
	f := refused.Field
	if refused.Class != connector.Rejected || f == "" || refused.Op == findOp || d.host.row.PendingOp == "remove" {
		return false
	}
	for _, b := range d.pendingParts() {
		if _, in := b.wire[f]; !in {
			continue
		}
		held, set, wire := b.held, b.set, b.wire
		b.held = held.Hold(f, b.set[f], refused.Error())
		b.set = b.desired()
		b.wire = wire.Only(b.set.Names())
		required := slices.Concat(b.coll.Required, b.policy.KeyFields)
		if d.host.row.ExternalID == nil && (len(d.wire()) == 0 || !b.wire.HasAll(wire, required)) || len(b.wire) == len(wire) {
			b.held, b.set, b.wire = held, set, wire
			return false
		}
		return true
	}
	return false
}

// keepHeld stores that a part was written but for the fields that are held, and when
// they are tried again.
func (w answers) keepHeld(ctx context.Context, q *store.Queries, b *part) error {
	next, why := w.Now().Add(w.Settings.gap(b.row.Attempts)), ""
	for _, f := range b.held {
		why = f.Reason
	}
	return q.HoldSyncRecord(ctx, store.HoldSyncRecordParams{
		Attempts: b.row.Attempts + 1, Next: &next, Error: why, System: b.row.System, ID: b.row.ID,
	})
}

// countHeld counts a part that is written but for what is held.
func (w answers) countHeld(b *part) {
	if len(b.held) == 0 {
		return
	}
	before := reconcile.DecodeHeld(b.row.Held)
	w.tally(b.coll.Kind, func(c *step.Counter) {
		c.Held++
		for f, h := range b.held {
			if before[f].Digest != h.Digest {
				c.Faults++ // news
				return
			}
		}
	})
}
