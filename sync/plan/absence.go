package plan

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// NotThere is why a record is not made again: it was not ours, or it has been
// made anew before.
const NotThere = "gone at the system"

// MergedThere is why a record is never made again: the system has merged it into
// the record of another of our entities, and a person must say which of the two
// it is.
const MergedThere = "merged there into the record of another of ours"

// shownBeside reports whether the entity has another record at the same place
// that is there.
func (ent *entity) shownBeside(rep *syncRecord) bool {
	return slices.ContainsFunc(ent.reps, func(r *syncRecord) bool {
		return r != rep && !r.drop && !r.missing && r.ExternalID != "" && r.System == rep.System && r.Place == rep.Place && r.Kind == rep.Kind
	})
}

// absent reports whether a record has been absent often and long enough, as a
// certificate of its listing proves.
func (b *Builder) absent(cert reconcile.Certificate, it *item, ent *entity) bool {
	if !cert.Holds() {
		return false
	}
	if it.Missing == 0 {
		b.mark(it, ent)
		return b.in.AbsentListings <= 1
	}
	if it.MissingSince != nil && b.in.Now.Sub(*it.MissingSince) < b.in.AbsentGap {
		return false // an honest second listing, but too early to count
	}
	b.mark(it, ent)
	return it.Missing+1 >= b.in.AbsentListings
}

// lost deals with a record that is not there any more.
func (b *Builder) lost(p *policy.Policy, it *item, rep *syncRecord, why record.Reason) {
	ent := rep.entity
	b.want(ent)
	if isSource(p, it.listing.System) {
		b.complete([]*entity{ent})
		if ent.shownBeside(rep) {
			b.dropRecord(rep) // it is listed under another id by now
			return
		}
		if ent.Deleted == "" {
			ent.Deleted, ent.dirty, ent.changed, ent.why = why, true, true, string(why)
		}
		return
	}
	recently := b.recently(rep.RecreatedOn)
	rep.dirty, rep.Echo = true, rep.Echo.Clone()
	clear(rep.Echo)
	rep.ExternalID, rep.Remote, rep.BaseLocal, rep.BaseRemote = "", record.Fields{}, record.Fields{}, record.Fields{}
	if it.Successor != "" {
		b.counter(rep.System, rep.Place, p.Kind).Faults++
		rep.Quarantine, rep.PendingOp = MergedThere, ""
		return
	}
	if rep.CreatedBy == record.ByUs && !recently {
		rep.again = true
		return
	}
	// It stays ours, so that it is not made again until the entity changes.
	b.counter(rep.System, rep.Place, p.Kind).Faults++
	rep.Quarantine, rep.PendingOp = NotThere, ""
}

// succeed moves a sync record to the record that took its place. Where that one
// is bound already, two of our entities are one: at a source the first becomes
// the second. It reports whether the removal has been dealt with.
func (b *Builder) succeed(p *policy.Policy, it *item) bool {
	rep := b.found(it, p.Kind)
	if rep == nil || rep.entity == nil || !b.inScope(rep.entity) {
		return false
	}
	source := isSource(p, it.listing.System)
	if rep.entity.Deleted == record.Merged && source {
		return false // it became another of ours before, and a listing that says so again is no news
	}
	other := b.reps[rep.place(it.Successor)]
	if other != nil && other.entity != nil && other.entity != rep.entity {
		if source && rep.entity.Deleted == "" {
			rep.entity.join(other.entity)
			b.merges = append(b.merges, derive.Alias{Kind: p.Kind, From: rep.entity.Key, To: other.entity.Key})
			return true
		}
		return false
	}
	// What was agreed was agreed of the record that is no more.
	rep.BaseLocal, rep.BaseRemote, rep.Echo, rep.CreatedBy = record.Fields{}, record.Fields{}, reconcile.Echo{}, record.ByUnknown
	if other != nil && other != rep { // seen before, nobody's
		rep.Remote = other.Remote.Clone()
		b.dropRecord(other)
		b.strays = append(b.strays, other)
	}
	delete(b.reps, rep.place(it.ID))
	rep.ExternalID, rep.dirty, rep.staged = it.Successor, true, true
	b.reps[rep.place(it.Successor)] = rep
	b.want(rep.entity)
	return true
}

// revive brings an entity back.
func (b *Builder) revive(ent *entity, why string) {
	ent.Deleted, ent.dirty, ent.changed, ent.why = "", true, true, why
}
