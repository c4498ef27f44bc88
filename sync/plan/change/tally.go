package change

import (
	"cmp"
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/reconcile"
)

// Tally adds up the effects of rows by place, kind and field; in a fixed order.
func Tally(rows []Row) []reconcile.Tally {
	sums := map[reconcile.Tally]int64{}
	for i := range rows {
		r := &rows[i]
		at := reconcile.Tally{System: r.System, Place: r.Place, Kind: r.Kind, Effect: r.Effect}
		if r.Effect != "" {
			sums[at]++
		}
		for _, f := range r.Emptied {
			at.Effect, at.Field = reconcile.Emptied, f
			sums[at]++
		}
	}
	out := slices.SortedFunc(maps.Keys(sums), func(x, y reconcile.Tally) int {
		return cmp.Or(cmp.Compare(x.System, y.System), cmp.Compare(x.Place, y.Place), cmp.Compare(x.Kind, y.Kind),
			cmp.Compare(x.Effect, y.Effect), cmp.Compare(x.Field, y.Field))
	})
	for i, t := range out {
		out[i].N = sums[t]
	}
	return out
}
