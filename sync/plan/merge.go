package plan

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// settle plans the candidates of a kind that are not planned yet.
func (b *Builder) settle(p *policy.Policy) {
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
			b.withoutEnds(p, ent, rep, res.Sides[i].Set)
			b.goesOn(rep)
			b.patch(p, ent, rep, res.Sides[i].Set)
		}
	}
	for _, rep := range ent.reps { // those that are to be made
		if rep.coll != nil && !rep.drop && !slices.Contains(reps, rep) {
			b.patch(p, ent, rep, reconcile.Outward(p.Fields, reconcile.Hub{Fields: ent.Fields, From: ent.systems()}, rep.side()).Set)
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
	for _, f := range rep.Pinned {
		delete(set, f)
	}
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
	if why, waits := rep.refused(set); why != "" {
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

// refused asks the connector, without a call, whether it takes the fields, and
// if not, whether they are only to wait.
func (r *syncRecord) refused(set record.Fields) (why string, waits bool) {
	if r.coll.Accepts == nil {
		return "", false
	}
	err := r.coll.Accepts(r.Remote.Over(set))
	switch class := connector.ClassOf(err); class {
	case connector.Rejected, connector.Waiting:
		return err.Error(), class == connector.Waiting
	}
	return "", false
}
