package activity

import "github.com/touchline-sync/touchline/sync/record"

// Types are the classes of the fields of club.activity.
var Types = record.Types{
	Event:      {Class: record.ClassIdentifier},
	Person:     {Class: record.ClassSet},
	Customer:   {Class: record.ClassIdentifier},
	Channel:    {Class: record.ClassCode, Codes: []string{Email, Phone, Chat}},
	Subject:    line,
	Link:       line,
	HappenedOn: {Class: record.ClassInstant},
	Change:     {Class: record.ClassCode, Codes: []string{Blocked, Unblocked}},
	Awaited:    {Class: record.ClassFlag},
}

var line = record.ValueType{Class: record.ClassText, Fold: true}
