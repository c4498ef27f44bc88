package match

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/record"
)

// shownElsewhere reports whether a view has shown a field otherwise than before that
// another view of the place shows as well. What that one shows the next time is news then,
// though it may be what it has shown all along: who was on the list of those who have left
// for a day, and is on that of the members as before, is a member.
func shownElsewhere(d *draft.Plan, coll *connector.Collection, was, is record.Fields, system record.System) bool {
	for _, other := range d.In.Systems[system] {
		if other.Place != coll.Place || other.Kind != coll.Kind || other.View == coll.View {
			continue
		}
		if slices.ContainsFunc(other.Reads, func(f record.Field) bool { return was[f] != is[f] }) {
			return true
		}
	}
	return false
}
