package plan

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// An end is what removes a record, ends a subscription or marks a person as
// former or deceased. One that follows from a field of a reading is planned at
// the first reading and done at a second one, at least AbsentGap later: one bad
// export must not delete what nobody can bring back. What our own tables or a
// system's own word say ends at once, and so does an absence, which has had its
// second listing.

// Cause is a remote record whose reading has led to an end. Reading it again, by
// a certified listing or by itself, confirms the end.
type Cause struct {
	System record.System
	Place  string
	Kind   record.Kind
	ID     record.ExternalID
}

// causedBy notes whose readings have changed an entity.
func (ent *entity) causedBy(causes ...Cause) {
	for _, c := range causes {
		if !slices.Contains(ent.causes, c) {
			ent.causes = append(ent.causes, c)
		}
	}
}

// readIn notes the readings that a merge has changed fields from. A consent is
// none: it becomes stricter at once.
func (b *Builder) readIn(p *policy.Policy, ent *entity, reps []*syncRecord, changed []record.Field) {
	for _, f := range changed {
		if len(p.Fields[f].Strict) > 0 {
			continue
		}
		for _, rep := range reps {
			if rep.System == ent.from[f].System && rep.ExternalID != "" {
				ent.causedBy(Cause{rep.System, rep.Place, rep.Kind, rep.ExternalID})
			}
		}
	}
}

// mayEnd reports whether a record may end now. When not, it waits from now on,
// or goes on waiting.
func (b *Builder) mayEnd(rep *syncRecord, why string, causes []Cause) bool {
	if rep.ConfirmAt == nil && len(causes) == 0 {
		return true
	}
	if rep.ConfirmAt != nil && rep.ConfirmWhy == why && b.confirmed(rep) {
		rep.ConfirmAt, rep.ConfirmWhy, rep.ConfirmBy, rep.dirty = nil, "", nil, true
		return true
	}
	rep.waits = true
	if rep.ConfirmAt == nil || rep.ConfirmWhy != why {
		at := b.in.Now.Add(b.in.AbsentGap)
		rep.ConfirmAt, rep.ConfirmWhy, rep.ConfirmBy, rep.dirty = &at, why, causes, true
		return false
	}
	for _, c := range causes {
		if !slices.Contains(rep.ConfirmBy, c) {
			rep.ConfirmBy, rep.dirty = append(slices.Clone(rep.ConfirmBy), c), true
		}
	}
	b.askAgain(rep)
	return false
}

// goesOn forgets that a record waits for its end: what has been read since shows
// the opposite.
func (b *Builder) goesOn(rep *syncRecord) {
	if rep.ConfirmAt != nil && !rep.waits {
		rep.ConfirmAt, rep.ConfirmWhy, rep.ConfirmBy, rep.dirty = nil, "", nil, true
	}
}

// confirmed reports whether everything that led to an end has been read again,
// whole, certified and with nothing held, or by itself, when it was due.
func (b *Builder) confirmed(rep *syncRecord) bool {
	if rep.ConfirmAt.After(b.in.Now) {
		return false
	}
	return !slices.ContainsFunc(rep.ConfirmBy, func(c Cause) bool { return !b.readAgain(c) })
}

func (b *Builder) readAgain(c Cause) bool {
	return slices.ContainsFunc(b.in.Listings, func(l Listing) bool {
		r := l.Reading
		if r == nil || !r.Complete || l.System != c.System || l.Place != c.Place || !(r.Whole && r.Certificate.Holds() && !r.Held || r.Fetched[c.ID]) {
			return false
		}
		// What could not be read, or is missing for the first time, says nothing.
		it := b.shown[ItemID{l.ID, c.ID}]
		return it == nil || it.State != Faulty && (it.State != Absent || it.Missing > 0)
	})
}

// askAgain has what led to an end fetched by itself when the end is due and this
// run reads no more than what has changed.
func (b *Builder) askAgain(rep *syncRecord) {
	if rep.ConfirmAt.After(b.in.Now) {
		return
	}
	for _, c := range rep.ConfirmBy {
		coll := b.in.Systems[c.System].Of(c.Place, c.Kind)
		part := slices.ContainsFunc(b.in.Listings, func(l Listing) bool {
			return l.System == c.System && l.Place == c.Place && l.Reading != nil && !l.Reading.Whole
		})
		if n := (Notify{c.System, c.Kind, c.ID}); part && coll != nil && coll.Get != nil {
			b.notify(n)
		}
	}
}

