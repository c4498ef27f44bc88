package customer

import "github.com/touchline-sync/touchline/sync/record"

// Types are the classes of the fields of club.customer.
var Types = record.Types{
	RelationCode: {Class: record.ClassIdentifier, Upper: true},
	FirstName:    line,
	LastName:     line,
	Email:        {Class: record.ClassEmail},
	HelpdeskID:   {Class: record.ClassIdentifier},
	Teams:        {Class: record.ClassSet},
	MemberSince:  {Class: record.ClassDate},
	MemberUntil:  {Class: record.ClassDate},
}

var line = record.ValueType{Class: record.ClassText, Fold: true}
