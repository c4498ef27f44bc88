package group

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/plan/fact"
)

// Most is how many members a group may have to be made again. A larger one
// is no family and no shared address: somebody has entered the club's own address
// for everybody. All its members would have to be decided and applied together.
const Most = 1000

// withoutLarge takes out of the groups that are touched those that are known to be
// too large. What was made of them stays as it is, and whoever touches them is
// decided without them.
func withoutLarge(d *draft.Plan, rule *derive.Rule, touched map[string][]*draft.Entity) {
	for key := range touched {
		if g := (fact.GroupName{Rule: rule.Name, Key: key}); d.In.TooLarge[g] {
			d.Refused[g] = true
			delete(touched, key)
		}
	}
}

// withoutGrown is the same of those that turn out to be too large.
func withoutGrown(d *draft.Plan, rule *derive.Rule, keys []string, groups map[string]*group) []string {
	return slices.DeleteFunc(keys, func(key string) bool {
		large := d.Ask.Members(rule.Name, key) > Most || len(groups[key].Members) > Most
		if large {
			d.Refused[fact.GroupName{Rule: rule.Name, Key: key}] = true
		}
		return large
	})
}
