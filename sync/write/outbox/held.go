package outbox

import (
	"context"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// ReleaseRefused notes that a create that was refused has made nothing.
func (d *Delivery) ReleaseRefused() {
	if d.Host.Row.ExternalID == nil {
		d.Refused()
	}
}

// Hold takes the field that was refused out of what the record is told, and what
// waits with it. It reports false when the record cannot be made without it.
func (d *Delivery) Hold(refused *connector.Error) bool {
	f := refused.Field
	if refused.Class != connector.Rejected || f == "" || d.Host.Row.PendingOp == "remove" {
		return false
	}
	for _, b := range d.PendingParts() {
		if _, in := b.Wire[f]; !in {
			continue
		}
		held, set, wire := b.Held, b.Set, b.Wire
		b.Held = held.Hold(f, b.Set[f], refused.Error())
		b.Set = b.desired()
		b.Wire = wire.Only(b.Set.Names())
		required := slices.Concat(b.Coll.Required, b.Policy.KeyFields)
		if d.Host.Row.ExternalID == nil && (len(d.Wire()) == 0 || !b.Wire.HasAll(wire, required)) || len(b.Wire) == len(wire) {
			b.Held, b.Set, b.Wire = held, set, wire
			return false
		}
		return true
	}
	return false
}

// keepHeld stores that a part was written but for the fields that are held, and when
// they are tried again.
func (o *Place) keepHeld(ctx context.Context, q *store.Queries, b *Part) error {
	next, why := o.Now().Add(o.Gaps.After(b.Row.Attempts)), ""
	for _, f := range b.Held {
		why = f.Reason
	}
	return q.HoldSyncRecord(ctx, store.HoldSyncRecordParams{
		Attempts: b.Row.Attempts + 1, Next: &next, Error: why, System: b.Row.System, ID: b.Row.ID,
	})
}

// Refused notes that what was refused has made nothing.
func (d *Delivery) Refused() {
	if !d.Host.Tried {
		d.Host.Row.UncertainUntil = nil
	}
}

// NewlyHeld reports whether something is held that was not held before, and why.
func (b *Part) NewlyHeld() (why string, news bool) {
	return b.Held.News(reconcile.DecodeHeld(b.Row.Held))
}

// stays reports whether a record that is to be removed is to be left alone by now: what a
// policy does of a deleted entity may depend on its fields, and they were others when that
// was decided. The next Plan says so.
func (b *Part) stays() bool {
	if b.Seen != nil || b.Ent.Deleted == "" {
		return false
	}
	g := b.Policy.WhenDeleted(record.System(b.Row.System), b.Ent.Deleted, b.Ent.Fields)
	return g.If != nil && g.Action == policy.Detach
}

// Waits reports whether the record is held back: a part whose host is not to be made
// now, or one that refers to a record without which nothing more can be written; or a
// removal that is none any more.
func (d *Delivery) Waits() bool {
	if d.Host.Row.PendingOp == "remove" {
		return d.Host.stays()
	}
	pending := d.PendingParts()
	if d.Host.Row.ExternalID == nil && !d.Host.Pending {
		return true
	}
	if slices.ContainsFunc(pending, func(b *Part) bool { return b.Blocked }) {
		return true
	}
	return d.Host.Row.ExternalID != nil && len(d.Wire()) == 0 &&
		slices.ContainsFunc(pending, (*Part).waitsForMore)
}
