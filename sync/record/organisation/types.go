package organisation

import "github.com/touchline-sync/touchline/sync/record"

// Types are the classes of the fields of event.organisation.
var Types = record.Types{
	ID:     {Class: record.ClassIdentifier},
	Name:   line,
	Parent: {Class: record.ClassSet},
}

var line = record.ValueType{Class: record.ClassText, Fold: true}
