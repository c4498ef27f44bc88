package policy

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/family"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// ClubFamily is the page of who is whose child. A family has the key of the
// person who is the parent, and at Rondo Club it is a part of that person's
// record: it is recognised by the same fields.
//
// The hub decides it, from what Sportlink says of the children. Relations that
// nobody derives any longer stay as they are.
func ClubFamily() *Policy {
	return &Policy{
		Kind:      family.Kind,
		Key:       person.Key,
		KeyFields: person.KeyFields,
		Sources:   []record.System{record.Hub},
		Targets:   []Target{TargetAt(rondoclub, people)},
		Fields:    map[record.Field]Rule{family.Children: Owned(record.Hub)},
		OnDelete:  []OnDelete{{System: rondoclub, Action: Detach}},
	}
}
