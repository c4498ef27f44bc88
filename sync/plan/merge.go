package plan

import (
	"errors"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// planAll plans the candidates of a kind that are not planned yet.
func (b *Builder) planAll(p *policy.Policy) {
	var ents []*entity
	for _, ent := range b.cands[p.Kind] {
		if !ent.planned {
			ents = append(ents, ent)
		}
	}
	b.complete(ents)
	b.recognise(p, ents)
	for _, ent := range ents {
		ent.planned = true
		if ent.Deleted != "" {
			b.hubRow(ent, "delete")
			b.depart(p, ent)
			continue
		}
		b.comeBack(p, ent)
		b.merge(p, ent)
	}
}

// merge takes all sides of a living entity at once. Who must hold it follows
// from what is true of it then.
func (b *Builder) merge(p *policy.Policy, ent *entity) {
	var reps []*syncRecord
	var sides []reconcile.Side
	for _, rep := range ent.reps {
		if rep.coll == nil || rep.drop || rep.PendingOp == "remove" && rep.bump {
			continue
		}
		reps = append(reps, rep)
		sides = append(sides, rep.side())
	}
	res := reconcile.Merge(p.Fields, reconcile.Hub{Fields: ent.Fields, From: ent.systems()}, sides)
	for _, f := range res.Changed {
		b.set(ent, f, res.Hub.Fields[f], res.Hub.From[f])
	}
	b.readIn(p, ent, reps, res.Changed)
	b.hubRow(ent, "")
	b.target(p, ent)
	for i, rep := range reps {
		if !rep.drop && rep.entity == ent && !(rep.PendingOp == "remove" && rep.bump) {
			if b.stays(rep) {
				continue
			}
			rep.agree(res.Sides[i])
			set := rep.desired(p, ent)
			b.withoutEnds(p, ent, rep, set)
			b.goesOn(rep)
			b.patch(p, ent, rep, set)
		}
	}
	for _, rep := range ent.reps { // those that are to be made
		if rep.coll != nil && !rep.drop && !slices.Contains(reps, rep) {
			b.patch(p, ent, rep, rep.desired(p, ent))
		}
	}
	for _, c := range res.Conflicts {
		// A conflict already recorded is not recorded again until it is resolved.
		if slices.ContainsFunc(reps, func(r *syncRecord) bool {
			return (r.staged || ent.askedAgain()) && (c.System == record.Hub || c.System == r.System)
		}) {
			b.conflict(ent, c)
		}
	}
}

// side is the record as a merge sees it.
func (r *syncRecord) side() reconcile.Side {
	return reconcile.Side{
		System: r.System, Reads: r.coll.Reads, Writes: r.coll.Writes,
		Remote: r.Remote, BaseLocal: r.BaseLocal, BaseRemote: r.BaseRemote, Sent: r.Echo.Sent(), New: r.ExternalID == "",
	}
}

// systems names by field the system that a value is from.
func (ent *entity) systems() map[record.Field]record.System {
	from := make(map[record.Field]record.System, len(ent.from))
	for f, o := range ent.from {
		from[f] = o.System
	}
	return from
}

// agree moves what both sides hold without a write.
func (r *syncRecord) agree(s reconcile.SideResult) {
	for f, v := range s.BaseLocal {
		if r.BaseLocal[f] != v || r.BaseRemote[f] != s.BaseRemote[f] || !r.BaseLocal.Has(f) {
			r.BaseLocal[f], r.BaseRemote[f], r.dirty = v, s.BaseRemote[f], true
		}
	}
}

// patch plans what one side must be told.
func (b *Builder) patch(p *policy.Policy, ent *entity, rep *syncRecord, set record.Fields) {
	isNew := rep.ExternalID == ""
	pending := rep.Pending && rep.PendingOp == "put"
	nothingNew := !ent.changed && !rep.staged && !rep.again
	c := b.counter(rep.System, rep.Place, p.Kind)
	switch {
	case !isNew && len(set) == 0 && rep.PendingOp != "remove":
		c.Unchanged++
		if !rep.bound() {
			b.row(ent, rep, "adopt", record.Fields{}, "recognised")
		}
		return
	case nothingNew && (pending || rep.Quarantine != ""), rep.Quarantine == MergedThere:
		return // planned before, and nothing has changed since; or for a person
	}
	set, why, waits := b.accepted(p, ent, rep, set)
	if why != "" {
		news := rep.Quarantine != why
		if news {
			rep.Quarantine, rep.dirty = why, true
		}
		if waits { // such as a reader who has opted out: nobody's fault
			c.Waiting++
			return
		}
		c.Quarantined++
		if news {
			c.Faults++
		}
		return
	}
	if !isNew && len(set) == 0 && rep.PendingOp != "remove" && rep.bound() {
		return // all that would change is held
	}
	op := "update"
	switch {
	case isNew:
		op = "create"
	case !rep.bound():
		op = "adopt"
	}
	rep.PendingOp, rep.bump, rep.Quarantine = "put", true, ""
	rep.Echo.Send(set)
	b.row(ent, rep, op, set, ent.why)
}

// desired is what the record should be told of its entity.
func (r *syncRecord) desired(p *policy.Policy, ent *entity) record.Fields {
	set, _ := reconcile.Desired(p, reconcile.Entity{
		Hub: reconcile.Hub{Fields: ent.Fields, From: ent.systems()}, Deleted: ent.Deleted,
	}, reconcile.Record{Side: r.side(), Pinned: r.Pinned, Held: r.Held})
	return set
}

// accepted asks the connector, without a call, whether it takes the fields. A field
// that it refuses is held and left out, unless no record can be made without it. why
// says that the record as a whole is refused, or is only to wait.
func (b *Builder) accepted(p *policy.Policy, ent *entity, rep *syncRecord, set record.Fields) (_ record.Fields, why string, waits bool) {
	if rep.coll.Accepts == nil {
		return set, "", false
	}
	for {
		err := rep.coll.Accepts(rep.Remote.Over(set))
		switch class := connector.ClassOf(err); class {
		default:
			return set, "", false
		case connector.Waiting:
			return set, err.Error(), true
		case connector.Rejected:
			refused, _ := errors.AsType[*connector.Error](err)
			without, ok := rep.without(p, ent, refused, set)
			if !ok {
				return set, err.Error(), false
			}
			c := b.counter(rep.System, rep.Place, p.Kind)
			c.Held++
			c.Faults++
			set = without
		}
	}
}

// without holds the field that the connector refuses and returns what is left to be
// told. It reports false when the record cannot do without.
func (r *syncRecord) without(p *policy.Policy, ent *entity, refused *connector.Error, set record.Fields) (record.Fields, bool) {
	value, ok := set[refused.Field]
	if !ok {
		return set, false
	}
	before := r.Held
	r.Held = before.Hold(refused.Field, value, refused.Error())
	left := r.desired(p, ent)
	if r.ExternalID == "" && (len(left) == 0 || !left.HasAll(set, slices.Concat(r.coll.Required, p.KeyFields))) {
		r.Held = before
		return set, false
	}
	r.dirty = true
	return left, true
}
