package outbox

import (
	"errors"
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/journal"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// Entity is an entity of the hub, as a Write needs it.
type Entity struct {
	record.Entity

	hub            reconcile.Hub // its fields, and whose they are
	plannedVersion int64         // the version that a Plan has seen last
}

// Delivery is one remote record to be written: its host and its parts.
type Delivery struct {
	Key   string
	Host  *Part // the record itself; pending or not
	Parts []*Part

	Failure *connector.Error // how the last call has failed
	Found   bool             // a create whose answer was lost has made it
}

// Part is one sync record of a delivery.
type Part struct {
	Row        store.SyncRecord
	Coll       *connector.Collection
	Policy     *policy.Policy
	Ent        *Entity
	Pending    bool
	Set        record.Fields // what to write, in our terms
	Wire       record.Fields // the same with references resolved
	Ours       record.Fields // which rows of its sets there are ours, with references resolved
	Later      record.Fields // what waits while the database is RESTORED
	Missing    int           // references without a remote id
	Blocked    bool          // one of them is required
	Remote     record.Fields
	BaseLocal  record.Fields
	BaseRemote record.Fields
	Echo       reconcile.Echo
	Tried      bool            // a create before this one may have made it
	Proven     bool            // it was looked for just before the create, and is not there
	Sought     []record.Fields // what it may have been made with, where that is not what it is to have now
	Entry      *journal.Entry
	Held       reconcile.Held
	Seen       []byte    // what an orphan must still show to be removed: its digest
	was        partState // before the answer
	unseen     bool      // the answer shows what no Plan has seen
	restored   bool      // the database is RESTORED
}

// partState is what is stored of a sync record, by field.
type partState struct{ remote, baseLocal, baseRemote record.Fields }

// ID is the remote id, or "" when there is none yet.
func (d *Delivery) ID() record.ExternalID {
	if d.Host.Row.ExternalID == nil {
		return ""
	}
	return record.ExternalID(*d.Host.Row.ExternalID)
}

// PendingParts returns the host and the parts that are pending.
func (d *Delivery) PendingParts() []*Part {
	out := make([]*Part, 0, 1+len(d.Parts))
	for _, b := range append([]*Part{d.Host}, d.Parts...) {
		if b != nil && b.Pending {
			out = append(out, b)
		}
	}
	return out
}

// paused reports whether a person wants nothing of the record written, or of a part.
func (d *Delivery) paused() bool {
	return d.Host.Paused() || slices.ContainsFunc(d.Parts, (*Part).Paused)
}

// Paused reports whether a person wants nothing of it written.
func (b *Part) Paused() bool { return b.Row.PausedOn != nil }

// sets reports whether the record is to be told of a consent that fits. strict are the
// values of the consent, strictest first.
func (d *Delivery) sets(fits func(v string, strict []string) bool) bool {
	return slices.ContainsFunc(d.PendingParts(), func(b *Part) bool {
		for f, v := range b.Set {
			if strict := b.Policy.Fields[f].Strict; len(strict) > 0 && fits(v, strict) {
				return true
			}
		}
		return false
	})
}

// stricter reports whether the record is to be told of a consent.
func (d *Delivery) stricter() bool { return d.sets(func(string, []string) bool { return true }) }

// Violates returns the field because of which the system has refused a record, when
// only one record may hold its value; else "".
func (d *Delivery) Violates(unique []record.Field, err error) record.Field {
	violation, ok := errors.AsType[*connector.Error](err)
	if !ok || violation.Class != connector.Rejected || !slices.Contains(unique, violation.Field) || d.Wire()[violation.Field] == "" {
		return ""
	}
	return violation.Field
}

// Consents are those that we believe a record to show.
func (b *Part) Consents() record.Fields {
	out := record.Fields{}
	for f, rule := range b.Policy.Fields {
		if v, known := b.Remote[f]; known && len(rule.Strict) > 0 {
			out[f] = v
		}
	}
	return out
}

// Loosens reports whether the record is to be told of a consent that is not the
// strictest.
func (d *Delivery) Loosens() bool {
	return d.sets(func(v string, strict []string) bool { return v != strict[0] })
}

// Stricter reports whether a record shows a stricter consent than the part is to be
// told.
func (b *Part) Stricter(shown record.Fields) bool { return len(b.stricter(shown)) > 0 }

// stricter are the consents of which a record shows a stricter one than the part is to
// be told.
func (b *Part) stricter(shown record.Fields) (out []record.Field) {
	for f, v := range b.Set {
		rule := b.Policy.Fields[f]
		strict := rule.Strict
		is := slices.Index(strict, shown[f])
		if rule.LeftBehind(shown[f], shown, b.Ent.Fields) {
			continue
		}
		if told := slices.Index(strict, v); is >= 0 && (told < 0 || is < told) {
			out = append(out, f)
		}
	}
	return out
}

// Meets binds a record that was found in place of the one to be made. It is told what
// it needs besides (ComesBack), and no looser consent (Spares): the stricter one is
// somebody's, and the next Plan sees it.
func (d *Delivery) Meets(item connector.Item) {
	id := string(item.ID)
	d.Host.Row.ExternalID = &id
	d.Host.ComesBack(item.Fields)
	d.Spares(item)
}

// Spares leaves out of what is sent each consent of which a record shows a stricter one.
func (d *Delivery) Spares(item connector.Item) {
	for _, b := range d.PendingParts() {
		for _, f := range b.stricter(item.Fields) {
			delete(b.Set, f)
			delete(b.Wire, f)
		}
	}
}

// lacksReference reports whether some reference of the record has no remote id yet.
func (d *Delivery) lacksReference() bool {
	return slices.ContainsFunc(d.PendingParts(), func(b *Part) bool { return b.Missing > 0 })
}

// desired is what the record should be told.
func (b *Part) desired() record.Fields {
	if b.Row.PendingOp == "remove" || b.Row.ConfirmAt != nil && b.Row.ConfirmWhy != reconcile.EndsFields {
		return record.Fields{} // nothing is told to a record that waits for its end
	}
	pinned := make([]record.Field, len(b.Row.Pinned))
	for i, f := range b.Row.Pinned {
		pinned[i] = record.Field(f)
	}
	ent, rec := reconcile.Entity{Hub: b.Ent.hub, Deleted: b.Ent.Deleted}, reconcile.Record{Side: b.side(), Pinned: pinned, Held: b.Held, Keeps: b.Coll.Kept(b.Remote, b.Ent.Fields)}
	set, _ := reconcile.Desired(b.Policy, ent, rec)
	if b.restored && !rec.New {
		set, b.Later = reconcile.Later(b.Policy, ent, rec, set)
	}
	if b.Row.ConfirmAt != nil {
		for _, f := range b.Policy.Ends {
			delete(set, f)
		}
	}
	return set
}

// outward compares the record with the hub as it is now.
func (b *Part) outward() reconcile.SideResult {
	return reconcile.Outward(b.Policy.Fields, b.Ent.hub, b.side())
}

// side is the record as a merge sees it.
func (b *Part) side() reconcile.Side {
	return reconcile.Side{
		System: record.System(b.Row.System), Reads: b.Coll.Reads, Writes: b.Coll.Writes,
		Remote: b.Remote, BaseLocal: b.BaseLocal, BaseRemote: b.BaseRemote, Sent: b.Echo.Sent(), New: b.Row.ExternalID == nil,
		Unplanned: b.unseen || b.Ent.plannedVersion != b.Ent.Version,
	}
}

// ComesBack has a record that was found told, too, that it is no longer one of
// somebody who left, where it shows that.
func (b *Part) ComesBack(shown record.Fields) {
	for _, g := range b.Policy.OnDelete {
		if string(g.System) != b.Row.System || g.Action != policy.SetFields || b.Ent.Deleted != "" {
			continue
		}
		for f, v := range g.Fields {
			if _, told := b.Set[f]; !told && v != "" && shown[f] == v && slices.Contains(b.Coll.Writes, f) {
				b.Set[f], b.Wire[f] = b.Ent.Fields[f], b.Ent.Fields[f]
			}
		}
	}
}

// waitsForMore reports whether something of the part is left to a later write: a
// reference without a remote id, or what waits while the database is RESTORED.
func (b *Part) waitsForMore() bool { return b.Missing > 0 || len(b.Later) > 0 }

// MayShow is the natural key under which the place may show the record that is to be made,
// "" where Plan has looked for it: not with a key that is not the entity's own, which it
// keeps when what it was made of changes, nor after a Write has lost its record. Whether
// that was a Write or a Plan is not told apart: both are asked for.
func (b *Part) MayShow() string {
	if key := b.Policy.Key(b.Ent.Fields); key != b.Ent.Key || b.Row.RecreatedOn != nil {
		return key
	}
	return ""
}

// Wire is what one call is to write: the host and its parts together.
func (d *Delivery) Wire() record.Fields {
	out := record.Fields{}
	for _, b := range d.PendingParts() {
		maps.Copy(out, b.Wire)
	}
	return out
}

// Patch is the update of the record: what to write, what should stand there and
// whose record it is held to be.
func (d *Delivery) Patch() connector.Patch {
	set := d.Wire()
	p := connector.Patch{Set: set, Was: record.Fields{}, Ours: record.Fields{}, Key: d.Host.Ent.Fields.Only(d.Host.Policy.KeyFields), Sought: d.Host.Sought}
	for _, f := range d.Host.Policy.KeyFields {
		// The key as it stands there: an update may be just of that field.
		if v, ok := d.Host.Remote[f]; ok {
			p.Key[f] = v
		}
	}
	for _, b := range d.PendingParts() {
		maps.Copy(p.Ours, b.Ours)
		for f := range b.Wire {
			sent, maybe := b.Echo.Sent()[f]
			if v, ok := b.Remote[f]; ok && b.Coll.Refs[f].Kind == "" && b.Policy.Fields[f].Rows == 0 && (!maybe || sent == b.Set[f]) {
				p.Was[f] = v
			}
		}
	}
	return p
}

// ByTheirIDs is what a record is looked for by: fields of the entity, and of references
// those that the system knows, by its own ids.
func (d *Delivery) ByTheirIDs(fields record.Fields) record.Fields {
	out := fields.Clone()
	for f := range d.Host.Coll.Refs {
		delete(out, f)
		if v, ok := d.Host.Wire[f]; ok {
			out[f] = v
		}
	}
	return out
}
