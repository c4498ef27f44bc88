package person

import "github.com/touchline-sync/touchline/sync/record"

// Types are the classes of the fields of club.person. Gender has more codes
// than the club's own two: Rondo Club lets people choose (docs/systems/rondoclub.md).
var Types = record.Types{
	RelationCode: {Class: record.ClassIdentifier, Upper: true},
	FirstName:    line,
	Infix:        line,
	LastName:     line,
	Gender:       {Class: record.ClassCode, Codes: []string{"male", "female", "non_binary", "other", "prefer_not_to_say"}},
	BirthDate:    {Class: record.ClassBirth},
	DeceasedOn:   {Class: record.ClassPassing},

	Email1:  {Class: record.ClassEmail},
	Email2:  {Class: record.ClassEmail},
	Mobile1: {Class: record.ClassPhone},
	Mobile2: {Class: record.ClassPhone},
	Phone1:  {Class: record.ClassPhone},
	Phone2:  {Class: record.ClassPhone},

	Street:         line,
	HouseNumber:    line,
	HouseNumberExt: line,
	PostalCode:     {Class: record.ClassPostcode},
	City:           line,
	Country:        line,
	CountryCode:    {Class: record.ClassCountry},

	MemberSince:  {Class: record.ClassDate},
	MemberUntil:  {Class: record.ClassDate},
	MemberType:   line,
	AgeClass:     line,
	GameActivity: line,
	PhotoDate:    {Class: record.ClassDate},
	UnionTeams:   {Class: record.ClassSet},
	ClubTeams:    {Class: record.ClassSet},
	FormerMember: {Class: record.ClassFlag},
	Teams:        {Class: record.ClassSet},
	Volunteer:    {Class: record.ClassFlag},
	ChangedOn:    {Class: record.ClassDate},

	Functions:      {Class: record.ClassSet, Rows: true},
	History:        {Class: record.ClassSet, Rows: true},
	VOGDate:        {Class: record.ClassDate},
	FinancialBlock: {Class: record.ClassFlag},
	HelpdeskID:     {Class: record.ClassIdentifier},

	InvoiceStreet:         line,
	InvoiceHouseNumber:    line,
	InvoiceHouseNumberExt: line,
	InvoicePostalCode:     {Class: record.ClassPostcode},
	InvoiceCity:           line,
	InvoiceCountry:        line,

	Parent1Name:  line,
	Parent1Email: {Class: record.ClassEmail},
	Parent1Phone: {Class: record.ClassPhone},
	Parent2Name:  line,
	Parent2Email: {Class: record.ClassEmail},
	Parent2Phone: {Class: record.ClassPhone},
}

var line = record.ValueType{Class: record.ClassText, Fold: true}
