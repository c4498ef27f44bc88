package change

import "github.com/touchline-sync/touchline/sync/reconcile"

// Tally adds up the effects of rows that nobody has approved by place, kind and field,
// and whether a rule makes the entity; in a fixed order. What is created is counted
// together: nothing of it is there before.
func Tally(rows []Row) []reconcile.Tally {
	sums := map[reconcile.Tally]int64{}
	for i := range rows {
		r := &rows[i]
		if r.Approved {
			continue
		}
		at := reconcile.Tally{System: r.System, Place: r.Place, Kind: r.Kind, Effect: r.Effect, Made: r.Made && r.Effect != reconcile.Created}
		if r.Effect != "" {
			sums[at]++
		}
		for _, f := range r.Emptied {
			at.Effect, at.Field, at.Made = reconcile.Emptied, f, r.Made
			sums[at]++
		}
	}
	return tallied(sums)
}
