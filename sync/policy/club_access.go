package policy

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/access"
)

// ClubAccess is the page of what members may do at Rondo Club by what they do for the club.
// The hub says which functions somebody has, of those that Sportlink shows; which roles these
// give is the site's to say, and roles that people have given or taken there by hand stay
// theirs. It cannot be read back, and is told only when it has changed.
func ClubAccess() *Policy {
	return &Policy{
		Kind:      access.Kind,
		Key:       access.Key,
		KeyFields: access.KeyFields,
		Sources:   []record.System{record.Hub},
		Targets:   []Target{TargetAt(rondoclub, "capabilities")},
		Fields: map[record.Field]Rule{
			access.RelationCode: Owned(record.Hub), access.Functions: Owned(record.Hub),
		},
		OnDelete: []OnDelete{{System: rondoclub, Action: Detach}},
	}
}
