package resource

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

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

// differs returns the fields in which a record is not what set says. A value that
// reads back as what stands there, since the system stores it its own way, does not
// differ.
func (r *Resource[W]) differs(op string, item connector.Item, set record.Fields) (record.Fields, error) {
	diff := record.Fields{}
	for _, f := range r.Table.Writes() {
		next, ok := set[f]
		if have, known := item.Fields[f]; ok && (!known || have != next) {
			diff[f] = next
		}
	}
	if diff = r.placed(diff, item.Fields); len(diff) == 0 {
		return diff, nil
	}
	w, err := r.encode(op, diff)
	if err != nil {
		return nil, err
	}
	for f, back := range r.Table.Decode(w, r.Sending()).Fields {
		if have, known := item.Fields[f]; known && have == back {
			delete(diff, f)
		}
	}
	return diff, nil
}

// kept notes the fields that a record shows otherwise than they were set, since the
// system keeps them so: they were not passed over, also where it keeps nothing, as of a
// language that it does not know.
func (r *Resource[W]) kept(item connector.Item, set record.Fields) connector.Item {
	w, err := r.encode("", set)
	if err != nil {
		return item // which was told
	}
	for f, back := range r.Table.Decode(w, r.Sending()).Fields {
		if have, known := item.Fields[f]; known && have == back && back != set[f] {
			item.Stored = append(item.Stored, f)
		}
	}
	slices.Sort(item.Stored)
	return item
}

// stored looks in the answer to a write for what w, as the call has left it, has
// sent. A system that passes over a field says nothing of it: it is empty still, or
// shows what stood there before.
func (r *Resource[W]) stored(op string, item connector.Item, fault *connector.Fault, set record.Fields, w *W, before record.Fields) (connector.Item, error) {
	if fault != nil {
		e := r.Fault(connector.Drifted, op, fault.Why, fault.Field)
		e.Done = set
		return item, e
	}
	sent := r.Table.Decode(w, r.Sending()).Fields
	for _, f := range r.Table.Writes() {
		want, told := sent[f]
		got := item.Fields[f]
		was, known := before[f]
		if !told || got == want || item.Unreadable[f] != "" || got != "" && !(known && got == was) {
			continue
		}
		e := r.Fault(connector.Rejected, op, "accepted but not stored", f)
		e.Done = set.Clone()
		delete(e.Done, f)
		return item, e
	}
	return item, nil
}
