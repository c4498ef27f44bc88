package write

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
	"github.com/touchline-sync/touchline/sync/write/outbox"
)

// answers stores what the system has answered.
type answers struct{ *run }

// finish stores what the system answered, in one transaction and as many
// statements for a batch as for one record: the records are done, and what their
// listing will show is known.
func (w answers) finish(ctx context.Context, all ...outbox.Answer) error {
	if len(all) == 0 {
		return nil
	}
	parts, err := w.place.Agree(ctx, all)
	if err != nil {
		return err
	}
	err = w.tx(ctx, func(db store.DBTX, q *store.Queries) error { return w.place.Put(ctx, db, q, all, parts) })
	if violation, ok := errors.AsType[*pgconn.PgError](err); ok && violation.Code == uniqueViolation {
		return w.apart(ctx, all)
	}
	if err != nil {
		return fmt.Errorf("store what was written: %w", err)
	}
	for _, r := range all {
		if r.Mute() { // it is stored as ours, and the next ones are not made
			return &connector.Error{
				Class: connector.Drifted, System: w.system.Name, Op: "create",
				Why: "the answer shows none of the fields that were sent; its form has changed",
			}
		}
		w.count(r.Delivery, r.Op)
		if slices.ContainsFunc(r.Delivery.PendingParts(), func(b *outbox.Part) bool { return b.Missing > 0 }) {
			w.place.Handled.Again(r.Delivery) // the rest may follow in this slice
		}
	}
	return nil
}

// uniqueViolation is Postgres's code for a key that is taken.
const uniqueViolation = "23505"

// apart stores answers one by one, since one of them names a record that is another
// entity's.
func (w answers) apart(ctx context.Context, all []outbox.Answer) error {
	if len(all) == 1 {
		return w.failures.refuse(ctx, all[0].Delivery, &connector.Error{
			Class: connector.Rejected, System: w.system.Name, Op: "store what was written",
			Why: "the system answered with a record that is another entity's",
		})
	}
	for _, r := range all {
		if err := w.finish(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

// count counts what has been stored.
func (w answers) count(d *outbox.Delivery, op string) {
	w.mu.Lock()
	w.failedInARow, w.worked = 0, true
	w.mu.Unlock()
	if op == "update" {
		w.reassigned.Same()
	}
	for _, b := range d.PendingParts() {
		w.countHeld(b)
		w.tally(b.Coll.Kind, func(c *step.Counter) {
			switch {
			case op == "":
				c.Unchanged++
			case op == "create":
				c.Created++
			case b.Ent.Deleted != "":
				c.Removed++
			default:
				c.Updated++
			}
		})
	}
}
