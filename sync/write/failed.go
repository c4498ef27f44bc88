package write

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/journal"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
	"github.com/touchline-sync/touchline/sync/write/outbox"
)

// failures deals with what a system has refused or not done.
type failures struct{ *run }

// failed deals with a failure of one record. It returns the error when the
// step must stop because of it.
func (w failures) failed(ctx context.Context, d *outbox.Delivery, err error) error {
	var failure *connector.Error
	if !errors.As(err, &failure) {
		if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return err // ours, not the system's
		}
		failure = &connector.Error{Class: connector.Transient, System: w.system.Name, Op: "write", Why: "no answer in time"}
	}
	creating := d.Host.Row.ExternalID == nil
	switch failure.Class {
	case connector.Denied:
		return w.hold(ctx, d, failure, w.Now(), "", false, failure)
	case connector.Drifted:
		if w.tooManyDrifted() {
			return w.hold(ctx, d, failure, w.Now(), "", creating && !failure.Unsent, failure)
		}
		if !creating || failure.Unsent {
			return w.refuse(ctx, d, failure)
		}
	case connector.Throttled:
		return w.hold(ctx, d, failure, w.Now(), "", false, failure)
	case connector.Rejected:
		return w.refuse(ctx, d, failure)
	case connector.Waiting:
		w.tallyParts(d, func(c *step.Counter) { c.Waiting++ })
		wait := 24 * time.Hour
		if failure.After > 0 { // the system says when, and then less and less often
			wait = max(failure.After, w.Settings.Gaps.After(d.Host.Row.Attempts))
		}
		return w.hold(ctx, d, failure, w.Now().Add(wait), "", false, nil)
	case connector.Stale:
		return w.stale(ctx, d, failure)
	case connector.NotFound:
		if creating { // what it took up is gone, or the record that it has made is not shown
			return w.refuse(ctx, d, failure)
		}
		if err := w.notFound(ctx, d, failure); err != nil || failure.Successor != "" {
			return err
		}
		return w.another()
	}
	if err := w.countFailure(ctx, d, failure); err != nil {
		return err
	}
	next, uncertain := w.Now(), creating && !failure.Unsent && d.Host.Row.UncertainUntil != nil // else none was begun
	switch {
	case !uncertain, w.host.IdempotentCreate: // it may be repeated at once
		w.tallyParts(d, func(c *step.Counter) { c.Failed++ })
		if !w.task.Until.IsZero() { // not before the others have had their turn
			next = next.Add(w.caller.Expiry())
		}
	case int(d.Host.Row.Attempts)+1 < w.Remotes.Settings.Attempts:
		// Whether it has failed is known when it can have no effect any more;
		// this step waits for that.
		next = *d.Host.Row.UncertainUntil
	default:
		w.tallyParts(d, func(c *step.Counter) { c.Failed++ })
		next = next.Add(max(w.Settings.Gaps.After(0), w.caller.Expiry()))
	}
	return w.hold(ctx, d, failure, next, "", uncertain, nil)
}

// countFailure counts a record that has failed although it was tried again. Too many in
// a row, and the system is left alone: the step ends with this one stored.
func (w failures) countFailure(ctx context.Context, d *outbox.Delivery, f *connector.Error) error {
	w.mu.Lock()
	w.failedInARow++
	tripped := w.failedInARow == remote.RecordsInARow
	w.mu.Unlock()
	if !tripped {
		return nil
	}
	w.tallyParts(d, func(c *step.Counter) { c.Failed++ })
	uncertain := d.Host.Row.ExternalID == nil && !f.Unsent
	return w.hold(ctx, d, f, w.Now(), "", uncertain, w.Remotes.Trip(ctx, w.system))
}

// tooManyDrifted counts an answer that was not understood. A few are faults of
// their records; more, and the system has changed.
func (w failures) tooManyDrifted() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notUnderstood++
	return reconcile.FaultTolerance.Exceeded(w.notUnderstood, int64(w.place.Handled.Len()))
}

// hold stores a failure with the record's sync records and returns then.
func (w failures) hold(ctx context.Context, d *outbox.Delivery, f *connector.Error, next time.Time, quarantine string, uncertain bool, then error) error {
	d.Failure = f
	results := d.Broken()
	// A call before this one may have made it.
	uncertain = uncertain || d.Found || d.Host.Row.ExternalID == nil && d.Host.Tried
	err := w.tx(ctx, func(_ store.DBTX, q *store.Queries) error {
		if err := journal.Complete(ctx, q, w.Now(), results); err != nil {
			return err
		}
		return d.Fail(ctx, q, store.FailSyncRecordParams{Next: &next, Error: f.Error(), Quarantine: quarantine, Uncertain: uncertain}, w.Now())
	})
	if err != nil {
		return fmt.Errorf("store the failure: %w", err)
	}
	return then
}

// refuse quarantines a record that the system refuses.
func (w failures) refuse(ctx context.Context, d *outbox.Delivery, f *connector.Error) error {
	for _, b := range d.PendingParts() {
		var news int64
		if b.Row.Quarantine == "" {
			news = 1
			w.asides.Add(b.Coll.Kind, b.Row.ID, b.Row.Entity, step.Quarantined, f.Error())
		}
		w.tally(b.Coll.Kind, func(c *step.Counter) { c.Quarantined, c.Faults = c.Quarantined+1, c.Faults+news })
	}
	gap := w.Settings.Gaps.After(d.Host.Row.Attempts)
	// A create that may have taken effect stays so, until a full listing or a person
	// has seen whether it did.
	uncertain := d.Host.Row.UncertainUntil != nil && (f.Op == outbox.FindOp || f.Class == connector.NotFound)
	return w.hold(ctx, d, f, w.Now().Add(gap), f.Error(), uncertain, nil)
}

// notFound deals with a record that is not there any more: moved to its successor,
// left to the listings where whoever is listed is an entity, made anew once a day
// if it was ours, else left alone and reported.
func (w failures) notFound(ctx context.Context, d *outbox.Delivery, f *connector.Error) error {
	now, h := w.Now(), d.Host
	if f.Successor == "" && slices.Contains(h.Policy.Sources, w.system.Name) {
		// Whether somebody has left is for the listings to say, which go on counting.
		w.tallyParts(d, func(c *step.Counter) { c.Waiting++ })
		return w.hold(ctx, d, f, now.Add(w.Settings.Gaps.After(h.Row.Attempts)), "", false, nil)
	}
	d.Failure = f
	results := d.Broken()
	return w.tx(ctx, func(_ store.DBTX, q *store.Queries) error {
		if err := journal.Complete(ctx, q, now, results); err != nil {
			return err
		}
		if err := w.place.DropLastSeen(ctx, q, *h.Row.ExternalID); err != nil {
			return err
		}
		anew := h.Row.CreatedBy == record.ByUs && (h.Row.RecreatedOn == nil || now.Sub(*h.Row.RecreatedOn) >= 24*time.Hour)
		for _, b := range append([]*outbox.Part{h}, d.Parts...) {
			goesOn, err := w.place.Lose(ctx, q, b, f, anew)
			if err != nil {
				return err
			}
			w.tally(b.Coll.Kind, func(c *step.Counter) {
				if goesOn {
					c.Waiting++
				} else {
					c.Failed++
				}
			})
		}
		return nil
	})
}
