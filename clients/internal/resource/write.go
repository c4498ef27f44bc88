package resource

import (
	"context"
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
	raw, err := r.Calls.Create(ctx, op, w)
	if r.Exists != nil {
		if id, there := r.Exists(err); there {
			return r.adopt(ctx, id, want, err)
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
	return r.stored(op, item, fault, want, nil)
}

// adopt takes the record that is there in place of the one that was to be made.
func (r *Resource[W]) adopt(ctx context.Context, id record.ExternalID, want record.Fields, refused error) (connector.Item, error) {
	const op = "adopt"
	var item connector.Item
	var now *W
	var err error
	if id == "" && r.Search != nil {
		if item, err = r.find(ctx, want); err == nil {
			id = item.ID
		}
	}
	if id != "" {
		item, now, err = r.read(ctx, op, id)
	}
	switch {
	case connector.ClassOf(err) == connector.NotFound:
		return connector.Item{}, refused // the value itself is at fault
	case err != nil && item.Fields == nil:
		return connector.Item{}, err
	case !r.Mine(want, item.Fields):
		return connector.Item{}, refused
	}
	item, err = r.write(ctx, op, item, now, want)
	item.Adopted = true
	return item, err
}

// update carries out a patch: one read, and one write if anything differs.
func (r *Resource[W]) update(ctx context.Context, id record.ExternalID, p connector.Patch) (connector.Item, error) {
	const op = "update"
	item, now, err := r.read(ctx, op, id)
	if err != nil && item.Fields == nil {
		return connector.Item{}, err
	}
	if r.Another != nil && r.Another(p, item.Fields) {
		return connector.Item{}, r.Fault(connector.Stale, op, "the record is somebody else's now", "")
	}
	if f := r.edited(p, item.Fields); f != "" {
		return connector.Item{}, r.Fault(connector.Stale, op, "edited meanwhile", f)
	}
	return r.write(ctx, op, item, now, p.Set)
}

// edited is a field that somebody has changed since it was read; what it should become
// it may have become already.
func (r *Resource[W]) edited(p connector.Patch, have record.Fields) record.Field {
	if !r.KeepsEdits {
		return ""
	}
	next := r.Sending().Sent(p.Set)
	for _, f := range r.Table.Writes() {
		set, writes := next[f]
		was, believed := p.Was[f]
		if there, ok := have[f]; writes && believed && ok && there != was && there != set {
			return f
		}
	}
	return ""
}

// write sends what differs of set, and nothing when nothing does. A field that cannot
// be read differs: it is written over.
func (r *Resource[W]) write(ctx context.Context, op string, item connector.Item, now *W, set record.Fields) (connector.Item, error) {
	set = r.Sending().Sent(set)
	diff := record.Fields{}
	for _, f := range r.Table.Writes() {
		next, ok := set[f]
		if have, known := item.Fields[f]; ok && (!known || have != next) {
			diff[f] = next
		}
	}
	diff = r.placed(diff, item.Fields)
	if len(diff) == 0 {
		return item, nil
	}
	if r.Holds != nil {
		if err := r.Holds(op, item, diff); err != nil {
			return item, err
		}
		if len(diff) == 0 {
			return item, nil
		}
	}
	w, err := r.encode(op, diff)
	if err != nil {
		return item, err
	}
	raw, err := r.Calls.Update(ctx, op, item.ID, Change[W]{Set: w, Now: now})
	if err != nil {
		return connector.Item{}, err
	}
	next, _, fault := r.Decode(raw)
	return r.stored(op, next, fault, diff, item.Fields)
}

// placed returns what is to be written over have without what has no place there.
func (r *Resource[W]) placed(set, have record.Fields) record.Fields {
	if r.Lacks == nil {
		return set
	}
	set = set.Clone()
	for _, f := range r.Lacks(have.Over(set)) {
		if _, known := have[f]; !known || set[f] != "" {
			delete(set, f)
		}
	}
	return set
}

// stored looks in the answer to a write for what was sent. A system that passes over
// a field says nothing of it: it is empty still, or shows what stood there before.
func (r *Resource[W]) stored(op string, item connector.Item, fault *connector.Fault, sent, before record.Fields) (connector.Item, error) {
	if fault != nil {
		e := r.Fault(connector.Drifted, op, fault.Why, fault.Field)
		e.Done = sent
		return item, e
	}
	for _, f := range r.Table.Writes() {
		want, told := sent[f]
		got := item.Fields[f]
		was, known := before[f]
		if !told || got == want || item.Unreadable[f] != "" || got != "" && !(known && got == was) {
			continue
		}
		e := r.Fault(connector.Rejected, op, "accepted but not stored", f)
		e.Done = sent.Clone()
		delete(e.Done, f)
		return item, e
	}
	return item, nil
}

// delete takes a record out, unless it is to stay. One that is not there is gone.
func (r *Resource[W]) delete(ctx context.Context, id record.ExternalID) error {
	const op = "delete"
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
