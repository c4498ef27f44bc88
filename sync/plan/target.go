package plan

import (
	"cmp"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// heldAt reports whether the entity has a record at a place, made or not.
func (ent *entity) heldAt(s record.System, place string) bool {
	return slices.ContainsFunc(ent.reps, func(r *syncRecord) bool { return !r.drop && r.System == s && r.Place == place })
}

// recognise binds records that were seen before their entity was there, or before
// its own record was lost.
func (b *Builder) recognise(p *policy.Policy, ents []*entity) {
	for _, t := range p.Targets {
		for _, ent := range ents {
			place, _ := t.Place(ent.Fields)
			own := ent.toBeMade(t.System, place)
			if ent.Deleted != "" || place == "" || own == nil && ent.heldAt(t.System, place) {
				continue
			}
			q := Request{What: Namesakes, System: t.System, Kind: p.Kind, Key: ent.Key}
			if !b.ask(q) {
				continue
			}
			for _, row := range b.in.Snapshot.namesakesOf(q) {
				rep := b.record(row)
				if rep.entity != nil || rep.drop || rep.coll == nil || rep.Place != place || rep.ExternalID == "" {
					continue
				}
				if own != nil {
					b.takes(own, rep)
					break
				}
				rep.entity, rep.dirty, rep.Quarantine = ent, true, ""
				ent.reps = append(ent.reps, rep)
				break
			}
		}
	}
}

// toBeMade is the entity's record at a place that is to be made, and was certainly
// not made before; else nil.
func (ent *entity) toBeMade(s record.System, place string) *syncRecord {
	for _, r := range ent.reps {
		if !r.drop && r.System == s && r.Place == place && r.ExternalID == "" && !r.Uncertain && r.Quarantine != MergedThere && r.coll != nil && !r.coll.Part {
			return r
		}
	}
	return nil
}

// takes binds a record that is to be made to one that is there, and nobody's.
func (b *Builder) takes(own, there *syncRecord) {
	b.dropRecord(there)
	b.strays = append(b.strays, there)
	own.ExternalID, own.Remote, own.CreatedBy, own.Quarantine = there.ExternalID, there.Remote.Clone(), record.ByUnknown, ""
	own.again, own.staged, own.dirty, own.bump = false, true, true, own.ID != 0
	b.reps[own.place(own.ExternalID)] = own
}

// target sees to it that each system that must hold the entity does, once,
// where it should.
func (b *Builder) target(p *policy.Policy, ent *entity) {
	for _, t := range p.Targets {
		colls := b.in.Systems[t.System]
		if colls == nil {
			continue
		}
		place, why := t.Place(ent.Fields)
		coll := colls.Of(place, p.Kind)
		ends := place == "" || coll == nil
		var there *syncRecord
		for _, rep := range slices.Clone(ent.reps) {
			switch {
			case rep.drop || rep.System != t.System || rep.Kind != p.Kind:
			case rep.Place != place && ends && !b.endsHere(ent, rep):
			case rep.Place != place:
				ent.moveAt(t.System, !ends)
				b.release(rep, "moved")
			default:
				there = rep
			}
		}
		if there != nil {
			continue
		}
		if ends {
			b.exclude(t.System, colls, p.Kind, cmp.Or(why, "the system has no such place"))
			continue
		}
		rep := b.newRecord(t.System, coll, ent, "")
		if coll.Part {
			b.join(colls, ent, rep)
		}
	}
}

// moveAt notes that the entity goes on at another place of a system, so that the
// end of its record here is no end.
func (ent *entity) moveAt(s record.System, on bool) {
	if ent.moves == nil {
		ent.moves = map[record.System]bool{}
	}
	ent.moves[s] = on
}

// join gives a new part the id of the record that it is a part of.
func (b *Builder) join(colls connector.Collections, ent *entity, rep *syncRecord) {
	host := colls.Host(rep.Place, "")
	if host == nil {
		return
	}
	if he := b.ents[name{host.Kind, ent.Key}]; he != nil {
		for _, hr := range he.reps {
			if hr.System == rep.System && hr.Place == rep.Place && hr.Kind == host.Kind {
				rep.ExternalID = hr.ExternalID
			}
		}
	}
}

// exclude counts an entity that a system is not to hold, at the first place
// that takes its kind.
func (b *Builder) exclude(system record.System, colls connector.Collections, kind record.Kind, why string) {
	for _, c := range colls {
		if c.Kind == kind {
			b.counter(system, c.Place, kind).Excluded++
			b.out.Excluded[string(system)+": "+why]++
			return
		}
	}
}

// comeBack undoes what was set when the entity was deleted, in fields that
// nobody has given a value since.
func (b *Builder) comeBack(p *policy.Policy, ent *entity) {
	if ent.old == nil || ent.old.Deleted == "" {
		return
	}
	for _, rep := range ent.reps {
		g := p.WhenDeleted(rep.System, ent.old.Deleted, ent.Fields)
		for f, v := range g.Fields {
			if _, known := ent.Fields[f]; g.Action == policy.SetFields && !known && rep.BaseLocal[f] == v {
				b.set(ent, f, "", record.Hub)
			}
		}
	}
}

// depart carries out the policy on deletion.
func (b *Builder) depart(p *policy.Policy, ent *entity) {
	for _, rep := range slices.Clone(ent.reps) {
		if rep.coll == nil || rep.drop || isSource(p, rep.System) {
			continue
		}
		g := p.WhenDeleted(rep.System, ent.Deleted, ent.Fields)
		switch g.Action {
		case policy.SetFields:
			set := rep.desired(p, ent)
			if rep.ExternalID == "" && !rep.Uncertain {
				b.dropRecord(rep)
			} else if len(set) > 0 {
				rep.PendingOp, rep.bump = "put", true
				rep.Echo.Send(set)
				b.row(ent, rep, "remove", set, string(ent.Deleted))
			}
		case policy.Detach:
			b.detach(rep, string(ent.Deleted))
		default:
			b.release(rep, string(ent.Deleted))
		}
	}
}

// release removes a record that we created; another's is left alone, and so is what
// an uncertain create may have made when nothing proves that it would be ours.
func (b *Builder) release(rep *syncRecord, why string) {
	switch {
	case rep.ExternalID == "" && (!rep.Uncertain || rep.CreatedBy != record.ByUs), rep.coll != nil && rep.coll.Part:
		b.dropRecord(rep) // a part goes with its host
	case rep.CreatedBy != record.ByUs:
		b.detach(rep, why)
	case rep.PendingOp != "remove":
		rep.PendingOp, rep.bump = "remove", true
		b.row(rep.entity, rep, "remove", record.Fields{}, why)
	}
}

func (b *Builder) dropRecord(rep *syncRecord) { rep.drop, rep.dirty = true, true }

// detach leaves a record alone from now on.
func (b *Builder) detach(rep *syncRecord, why string) {
	ent := rep.entity
	b.row(ent, rep, "detach", record.Fields{}, why)
	ent.reps = slices.DeleteFunc(ent.reps, func(r *syncRecord) bool { return r == rep })
	rep.entity, rep.was, rep.dirty, rep.PendingOp = nil, ent, true, ""
	rep.ConfirmAt, rep.ConfirmWhy, rep.ConfirmBy = nil, "", nil
	clear(rep.Echo)
	rep.NaturalKey = ent.Key
	b.strays = append(b.strays, rep)
}
