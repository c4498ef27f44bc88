package engine

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// comeBack undoes what was set when the entity went, in fields that nobody has
// given a value since.
func (w *world) comeBack(p *policy.Policy, ent *entity) {
	if ent.old == nil || ent.old.Gone == "" {
		return
	}
	for _, rep := range ent.reps {
		g := p.WhenGone(rep.system(), record.Reason(ent.old.Gone), ent.Fields)
		for f, v := range g.Fields {
			if _, known := ent.Fields[f]; g.Action == policy.Set && !known && rep.hub[f] == v {
				w.set(ent, f, "", record.Hub)
			}
		}
	}
}

// depart carries out the presence policy for an entity that is gone.
func (w *world) depart(p *policy.Policy, ent *entity) {
	for _, rep := range slices.Clone(ent.reps) {
		if rep.coll == nil || rep.drop || origin(p, rep.system()) {
			continue
		}
		g := p.WhenGone(rep.system(), ent.Gone, ent.Fields)
		switch g.Action {
		case policy.Set:
			set := record.Fields{}
			for f, v := range g.Fields {
				if rep.hub[f] != v || rep.far[f] != v {
					set[f] = v
				}
			}
			if rep.row.ExternalID == nil && rep.row.Intent == "" {
				w.dropReplica(rep)
			} else if len(set) > 0 {
				rep.wish, rep.bump = "put", true
				rep.told.send(set)
				w.row(ent, rep, "let_go", set, string(ent.Gone))
			}
		case policy.Detach:
			w.detach(rep, string(ent.Gone))
		default:
			w.release(rep, string(ent.Gone))
		}
	}
}

// release lets a record go that we created; another's is left alone.
func (w *world) release(rep *replica, why string) {
	switch {
	case rep.row.ExternalID == nil && rep.row.Intent == "", rep.coll != nil && rep.coll.Part:
		w.dropReplica(rep) // a part goes with its host
	case !rep.row.Ours && rep.row.Intent == "":
		w.detach(rep, why)
	case rep.wish != "let_go":
		rep.wish, rep.bump = "let_go", true
		w.row(rep.entity, rep, "let_go", record.Fields{}, why)
	}
}

func (w *world) dropReplica(rep *replica) {
	rep.drop, rep.dirty = true, true
}

// detach leaves a record alone from now on.
func (w *world) detach(rep *replica, why string) {
	ent := rep.entity
	w.row(ent, rep, "detach", record.Fields{}, why)
	ent.reps = slices.DeleteFunc(ent.reps, func(r *replica) bool { return r == rep })
	rep.entity, rep.dirty, rep.wish, rep.told = nil, true, "", told{}
	rep.row.NaturalKey = ent.Key
	w.foreign = append(w.foreign, rep)
}
