// Package subscriber names the fields of club.subscriber: one entry of a
// mailing list. It is derived from persons, never typed in by anyone.
package subscriber

import "github.com/touchline-sync/touchline/sync/record"

// Kind is the kind of an entry of a mailing list.
const Kind record.Kind = "club.subscriber"

// Where the entry stands and what it says. List is the slot, "1" to "4", and
// decides the place; it is not sent.
const (
	List  record.Field = "list"
	Email record.Field = "email"
	State record.Field = "state" // active, unsubscribed, cleaned, unconfirmed
	// StateOn is since when a reader is unsubscribed, or an address cleaned.
	StateOn      record.Field = "state_on"
	FirstName    record.Field = "first_name"
	Infix        record.Field = "infix"
	LastName     record.Field = "last_name"
	Gender       record.Field = "gender" // male, female, other, empty
	BirthDate    record.Field = "birth_date"
	Teams        record.Field = "teams"       // set
	AgeClasses   record.Field = "age_classes" // set
	RelationCode record.Field = "relation_code"
	PhotoDate    record.Field = "photo_date"
	MemberSince  record.Field = "member_since"
	Mobile1      record.Field = "mobile_1"
	Mobile2      record.Field = "mobile_2"
	Phone1       record.Field = "phone_1"
	Phone2       record.Field = "phone_2"

	Street         record.Field = "street"
	HouseNumber    record.Field = "house_number"
	HouseNumberExt record.Field = "house_number_ext"
	PostalCode     record.Field = "postal_code"
	City           record.Field = "city"

	Parent1Name  record.Field = "parent_1_name"
	Parent2Name  record.Field = "parent_2_name"
	Parent1Phone record.Field = "parent_1_phone"
	Parent2Phone record.Field = "parent_2_phone"
	ParentOf     record.Field = "parent_of" // set of names
	Volunteer    record.Field = "volunteer" // true, false; absent is unknown
)
