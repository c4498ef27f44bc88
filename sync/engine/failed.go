package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// failed deals with a failure of one record. It returns the error when the
// step must stop because of it.
func (w *writer) failed(ctx context.Context, o *delivery, err error) error {
	var failure *connector.Error
	if !errors.As(err, &failure) {
		if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return err // ours, not the system's
		}
		failure = &connector.Error{Class: connector.Transient, System: w.sys.Name, Op: "write", Why: "no answer in time"}
	}
	creating := o.host.row.ExternalID == nil
	switch failure.Class {
	case connector.Denied:
		return w.hold(ctx, o, failure, w.e.now(), "", false, failure)
	case connector.Drifted:
		if w.tooManyDrifted() {
			return w.hold(ctx, o, failure, w.e.now(), "", creating && !failure.Unsent, failure)
		}
		if !creating || failure.Unsent {
			return w.refuse(ctx, o, failure)
		}
	case connector.Throttled:
		return w.hold(ctx, o, failure, w.e.now(), "", false, failure)
	case connector.Rejected:
		return w.refuse(ctx, o, failure)
	case connector.Waiting:
		w.each1(o, func(c *step.Counter) { c.Waiting++ })
		return w.hold(ctx, o, failure, w.e.now().Add(24*time.Hour), "", false, nil)
	case connector.Stale:
		return w.stale(ctx, o, failure)
	case connector.NotFound:
		return w.gone(ctx, o, failure)
	}
	if err := w.failing(ctx, o, failure); err != nil {
		return err
	}
	next, uncertain := w.e.now(), creating && !failure.Unsent && !w.host.IdempotentCreate
	switch {
	case !uncertain:
		w.each1(o, func(c *step.Counter) { c.Failed++ })
		if !w.t.Until.IsZero() { // not before the others have had their turn
			next = next.Add(w.caller.Expiry())
		}
	case int(o.host.row.Attempts)+1 < w.e.settings.Attempts:
		// Whether it has failed is known when it can have no effect any more;
		// this step waits for that.
		next = *o.host.row.IntentUntil
	default:
		w.each1(o, func(c *step.Counter) { c.Failed++ })
		next = next.Add(max(w.e.settings.Gaps[0], w.caller.Expiry()))
	}
	return w.hold(ctx, o, failure, next, "", uncertain, nil)
}

// failing counts a record that has failed although it was tried again. Too many in
// a row, and the system is left alone: the step ends with this one stored.
func (w *writer) failing(ctx context.Context, o *delivery, f *connector.Error) error {
	w.mu.Lock()
	w.inARow++
	tripped := w.inARow == remote.RecordsInARow
	w.mu.Unlock()
	if !tripped {
		return nil
	}
	w.each1(o, func(c *step.Counter) { c.Failed++ })
	keep := o.host.row.ExternalID == nil && !f.Unsent && !w.host.IdempotentCreate
	return w.hold(ctx, o, f, w.e.now(), "", keep, w.e.remotes.Trip(ctx, w.sys))
}

// tooManyDrifted counts an answer that was not understood. A few are faults of
// their records; more, and the system has changed.
func (w *writer) tooManyDrifted() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.drifted++
	return reconcile.FaultTolerance.Exceeded(w.drifted, int64(len(w.seen)))
}

func (w *writer) each1(o *delivery, f func(*step.Counter)) {
	for _, b := range o.all() {
		w.tally(b.coll.Kind, f)
	}
}

