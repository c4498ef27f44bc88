package change

import (
	"cmp"
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// PlaceName names a place of a system.
type PlaceName struct {
	System record.System
	Place  string
}

// Sum is what is kept of a batch's changes once they are stored, so that the
// limits are judged once, over the whole run.
type Sum struct {
	Counters  []Counter
	Excluded  map[string]int64    // by system and why
	Unmanaged map[int32]int64     // by listing
	Creates   map[PlaceName]int64 // records that are to be made there
	Tallies   []reconcile.Tally
	Missing   []int32          // listings that miss something
	Refused   map[string]int64 // groups that are too large, by rule
	Asides    []Aside          // no more than asidesMost
	Changes   int              // how many rows, entities and sync records there are
}

// asidesMost is how many of the records that a plan puts aside are named.
const asidesMost = 20

// Sum adds changes up.
func (c Changes) Sum() Sum {
	out := Sum{
		Counters: c.Counters, Excluded: c.Excluded, Unmanaged: c.Unmanaged, Tallies: Tally(c.Rows), Missing: c.Missing,
		Asides:  c.Asides[:min(len(c.Asides), asidesMost)],
		Creates: map[PlaceName]int64{}, Refused: map[string]int64{}, Changes: len(c.Rows) + len(c.Entities) + len(c.Records),
	}
	for i := range c.Rows {
		if r := &c.Rows[i]; r.Op == "create" {
			out.Creates[PlaceName{r.System, r.Place}]++
		}
	}
	for _, g := range c.Refused {
		out.Refused[g.Rule]++
	}
	return out
}

// Total adds sums up. A sum without any batch is that of no changes.
func Total(all []Sum) Sum {
	out := Changes{Excluded: map[string]int64{}, Unmanaged: map[int32]int64{}}.Sum()
	counters, tallies := map[Counter]Counter{}, map[reconcile.Tally]int64{}
	for _, s := range all {
		for _, c := range s.Counters {
			at := Counter{System: c.System, Place: c.Place, Kind: c.Kind}
			sum, ok := counters[at]
			if !ok {
				sum = at
			}
			counters[at] = sum.plus(c)
		}
		for _, t := range s.Tallies {
			n := t.N
			t.N = 0
			tallies[t] += n
		}
		addTo(out.Excluded, s.Excluded)
		addTo(out.Unmanaged, s.Unmanaged)
		addTo(out.Creates, s.Creates)
		addTo(out.Refused, s.Refused)
		out.Missing = append(out.Missing, s.Missing...)
		out.Asides = append(out.Asides, s.Asides...)
		out.Changes += s.Changes
	}
	slices.SortFunc(out.Asides, func(x, y Aside) int {
		return cmp.Or(cmp.Compare(x.System, y.System), cmp.Compare(x.Place, y.Place), cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.ID, y.ID),
			cmp.Compare(x.Entity, y.Entity), cmp.Compare(x.Why, y.Why))
	})
	out.Asides = out.Asides[:min(len(out.Asides), asidesMost)]
	slices.Sort(out.Missing)
	out.Missing = slices.Compact(out.Missing)
	out.Counters, out.Tallies = Sorted(slices.Collect(maps.Values(counters))), tallied(tallies)
	return out
}

func addTo[K comparable](sums, more map[K]int64) {
	for k, n := range more {
		sums[k] += n
	}
}

func (c Counter) plus(o Counter) Counter {
	c.Created, c.Updated, c.Unchanged, c.Removed = c.Created+o.Created, c.Updated+o.Updated, c.Unchanged+o.Unchanged, c.Removed+o.Removed
	c.Waiting, c.Excluded, c.Quarantined = c.Waiting+o.Waiting, c.Excluded+o.Excluded, c.Quarantined+o.Quarantined
	c.Held, c.Faults, c.Conflicts = c.Held+o.Held, c.Faults+o.Faults, c.Conflicts+o.Conflicts
	return c
}

// Sorted puts counters in a fixed order.
func Sorted(all []Counter) []Counter {
	slices.SortFunc(all, func(x, y Counter) int {
		return cmp.Or(cmp.Compare(x.System, y.System), cmp.Compare(x.Place, y.Place), cmp.Compare(x.Kind, y.Kind))
	})
	return all
}

// tallied puts tallies in a fixed order.
func tallied(sums map[reconcile.Tally]int64) []reconcile.Tally {
	out := slices.SortedFunc(maps.Keys(sums), func(x, y reconcile.Tally) int {
		return cmp.Or(cmp.Compare(x.System, y.System), cmp.Compare(x.Place, y.Place), cmp.Compare(x.Kind, y.Kind),
			cmp.Compare(x.Effect, y.Effect), cmp.Compare(x.Field, y.Field), cmp.Compare(rank(x.Made), rank(y.Made)))
	})
	for i, t := range out {
		out[i].N = sums[t]
	}
	return out
}

func rank(made bool) int {
	if made {
		return 1
	}
	return 0
}