// due takes up the entities with a record whose end is due.
func (b *Builder) due(kind record.Kind) {
	for _, ent := range b.ids(Waiting, kind) {
		if b.inScope(ent) {
			b.want(ent)
		}
	}
	b.complete(b.cands[kind])
}

// unmake decides that an entity is made no longer. While one of its records waits
// for its end it stays as it is.
func (b *Builder) unmake(ent *entity, causes []Cause, made []*entity) {
	p := b.in.Policies.Of(ent.Kind)
	b.complete([]*entity{ent})
	stays := false
	for _, rep := range ent.reps {
		if p != nil && b.endsUnmade(p, ent, rep) && !takesPlace(p, rep, made) && !b.mayEnd(rep, reconcile.EndsUnmade, causes) {
			stays = true
		}
	}
	if !stays {
		ent.Deleted, ent.dirty, ent.changed, ent.why = record.Unmade, true, true, string(record.Unmade)
	}
	b.want(ent)
}

// endsUnmade reports whether a record ends when its entity is made no longer; one
// that is left alone does not.
func (b *Builder) endsUnmade(p *policy.Policy, ent *entity, rep *syncRecord) bool {
	if rep.drop || rep.coll == nil || isSource(p, rep.System) || rep.ExternalID == "" && !rep.Uncertain {
		return false
	}
	switch p.WhenDeleted(rep.System, record.Unmade, ent.Fields).Action {
	case policy.Detach:
		return false
	case policy.SetFields:
		return true
	}
	return !rep.coll.Part && (rep.CreatedBy == record.ByUs || rep.Uncertain)
}

// takesPlace reports whether one that the group makes now is to stand where a
// record stands: then it must go first.
func takesPlace(p *policy.Policy, rep *syncRecord, made []*entity) bool {
	t := p.Target(rep.System)
	return t != nil && slices.ContainsFunc(made, func(ent *entity) bool {
		place, _ := t.Place(ent.Fields)
		return ent.Kind == rep.Kind && ent != rep.entity && place == rep.Place && !ent.heldAt(rep.System, place)
	})
}

// endsHere decides whether a record that its entity is no longer to have at a
// place may go. A record that others have made is only left alone.
func (b *Builder) endsHere(ent *entity, rep *syncRecord) bool {
	if rep.ExternalID == "" && !rep.Uncertain || rep.coll == nil || rep.coll.Part || rep.CreatedBy != record.ByUs && !rep.Uncertain {
		return true
	}
	return b.mayEnd(rep, reconcile.EndsPlace, ent.causes)
}

// withoutEnds takes out of what a record is to be told the fields that mark an
// end, as long as that is not confirmed.
func (b *Builder) withoutEnds(p *policy.Policy, ent *entity, rep *syncRecord, set record.Fields) {
	var ends []record.Field
	for _, f := range p.Ends {
		if v := set[f]; v != "" && v != "false" && rep.Remote[f] != v {
			ends = append(ends, f)
		}
	}
	if len(ends) == 0 || rep.ExternalID == "" || isSource(p, rep.System) || b.mayEnd(rep, reconcile.EndsFields, ent.causes) {
		return
	}
	for _, f := range ends {
		delete(set, f)
	}
}

// stays reports whether a record is told nothing because it waits for its end.
// That of an entity that its rule makes no longer waits until the rule was asked
// again.
func (b *Builder) stays(rep *syncRecord) bool {
	if rep.ConfirmAt == nil {
		return false
	}
	if rep.ConfirmWhy == reconcile.EndsUnmade && !rep.entity.remade {
		rep.waits = true
	}
	return rep.waits && rep.ConfirmWhy != reconcile.EndsFields
}

// ends reports whether a record of the entity waits for its end because its rule
// makes it no longer.
func (ent *entity) ends() bool {
	return ent.old != nil && ent.Deleted == "" && slices.ContainsFunc(ent.reps, func(r *syncRecord) bool {
		return r.ConfirmAt != nil && r.ConfirmWhy == reconcile.EndsUnmade
	})
}
