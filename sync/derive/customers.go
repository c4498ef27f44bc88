package derive

import (
	"strings"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/customer"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// Customers makes the customers of the helpdesk (docs/policy.md, "The helpdesk"). A
// group is an address, which exists once in a helpdesk, so that of those who share one
// a single member is its customer:
//
//   - whoever was it before, so that no customer becomes somebody else,
//   - else whoever is not a child whose parent has that address,
//   - else the first by relation code.
//
// Only the first own address counts. A person who died is nobody's customer, and a
// parent who is no member is none.
func Customers() Rule {
	return Rule{
		Name:   "customers",
		From:   []record.Kind{person.Kind},
		Makes:  []record.Kind{customer.Kind},
		Groups: customerGroups,
		Make:   makeCustomers,
	}
}

func customerGroups(e record.Entity) []string {
	if !isMember(e) || e.Fields[person.DeceasedOn] != "" {
		return nil
	}
	return addresses(e.Fields, person.Email1)
}

func makeCustomers(g Group) Made {
	members := canonical(g.Members)
	if len(members) == 0 {
		return Made{}
	}
	before := map[string]bool{}
	for _, e := range g.Before {
		before[e.Key] = true
	}
	isChild := children(mentions(members, g.Key))
	owner := members[0]
	for _, m := range members[1:] {
		mine, theirs := code(m), code(owner)
		if before[mine] && !before[theirs] || before[mine] == before[theirs] && !isChild[mine] && isChild[theirs] {
			owner = m
		}
	}
	f := customerOf(owner.Fields)
	return Made{Entities: []Entity{{Kind: customer.Kind, Key: customer.Key(f), Fields: f}}}
}

var customerFields = map[record.Field]record.Field{
	person.FirstName:   customer.FirstName,
	person.Email1:      customer.Email,
	person.MemberSince: customer.MemberSince,
	person.MemberUntil: customer.MemberUntil,
}

func customerOf(m record.Fields) record.Fields {
	f := record.Fields{
		customer.RelationCode: person.NormalCode(m[person.RelationCode]),
		customer.LastName:     strings.TrimSpace(m[person.Infix] + " " + m[person.LastName]),
		customer.Teams:        record.SetValue(append(record.SetMembers(m[person.UnionTeams]), record.SetMembers(m[person.ClubTeams])...)),
	}
	copyFields(f, m, customerFields)
	return f
}
