package write

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/journal"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// removals takes records away from the system.
type removals struct{ *run }

// remove deletes a record in the system's own way. What a broken-off create may
// have made is looked for first.
func (w removals) remove(ctx context.Context, d *delivery) error {
	h := d.host
	if h.row.ExternalID == nil && h.row.UncertainUntil != nil {
		if w.Now().Before(*h.row.UncertainUntil) {
			return nil
		}
		if h.row.CreatedBy != record.ByUs {
			return w.forget(ctx, d) // whatever is there is not proven to be ours
		}
		if w.host.Find != nil {
			item, err := remote.Retry(ctx, w.caller, func(ctx context.Context) (connector.Item, error) {
				return w.host.Find(ctx, h.ent.Fields)
			})
			switch {
			case err == nil:
				id := string(item.ID)
				h.row.ExternalID = &id
			case connector.ClassOf(err) != connector.NotFound:
				return w.failures.failed(ctx, d, err)
			}
		} else if !w.certificate.Holds() || !w.began(*h.row.UncertainUntil) {
			return nil // a full listing will show it, or that it is not there
		}
	}
	if h.row.ExternalID != nil && w.host.Delete != nil {
		_, err := w.attempt(ctx, d, journal.Remove, func(ctx context.Context) (connector.Item, error) {
			return connector.Item{}, w.host.Delete(ctx, record.ExternalID(*h.row.ExternalID))
		})
		if err != nil && connector.ClassOf(err) != connector.NotFound {
			return w.failures.failed(ctx, d, err)
		}
	}
	w.tally(w.host.Kind, func(c *step.Counter) { c.Removed++ })
	return w.forget(ctx, d)
}

// forget drops what we know of a record that is there no longer.
func (w removals) forget(ctx context.Context, d *delivery) error {
	h, done := d.host, d.completed(journal.Result{Outcome: journal.Done, ExternalID: d.id(), CreatedBy: d.host.row.CreatedBy})
	return w.tx(ctx, func(_ pgx.Tx, q *store.Queries) error {
		if err := journal.Complete(ctx, q, w.Now(), done); err != nil {
			return err
		}
		for _, b := range append([]*part{h}, d.parts...) {
			if err := q.CloseRowsOf(ctx, closed(b, "done", "", w.Now())); err != nil {
				return err
			}
			if err := q.DropSyncRecord(ctx, b.row.System, b.row.ID); err != nil {
				return err
			}
		}
		if h.row.ExternalID == nil {
			return nil
		}
		return w.dropLastSeen(ctx, q, *h.row.ExternalID)
	})
}

// closed says how the open plan rows of a part have ended.
func closed(b *part, state, why string, now time.Time) store.CloseRowsOfParams {
	id := b.row.ID
	return store.CloseRowsOfParams{State: state, Now: &now, Error: why, SyncRecord: &id}
}
