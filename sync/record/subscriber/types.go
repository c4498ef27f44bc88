package subscriber

import "github.com/touchline-sync/touchline/sync/record"

// Types are the classes of the fields of club.subscriber.
var Types = record.Types{
	List:         line,
	Email:        {Class: record.ClassEmail},
	State:        {Class: record.ClassCode, Codes: []string{Active, Unsubscribed, Cleaned, Unconfirmed}},
	StateOn:      {Class: record.ClassInstant},
	FirstName:    line,
	Infix:        line,
	LastName:     line,
	Gender:       {Class: record.ClassCode, Codes: []string{"male", "female", "other"}},
	BirthDate:    {Class: record.ClassBirth},
	Teams:        {Class: record.ClassSet},
	AgeClasses:   {Class: record.ClassSet},
	RelationCode: {Class: record.ClassIdentifier, Upper: true},
	PhotoDate:    {Class: record.ClassDate},
	MemberSince:  {Class: record.ClassDate},
	Mobile1:      {Class: record.ClassPhone},
	Mobile2:      {Class: record.ClassPhone},
	Phone1:       {Class: record.ClassPhone},
	Phone2:       {Class: record.ClassPhone},

	Street:         line,
	HouseNumber:    line,
	HouseNumberExt: line,
	PostalCode:     {Class: record.ClassPostcode},
	City:           line,

	Parent1Name:  line,
	Parent2Name:  line,
	Parent1Phone: {Class: record.ClassPhone},
	Parent2Phone: {Class: record.ClassPhone},
	ParentOf:     {Class: record.ClassSet},
	Volunteer:    {Class: record.ClassFlag},
}

var line = record.ValueType{Class: record.ClassText, Fold: true}
