// Package customer names the fields of club.customer: what a helpdesk is told of a
// member, no more. It is derived from persons, never typed in by anyone.
package customer

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// Kind is the kind of a customer of the club's helpdesk.
const Kind record.Kind = "club.customer"

// Who it is. LastName has the infix before it, since a helpdesk has no field for that.
// HelpdeskID is the helpdesk's own number of the customer.
const (
	RelationCode record.Field = "relation_code"
	FirstName    record.Field = "first_name"
	LastName     record.Field = "last_name"
	Email        record.Field = "email"
	HelpdeskID   record.Field = "helpdesk_id"
)

// What the people of the helpdesk see beside the name.
const (
	Teams       record.Field = "teams" // set of team names
	MemberSince record.Field = "member_since"
	MemberUntil record.Field = "member_until"
)

// KeyFields are the fields that Key looks at, and the address by which a customer is
// looked for that was merged into another one.
var KeyFields = []record.Field{RelationCode, Email}

// Key is the natural key of a customer: that of the member.
func Key(f record.Fields) string { return person.NormalCode(f[RelationCode]) }

// SameName reports whether two customers have one name, in the form in which names are
// compared. One without any name has that of everybody.
func SameName(a, b record.Fields) bool {
	x, y := normalName(a), normalName(b)
	return x == "" || y == "" || x == y
}

func normalName(f record.Fields) string {
	return person.NormalName(f[FirstName] + " " + f[LastName])
}
