package target

import (
	"cmp"
	"slices"

	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/plan/row"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// ComeBack undoes what was set when the entity was deleted, in fields that
// nobody has given a value since.
func ComeBack(d *draft.Plan, p *policy.Policy, ent *draft.Entity) {
	if ent.Old == nil || ent.Old.Deleted == "" {
		return
	}
	for _, rec := range ent.Records {
		g := p.WhenDeleted(rec.System, ent.Old.Deleted, ent.Fields)
		for f, v := range g.Fields {
			if _, known := ent.Fields[f]; g.Action == policy.SetFields && !known && rec.BaseLocal[f] == v {
				d.Set(ent, f, "", record.Hub)
			}
		}
	}
}

// Depart carries out the policy on deletion.
func Depart(d *draft.Plan, p *policy.Policy, ent *draft.Entity) {
	for _, rec := range slices.Clone(ent.Records) {
		if rec.Collection == nil || rec.Dropped || p.IsSource(rec.System) {
			continue
		}
		if p.Once != nil {
			if !rec.Made() {
				rec.Drop() // it is not told any more
			}
			continue
		}
		g := p.WhenDeleted(rec.System, ent.Deleted, ent.Fields)
		switch g.Action {
		case policy.SetFields, policy.Empty:
			set := rec.Desired(p, ent, d.In.Now)
			if !rec.Made() {
				rec.Drop()
			} else if len(set) > 0 {
				rec.PendingOp, rec.Bump = "put", true
				rec.Echo.Send(set)
				row.Remote(d, ent, rec, "remove", set, string(ent.Deleted))
			}
		case policy.Erase:
			erase(d, rec)
		case policy.Detach:
			if g.Why != "" {
				d.Out.Excluded[string(rec.System)+": "+g.Why]++
			}
			detach(d, rec, cmp.Or(g.Why, string(ent.Deleted)))
		default:
			release(d, rec, string(ent.Deleted))
		}
	}
}

// erase removes a record for good, whoever made it; one that its system cannot erase is
// released.
func erase(d *draft.Plan, rec *draft.Record) {
	if rec.ExternalID == "" || rec.Collection.Part || rec.Collection.Erase == nil {
		release(d, rec, string(record.Erased))
		return
	}
	remove(d, rec, string(record.Erased))
}

// release removes a record that we created; another's is left alone, and so is what
// an uncertain create may have made when nothing proves that it would be ours.
func release(d *draft.Plan, rec *draft.Record, why string) {
	switch {
	case rec.ExternalID == "" && (!rec.Uncertain || rec.CreatedBy != record.ByUs), rec.Collection != nil && rec.Collection.Part:
		rec.Drop() // a part goes with its host
	case rec.CreatedBy != record.ByUs:
		detach(d, rec, why)
	default:
		remove(d, rec, why)
	}
}

// remove has a record taken away.
func remove(d *draft.Plan, rec *draft.Record, why string) {
	if rec.PendingOp != "remove" {
		rec.PendingOp, rec.Bump = "remove", true
		row.Remote(d, rec.Owner, rec, "remove", record.Fields{}, why)
	}
}

// detach leaves a record alone from now on. A part is not remembered: it has the id of
// its host, and would stand in the way of the part of an entity that comes back.
func detach(d *draft.Plan, rec *draft.Record, why string) {
	ent := rec.Owner
	row.Remote(d, ent, rec, "detach", record.Fields{}, why)
	if rec.Collection != nil && rec.Collection.Part {
		rec.Drop()
		return
	}
	ent.Release(rec)
	rec.Owner, rec.Former, rec.Dirty, rec.PendingOp = nil, ent, true, ""
	rec.ConfirmAt, rec.ConfirmWhy, rec.ConfirmBy = nil, "", nil
	clear(rec.Echo)
	rec.NaturalKey = ent.Key
	d.Stray(rec)
}
