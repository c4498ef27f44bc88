// Package end decides whether a record may end now or must wait. An end is what
// removes a record, ends a subscription or marks a person as former or deceased.
// One that follows from a field of a reading is planned at the first reading and
// done at a second one, at least AbsentGap later: one bad export must not delete
// what nobody can bring back. A person may let it go before, or keep it. What our own
// tables or a system's own word say ends at once, and so does an absence, which has
// had its second listing.
package end

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/plan/change"
	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// May reports whether a record may end now. When not, it waits from now on,
// or goes on waiting.
func May(d *draft.Plan, rec *draft.Record, why string, causes []fact.Cause) bool {
	if rec.ConfirmAt == nil && len(causes) == 0 {
		return true
	}
	if rec.ConfirmAt != nil && rec.ConfirmWhy == why && (rec.Decided == record.LetGo || confirmed(d, rec)) {
		rec.LetGo = rec.Decided == record.LetGo
		rec.ConfirmAt, rec.ConfirmWhy, rec.ConfirmBy, rec.Dirty = nil, "", nil, true
		return true
	}
	rec.Waits = true
	if rec.ConfirmAt == nil || rec.ConfirmWhy != why {
		at := d.In.Now.Add(d.In.AbsentGap)
		rec.ConfirmAt, rec.ConfirmWhy, rec.ConfirmBy, rec.Dirty = &at, why, causes, true
		return false
	}
	for _, c := range causes {
		if !slices.Contains(rec.ConfirmBy, c) {
			rec.ConfirmBy, rec.Dirty = append(slices.Clone(rec.ConfirmBy), c), true
		}
	}
	askAgain(d, rec)
	return false
}

// GoesOn forgets that a record waits for its end: what has been read since shows
// the opposite.
func GoesOn(rec *draft.Record) {
	if rec.ConfirmAt != nil && !rec.Waits {
		rec.ConfirmAt, rec.ConfirmWhy, rec.ConfirmBy, rec.Dirty = nil, "", nil, true
	}
}

// confirmed reports whether everything that led to an end has been read again,
// whole, certified and with nothing held, or by itself, when it was due. What a person
// keeps is never confirmed.
func confirmed(d *draft.Plan, rec *draft.Record) bool {
	if rec.ConfirmAt.After(d.In.Now) || rec.Decided == record.Keep {
		return false
	}
	return !slices.ContainsFunc(rec.ConfirmBy, func(c fact.Cause) bool { return !readAgain(d, c) })
}

func readAgain(d *draft.Plan, c fact.Cause) bool {
	return slices.ContainsFunc(d.In.Listings, func(l fact.Listing) bool {
		r := l.Reading
		if r == nil || !r.Complete || l.System != c.System || l.Place != c.Place || !(r.Whole && r.Certificate.Holds() && !r.Held || r.Fetched[c.ID]) {
			return false
		}
		// What could not be read, or is missing for the first time, says nothing.
		it := d.Shown(fact.ItemID{Listing: l.ID, ID: c.ID})
		return it == nil || it.State != fact.Faulty && (it.State != fact.Absent || it.Missing > 0)
	})
}

// askAgain has what led to an end fetched by itself when the end is due and this
// run reads no more than what has changed.
func askAgain(d *draft.Plan, rec *draft.Record) {
	if rec.ConfirmAt.After(d.In.Now) || rec.Decided == record.Keep {
		return
	}
	for _, c := range rec.ConfirmBy {
		coll := d.In.Systems[c.System].Of(c.Place, c.Kind)
		part := slices.ContainsFunc(d.In.Listings, func(l fact.Listing) bool {
			return l.System == c.System && l.Place == c.Place && l.Reading != nil && !l.Reading.Whole
		})
		if n := (change.Notify{System: c.System, Kind: c.Kind, ID: c.ID}); part && coll != nil && coll.Get != nil {
			d.Out.Fetch(n)
		}
	}
}

// MayLeave decides whether a record that its entity is no longer to have at a
// place may go. A record that others have made is only left alone.
func MayLeave(d *draft.Plan, ent *draft.Entity, rec *draft.Record) bool {
	if !rec.Made() || rec.Collection == nil || rec.Collection.Part || rec.CreatedBy != record.ByUs && !rec.Uncertain {
		return true
	}
	return May(d, rec, reconcile.EndsPlace, ent.Causes)
}

// Without takes out of what a record is to be told the fields that mark an
// end, as long as that is not confirmed.
func Without(d *draft.Plan, p *policy.Policy, ent *draft.Entity, rec *draft.Record, set record.Fields) {
	var ends []record.Field
	for _, f := range p.Ends {
		if v := set[f]; v != "" && v != "false" && rec.Remote[f] != v {
			ends = append(ends, f)
		}
	}
	if len(ends) == 0 || rec.ExternalID == "" || p.IsSource(rec.System) || May(d, rec, reconcile.EndsFields, ent.Causes) {
		return
	}
	for _, f := range ends {
		delete(set, f)
	}
}

// Stays reports whether a record is told nothing because it waits for its end.
// That of an entity that its rule makes no longer waits until the rule was asked
// again.
func Stays(rec *draft.Record) bool {
	if rec.ConfirmAt == nil {
		return false
	}
	if rec.ConfirmWhy == reconcile.EndsUnmade && !rec.Owner.Remade {
		rec.Waits = true
	}
	return rec.Waits && rec.ConfirmWhy != reconcile.EndsFields
}
