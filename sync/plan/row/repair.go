package row

import (
	"slices"
	"time"

	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/record"
)

// A repair puts back what stood in our own copy before something came in that
// nobody approved. No limit counts it: a bad reading of one hour goes out again
// by the good one of the next. What a first sync or a person's approval brought
// in is never repaired.

// lateChanges are the changes of an entity of the last days that nobody approved.
func lateChanges(d *draft.Plan, ent *draft.Entity) []fact.Late {
	if ent.Old == nil {
		return nil
	}
	late := slices.Clone(d.Ask.Lately(ent.Kind, ent.Old.Key))
	return slices.DeleteFunc(late, func(l fact.Late) bool { return d.In.Now.Sub(l.At) > fact.Repairable })
}

// repairs notes which fields of our own copy a change repairs, and whether the
// life of the entity is repaired: it came in so and goes, or it went so and
// returns.
func repairs(d *draft.Plan, ent *draft.Entity, op string, change record.Change) {
	late := lateChanges(d, ent)
	if len(late) == 0 {
		return
	}
	switch last := late[len(late)-1].Op; op {
	case "delete":
		ent.Repaired = slices.ContainsFunc(late, func(l fact.Late) bool { return l.Op == "create" })
	case "return":
		ent.Repaired = last == "delete"
	}
	for f, c := range change {
		if repairsField(d, late, f, c) {
			if ent.Mended == nil {
				ent.Mended = map[record.Field]string{}
			}
			ent.Mended[f] = c[1]
		}
	}
}

// repairsField reports whether a change takes back the latest change of a field.
// What is put back must have stood for two readings: it came in at least
// AbsentGap before, or longer ago than is looked at.
func repairsField(d *draft.Plan, late []fact.Late, f record.Field, c [2]string) bool {
	came := time.Time{}
	for i, l := range slices.Backward(late) {
		was, ok := l.Fields[f]
		switch {
		case !ok:
		case came.IsZero():
			if l.Op == "create" || was != [2]string{c[1], c[0]} {
				return false
			}
			came = l.At
		default:
			return came.Sub(late[i].At) >= d.In.AbsentGap
		}
	}
	return !came.IsZero()
}

// unmended is a change without what it repairs.
func unmended(ent *draft.Entity, change record.Change) record.Change {
	if len(ent.Mended) == 0 {
		return change
	}
	out := record.Change{}
	for f, c := range change {
		if v, ok := ent.Mended[f]; !ok || v != c[1] {
			out[f] = c
		}
	}
	return out
}
