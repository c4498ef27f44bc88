package write

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/journal"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// failures deals with what a system has refused or not done.
type failures struct{ *run }

// failed deals with a failure of one record. It returns the error when the
// step must stop because of it.
func (w failures) failed(ctx context.Context, d *delivery, err error) error {
	var failure *connector.Error
	if !errors.As(err, &failure) {
		if ctx.Err() != nil || !errors.Is(err, context.DeadlineExceeded) {
			return err // ours, not the system's
		}
		failure = &connector.Error{Class: connector.Transient, System: w.system.Name, Op: "write", Why: "no answer in time"}
	}
	creating := d.host.row.ExternalID == nil
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
		return w.hold(ctx, d, failure, w.Now().Add(24*time.Hour), "", false, nil)
	case connector.Stale:
		return w.stale(ctx, d, failure)
	case connector.NotFound:
		return w.notFound(ctx, d, failure)
	}
	if err := w.countFailure(ctx, d, failure); err != nil {
		return err
	}
	next, uncertain := w.Now(), creating && !failure.Unsent
	switch {
	case !uncertain, w.host.IdempotentCreate: // it may be repeated at once
		w.tallyParts(d, func(c *step.Counter) { c.Failed++ })
		if !w.task.Until.IsZero() { // not before the others have had their turn
			next = next.Add(w.caller.Expiry())
		}
	case int(d.host.row.Attempts)+1 < w.Remotes.Settings.Attempts:
		// Whether it has failed is known when it can have no effect any more;
		// this step waits for that.
		next = *d.host.row.UncertainUntil
	default:
		w.tallyParts(d, func(c *step.Counter) { c.Failed++ })
		next = next.Add(max(w.Settings.gap(0), w.caller.Expiry()))
	}
	return w.hold(ctx, d, failure, next, "", uncertain, nil)
}

// countFailure counts a record that has failed although it was tried again. Too many in
// a row, and the system is left alone: the step ends with this one stored.
func (w failures) countFailure(ctx context.Context, d *delivery, f *connector.Error) error {
	w.mu.Lock()
	w.failedInARow++
	tripped := w.failedInARow == remote.RecordsInARow
	w.mu.Unlock()
	if !tripped {
		return nil
	}
	w.tallyParts(d, func(c *step.Counter) { c.Failed++ })
	uncertain := d.host.row.ExternalID == nil && !f.Unsent
	return w.hold(ctx, d, f, w.Now(), "", uncertain, w.Remotes.Trip(ctx, w.system))
}

// tooManyDrifted counts an answer that was not understood. A few are faults of
// their records; more, and the system has changed.
func (w failures) tooManyDrifted() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.notUnderstood++
	return reconcile.FaultTolerance.Exceeded(w.notUnderstood, int64(len(w.handled)))
}

// hold stores a failure with the record's sync records and returns then.
func (w failures) hold(ctx context.Context, d *delivery, f *connector.Error, next time.Time, quarantine string, uncertain bool, then error) error {
	d.failure = f
	results := d.broken()
	// A call before this one may have made it.
	uncertain = uncertain || d.found || d.host.row.ExternalID == nil && d.host.tried
	err := w.tx(ctx, func(_ pgx.Tx, q *store.Queries) error {
		if err := journal.Complete(ctx, q, w.Now(), results); err != nil {
			return err
		}
		for _, b := range d.pendingParts() {
			err := q.FailSyncRecord(ctx, store.FailSyncRecordParams{
				Next: &next, Error: f.Error(), Quarantine: quarantine, Uncertain: uncertain, System: b.row.System, ID: b.row.ID,
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
func (w failures) refuse(ctx context.Context, d *delivery, f *connector.Error) error {
	for _, b := range d.pendingParts() {
		w.tally(b.coll.Kind, func(c *step.Counter) {
			c.Quarantined++
			if b.row.Quarantine == "" {
				c.Faults++ // news
			}
		})
	}
	gap := w.Settings.gap(d.host.row.Attempts)
	// A create that may have taken effect stays so, until a full listing or a person
	// has seen whether it did.
	uncertain := d.host.row.UncertainUntil != nil && f.Op == findOp
	return w.hold(ctx, d, f, w.Now().Add(gap), f.Error(), uncertain, nil)
}

// findOp names the search for what a broken-off create has made.
const findOp = "find what a broken-off create has made"

// notFound deals with a record that is not there any more: moved to its successor,
// left to the listings where whoever is listed is an entity, made anew once a day
// if it was ours, else left alone and reported.
func (w failures) notFound(ctx context.Context, d *delivery, f *connector.Error) error {
	now, h := w.Now(), d.host
	if f.Successor == "" && slices.Contains(h.policy.Sources, w.system.Name) {
		// Whether somebody has left is for the listings to say, which go on counting.
		w.tallyParts(d, func(c *step.Counter) { c.Waiting++ })
		return w.hold(ctx, d, f, now.Add(w.Settings.gap(h.row.Attempts)), "", false, nil)
	}
	old := *h.row.ExternalID
	d.failure = f
	results := d.broken()
	return w.tx(ctx, func(_ pgx.Tx, q *store.Queries) error {
		if err := journal.Complete(ctx, q, now, results); err != nil {
			return err
		}
		if err := w.dropLastSeen(ctx, q, old); err != nil {
			return err
		}
		recent := h.row.RecreatedOn != nil && now.Sub(*h.row.RecreatedOn) < 24*time.Hour
		for _, b := range append([]*part{h}, d.parts...) {
			switch {
			case f.Successor != "":
				id := string(f.Successor)
				if err := w.dropUnmanaged(ctx, q, []*part{b}, []string{id}); err != nil {
					return err
				}
				moved, err := q.MoveSyncRecord(ctx, &id, b.row.System, b.row.ID)
				if err != nil {
					return err
				}
				if moved == 1 {
					if err := w.dropLastSeen(ctx, q, id); err != nil { // the next listing shows what stands there
						return err
					}
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
			if err := q.CloseRowsOf(ctx, closed(b, "failed", f.Error(), now)); err != nil {
				return err
			}
			if err := q.LoseSyncRecord(ctx, deletedThere, b.row.System, b.row.ID); err != nil {
				return err
			}
		}
		return nil
	})
}

// deletedThere is why a record is not made again: it was not ours, or it has been
// made anew before.
const deletedThere = "gone at the system"

// dropUnmanaged forgets that records were seen as nobody's, since they are about to
// be of parts.
func (w *run) dropUnmanaged(ctx context.Context, q *store.Queries, parts []*part, ids []string) error {
	p := store.DropUnmanagedParams{System: string(w.system.Name), Place: w.host.Place, ExternalIds: ids}
	for _, b := range parts {
		p.ForIds, p.Scopes, p.Kinds = append(p.ForIds, b.row.ID), append(p.Scopes, b.row.Scope), append(p.Kinds, b.row.Kind)
	}
	return q.DropUnmanaged(ctx, p)
}