// hold stores a failure with the record's sync records and returns then.
func (w *writer) hold(ctx context.Context, o *delivery, f *connector.Error, next time.Time, quarantine string, intent bool, then error) error {
	err := w.e.tx(ctx, w.t, func(_ pgx.Tx, q *store.Queries) error {
		for _, b := range o.all() {
			err := q.FailSyncRecord(ctx, store.FailSyncRecordParams{
				Next: &next, Error: f.Error(), Quarantine: quarantine, KeepIntent: intent, System: b.row.System, ID: b.row.ID,
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store the failure: %w", err)
	}
	if then == nil {
		return nil
	}
	return then
}

// refuse quarantines a record that the system refuses.
func (w *writer) refuse(ctx context.Context, o *delivery, f *connector.Error) error {
	for _, b := range o.all() {
		w.tally(b.coll.Kind, func(c *step.Counter) {
			c.Quarantined++
			c.Faults += b2i(b.row.Quarantine == "")
		})
	}
	gaps := w.e.settings.Gaps
	gap := gaps[min(int(o.host.row.Attempts), len(gaps)-1)]
	// A create that may have taken effect stays so, until a full listing or a person
	// has seen whether it did.
	uncertain := o.host.row.Intent != "" && f.Op == findOp
	return w.hold(ctx, o, f, w.e.now().Add(gap), f.Error(), uncertain, nil)
}

// findOp names the search for what a broken-off create has made.
const findOp = "find what a broken-off create has made"

// gone deals with a record that is not there any more: moved to its successor,
// made anew once a day if it was ours, else left alone and reported.
func (w *writer) gone(ctx context.Context, o *delivery, f *connector.Error) error {
	now, h := w.e.now(), o.host
	old := *h.row.ExternalID
	return w.e.tx(ctx, w.t, func(_ pgx.Tx, q *store.Queries) error {
		if err := q.DropLastSeen(ctx, w.listings(), old); err != nil {
			return err
		}
		recent := h.row.RecreatedOn != nil && now.Sub(*h.row.RecreatedOn) < 24*time.Hour
		for _, b := range append([]*part{h}, o.parts...) {
			switch {
			case f.Successor != "":
				id := string(f.Successor)
				if err := dropUnmanaged(ctx, q, b, id); err != nil {
					return err
				}
				moved, err := q.MoveSyncRecord(ctx, &id, b.row.System, b.row.ID)
				if err != nil {
					return err
				}
				if moved == 1 {
					w.tally(b.coll.Kind, func(c *step.Counter) { c.Waiting++ })
					continue
				}
			case h.row.CreatedBy == record.ByUs && !recent:
				w.tally(b.coll.Kind, func(c *step.Counter) { c.Waiting++ })
				if err := q.UnbindSyncRecord(ctx, &now, b.row.System, b.row.ID); err != nil {
					return err
				}
				continue
			}
			w.tally(b.coll.Kind, func(c *step.Counter) { c.Failed++ })
			if err := q.CloseRows(ctx, closed(b, "failed", f.Error(), now)); err != nil {
				return err
			}
			if err := q.LoseSyncRecord(ctx, goneThere, b.row.System, b.row.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// dropUnmanaged forgets that a record was seen as nobody's, since it is about to
// be b's.
func dropUnmanaged(ctx context.Context, q *store.Queries, b *part, id string) error {
	return q.DropUnmanaged(ctx, store.DropUnmanagedParams{
		System: b.row.System, Place: b.row.Place, Scope: b.row.Scope, Kind: b.row.Kind, ExternalID: &id, ForID: b.row.ID,
	})
}

// approved makes sure, under an approved plan, that what would be written is
// what was approved. What is not is left for a person.
func (w *writer) approved(ctx context.Context, o *delivery) (bool, error) {
	if !w.t.Approved {
		return true, nil
	}
	for _, b := range o.all() {
		id := b.row.ID
		rows, err := w.e.store.OpenRowOf(ctx, &id)
		if err != nil {
			return false, fmt.Errorf("read the plan: %w", err)
		}
		if len(rows) > 0 && matches(rows[len(rows)-1], b) {
			continue
		}
		w.each1(o, func(c *step.Counter) { c.Waiting++ })
		f := &connector.Error{Class: connector.Stale, System: w.sys.Name, Op: "carry out the plan", Why: "the record has changed since it was approved"}
		err = w.hold(ctx, o, f, w.e.now().Add(w.e.settings.Gaps[0]), "", false, nil)
		if err == nil {
			err = w.e.store.CloseRows(ctx, closed(b, "left", f.Why, w.e.now()))
		}
		return false, err
	}
	return true, nil
}

func matches(row store.PlanRow, b *part) bool {
	var change fromTo
	if json.Unmarshal(row.Fields, &change) != nil || len(change) != len(b.set) {
		return false
	}
	for f, v := range b.set {
		if c, ok := change[f]; !ok || c[1] != v {
			return false
		}
	}
	return true
}
