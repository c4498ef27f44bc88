package resource

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
)

// accepts tells without a call what the system cannot hold.
func (r *Resource[W]) accepts(want record.Fields) error {
	if err := r.refused(want); err != nil {
		return err
	}
	_, err := r.encode("accept", want)
	return err
}

// refused says what the connector refuses, besides what the table cannot write.
func (r *Resource[W]) refused(want record.Fields) error {
	if r.Refuses == nil {
		return nil
	}
	return unsent(r.Refuses(want))
}

// encode puts fields on the wire. What does not fit is Rejected.
func (r *Resource[W]) encode(op string, fields record.Fields) (*W, error) {
	w := new(W)
	err := r.Table.Encode(fields, w, r.Sending())
	if fault, ok := errors.AsType[*mapping.Error](err); ok {
		return nil, unsent(r.Fault(connector.Rejected, op, fault.Why, fault.Field))
	}
	return w, err
}

// create makes a record. One that is there already is adopted where it is the wanted
// one, and refused where it is somebody else's, so that a second create after a lost
// answer doubles nothing.
func (r *Resource[W]) create(ctx context.Context, want record.Fields) (connector.Item, error) {
	const op = "create"
	if err := r.refused(want); err != nil {
		return connector.Item{}, err
	}
	want = r.Sending().Sent(want)
	if _, err := r.encode(op, want); err != nil {
		return connector.Item{}, err
	}
	want = r.placed(want, nil)
	w, err := r.encode(op, want)
	if err != nil {
		return connector.Item{}, err
	}
	if r.WritesOver != "" {
		item, now, err := r.wanted(ctx, op, want)
		switch {
		case errors.Is(err, errTheirs):
			return connector.Item{}, unsent(r.Fault(connector.Rejected, op, "the value is somebody else's", r.WritesOver))
		case err == nil:
			return r.take(ctx, item, now, want)
		case connector.ClassOf(err) != connector.NotFound:
			return connector.Item{}, err
		}
	}
	if err := r.beReady(ctx); err != nil {
		return connector.Item{}, err
	}
	raw, err := r.Calls.Create(ctx, op, w)
	if r.Exists != nil {
		if id, there := r.Exists(err); there {
			return r.adopt(ctx, id, nil, want, err)
		}
	}
	if err != nil {
		return connector.Item{}, err
	}
	item, _, fault := r.Decode(raw)
	if fault != nil && fault.ID != "" {
		// It is there, and to fail now would have it made again. That it shows nothing of
		// what was sent ends the step of who asked, at the first of them.
		return item, nil
	}
	item, err = r.stored(op, item, fault, want, w, nil)
	return r.kept(item, want), err
}

// adopt takes the record that is there in place of the one that was to be made. It is
// as it came, or is asked for.
func (r *Resource[W]) adopt(ctx context.Context, id record.ExternalID, came json.RawMessage, want record.Fields, refused error) (connector.Item, error) {
	const op = "adopt"
	var item connector.Item
	var now *W
	var err error
	switch {
	case came != nil:
		item, now, err = r.decoded(op, came)
	case id != "":
		item, now, err = r.read(ctx, op, id)
	case r.Search != nil:
		item, now, err = r.wanted(ctx, op, want)
	}
	switch {
	case connector.ClassOf(err) == connector.NotFound:
		return connector.Item{}, refused // the value itself is at fault
	case err != nil && item.Fields == nil:
		return connector.Item{}, err
	case !r.Mine(want, item.Fields):
		return connector.Item{}, refused
	}
	return r.take(ctx, item, now, want)
}

// take brings a record that was there to what is wanted. One that is deleted meanwhile
// is no record that could be taken: nothing was made, and whoever asked is to ask again.
func (r *Resource[W]) take(ctx context.Context, item connector.Item, now *W, want record.Fields) (connector.Item, error) {
	set := want
	if r.Adopting != nil {
		set = r.Adopting(want)
	}
	item, err := r.write(ctx, "adopt", item, now, connector.Patch{Set: set, Key: want})
	if connector.ClassOf(err) == connector.NotFound {
		return connector.Item{}, unsent(r.Fault(connector.Transient, "adopt", "gone meanwhile", ""))
	}
	item.Adopted = true
	return r.kept(item, set), err
}

// update carries out a patch: one read, and one write if anything differs.
func (r *Resource[W]) update(ctx context.Context, id record.ExternalID, p connector.Patch) (connector.Item, error) {
	const op = "update"
	item, err := r.patch(ctx, op, id, p)
	if r.Merges && connector.ClassOf(err) == connector.NotFound {
		err = r.successor(ctx, op, id, p, err)
	}
	return item, err
}

