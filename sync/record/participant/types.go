package participant

import "github.com/touchline-sync/touchline/sync/record"

// Types are the classes of the fields of event.participant.
var Types = record.Types{
	ID:           {Class: record.ClassIdentifier},
	Event:        {Class: record.ClassSet},
	Person:       {Class: record.ClassSet},
	Race:         {Class: record.ClassSet},
	Category:     line,
	FirstName:    line,
	LastName:     line,
	Email:        {Class: record.ClassEmail},
	BirthDate:    {Class: record.ClassBirth},
	Gender:       {Class: record.ClassCode, Codes: []string{"male", "female"}},
	Bib:          {Class: record.ClassIdentifier},
	Paid:         {Class: record.ClassFlag},
	Active:       {Class: record.ClassFlag},
	Team:         line,
	RegisteredOn: {Class: record.ClassInstant},
	Locked:       {Class: record.ClassFlag},
	InWindow:     {Class: record.ClassFlag},
}

var line = record.ValueType{Class: record.ClassText, Fold: true}
