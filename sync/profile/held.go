package profile

import (
	"cmp"
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
)

// Held is what the findings of a reading hold back. It is used by the second
// pass over the records of the reading, by one goroutine or several.
type Held struct {
	subject  Subject
	digest   Digest
	findings []Finding
	whole    map[record.Field]*Finding
}

// Hold is one field of one record of which the change is not taken.
type Hold struct {
	Field record.Field
	// Finding is the id of what holds it.
	Finding string
	Cause   Cause
	// Wait says that a second reading which shows the same lets it go.
	Wait bool
}

// NewHeld returns what the findings hold, but for those whose ids are let go: a
// person has accepted them, or a second reading has confirmed them.
func NewHeld(s Subject, d Digest, findings []Finding, letGo ...string) *Held {
	h := &Held{subject: s, digest: d, whole: map[record.Field]*Finding{}}
	for _, f := range findings {
		if !slices.Contains(letGo, f.ID) {
			h.findings = append(h.findings, f)
		}
	}
	for i := range h.findings {
		f := &h.findings[i]
		if !f.Whole {
			continue
		}
		for _, n := range f.Fields {
			if h.whole[n] == nil {
				h.whole[n] = f
			}
		}
	}
	return h
}

// Empty reports whether nothing is held, so that no second pass is needed.
func (h *Held) Empty() bool { return len(h.findings) == 0 }

// Fields are the fields that are held in all records, sorted.
func (h *Held) Fields() []record.Field {
	out := make([]record.Field, 0, len(h.whole))
	for f := range h.whole {
		out = append(out, f)
	}
	slices.Sort(out)
	return out
}

// Hold returns the fields of a record of which the change is not taken from
// this reading, sorted; none when all of it is. good and now are those of
// Comparer.Pair; good is nil for a new record, of which then the fields that
// are held in all records take no part, and those of their groups.
//
// A consent that becomes stricter is never held, unless its own field is held
// in all records.
func (h *Held) Hold(id record.ExternalID, good, now record.Fields) []Hold {
	var out []Hold
	hold := func(n record.Field, f *Finding) {
		if !moved(n, good, now) || slices.ContainsFunc(out, func(o Hold) bool { return o.Field == n }) {
			return
		}
		if h.whole[n] == nil && h.subject.stricter(n, good[n], now[n]) {
			return
		}
		out = append(out, Hold{Field: n, Finding: f.ID, Cause: f.Cause, Wait: f.Wait})
	}
	for n, f := range h.whole {
		hold(n, f)
	}
	for i := range h.findings {
		f := &h.findings[i]
		if f.Whole || !f.Affects(h.digest, id, good, now) {
			continue
		}
		fields := f.Fields
		if f.Cause == SomebodyElse {
			fields = h.subject.Fields // the whole record waits
		}
		for _, n := range fields {
			hold(n, f)
		}
	}
	for _, g := range h.subject.Groups {
		if f := h.holder(g, out); f != nil {
			for _, n := range g {
				hold(n, f)
			}
		}
	}
	slices.SortFunc(out, func(a, b Hold) int { return cmp.Compare(a.Field, b.Field) })
	return out
}

// Believed reports whether a record may be stored as seen: nothing of it is held,
// and it shows each field that is held in all records and that good has. One
// that is not settled keeps the digest that it had, so that the next reading
// compares it again.
func (h *Held) Believed(id record.ExternalID, good, now record.Fields) bool {
	for n := range h.whole {
		_, known := good[n]
		if _, shown := now[n]; known && !shown {
			return false
		}
	}
	return len(h.Hold(id, good, now)) == 0
}

// holder returns what holds one field of a group in a record, or nil.
func (h *Held) holder(group []record.Field, out []Hold) *Finding {
	for _, n := range group {
		if f := h.whole[n]; f != nil {
			return f
		}
		for _, o := range out {
			if o.Field == n {
				i := slices.IndexFunc(h.findings, func(f Finding) bool { return f.ID == o.Finding })
				return &h.findings[i]
			}
		}
	}
	return nil
}
