package profile

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

const (
	maxValues = 4096 // distinct values that are counted exactly
	maxTop    = 256  // values that are followed when there are more
)

// values counts values by their digests in bounded memory.
//
// Up to maxValues distinct ones all are counted. When there are more, those
// with the smallest digests stay: how close together they lie tells how many
// there are in all (k minimum values). The frequent ones are then followed
// beside them (Misra and Gries): a count may be too small by the number of
// values over maxTop, never too large.
type values struct {
	Counts counts `json:"counts,omitempty"`
	Limit  uint64 `json:"limit,omitempty"` // of Counts; 0: there is none
	Top    counts `json:"top,omitempty"`
}

func (v *values) add(d uint64, n int64) {
	if v.Counts == nil {
		v.Counts = counts{}
	}
	if v.Limit != 0 {
		v.follow(d, n)
		if d >= v.Limit {
			return
		}
	}
	v.Counts[d] += n
	if len(v.Counts) > maxValues+maxValues/4 { // not one by one
		v.prune()
	}
}

// prune keeps the maxValues smallest digests.
func (v *values) prune() {
	if v.Limit == 0 {
		v.Top = counts{}
		for _, f := range most(v.Counts, maxTop) {
			v.Top[f.Digest] = f.Count
		}
	}
	sorted := slices.Sorted(maps.Keys(v.Counts))
	v.Limit = sorted[maxValues]
	for _, d := range sorted[maxValues:] {
		delete(v.Counts, d)
	}
}

// follow counts a value among the frequent ones.
func (v *values) follow(d uint64, n int64) {
	if _, ok := v.Top[d]; !ok && len(v.Top) >= maxTop {
		least := n
		for _, c := range v.Top {
			least = min(least, c)
		}
		for t, c := range v.Top {
			if c == least {
				delete(v.Top, t)
			} else {
				v.Top[t] = c - least
			}
		}
		if n -= least; n == 0 {
			return
		}
	}
	v.Top[d] += n
}

// merge adds what another has counted.
func (v *values) merge(o *values) {
	if o.Limit != 0 {
		if v.Limit == 0 {
			v.Top = counts{}
			for _, f := range most(v.Counts, maxTop) {
				v.Top[f.Digest] = f.Count
			}
		}
		if v.Limit == 0 || o.Limit < v.Limit {
			v.Limit = o.Limit
			maps.DeleteFunc(v.Counts, func(d uint64, _ int64) bool { return d >= v.Limit })
		}
		for d, n := range o.Top {
			v.follow(d, n)
		}
		for d, n := range o.Counts {
			if d < v.Limit {
				v.count(d, n)
			}
		}
		return
	}
	for d, n := range o.Counts {
		v.add(d, n)
	}
}

func (v *values) count(d uint64, n int64) {
	if v.Counts == nil {
		v.Counts = counts{}
	}
	v.Counts[d] += n
	if len(v.Counts) > maxValues+maxValues/4 {
		v.prune()
	}
}

// of returns how often a value was counted, or less where it is not among the
// frequent ones of many.
func (v *values) of(d uint64) int64 {
	if v.Limit == 0 || d < v.Limit {
		return v.Counts[d]
	}
	return v.Top[d]
}

// distinct returns how many values there are: exactly up to maxValues, else
// within a few percent.
func (v *values) distinct() int64 {
	n := float64(len(v.Counts))
	if v.Limit == 0 {
		return int64(n)
	}
	return int64(math.Round(n * math.Exp2(64) / float64(v.Limit)))
}

// frequent returns up to n values, the most frequent first.
func (v *values) frequent(n int) []Value {
	if v.Limit == 0 {
		return most(v.Counts, n)
	}
	return most(v.Top, n)
}

func most(of counts, n int) []Value {
	if len(of) == 0 {
		return nil
	}
	out := make([]Value, 0, len(of))
	for d, c := range of {
		out = append(out, Value{d, c})
	}
	slices.SortFunc(out, func(a, b Value) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Digest, b.Digest))
	})
	return slices.Clip(out[:min(n, len(out))])
}
