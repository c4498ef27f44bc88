package outbox

import (
	"context"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/journal"
	"github.com/touchline-sync/touchline/sync/record"
)

// Answer is the answer to the call of one delivery.
type Answer struct {
	Delivery *Delivery
	Op       string // create, update, or "" when there was nothing to be sent
	Item     connector.Item
	there    bool // the record was there before the call that has answered
}

// createdBy says who has made a record, as far as the answer to a call proves
// it; "" leaves what was noted before the first call.
func (r Answer) createdBy() string {
	switch {
	case r.Op != "create", r.Delivery.Found, r.there && r.Delivery.Host.Tried:
		return ""
	case r.there:
		return record.ByThem
	default:
		return record.ByUs
	}
}

// Finished is one part as far as it is done.
type Finished struct {
	Answer

	part  *Part
	entry *journal.Entry
}

// Agree moves what is agreed with the system's answers, and returns the parts that
// are to be stored.
func (o *Place) Agree(ctx context.Context, all []Answer) ([]Finished, error) {
	var parts []Finished
	for i := range all {
		r := &all[i]
		r.there = r.Item.Adopted
		r.Item.Adopted = r.Item.Adopted && !r.Delivery.Host.Tried
		if err := o.answered(ctx, r.Delivery, r.Item, r.Op); err != nil {
			return nil, err
		}
		for _, b := range r.Delivery.PendingParts() {
			parts = append(parts, Finished{Answer: *r, part: b, entry: b.Entry})
		}
	}
	return parts, nil
}

// answered moves what is agreed, field by field, with the system's answer. What
// somebody else has changed there meanwhile is news, which the next Plan sees.
func (o *Place) answered(ctx context.Context, d *Delivery, item connector.Item, op string) error {
	for _, b := range d.EveryPart() {
		shown, err := o.ShownBy(ctx, b, item)
		if err != nil {
			return err
		}
		b.was = partState{remote: b.Remote.Clone(), baseLocal: b.BaseLocal.Clone(), baseRemote: b.BaseRemote.Clone()}
		set := b.taken(op, b.written(op), shown, item.Stored)
		b.Remote = b.Remote.Over(set)
		for f, v := range shown {
			if b.Missing > 0 && b.Coll.Refs[f].Kind != "" {
				b.Remote[f] = v
				continue
			}
			_, echo := set[f]
			made := op == "create" && !item.Adopted && !slices.Contains(b.Coll.Assigns, f)
			// A consent that is shown stricter than it was written is somebody's decision.
			news := !echo && !made || echo && slices.Contains(b.stricter(shown), f)
			if news && b.unplanned(f, v) {
				b.unseen = true
			}
			b.Remote[f] = v
		}
		if b.Pending {
			b.agree(set, item)
		}
	}
	return nil
}

// written is what the call has written as a whole: nothing of a sync record that
// was not pending, and no reference of which some are missing.
func (b *Part) written(op string) record.Fields {
	out := record.Fields{}
	if !b.Pending || op == "" {
		return out
	}
	for f, v := range b.Set {
		if b.Missing == 0 || b.Coll.Refs[f].Kind == "" {
			out[f] = v
		}
	}
	return out
}

// taken returns what of a write the system has taken. A field of which its answer
// shows what stood there before is held: nothing says why it was dropped.
func (b *Part) taken(op string, written, shown record.Fields, stored []record.Field) record.Fields {
	for f, v := range written {
		is, ok := shown[f]
		before, known := b.was.remote[f]
		dropped := op == "create" && is == "" || op == "update" && known && is == before
		if !ok || is == v || !dropped || slices.Contains(stored, f) || b.Coll.Refs[f].Kind != "" || len(b.Policy.Fields[f].Strict) > 0 {
			continue
		}
		b.Held = b.Held.Hold(f, v, "the system has answered, and not taken the value of field "+string(f))
		delete(written, f)
	}
	return written
}

// Mute reports whether the answer to a create shows none of the fields that it was
// told, of those that the system shows at all: then what it shows is not understood.
func (r Answer) Mute() bool {
	if r.Op != "create" {
		return false
	}
	readable := 0
	for _, b := range r.Delivery.PendingParts() {
		for f := range b.Set {
			if _, shown := r.Item.Fields[f]; shown {
				return false
			}
			if slices.Contains(b.Coll.Reads, f) {
				readable++
			}
		}
	}
	return readable > 0
}

// ShownBy returns what an answer shows of a sync record, in our terms.
func (o *Place) ShownBy(ctx context.Context, b *Part, item connector.Item) (record.Fields, error) {
	out := item.Fields.Only(b.Coll.Reads)
	for f, ref := range b.Coll.Refs {
		if v, ok := out[f]; ok && v != "" {
			keys, err := o.keysOf(ctx, ref.Kind, v)
			if err != nil {
				return nil, err
			}
			out[f] = keys
		}
	}
	return out, nil
}

// unplanned reports whether a value is news that a Plan must see.
func (b *Part) unplanned(f record.Field, v string) bool {
	rule, ok := b.Policy.Fields[f]
	if !ok || !rule.Decides(record.System(b.Row.System)) && !slices.Contains(b.Coll.Writes, f) {
		return false
	}
	before, seen := b.Remote[f]
	if seen && before == v {
		return false
	}
	if _, held := b.Held[f]; held && !seen && v == "" {
		return false // what a create has made that was broken off lacks what was refused, too
	}
	ours, known := b.Ent.Fields[f]
	if !known { // nothing of ours to be put back
		return rule.Decides(record.System(b.Row.System))
	}
	return ours != v
}

// agree moves what is agreed: what was written, and what has turned out to be
// equal.
func (b *Part) agree(set record.Fields, item connector.Item) {
	for f, v := range set {
		b.BaseLocal[f], b.BaseRemote[f] = v, b.Remote[f]
	}
	b.Echo.Wrote(set, b.was.remote)
	if b.Ent.Deleted == "" {
		id := string(item.ID)
		b.Row.ExternalID = &id
		side := b.outward()
		for f, v := range side.BaseLocal {
			b.BaseLocal[f], b.BaseRemote[f] = v, side.BaseRemote[f]
		}
	}
}

// changedSince returns the fields of now that differ from before.
func changedSince(now, before record.Fields) record.Fields {
	out := record.Fields{}
	for f, v := range now {
		if was, ok := before[f]; !ok || was != v {
			out[f] = v
		}
	}
	return out
}

// EveryPart returns the host and all parts, pending or not.
func (d *Delivery) EveryPart() []*Part {
	out := slices.Clone(d.Parts)
	if d.Host != nil {
		out = append(out, d.Host)
	}
	return out
}
