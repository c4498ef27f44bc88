package plan

import (
	"cmp"
	"slices"

	"github.com/touchline-sync/touchline/sync/derive"
)

// GroupMost is how many members a group may have to be made again. A larger one
// is no family and no shared address: somebody has entered the club's own address
// for everybody. All its members would have to be decided and applied together.
const GroupMost = 1000

// withoutLarge takes out of the groups that are touched those that are known to be
// too large. What was made of them stays as it is, and whoever touches them is
// decided without them.
func (b *Builder) withoutLarge(rule *derive.Rule, touched map[string][]*entity) {
	for key := range touched {
		if g := (GroupName{rule.Name, key}); b.in.TooLarge[g] {
			b.refused[g] = true
			delete(touched, key)
		}
	}
}

// withoutGrown is the same of those that turn out to be too large.
func (b *Builder) withoutGrown(rule *derive.Rule, keys []string, groups map[string]*group) []string {
	return slices.DeleteFunc(keys, func(key string) bool {
		stored := b.in.Snapshot.members[Request{What: Group, Rule: rule.Name, Key: key}]
		large := len(stored) > GroupMost || len(groups[key].Members) > GroupMost
		if large {
			b.refused[GroupName{rule.Name, key}] = true
		}
		return large
	})
}

func (b *Builder) refusals() []GroupName {
	var out []GroupName
	for g := range b.refused {
		out = append(out, g)
	}
	slices.SortFunc(out, func(x, y GroupName) int { return cmp.Or(cmp.Compare(x.Rule, y.Rule), cmp.Compare(x.Key, y.Key)) })
	return out
}
