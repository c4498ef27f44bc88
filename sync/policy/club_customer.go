package policy

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/customer"
)

// WhyNotThere is why a person's number at the helpdesk is not told to Rondo Club.
const WhyNotThere = "no customer at the helpdesk yet"

// ClubCustomer is the page of what the helpdesk is told of members: who writes from an
// address, their teams and since when they are members. The hub decides it, from what
// is known of the member; nothing that is edited at FreeScout comes back. The number of
// the customer is FreeScout's, and goes to Rondo Club as a part of the person's record.
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
			{System: rondoclub, Place: func(f record.Fields) (place, why string) {
				if f[customer.HelpdeskID] == "" {
					return "", WhyNotThere
				}
				return people, ""
			}},
		},
		Fields:      fields,
		Groups:      [][]record.Field{{customer.FirstName, customer.LastName}},
		MovesForAll: []record.Field{customer.Teams},
		OnDelete: []OnDelete{
			{System: freescout, Action: Detach},
			{System: rondoclub, Action: Detach},
		},
	}
}
