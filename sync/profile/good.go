package profile

import (
	"cmp"
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
)

// Good is what a reading of a view is compared with, beside the records
// themselves. It is kept by field: where a field is held, the reading that it
// was last good in stays. The zero Good is that of a view that was never read.
//
// Its methods return another Good and leave the one they are called on alone.
type Good struct {
	// Readings is how many readings there were of which no field was held.
	Readings int `json:"readings"`
	// Keys has, by key on the wire, in how many good readings in a row up to
	// the last one it was in every row; Shown has the same of fields.
	Keys  map[string]int       `json:"keys,omitempty"`
	Shown map[record.Field]int `json:"shown,omitempty"`
	// Fields says what each field looked like when it was last good.
	Fields map[record.Field]Pointer `json:"fields,omitempty"`
}

// Pointer names the reading in which a field was last good, and what it looked
// like there.
type Pointer struct {
	Reading string  `json:"reading"`
	Column  *Column `json:"column"`
}

// enough is how far good readings in a row are counted.
const enough = 100

// Move returns the Good after a reading whose plan was applied, or the first
// one that was approved: the reading, under the caller's name for it, is the
// good one of all fields but those held (Held.Fields). What is known of a key
// that a held field is made from stays as it is.
func (g Good) Move(s Subject, reading string, p Profile, held []record.Field) Good {
	out := g.clone()
	if p.Rows == 0 {
		return out // shows nothing of any field
	}
	if len(held) == 0 {
		out.Readings = min(out.Readings+1, enough)
	}
	for _, f := range s.Fields {
		if !slices.Contains(held, f) {
			out.field(f, reading, p)
		}
	}
	for _, k := range keysOf(out.Keys, p.Keys) {
		isHeld := func(f record.Field) bool { return slices.Contains(held, f) }
		if !slices.ContainsFunc(s.madeFrom(k), isHeld) {
			row(out.Keys, k, p.Keys[k] == p.Rows)
		}
	}
	return out
}

// Accept returns the Good after a person has said of a finding that this is how
// it is now: for its fields and its key the reading that they saw is the good
// one, whatever came before. The values that the finding held in single
// records are the caller's to take as good (Comparer.Pair).
func (g Good) Accept(f Finding, reading string, p Profile) Good {
	out := g.clone()
	for _, n := range f.Fields {
		if f.Whole {
			delete(out.Shown, n)
			out.field(n, reading, p)
		}
	}
	if f.Key != "" {
		delete(out.Keys, f.Key)
	}
	return out
}

func (g *Good) field(f record.Field, reading string, p Profile) {
	c := p.Fields[f]
	row(g.Shown, f, c != nil && c.Rows == p.Rows)
	if c == nil {
		delete(g.Fields, f)
		return
	}
	g.Fields[f] = Pointer{Reading: reading, Column: c}
}

// row counts good readings in a row.
func row[K comparable](counts map[K]int, k K, all bool) {
	if !all {
		delete(counts, k)
		return
	}
	counts[k] = min(counts[k]+1, enough)
}

// lasting returns what was in every row of the last good readings, sorted: of
// so many, or of all when there were fewer.
func lasting[K cmp.Ordered](counts map[K]int, readings, of int) []K {
	if readings == 0 {
		return nil
	}
	var out []K
	for k, n := range counts {
		if n >= min(readings, of) {
			out = append(out, k)
		}
	}
	slices.Sort(out)
	return out
}

func keysOf(a map[string]int, b map[string]int64) []string {
	return slices.Compact(slices.Sorted(func(yield func(string) bool) {
		for k := range a {
			if !yield(k) {
				return
			}
		}
		for k := range b {
			if !yield(k) {
				return
			}
		}
	}))
}

func (g Good) clone() Good {
	out := Good{
		Readings: g.Readings, Keys: maps.Clone(g.Keys), Shown: maps.Clone(g.Shown), Fields: maps.Clone(g.Fields),
	}
	if out.Keys == nil {
		out.Keys = map[string]int{}
	}
	if out.Shown == nil {
		out.Shown = map[record.Field]int{}
	}
	if out.Fields == nil {
		out.Fields = map[record.Field]Pointer{}
	}
	return out
}
