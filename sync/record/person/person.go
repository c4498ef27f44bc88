// Package person names the fields of club.person: a member of the club, or a
// parent of one. A person with a relation code is or was a member.
package person

import "github.com/touchline-sync/touchline/sync/record"

// Kind is the kind of a person of a club.
const Kind record.Kind = "club.person"

// Who the person is. RelationCode is the federation's id (Sportlink's
// PublicPersonId, Rondo Club's knvb_id); parents who are no member have none.
const (
	RelationCode record.Field = "relation_code"
	FirstName    record.Field = "first_name"
	Infix        record.Field = "infix"
	LastName     record.Field = "last_name"
	Gender       record.Field = "gender" // male, female or empty; at Rondo Club others, too
	BirthDate    record.Field = "birth_date"
	DeceasedOn   record.Field = "deceased_on"
)

// How the person is reached. Phones are E.164 where that can be told.
const (
	Email1  record.Field = "email_1"
	Email2  record.Field = "email_2"
	Mobile1 record.Field = "mobile_1"
	Mobile2 record.Field = "mobile_2"
	Phone1  record.Field = "phone_1"
	Phone2  record.Field = "phone_2"

	Street         record.Field = "street"
	HouseNumber    record.Field = "house_number"
	HouseNumberExt record.Field = "house_number_ext"
	PostalCode     record.Field = "postal_code"
	City           record.Field = "city"
	Country        record.Field = "country"      // name, as the source writes it
	CountryCode    record.Field = "country_code" // ISO 3166-1 alpha-2
)

// The membership.
const (
	MemberSince  record.Field = "member_since"
	MemberUntil  record.Field = "member_until"
	MemberType   record.Field = "member_type"
	AgeClass     record.Field = "age_class"
	GameActivity record.Field = "game_activity"
	PhotoDate    record.Field = "photo_date"
	UnionTeams   record.Field = "union_teams" // set of team names
	ClubTeams    record.Field = "club_teams"  // set of team names
	FormerMember record.Field = "former_member"
	ChangedOn    record.Field = "changed_on" // when the administration changed anything of the record
	Teams        record.Field = "teams"      // set: the union's, else the club's
	Volunteer    record.Field = "volunteer"  // computed by Rondo Club
)

// What the person does for the club, and what the club must know for it.
const (
	Functions      record.Field = "functions"       // rows: see Function
	History        record.Field = "history"         // the same of teams by their numbers, with what was before
	VOGDate        record.Field = "vog_date"        // of the certificate of conduct
	FinancialBlock record.Field = "financial_block" // may not go to another club before having paid
	HelpdeskID     record.Field = "helpdesk_id"     // as the administration states it
)

// Where the invoices of a member go, if not to the address above; else all are empty.
const (
	InvoiceStreet         record.Field = "invoice_street"
	InvoiceHouseNumber    record.Field = "invoice_house_number"
	InvoiceHouseNumberExt record.Field = "invoice_house_number_ext"
	InvoicePostalCode     record.Field = "invoice_postal_code"
	InvoiceCity           record.Field = "invoice_city"
	InvoiceCountry        record.Field = "invoice_country" // name, as the source writes it
)

// The parents as the member administration knows them: free text, not persons.
const (
	Parent1Name  record.Field = "parent_1_name"
	Parent1Email record.Field = "parent_1_email"
	Parent1Phone record.Field = "parent_1_phone"
	Parent2Name  record.Field = "parent_2_name"
	Parent2Email record.Field = "parent_2_email"
	Parent2Phone record.Field = "parent_2_phone"
)
