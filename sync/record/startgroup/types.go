package startgroup

import "github.com/touchline-sync/touchline/sync/record"

// Types are the classes of the fields of event.start_group.
var Types = record.Types{
	ID:       {Class: record.ClassIdentifier},
	Race:     {Class: record.ClassSet},
	Name:     line,
	Seq:      {Class: record.ClassIdentifier},
	Start:    {Class: record.ClassInstant},
	InWindow: {Class: record.ClassFlag},
}

var line = record.ValueType{Class: record.ClassText, Fold: true}
