package task

import "github.com/touchline-sync/touchline/sync/record"

// Types are the classes of the fields of club.task.
var Types = record.Types{
	Event:      {Class: record.ClassIdentifier},
	Person:     {Class: record.ClassSet},
	Why:        {Class: record.ClassCode, Codes: []string{Unsubscribed, Cleaned, Withdrawn}},
	HappenedOn: {Class: record.ClassInstant},
	Over:       {Class: record.ClassFlag},
	Awaited:    {Class: record.ClassFlag},
}
