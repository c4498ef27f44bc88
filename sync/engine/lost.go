package engine

import (
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// absent reports whether a record has been absent often and long enough.
func (w *world) absent(it *item) bool {
	s := w.e.settings
	if it.Missing == 0 {
		w.mark(it)
		return s.AbsentListings <= 1
	}
	if it.MissingSince != nil && w.now.Sub(*it.MissingSince) < s.AbsentGap {
		return false // an honest second full listing, but too early to count
	}
	w.mark(it)
	return int(it.Missing)+1 >= s.AbsentListings
}

// lost deals with a record that is not there any more.
func (w *world) lost(p *policy.Policy, it *item, rep *syncRecord, why record.Reason) {
	ent := rep.entity
	w.want(ent)
	if isSource(p, it.sys.Name) {
		if ent.Deleted == "" {
			ent.Deleted, ent.dirty, ent.changed, ent.why = why, true, true, string(why)
		}
		return
	}
	if it.Successor != "" {
		w.detach(rep, "another of our records took its place")
		return
	}
	recently := rep.row.RecreatedOn != nil && w.now.Sub(*rep.row.RecreatedOn) < 24*time.Hour
	rep.dirty, rep.echo = true, echo{}
	rep.row.ExternalID, rep.remote, rep.hub, rep.theirs = nil, record.Fields{}, record.Fields{}, record.Fields{}
	if rep.row.CreatedBy == record.ByUs && !recently {
		rep.again = true
		return
	}
	// It stays ours, so that it is not made again until the entity changes.
	w.counter(rep.row.System, rep.row.Place, p.Kind).Faults++
	rep.row.Quarantine, rep.pendingOp = goneThere, ""
}

// goneThere is why a record is not made again: it was not ours, or it has been
// made anew before.
const goneThere = "gone at the system"

// succeed moves a sync record to the record that took its place. Where that one is
// bound already, two of our entities are one: at an origin the first becomes
// the second. It reports whether the removal has been dealt with.
func (w *world) succeed(p *policy.Policy, it *item) bool {
	rep := w.found(it, p.Kind)
	if rep == nil || rep.entity == nil || !w.inScope(rep.entity) {
		return false
	}
	if rep.entity.Deleted == record.Merged && isSource(p, it.sys.Name) {
		return false // it became another of ours before, and a listing that says so again is no news
	}
	key := repKey(rep.row.System, rep.row.Place, rep.row.Scope, p.Kind, it.Successor)
	other := w.reps[key]
	if other != nil && other.entity != nil && other.entity != rep.entity {
		if isSource(p, it.sys.Name) && rep.entity.Deleted == "" {
			w.merges = append(w.merges, derive.Alias{Kind: p.Kind, From: rep.entity.Key, To: other.entity.Key})
			return true
		}
		return false
	}
	if other != nil && other != rep { // seen before, nobody's
		w.dropSyncRecord(other)
		w.unmanaged = append(w.unmanaged, other)
	}
	id := it.Successor
	delete(w.reps, repKey(rep.row.System, rep.row.Place, rep.row.Scope, p.Kind, it.ExternalID))
	rep.row.ExternalID, rep.dirty, rep.staged = &id, true, true
	w.reps[key] = rep
	w.want(rep.entity)
	return true
}

// revive brings an entity back.
func (w *world) revive(ent *entity, why string) {
	ent.Deleted, ent.dirty, ent.changed, ent.why = "", true, true, why
}

// fault notes that a record cannot be read. It is present and unchanged.
func (w *world) fault(it *item, coll *connector.Collection, rep *syncRecord) {
	w.mark(it)
	if coll.Part {
		return
	}
	if rep == nil {
		rep = w.newSyncRecord(it.sys, coll, nil, record.ExternalID(it.ExternalID))
		w.unmanaged = append(w.unmanaged, rep)
	}
	rep.row.Quarantine, rep.dirty = "unreadable: "+it.Reason, true
	if rep.entity != nil {
		w.want(rep.entity)
	}
}
