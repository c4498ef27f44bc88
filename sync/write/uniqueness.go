package write

import (
	"context"
	"fmt"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/journal"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
	"github.com/touchline-sync/touchline/sync/write/outbox"
)

// uniqueness deals with values that only one record of the system may hold, and
// that another one holds. Two records of ours can exchange values.
type uniqueness struct{ *run }

// putAside puts a record aside whose value another one holds.
func (w uniqueness) putAside(d *outbox.Delivery, err error) bool {
	if d.Violates(w.host.Unique, err) == "" {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.violating = append(w.violating, d)
	return true
}

// resolve carries out, one after another, what was put aside: by now the
// value may be free, else the record of ours that should hold it no longer
// gives it up.
func (w uniqueness) resolve(ctx context.Context) error {
	violating := w.violating
	w.violating = nil
	for _, d := range violating {
		if w.lost[d.Key] { // it is to be made anew
			delete(w.lost, d.Key)
			w.place.Handled.Again(d)
			continue
		}
		d.Refused()
		item, op, err := w.send(ctx, d)
		var back []func() error
		// Where several may share a value, all of them have it to give up.
		for f := d.Violates(w.host.Unique, err); f != ""; f = d.Violates(w.host.Unique, err) {
			value := d.Wire()[f]
			holder, failure := w.freeValue(ctx, d, f)
			if failure != nil {
				return failure
			}
			if holder == nil {
				break
			}
			back = append(back, func() error { return w.putBack(ctx, holder, f, value) })
			d.Refused()
			item, op, err = w.send(ctx, d)
		}
		for _, put := range back {
			if connector.ClassOf(err) != connector.Rejected {
				break
			}
			if failure := put(); failure != nil {
				return failure
			}
		}
		if err := w.conclude(ctx, d, item, op, err); err != nil {
			return err
		}
	}
	return nil
}

// freeValue makes the record that holds a value give it up, if it is ours and
// should hold it no longer. It returns that record, or nil.
func (w uniqueness) freeValue(ctx context.Context, d *outbox.Delivery, f record.Field) (*outbox.Part, error) {
	if w.task.Approved {
		return nil, nil // nothing is written that was not approved
	}
	value := d.Wire()[f]
	holder, err := w.place.PartToFree(ctx, d, f, value)
	if err != nil || holder == nil || holder.Paused() {
		return nil, err
	}
	before := holder.BaseRemote[f]
	free, err := w.setValue(ctx, holder, journal.Clear, f, value, "", "")
	if err != nil || !free {
		return nil, err
	}
	holder.BaseRemote[f] = before
	w.mu.Lock()
	w.clearedIn[holder.Ent.Key] = true
	w.mu.Unlock()
	return holder, nil
}

// putBack gives a record its value again, since the one that it was freed for was
// refused. When that cannot be done the next Plan sees an empty field.
func (w uniqueness) putBack(ctx context.Context, holder *outbox.Part, f record.Field, value string) error {
	if holder.Row.ExternalID == nil {
		return nil // it is to be made anew
	}
	_, err := w.setValue(ctx, holder, journal.Update, f, "", value, holder.BaseRemote[f])
	return err
}

// setValue writes one field of a record that is not being delivered. base is what
// both sides agree on from then on, so that nobody takes it for an edit.
func (w uniqueness) setValue(ctx context.Context, b *outbox.Part, op journal.Op, f record.Field, was, value, base string) (bool, error) {
	d := &outbox.Delivery{Key: b.Ent.Key, Host: b}
	patch := d.Patch()
	patch.Set, patch.Was = record.Fields{f: value}, b.Consents().Over(record.Fields{f: was})
	if b.Coll.Refs[f].Kind != "" {
		delete(patch.Was, f) // we know our keys, and not their ids
	}
	id := record.ExternalID(*b.Row.ExternalID)
	// Noted before, as with every write whose answer may be lost.
	b.Echo.Send(patch.Set)
	err := w.tx(ctx, func(_ store.DBTX, q *store.Queries) error {
		return q.NoteEcho(ctx, b.Echo.Encode(), b.Row.System, b.Row.ID)
	})
	if err != nil {
		return false, fmt.Errorf("note what is to be set: %w", err)
	}
	b.Pending, b.Set, b.Wire = true, patch.Set, patch.Set
	b.Remote[f] = was
	item, err := w.attempt(ctx, d, op, func(ctx context.Context) (connector.Item, error) { return w.host.Update(ctx, id, patch) })
	if op == journal.Clear && connector.ClassOf(err) == connector.NotFound && d.Failure.Successor == "" {
		// It could not be without the value, and is made anew. One that was merged goes on
		// as another, which its own delivery finds out.
		err := w.tx(ctx, func(_ store.DBTX, q *store.Queries) error { return w.place.LoseWithValue(ctx, q, d) })
		w.lost[b.Ent.Key], b.Row.ExternalID = true, nil
		return true, err
	}
	if d.Failure != nil {
		return false, w.put(ctx, d) // the violation stays, and is told
	}
	if err != nil {
		return false, err
	}
	done := d.Completed(journal.Result{Outcome: journal.Done, ExternalID: id})
	digest := w.place.Digest(item.Fields)
	err = w.tx(ctx, func(_ store.DBTX, q *store.Queries) error {
		set := store.SetFieldParams{Field: string(f), Value: value, Base: base, System: b.Row.System, ID: b.Row.ID}
		if err := q.SetField(ctx, set); err != nil {
			return err
		}
		if err := journal.Complete(ctx, q, w.Now(), done); err != nil {
			return err
		}
		return w.place.PutLastSeen(ctx, q, []string{string(item.ID)}, [][]byte{digest})
	})
	if err != nil {
		return false, fmt.Errorf("store what was set: %w", err)
	}
	return true, nil
}

// staleByUs reports whether a record is not as it was believed only because one of
// its values was cleared in this slice; then it is taken up again.
func (w uniqueness) staleByUs(d *outbox.Delivery, err error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if connector.ClassOf(err) != connector.Stale || !w.clearedIn[d.Key] {
		return false
	}
	delete(w.clearedIn, d.Key)
	w.place.Handled.Again(d)
	return true
}
