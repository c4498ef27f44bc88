package policy

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/customer"
)

// ClubCustomer is the page of what the helpdesk is told of members: who writes from an
// address, their teams and since when they are members. The hub decides it, from what
// is known of the member; nothing that is edited at FreeScout comes back. The number of
// the customer is FreeScout's.
//
// No customer is ever deleted: conversations are theirs. Whoever leaves, or has another
// member's address, stays at FreeScout as they are.
func ClubCustomer() *Policy {
	fields := map[record.Field]Rule{}
	rules(fields, Owned(record.Hub),
		customer.RelationCode, customer.FirstName, customer.LastName, customer.Email,
		customer.Teams, customer.MemberSince, customer.MemberUntil,
	)
	rules(fields, Owned(freescout), customer.HelpdeskID)
	return &Policy{
		Kind:      customer.Kind,
		Key:       customer.Key,
		KeyFields: customer.KeyFields,
		Sources:   []record.System{record.Hub},
		Targets: []Target{
			TargetAt(freescout, "customers"),
		},
		Fields:      fields,
		Groups:      [][]record.Field{{customer.FirstName, customer.LastName}},
		MovesForAll: []record.Field{customer.Teams},
		OnDelete: []OnDelete{
			{System: freescout, Action: Detach},
		},
	}
}

// ClubHelpdeskNumber is the page of the numbers of members' customers, which stand at Rondo
// Club with the person: those of FreeScout, and where it has none those that Sportlink states.
// Nothing else goes by what Sportlink states.
func ClubHelpdeskNumber() *Policy {
	return &Policy{
		Kind:      customer.Number,
		Key:       customer.Key,
		KeyFields: []record.Field{customer.RelationCode},
		Sources:   []record.System{record.Hub},
		Targets:   []Target{TargetAt(rondoclub, people)},
		Fields: map[record.Field]Rule{
			customer.RelationCode: Owned(record.Hub), customer.HelpdeskID: Owned(record.Hub),
		},
		OnDelete: []OnDelete{{System: rondoclub, Action: Detach}},
	}
}
