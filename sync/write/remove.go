package write

import (
	"cmp"
	"context"
	"fmt"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/journal"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
	"github.com/touchline-sync/touchline/sync/write/outbox"
	"github.com/touchline-sync/touchline/sync/write/refer"
	"github.com/touchline-sync/touchline/sync/write/sight"
)

// removals takes records away from the system.
type removals struct{ *run }

// remove deletes a record in the system's own way. What a broken-off create may
// have made is looked for first.
func (w removals) remove(ctx context.Context, d *outbox.Delivery) error {
	h := d.Host
	if h.Seen != nil {
		switch still, err := w.orphans.Still(ctx, d); {
		case err != nil:
			return w.failures.failed(ctx, d, err)
		case !still:
			w.tally(w.host.Kind, func(c *step.Counter) { c.Waiting++ })
			return nil
		}
	}
	if h.Row.ExternalID == nil && h.Row.UncertainUntil != nil {
		if w.Now().Before(*h.Row.UncertainUntil) {
			return nil
		}
		if h.Row.CreatedBy != record.ByUs {
			return w.forget(ctx, d) // whatever is there is not proven to be ours
		}
		if w.host.Find != nil {
			item, err := remote.Retry(ctx, w.caller, func(ctx context.Context) (connector.Item, error) {
				return w.host.Find(ctx, d.ByTheirIDs(h.Ent.Fields))
			})
			switch {
			case err == nil:
				id := string(item.ID)
				h.Row.ExternalID = &id
			case connector.ClassOf(err) != connector.NotFound:
				return w.failures.failed(ctx, d, err)
			}
		} else if !w.proof(d).Holds() || !w.began(*h.Row.UncertainUntil) {
			return nil // a full listing will show it, or that it is not there
		}
	}
	if h.Row.ExternalID != nil && h.Seen == nil && w.host.ReusesIDs && w.host.Get != nil {
		switch now, err := sight.Look(ctx, w.caller, w.place, d); {
		case connector.ClassOf(err) == connector.NotFound: // gone it is
		case err != nil:
			return w.failures.failed(ctx, d, err)
		case !now.Ours: // nothing of ours is there to be removed
			return cmp.Or(w.forget(ctx, d), w.another())
		default:
			w.reassigned.Same()
		}
	}
	if take := w.host.Remover(h.Ent.Deleted, d.Patch().Key); h.Row.ExternalID != nil && take != nil {
		_, err := w.attempt(ctx, d, journal.Remove, func(ctx context.Context) (connector.Item, error) {
			return connector.Item{}, take(ctx, record.ExternalID(*h.Row.ExternalID))
		})
		if connector.ClassOf(err) == connector.Waiting {
			return w.waits(ctx, d, err)
		}
		if err != nil && connector.ClassOf(err) != connector.NotFound {
			return w.failures.failed(ctx, d, err)
		}
	}
	w.tally(w.host.Kind, func(c *step.Counter) { c.Removed++ })
	return w.forget(ctx, d)
}

// waits has what refers to a record, and the record itself, let go of what is to be removed.
func (w removals) waits(ctx context.Context, d *outbox.Delivery, why error) error {
	err := w.tx(ctx, func(_ store.DBTX, q *store.Queries) error { return w.place.ReferredTo(d.Host).Leaving(ctx, q) })
	if err != nil {
		return fmt.Errorf("let what refers to it go: %w", err)
	}
	if err := w.failures.failed(ctx, d, why); err != nil || w.task.Approved {
		return err // nothing is written that was not approved
	}
	leaving := refer.From{System: w.system.Name, ID: d.Host.Row.ID, Refs: d.Host.Coll.Refs, Shown: d.Host.Remote, Has: d.Host.Ent.Fields}
	return leaving.Empty(ctx, w.Store.Queries, func(f record.Field) error {
		err := w.tx(ctx, func(_ store.DBTX, q *store.Queries) error { return leaving.Forget(ctx, q, f) })
		if err == nil {
			_, err = w.uniqueness.setValue(ctx, d.Host, journal.Update, f, d.Host.Remote[f], "", "")
		}
		return err
	})
}

// forget drops what we know of a record that is there no longer.
func (w removals) forget(ctx context.Context, d *outbox.Delivery) error {
	done := d.Completed(journal.Result{Outcome: journal.Done, ExternalID: d.ID(), CreatedBy: d.Host.Row.CreatedBy})
	return w.tx(ctx, func(_ store.DBTX, q *store.Queries) error {
		if err := journal.Complete(ctx, q, w.Now(), done); err != nil {
			return err
		}
		return w.place.Forget(ctx, q, d)
	})
}
