package draft

import (
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// Record is one remote record in the course of a plan.
type Record struct {
	fact.SyncRecord

	Old        *fact.SyncRecord // nil when new
	Collection *connector.Collection
	Reads      []record.Field // what any view of its place shows of it
	Owner      *Entity        // nil: unmanaged
	Former     *Entity        // whose it was before it was detached
	Staged     bool           // Remote is from this run
	Dirty      bool           // the row must be written
	Bump       bool           // something is to be done at the system
	Dropped    bool
	Recreate   bool // make it anew
	Waits      bool // for its end to be confirmed
	Said       bool // a person has said whose it is
	LetGo      bool // a person has it end
	// Missing says that this run has not seen it where it should be.
	Missing bool

	// ShowAgain says that the next reading of each other view of its place is to show it,
	// changed or not.
	ShowAgain bool

	stray bool
}

// BindTo binds a record that was to be made, or made anew, to one that turns out to be
// there. Of one that was to be made anew nobody knows who has made what is there now.
func (r *Record) BindTo(id record.ExternalID, remote record.Fields) {
	if r.Recreate {
		r.Recreate, r.CreatedBy = false, record.ByUnknown
	}
	r.ExternalID, r.Remote, r.Quarantine = id, remote, ""
	r.Staged, r.Dirty = true, true
	r.Bump = r.ID != 0 // Write closes what is open
}

// Bound reports whether the record is stored as an entity's.
func (r *Record) Bound() bool { return r.Old != nil && r.Old.Entity != 0 }

// Made reports whether the record is there, or may be.
func (r *Record) Made() bool { return r.ExternalID != "" || r.Uncertain }

// At addresses a remote id at the record's place.
func (r *Record) At(id record.ExternalID) fact.Request {
	return fact.Remote(r.System, r.Place, r.Scope, r.Kind, id)
}

// About is the entity whose the record is, or was before this plan; nil for none,
// and for no record.
func (r *Record) About() *Entity {
	if r == nil {
		return nil
	}
	if r.Owner != nil {
		return r.Owner
	}
	return r.Former
}

// Drop forgets the record.
func (r *Record) Drop() { r.Dropped, r.Dirty = true, true }

// Side is the record as a merge sees it.
func (r *Record) Side() reconcile.Side {
	return reconcile.Side{
		System: r.System, Reads: r.Reads, Writes: r.Collection.Writes, Assigns: r.Collection.Assigns,
		Remote: r.Remote, BaseLocal: r.BaseLocal, BaseRemote: r.BaseRemote, Sent: r.Echo.Sent(), New: r.ExternalID == "",
	}
}

// Desired is what the record should be told of an entity.
func (r *Record) Desired(p *policy.Policy, ent *Entity, now time.Time) record.Fields {
	of, rec := r.reconciled(ent, now)
	set, _ := reconcile.Desired(p, of, rec)
	return set
}

// Fixed returns the fields that the record keeps as they stand there although the
// entity has others, and why.
func (r *Record) Fixed(p *policy.Policy, ent *Entity, now time.Time) map[record.Field]string {
	if ent.Deleted != "" || len(p.Fixed) == 0 && r.Collection.Keeps == nil {
		return nil
	}
	of, rec := r.reconciled(ent, now)
	return reconcile.Fixed(p, of, rec, reconcile.Outward(p.Fields, of.Hub, rec.Side).Set)
}

func (r *Record) reconciled(ent *Entity, now time.Time) (reconcile.Entity, reconcile.Record) {
	return reconcile.Entity{Hub: ent.Hub(now), Deleted: ent.Deleted}, reconcile.Record{Side: r.Side(), Pinned: r.Pinned, Held: r.Held, Keeps: r.Keeps(ent)}
}

// Keeps are the fields that the record keeps as they stand there, since the system gives
// them out.
func (r *Record) Keeps(ent *Entity) map[record.Field]connector.Kept {
	return r.Collection.Kept(r.Remote, ent.Fields)
}

// Kept are the fields that are kept of a record that is nobody's: those that recognise
// it, and all of one of which an entity may be made later.
func (r *Record) Kept(p *policy.Policy) []record.Field {
	if p.Newcomers.TakesFrom(r.System) && r.NaturalKey == "" && r.Collection != nil {
		return r.Collection.Reads
	}
	return p.Recognising()
}
