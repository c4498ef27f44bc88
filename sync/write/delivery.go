package write

import (
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/journal"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// entity is an entity of the hub, as a Write needs it.
type entity struct {
	record.Entity

	from           map[record.Field]record.System // whose values its fields have
	plannedVersion int64                          // the version that a Plan has seen last
}

// delivery is one remote record to be written: its host and its parts.
type delivery struct {
	key   string
	host  *part // the record itself; pending or not
	parts []*part

	failure *connector.Error // how the last call has failed
	found   bool             // a create whose answer was lost has made it
}

// part is one sync record of a delivery.
type part struct {
	row        store.SyncRecord
	coll       *connector.Collection
	policy     *policy.Policy
	ent        *entity
	pending    bool
	set        record.Fields // what to write, in our terms
	wire       record.Fields // the same with references resolved
	cautious   bool          // the database is RESTORED
	later      record.Fields // what waits for that
	missing    int           // references without a remote id
	blocked    bool          // one of them is required
	remote     record.Fields
	baseLocal  record.Fields
	baseRemote record.Fields
	echo       reconcile.Echo
	tried      bool // a create before this one may have made it
	proven     bool // it was looked for just before the create, and is not there
	entry      *journal.Entry
	held       reconcile.Held
	was        partState // before the answer
	unseen     bool      // the answer shows what no Plan has seen
}

// partState is what is stored of a sync record, by field.
type partState struct{ remote, baseLocal, baseRemote record.Fields }

// id is the remote id, or "" when there is none yet.
func (d *delivery) id() record.ExternalID {
	if d.host.row.ExternalID == nil {
		return ""
	}
	return record.ExternalID(*d.host.row.ExternalID)
}

// pendingParts returns the host and the parts that are pending.
func (d *delivery) pendingParts() []*part {
	out := make([]*part, 0, 1+len(d.parts))
	for _, b := range append([]*part{d.host}, d.parts...) {
		if b != nil && b.pending {
			out = append(out, b)
		}
	}
	return out
}

// stricter reports whether the record is to be told of a consent.
func (d *delivery) stricter() bool {
	return slices.ContainsFunc(d.pendingParts(), func(b *part) bool {
		for f := range b.set {
			if len(b.policy.Fields[f].Strict) > 0 {
				return true
			}
		}
		return false
	})
}

// lacksReference reports whether some reference of the record has no remote id yet.
func (d *delivery) lacksReference() bool {
	return slices.ContainsFunc(d.pendingParts(), func(b *part) bool { return b.missing > 0 })
}

// desired is what the record should be told.
func (b *part) desired() record.Fields {
	if b.row.PendingOp == "remove" || b.row.ConfirmAt != nil && b.row.ConfirmWhy != reconcile.EndsFields {
		return record.Fields{} // nothing is told to a record that waits for its end
	}
	pinned := make([]record.Field, len(b.row.Pinned))
	for i, f := range b.row.Pinned {
		pinned[i] = record.Field(f)
	}
	ent, rec := reconcile.Entity{Hub: b.hub(), Deleted: b.ent.Deleted}, reconcile.Record{Side: b.side(), Pinned: pinned, Held: b.held}
	set, _ := reconcile.Desired(b.policy, ent, rec)
	if b.cautious && !rec.New {
		set, b.later = reconcile.Later(b.policy, ent, rec, set)
	}
	if b.row.ConfirmAt != nil {
		for _, f := range b.policy.Ends {
			delete(set, f)
		}
	}
	return set
}

// outward compares the record with the hub as it is now.
func (b *part) outward() reconcile.SideResult {
	return reconcile.Outward(b.policy.Fields, b.hub(), b.side())
}

func (b *part) hub() reconcile.Hub { return reconcile.Hub{Fields: b.ent.Fields, From: b.ent.from} }

// side is the record as a merge sees it.
func (b *part) side() reconcile.Side {
	return reconcile.Side{
		System: record.System(b.row.System), Reads: b.coll.Reads, Writes: b.coll.Writes,
		Remote: b.remote, BaseLocal: b.baseLocal, BaseRemote: b.baseRemote, Sent: b.echo.Sent(), New: b.row.ExternalID == nil,
		Unplanned: b.unseen || b.ent.plannedVersion != b.ent.Version,
	}
}

// wire is what one call is to write: the host and its parts together.
func (d *delivery) wire() record.Fields {
	out := record.Fields{}
	for _, b := range d.pendingParts() {
		maps.Copy(out, b.wire)
	}
	return out
}

// patch is the update of the record: what to write, what should stand there and
// whose record it is held to be.
func (d *delivery) patch() connector.Patch {
	set := d.wire()
	p := connector.Patch{Set: set, Was: record.Fields{}, Key: d.host.ent.Fields.Only(d.host.policy.KeyFields)}
	for _, f := range d.host.policy.KeyFields {
		// The key as it stands there: an update may be just of that field.
		if v, ok := d.host.remote[f]; ok {
			p.Key[f] = v
		}
	}
	for _, b := range d.pendingParts() {
		for f := range b.wire {
			sent, maybe := b.echo.Sent()[f]
			if v, ok := b.remote[f]; ok && b.coll.Refs[f].Kind == "" && (!maybe || sent == b.set[f]) {
				p.Was[f] = v
			}
		}
	}
	return p
}
