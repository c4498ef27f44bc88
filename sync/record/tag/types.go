package tag

import "github.com/touchline-sync/touchline/sync/record"

// Types are the classes of the fields of event.tag.
var Types = record.Types{
	ID:        {Class: record.ClassIdentifier},
	Number:    {Class: record.ClassIdentifier},
	Barcode:   {Class: record.ClassIdentifier},
	UUID:      {Class: record.ClassIdentifier},
	EPC:       {Class: record.ClassIdentifier},
	Bib:       {Class: record.ClassIdentifier},
	Person:    {Class: record.ClassSet},
	Event:     {Class: record.ClassSet},
	ValidFrom: {Class: record.ClassInstant},
	ValidTo:   {Class: record.ClassInstant},
	Entered:   {Class: record.ClassFlag},
	InWindow:  {Class: record.ClassFlag},
}
