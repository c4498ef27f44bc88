package derive

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/access"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// Access makes, of the functions that members have for the club as a whole, by which of them
// they may do things at a site (docs/policy.md, "Functions and committees"). A group is a
// member. Who has never had one is told nothing; who has none any more, or has left, has none
// of that.
func Access() Rule {
	return Rule{
		Name:   "access",
		From:   []record.Kind{person.Kind},
		Makes:  []record.Kind{access.Kind},
		Groups: functioning,
		Make: func(g Group) Made {
			var names []string
			for _, m := range g.Members {
				for _, f := range functions(m) {
					if f.Current && f.Committee == person.ClubWide {
						names = append(names, f.Role)
					}
				}
			}
			if len(names) == 0 && len(g.Before) == 0 {
				return Made{}
			}
			return Made{Entities: []Entity{{Kind: access.Kind, Key: g.Key, Fields: record.Fields{
				access.RelationCode: g.Key, access.Functions: record.SetValue(names),
			}}}}
		},
	}
}
