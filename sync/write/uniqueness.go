package write

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/journal"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// uniqueness deals with values that only one record of the system may hold, and
// that another one holds. Two records of ours can exchange values.
type uniqueness struct{ *run }

// violationOf returns the field because of which the system has refused a record,
// when only one record may hold its value; else "".
func (w uniqueness) violationOf(d *delivery, err error) record.Field {
	var violation *connector.Error
	if !errors.As(err, &violation) || violation.Class != connector.Rejected || !slices.Contains(w.host.Unique, violation.Field) ||
		d.wire()[violation.Field] == "" {
		return ""
	}
	return violation.Field
}

// putAside puts a record aside whose value another one holds.
func (w uniqueness) putAside(d *delivery, err error) bool {
	if w.violationOf(d, err) == "" {
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
		d.refused()
		item, op, err := w.send(ctx, d)
		if f := w.violationOf(d, err); f != "" {
			value := d.wire()[f]
			holder, failure := w.freeValue(ctx, d, f)
			if failure != nil {
				return failure
			}
			if holder != nil {
				d.refused()
				item, op, err = w.send(ctx, d)
			}
			if holder != nil && connector.ClassOf(err) == connector.Rejected {
				if failure := w.putBack(ctx, holder, f, value); failure != nil {
					return failure
				}
			}
		}
		if err := w.conclude(ctx, d, item, op, err); err != nil {
			return err
		}
	}
	return nil
}

// refused notes that what was refused has made nothing.
func (d *delivery) refused() {
	if !d.host.tried {
		d.host.row.UncertainUntil = nil
	}
}

// freeValue makes the record that holds a value give it up, if it is ours and
// should hold it no longer. It returns that record, or nil.
func (w uniqueness) freeValue(ctx context.Context, d *delivery, f record.Field) (*part, error) {
	if w.task.Approved {
		return nil, nil // nothing is written that was not approved
	}
	value := d.wire()[f]
	row, err := w.Store.RecordWithValue(ctx, store.RecordWithValueParams{
		System: string(w.system.Name), Place: w.host.Place, Scope: w.host.Scope, Kind: string(w.host.Kind),
		Field: string(f), Value: value, Other: d.host.row.ID,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for the holder of a value: %w", err)
	}
	holder, err := w.loading.partOf(ctx, row)
	if err != nil || holder == nil || holder.ent.Deleted == "" && holder.ent.Fields[f] == value {
		return nil, err
	}
	before := holder.baseRemote[f]
	free, err := w.setValue(ctx, holder, journal.Clear, f, value, "", "")
	if err != nil || !free {
		return nil, err
	}
	holder.baseRemote[f] = before
	w.mu.Lock()
	w.clearedIn[holder.ent.Key] = true
	w.mu.Unlock()
	return holder, nil
}

// putBack gives a record its value again, since the one that it was freed for was
// refused. When that cannot be done the next Plan sees an empty field.
func (w uniqueness) putBack(ctx context.Context, holder *part, f record.Field, value string) error {
	_, err := w.setValue(ctx, holder, journal.Update, f, "", value, holder.baseRemote[f])
	return err
}

// setValue writes one field of a record that is not being delivered. base is what
// both sides agree on from then on, so that nobody takes it for an edit.
func (w uniqueness) setValue(ctx context.Context, b *part, op journal.Op, f record.Field, was, value, base string) (bool, error) {
	d := &delivery{key: b.ent.Key, host: b}
	patch := d.patch()
	patch.Set, patch.Was = record.Fields{f: value}, record.Fields{f: was}
	id := record.ExternalID(*b.row.ExternalID)
	// Noted before, as with every write whose answer may be lost.
	b.echo.Send(patch.Set)
	err := w.tx(ctx, func(_ pgx.Tx, q *store.Queries) error {
		return q.NoteEcho(ctx, b.echo.Encode(), b.row.System, b.row.ID)
	})
	if err != nil {
		return false, fmt.Errorf("note what is to be set: %w", err)
	}
	b.pending, b.set, b.wire = true, patch.Set, patch.Set
	b.remote[f] = was
	item, err := w.attempt(ctx, d, op, func(ctx context.Context) (connector.Item, error) { return w.host.Update(ctx, id, patch) })
	if d.failure != nil {
		return false, w.put(ctx, d) // the violation stays, and is told
	}
	if err != nil {
		return false, err
	}
	done := d.completed(journal.Result{Outcome: journal.Done, ExternalID: id})
	digest := w.digest(item.Fields)
	err = w.tx(ctx, func(_ pgx.Tx, q *store.Queries) error {
		set := store.SetFieldParams{Field: string(f), Value: value, Base: base, System: b.row.System, ID: b.row.ID}
		if err := q.SetField(ctx, set); err != nil {
			return err
		}
		if err := journal.Complete(ctx, q, w.Now(), done); err != nil {
			return err
		}
		return w.putLastSeen(ctx, q, []string{string(item.ID)}, [][]byte{digest})
	})
	if err != nil {
		return false, fmt.Errorf("store what was set: %w", err)
	}
	return true, nil
}

// staleByUs reports whether a record is not as it was believed only because one of
// its values was cleared in this slice; then it is taken up again.
func (w uniqueness) staleByUs(d *delivery, err error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if connector.ClassOf(err) != connector.Stale || !w.clearedIn[d.key] {
		return false
	}
	delete(w.clearedIn, d.key)
	delete(w.handled, d.key)
	return true
}
