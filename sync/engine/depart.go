package engine

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// comeBack undoes what was set when the entity went, in fields that nobody has
// given a value since.
func (w *world) comeBack(p *policy.Policy, ent *entity) {
	if ent.old == nil || ent.old.Deleted == "" {
		return
	}
	for _, rep := range ent.reps {
		g := p.WhenDeleted(rep.system(), record.Reason(ent.old.Deleted), ent.Fields)
		for f, v := range g.Fields {
			if _, known := ent.Fields[f]; g.Action == policy.SetFields && !known && rep.hub[f] == v {
				w.set(ent, f, "", record.Hub)
			}
		}
	}
}

// depart carries out the presence policy for an entity that is gone.
func (w *world) depart(p *policy.Policy, ent *entity) {
	for _, rep := range slices.Clone(ent.reps) {
		if rep.coll == nil || rep.drop || isSource(p, rep.system()) {
			continue
		}
		g := p.WhenDeleted(rep.system(), ent.Deleted, ent.Fields)
		switch g.Action {
		case policy.SetFields:
			set := record.Fields{}
			for f, v := range g.Fields {
				if rep.hub[f] != v || rep.remote[f] != v {
					set[f] = v
				}
			}
			if rep.row.ExternalID == nil && rep.row.Intent == "" {
				w.dropSyncRecord(rep)
			} else if len(set) > 0 {
				rep.pendingOp, rep.bump = "put", true
				rep.echo.send(set)
				w.row(ent, rep, "remove", set, string(ent.Deleted))
			}
		case policy.Detach:
			w.detach(rep, string(ent.Deleted))
		default:
			w.release(rep, string(ent.Deleted))
		}
	}
}

// release lets a record go that we created; another's is left alone.
func (w *world) release(rep *syncRecord, why string) {
	switch {
	case rep.row.ExternalID == nil && rep.row.Intent == "", rep.coll != nil && rep.coll.Part:
		w.dropSyncRecord(rep) // a part goes with its host
	case rep.row.CreatedBy != record.ByUs && rep.row.Intent == "":
		w.detach(rep, why)
	case rep.pendingOp != "remove":
		rep.pendingOp, rep.bump = "remove", true
		w.row(rep.entity, rep, "remove", record.Fields{}, why)
	}
}

func (w *world) dropSyncRecord(rep *syncRecord) {
	rep.drop, rep.dirty = true, true
}

// detach leaves a record alone from now on.
func (w *world) detach(rep *syncRecord, why string) {
	ent := rep.entity
	w.row(ent, rep, "detach", record.Fields{}, why)
	ent.reps = slices.DeleteFunc(ent.reps, func(r *syncRecord) bool { return r == rep })
	rep.entity, rep.dirty, rep.pendingOp, rep.echo = nil, true, "", echo{}
	rep.row.NaturalKey = ent.Key
	w.unmanaged = append(w.unmanaged, rep)
}