func (r *Resource[W]) patch(ctx context.Context, op string, id record.ExternalID, p connector.Patch) (connector.Item, error) {
	item, now, err := r.read(ctx, op, id)
	if r.Moves && connector.ClassOf(err) == connector.NotFound {
		next, w, gone := r.wanted(ctx, op, p.Key.Over(p.Set))
		switch connector.ClassOf(gone) {
		case connector.NotFound, connector.Rejected: // gone it is
		default:
			item, now, err = next, w, gone
		}
	}
	if err != nil && item.Fields == nil {
		return connector.Item{}, err
	}
	if r.Another != nil && r.Another(p, item.Fields) {
		return connector.Item{}, r.Fault(connector.Stale, op, "the record is somebody else's now", "")
	}
	if f := r.edited(p, item.Fields); f != "" {
		return connector.Item{}, r.Fault(connector.Stale, op, "edited meanwhile", f)
	}
	item, err = r.write(ctx, op, item, now, p)
	return r.kept(item, p.Set), err
}

// successor says what has become of a record that is gone: what carries its values now
// is what is left of a merge. Where that cannot be told nothing may be made anew, and
// the error says why.
func (r *Resource[W]) successor(ctx context.Context, op string, id record.ExternalID, p connector.Patch, gone error) error {
	known := record.Fields{}
	for _, fields := range []record.Fields{p.Set, p.Was, p.Key} {
		for f, v := range fields {
			if v != "" {
				known[f] = v
			}
		}
	}
	item, _, err := r.wanted(ctx, op, known)
	switch e, _ := errors.AsType[*connector.Error](err); {
	case connector.ClassOf(err) == connector.NotFound:
		return gone
	case e != nil && e.Class == connector.Rejected && !e.Unsent: // else the search itself was refused
		e.Why = "remote-merged: " + e.Why
		return e
	case err != nil:
		return err
	case item.ID == id:
		return gone // whoever shows it has not heard yet
	}
	e := r.Fault(connector.NotFound, op, "merged into another record", "")
	e.Successor = item.ID
	return e
}

// beReady makes sure that what is written can be taken.
func (r *Resource[W]) beReady(ctx context.Context) error {
	if r.Ready == nil {
		return nil
	}
	return unsent(r.ready.Do(ctx, r.Ready))
}

// write sends what differs of set, and nothing when nothing does. A field that cannot
// be read differs: it is written over.
func (r *Resource[W]) write(ctx context.Context, op string, item connector.Item, now *W, p connector.Patch) (connector.Item, error) {
	diff, err := r.differs(op, item, r.beside(item.Fields, p))
	if err != nil || len(diff) == 0 && len(p.Sought) == 0 {
		return item, err
	}
	if r.Holds != nil {
		if err := r.Holds(op, item, diff); err != nil {
			return item, err
		}
		if len(diff) == 0 && len(p.Sought) == 0 {
			return item, nil
		}
	}
	w, err := r.encode(op, diff)
	if err != nil {
		return item, err
	}
	if err := r.beReady(ctx); err != nil {
		return connector.Item{}, err
	}
	raw, err := r.Calls.Update(ctx, op, item.ID, Change[W]{Set: w, Now: now, Key: p.Key, Sought: p.Sought})
	switch {
	case err != nil && raw == nil:
		return connector.Item{}, err
	case raw == nil:
		return item, nil
	}
	next, _, fault := r.Decode(raw)
	if err == nil {
		err = r.answered(op, item.ID, next.ID)
	}
	if err != nil {
		return next, err
	}
	return r.stored(op, next, fault, diff, w, item.Fields)
}

// beside is what a record is to show: what is set, and of sets of rows those besides that
// were never ours.
func (r *Resource[W]) beside(have record.Fields, p connector.Patch) record.Fields {
	set := r.Sending().Sent(p.Set)
	for f, n := range r.Rows {
		if rows, ok := set[f]; ok {
			set[f] = record.RowsBeside(rows, p.Ours[f], have[f], n)
		}
	}
	return set
}

// delete takes a record out, unless it is to stay. One that is not there is gone.
func (r *Resource[W]) delete(ctx context.Context, id record.ExternalID) error {
	const op = "delete"
	if !r.possible(id) {
		return nil
	}
	if r.Stays != nil {
		item, _, err := r.read(ctx, op, id)
		if connector.ClassOf(err) == connector.NotFound {
			return nil
		}
		if err != nil && item.Fields == nil {
			return err
		}
		if stays, err := r.Stays(item); stays || err != nil {
			return err
		}
	}
	if err := r.Calls.Delete(ctx, op, id); connector.ClassOf(err) != connector.NotFound {
		return err
	}
	return nil
}

// unsent makes an error say that the call itself was not begun.
func unsent(err error) error {
	if e, ok := errors.AsType[*connector.Error](err); ok {
		e.Unsent = true
	}
	return err
}
