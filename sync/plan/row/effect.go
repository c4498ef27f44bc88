package row

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// effect says what a row does to a remote record, whatever its operation, and
// which filled fields it empties. A move does nothing that a limit counts at the
// places: the same entity goes on at another. Where it should be is a field of
// our own copy, and is counted there. Who is to be made already, as where a system is
// down, is not made a second time.
func effect(d *draft.Plan, ent *draft.Entity, rec *draft.Record, op string, change record.Change) (reconcile.Effect, []record.Field) {
	switch op {
	case "remove", "detach":
		if ent.Moves[rec.System] || ent.Repaired && ent.Deleted != "" {
			return "", nil
		}
		return reconcile.Removed, nil
	case "create":
		planned := rec.Pending && rec.PendingOp == "put" && !rec.Recreate // and counted, before it is told otherwise
		if ent.Moves[rec.System] || planned {
			return "", nil
		}
		return reconcile.Created, nil
	}
	var effect reconcile.Effect
	if altered(d, rec.Kind, change) {
		effect = reconcile.Changed
	}
	if op == "adopt" {
		if effect != "" && rec.Collection.Part && !stands(rec, change) {
			effect = reconcile.Created // of a record that was there a part comes
		}
		for f, c := range change {
			// Of an unmanaged record only what recognises it is kept, and of a part
			// nothing before it is one; in a record of ours nobody has filled it.
			ours := rec.Collection.Part && rec.CreatedBy == record.ByUs
			// Rows are added beside those of others, also where nobody knows which.
			beside := d.In.Policies.Of(rec.Kind).Fields[f].Rows > 0
			if c[0] != "" || !rec.Remote.Has(f) && !ours && !beside {
				effect = reconcile.Overwritten
			}
		}
	}
	return effect, emptied(d, rec.Kind, change)
}

// stands reports whether something of a part stands at its record. What is changed says
// itself what stood there.
func stands(rec *draft.Record, change record.Change) bool {
	return slices.ContainsFunc(rec.Collection.Writes, func(f record.Field) bool {
		if c, told := change[f]; told {
			return c[0] != ""
		}
		return rec.Remote[f] != ""
	})
}

// effectHere is the same of our own copy. What another program has done to it
// before is not done by the plan.
func effectHere(d *draft.Plan, ent *draft.Entity, op string, change record.Change) (reconcile.Effect, []record.Field) {
	switch op {
	case "delete":
		switch {
		case ent.Old == nil || ent.Old.Deleted != "" || ent.Repaired:
			return "", nil
		case ent.Deleted == record.Merged && ent.Inherits: // counted where it goes on
			return "", nil
		case ent.Deleted == record.Merged:
			return reconcile.Changed, nil
		}
		return reconcile.Removed, nil
	case "create":
		if ent.Inherits {
			return reconcile.Changed, nil
		}
		return reconcile.Created, nil
	case "return":
		if ent.Repaired {
			return "", emptied(d, ent.Kind, change)
		}
		return reconcile.Changed, emptied(d, ent.Kind, change)
	}
	known := record.Change{} // what is learnt of a record changes nothing of it
	for f, c := range change {
		if ent.Old.Fields.Has(f) {
			known[f] = c
		}
	}
	if altered(d, ent.Kind, known) {
		return reconcile.Changed, emptied(d, ent.Kind, known)
	}
	return "", emptied(d, ent.Kind, known)
}

// altered reports whether a change concerns any field but those that ordinarily
// change in all records at once, and those of which a person has accepted it.
func altered(d *draft.Plan, kind record.Kind, change record.Change) bool {
	p := d.In.Policies.Of(kind)
	for f := range change {
		if (p == nil || !slices.Contains(p.MovesForAll, f)) && !slices.Contains(d.In.Accepted[kind], f) {
			return true
		}
	}
	return false
}

// emptied are the filled fields that a change empties, sorted, but for those of
// which a person has accepted it.
func emptied(d *draft.Plan, kind record.Kind, change record.Change) []record.Field {
	var out []record.Field
	for f, c := range change {
		if c[0] != "" && c[1] == "" && !slices.Contains(d.In.Accepted[kind], f) {
			out = append(out, f)
		}
	}
	slices.Sort(out)
	return out
}
