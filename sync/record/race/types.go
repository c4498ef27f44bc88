package race

import "github.com/touchline-sync/touchline/sync/record"

// Types are the classes of the fields of event.race.
var Types = record.Types{
	ID:         {Class: record.ClassIdentifier},
	Event:      {Class: record.ClassSet},
	Name:       line,
	Category:   line,
	RaceType:   line,
	Start:      {Class: record.ClassInstant},
	Distance:   {Class: record.ClassIdentifier},
	Duration:   {Class: record.ClassIdentifier},
	MinEntries: {Class: record.ClassIdentifier},
	MaxEntries: {Class: record.ClassIdentifier},
	Active:     {Class: record.ClassFlag},
	Status:     {Class: record.ClassCode, Codes: []string{"planned", "staging", "ready", "completed", "cancelled"}},
	InWindow:   {Class: record.ClassFlag},
}

var line = record.ValueType{Class: record.ClassText, Fold: true}
