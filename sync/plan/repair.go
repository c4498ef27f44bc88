package plan

import (
	"slices"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
)

// A repair puts back what stood in our own copy before something came in that
// nobody approved. No limit counts it: a bad reading of one hour goes out again
// by the good one of the next. What a first sync or a person's approval brought
// in is never repaired.

// Repairable is how long ago what is repaired may have come in.
const Repairable = 7 * 24 * time.Hour

// Late is a change of our own copy that was applied lately without approval.
type Late struct {
	Op     string
	Fields record.Change
	At     time.Time
}

// PutLately says what was changed lately of an entity, the oldest first.
func (s *Snapshot) PutLately(kind record.Kind, key string, l Late) {
	q := Request{What: Lately, Kind: kind, Key: key}
	s.lately[q] = append(s.lately[q], l)
}

// late are the changes of an entity of the last days that nobody approved.
func (b *Builder) late(ent *entity) []Late {
	if ent.old == nil {
		return nil
	}
	q := Request{What: Lately, Kind: ent.Kind, Key: ent.old.Key}
	if !b.ask(q) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(b.in.Snapshot.lately[q]), func(l Late) bool { return b.in.Now.Sub(l.At) > Repairable })
}

// repairs notes which fields of our own copy a change repairs, and whether the
// life of the entity is repaired: it came in so and goes, or it went so and
// returns.
func (b *Builder) repairs(ent *entity, op string, change record.Change) {
	late := b.late(ent)
	if len(late) == 0 {
		return
	}
	switch last := late[len(late)-1].Op; op {
	case "delete":
		ent.repaired = slices.ContainsFunc(late, func(l Late) bool { return l.Op == "create" })
	case "return":
		ent.repaired = last == "delete"
	}
	for f, c := range change {
		if b.repairsField(late, f, c) {
			if ent.mended == nil {
				ent.mended = map[record.Field]string{}
			}
			ent.mended[f] = c[1]
		}
	}
}

// repairsField reports whether a change takes back the latest change of a field.
// What is put back must have stood for two readings: it came in at least
// AbsentGap before, or longer ago than is looked at.
func (b *Builder) repairsField(late []Late, f record.Field, c [2]string) bool {
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
			return came.Sub(late[i].At) >= b.in.AbsentGap
		}
	}
	return !came.IsZero()
}

// unmended is a change without what it repairs.
func (ent *entity) unmended(change record.Change) record.Change {
	if len(ent.mended) == 0 {
		return change
	}
	out := record.Change{}
	for f, c := range change {
		if v, ok := ent.mended[f]; !ok || v != c[1] {
			out[f] = c
		}
	}
	return out
}
