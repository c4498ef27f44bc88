package match

import (
	"slices"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/plan/change"
	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// shownBeside reports whether the entity has another record at the same place
// that is there.
func shownBeside(ent *draft.Entity, rec *draft.Record) bool {
	return slices.ContainsFunc(ent.Records, func(r *draft.Record) bool {
		return r != rec && !r.Dropped && !r.Missing && r.ExternalID != "" && r.System == rec.System && r.Place == rec.Place && r.Kind == rec.Kind
	})
}

// absent reports whether a record has been absent often and long enough, as a
// certificate of its listing proves, and was not found by itself. A reading of which
// something is held counts for nothing. Whom a person lets go is gone by the next such
// listing, and whom they keep by none.
func absent(d *draft.Plan, p *policy.Policy, it *draft.Item, coll *connector.Collection, rec *draft.Record) bool {
	if !it.Where.Reading.Certificate.Holds() || it.Where.Reading.Held {
		return false
	}
	said, ent := decided(p, it, rec), (*draft.Entity)(nil)
	if rec != nil {
		ent = rec.Owner
	}
	if said == record.Keep {
		return false
	}
	if said == "" && it.Missing > 0 && it.MissingSince != nil && d.In.Now.Sub(*it.MissingSince) < d.In.AbsentGap {
		return false // an honest second listing, but too early to count
	}
	gone := said == record.LetGo || it.Missing+1 >= d.In.AbsentListings
	if gone && !it.Asked && coll.Get != nil && !coll.Part {
		return false // the reading was too early to ask for it: the next one will
	}
	d.Mark(it, ent)
	if ent != nil {
		ent.LetGo = ent.LetGo || said == record.LetGo
	}
	return gone
}

// decided is what a person has said of a record that a source lacks, since it lacks it.
func decided(p *policy.Policy, it *draft.Item, rec *draft.Record) string {
	if rec == nil || rec.Owner == nil || rec.DecidedOn == nil || it.MissingSince == nil || !p.IsSource(it.Where.System) || rec.DecidedOn.Before(*it.MissingSince) {
		return ""
	}
	return rec.Decided
}

// lost deals with a record that is not there any more.
func lost(d *draft.Plan, p *policy.Policy, it *draft.Item, rec *draft.Record, why record.Reason) {
	ent := rec.Owner
	d.Want(ent)
	if p.IsSource(it.Where.System) {
		d.Complete(ent)
		if shownBeside(ent, rec) {
			rec.Drop() // it is listed under another id by now
			return
		}
		if ent.Deleted == "" {
			renamed(d, p, rec)
			ent.End(why)
		}
		return
	}
	if p.Once != nil {
		return // people have taken it away
	}
	if it.State == fact.Removed && it.Successor == "" && rec.CreatedBy == record.ByThem && p.Newcomers.TakesFrom(rec.System) && p.Newcomers.Undone != nil {
		undone(d, p, rec, why)
		return
	}
	recently := rec.RecreatedOn != nil && d.In.Now.Sub(*rec.RecreatedOn) < 24*time.Hour
	rec.Dirty, rec.Echo = true, rec.Echo.Clone()
	clear(rec.Echo)
	rec.ExternalID, rec.Remote, rec.BaseLocal, rec.BaseRemote = "", record.Fields{}, record.Fields{}, record.Fields{}
	if it.Successor == "" && rec.CreatedBy == record.ByUs && !recently {
		rec.Recreate = true
		return
	}
	// It is not made again until the entity changes, or at all where it was merged.
	// Whatever turns up in its place was made by nobody knows whom.
	rec.CreatedBy = record.ByUnknown
	d.Out.Counter(rec.System, rec.Place, p.Kind).Faults++
	rec.Quarantine, rec.PendingOp = reconcile.NotThere, ""
	if it.Successor != "" {
		rec.Quarantine = reconcile.MergedThere
	}
}

// undone ends what came in at a system, which has taken it back by its own word.
func undone(d *draft.Plan, p *policy.Policy, rec *draft.Record, why record.Reason) {
	ent := rec.Owner
	rec.Drop()
	if ent.Deleted != "" {
		return
	}
	d.Complete(ent)
	for f, v := range p.Newcomers.Undone {
		d.Set(ent, f, v, rec.System)
	}
	ent.End(why)
}

// renamed remembers the key that a record at a source showed last, where that is not
// its entity's: who comes back under it and another id is the same.
func renamed(d *draft.Plan, p *policy.Policy, rec *draft.Record) {
	key, ent := p.Key(rec.Remote), rec.Owner
	if key != "" && key != ent.Key && d.Exact(p.Kind, key) == nil {
		d.Out.Aliases = append(d.Out.Aliases, draft.Alias{Alias: change.Alias{Kind: p.Kind, From: key, To: ent.Key, Reason: "renamed"}, Of: ent})
	}
}

// unknown reports whether a certified listing is known not to show the successor of an
// item, such as one that we have removed for somebody who left. A record bound to it
// would seem in step for ever, since what was never shown is never absent.
func unknown(d *draft.Plan, it *draft.Item) bool {
	if !it.Where.Reading.Certificate.Holds() || it.Where.Reading.Held {
		return false
	}
	shown := d.Shown(fact.ItemID{Listing: it.Listing, ID: it.Successor})
	return shown == nil || shown.State == fact.Absent || shown.State == fact.Removed
}

// succeed moves a sync record to the record that took its place. Where that one
// is bound already, two of our entities are one: at a source the first becomes
// the second. It reports whether the removal has been dealt with.
func succeed(d *draft.Plan, p *policy.Policy, it *draft.Item) bool {
	rec := d.Found(it, p.Kind)
	if rec == nil || rec.Owner == nil || !d.InScope(rec.Owner) {
		return false
	}
	source := p.IsSource(it.Where.System)
	if rec.Owner.Deleted == record.Merged && source {
		return false // it became another of ours before, and a listing that says so again is no news
	}
	other := d.ByRemote[rec.At(it.Successor)]
	if other != nil && other.Owner != nil && other.Owner != rec.Owner {
		if source && rec.Owner.Deleted == "" {
			rec.Owner.Join(other.Owner)
			d.Merges = append(d.Merges, derive.Alias{Kind: p.Kind, From: rec.Owner.Key, To: other.Owner.Key})
			return true
		}
		return false
	}
	if !source && other == nil && unknown(d, it) {
		return false
	}
	if !source && record.Reason(it.Reason) != record.Moved { // what was agreed was agreed of the record that is no more
		rec.BaseLocal, rec.BaseRemote, rec.Echo, rec.CreatedBy = record.Fields{}, record.Fields{}, reconcile.Echo{}, record.ByUnknown
		if shown := d.Shown(fact.ItemID{Listing: it.Listing, ID: it.Successor}); shown != nil && shown.State == fact.Changed {
			rec.Remote = record.Fields{} // what it does not carry is not what the one before carried
		}
	}
	if other != nil && other != rec { // seen before, nobody's
		if !source {
			rec.Remote, rec.CreatedBy = other.Remote.Clone(), other.CreatedBy
		}
		other.Drop()
		d.Stray(other)
	}
	delete(d.ByRemote, rec.At(it.ID))
	rec.ExternalID, rec.Dirty, rec.Staged = it.Successor, true, true
	d.ByRemote[rec.At(it.Successor)] = rec
	d.Want(rec.Owner)
	if !source && rec.Collection != nil && rec.Collection.Get != nil { // the listing shows it only when it changes
		d.Out.Fetch(change.Notify{System: rec.System, Kind: rec.Kind, ID: it.Successor})
	}
	return true
}
