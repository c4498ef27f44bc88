package outbox

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/journal"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/store"
	"github.com/touchline-sync/touchline/sync/write/refer"
)

// Fail stores with each pending sync record of a record that it has failed, as p says.
// That records there share what only one may have is a conflict for a person.
func (d *Delivery) Fail(ctx context.Context, q *store.Queries, p store.FailSyncRecordParams, now time.Time) error {
	if f := d.Failure; f != nil && len(f.Doubles) > 1 {
		tell := store.TellDoublesParams{Entity: int64(d.Host.Ent.ID), Field: string(f.Field), System: d.Host.Row.System, Now: now}
		for _, id := range f.Doubles {
			tell.Doubles = strings.TrimPrefix(tell.Doubles+", "+string(id), ", ")
		}
		if d.Host.Entry != nil {
			tell.Entry = d.Host.Entry.ID
		}
		if err := q.TellDoubles(ctx, tell); err != nil {
			return err
		}
	}
	for _, b := range d.PendingParts() {
		p.System, p.ID = b.Row.System, b.Row.ID
		if err := q.FailSyncRecord(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// Forget drops what is known of a record that is there no longer.
func (o *Place) Forget(ctx context.Context, q *store.Queries, d *Delivery) error {
	h := d.Host
	state, why := "done", ""
	if h.Row.ExternalID == nil {
		state, why = "superseded", "nothing had been made there"
	}
	for _, b := range append([]*Part{h}, d.Parts...) {
		if err := q.CloseRowsOf(ctx, b.Closed(state, why, o.Now())); err != nil {
			return err
		}
		if b.Row.Entity == nil {
			if err := q.EndDuplicate(ctx, o.Now(), b.Row.System, b.Row.ID); err != nil {
				return err
			}
		}
		dropped, err := q.DropSyncRecord(ctx, b.Row.System, b.Row.ID, b.Row.DesiredVersion)
		if err == nil && dropped == 0 && b.Row.ExternalID != nil && b.Row.Entity != nil { // by now it is to be there
			err = o.unbind(ctx, q, b)
		}
		if err != nil {
			return err
		}
	}
	if h.Row.ExternalID == nil {
		return nil
	}
	return o.DropLastSeen(ctx, q, *h.Row.ExternalID)
}

// Lose stores that the record of a part is not there any more: the part moves to its
// successor, is made anew, or is left alone. It reports whether the part goes on.
func (o *Place) Lose(ctx context.Context, q *store.Queries, b *Part, f *connector.Error, anew bool) (goesOn bool, err error) {
	now := o.Now()
	switch {
	case f.Successor != "":
		id := string(f.Successor)
		if err := o.DropUnmanaged(ctx, q, []*Part{b}, []string{id}); err != nil {
			return false, err
		}
		moved, err := q.MoveSyncRecord(ctx, &id, b.Row.System, b.Row.ID)
		if err != nil {
			return false, err
		}
		if moved == 1 {
			// The next listing shows what stands there.
			return true, errors.Join(o.DropLastSeen(ctx, q, id), o.ReferredTo(b).MadeAnew(ctx, q))
		}
	case anew:
		return true, o.unbind(ctx, q, b)
	}
	if err := q.CloseRowsOf(ctx, b.Closed("failed", f.Error(), now)); err != nil {
		return false, err
	}
	why := reconcile.NotThere
	if f.Successor != "" { // which is another's
		why = reconcile.MergedThere
	}
	return false, q.LoseSyncRecord(ctx, why, b.Row.System, b.Row.ID)
}

// LoseWithValue stores that a record was lost with a value that it was to give up. It is
// made anew, with another one.
func (o *Place) LoseWithValue(ctx context.Context, q *store.Queries, d *Delivery) error {
	row := d.Host.Row
	if err := journal.Complete(ctx, q, o.Now(), d.Completed(journal.Result{Outcome: journal.Done, ExternalID: d.ID()})); err != nil {
		return err
	}
	if err := o.DropLastSeen(ctx, q, *row.ExternalID); err != nil {
		return err
	}
	return o.unbind(ctx, q, d.Host)
}

// unbind stores that the record of a part is to be made anew.
func (o *Place) unbind(ctx context.Context, q *store.Queries, b *Part) error {
	now := o.Now()
	if err := q.UnbindSyncRecord(ctx, &now, b.Row.System, b.Row.ID); err != nil {
		return err
	}
	return o.ReferredTo(b).MadeAnew(ctx, q)
}

// ReferredTo is the record of a part, as one that others refer to.
func (o *Place) ReferredTo(b *Part) refer.To {
	return refer.To{System: o.System, Collections: o.All, Kind: b.Coll.Kind, Key: b.Ent.Key}
}
