package write

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/journal"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// deliver carries one record out. It returns an error only when the step must
// stop; what concerns the record alone is stored with it.
func (w *run) deliver(ctx context.Context, d *delivery) error {
	if w.restored.holdsBack(d, w.task.Approved) {
		return nil // counted with what is left
	}
	if ok, err := w.approved(ctx, d); err != nil || !ok {
		return err
	}
	if d.waits() {
		w.passAgain(d)
		return nil // counted with what is left
	}
	if d.host.row.PendingOp == "remove" {
		return w.removals.remove(ctx, d)
	}
	item, op, err := w.send(ctx, d)
	if w.uniqueness.putAside(d, err) {
		return nil // when nothing else is under way
	}
	return w.conclude(ctx, d, item, op, err)
}

// conclude stores what came of the calls.
func (w *run) conclude(ctx context.Context, d *delivery, item connector.Item, op string, err error) error {
	last, stop := w.without(ctx, d, answer{result{d: d, op: op, item: item}, err})
	if stop != nil {
		return stop
	}
	item, op, err = last.item, last.op, last.err
	switch {
	case errors.Is(err, errNotYet):
		return nil
	case err != nil && w.uniqueness.staleByUs(d, err):
		return w.put(ctx, d)
	case errors.Is(err, errNotMade):
		return w.removals.forget(ctx, d)
	case err != nil:
		return w.failures.failed(ctx, d, err)
	}
	return w.answers.finish(ctx, result{d: d, op: op, item: item})
}

// send makes the calls that one record needs.
func (w *run) send(ctx context.Context, d *delivery) (item connector.Item, op string, err error) {
	switch {
	case d.host.row.ExternalID == nil:
		item, err = w.creates.create(ctx, d)
		return item, "create", err
	case len(d.wire()) == 0:
		return connector.Item{ID: record.ExternalID(*d.host.row.ExternalID)}, "", nil
	default:
		item, err = w.attempt(ctx, d, journal.Update, func(ctx context.Context) (connector.Item, error) {
			return w.host.Update(ctx, record.ExternalID(*d.host.row.ExternalID), d.patch())
		})
		return item, "update", err
	}
}

// waits reports whether the record is held back: a part whose host is not to be
// made now, or one that refers to a record without which nothing more can be
// written.
func (d *delivery) waits() bool {
	if d.host.row.PendingOp == "remove" {
		return false
	}
	pending := d.pendingParts()
	if d.host.row.ExternalID == nil && !d.host.pending {
		return true
	}
	if slices.ContainsFunc(pending, func(b *part) bool { return b.blocked }) {
		return true
	}
	return d.host.row.ExternalID != nil && len(d.wire()) == 0 &&
		slices.ContainsFunc(pending, (*part).waitsForMore)
}

// approved makes sure, under an approved plan, that what would be written is
// what was approved. What is not is left for a person.
func (w *run) approved(ctx context.Context, d *delivery) (bool, error) {
	if !w.task.Approved {
		return true, nil
	}
	for _, b := range d.pendingParts() {
		rows, err := w.Store.OpenRowsOf(ctx, []int64{b.row.ID})
		if err != nil {
			return false, fmt.Errorf("read the plan: %w", err)
		}
		if len(rows) > 0 && matches(rows[len(rows)-1], b) {
			continue
		}
		w.tallyParts(d, func(c *step.Counter) { c.Waiting++ })
		f := &connector.Error{Class: connector.Stale, System: w.system.Name, Op: "carry out the plan", Why: "the record has changed since it was approved"}
		err = w.failures.hold(ctx, d, f, w.Now().Add(w.Settings.gap(0)), "", false, nil)
		if err == nil {
			err = w.Store.CloseRowsOf(ctx, closed(b, "left", f.Why, w.Now()))
		}
		return false, err
	}
	return true, nil
}

// matches reports whether a part is to be told what a row of the plan says.
func matches(row store.PlanRow, b *part) bool {
	change, err := record.DecodeChange(row.Fields)
	if err != nil || len(change) != len(b.set) {
		return false
	}
	for f, v := range b.set {
		if c, ok := change[f]; !ok || c[1] != v {
			return false
		}
	}
	return true
}
