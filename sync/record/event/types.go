package event

import "github.com/touchline-sync/touchline/sync/record"

// Types are the classes of the fields of event.event.
var Types = record.Types{
	ID:           {Class: record.ClassIdentifier},
	Organisation: {Class: record.ClassSet},
	Sanctioned:   {Class: record.ClassSet},
	Name:         line,
	Start:        {Class: record.ClassInstant},
	End:          {Class: record.ClassInstant},
	AllDay:       {Class: record.ClassFlag},
	Zone:         {Class: record.ClassIdentifier},
	Venue:        line,
	Address:      line,
	City:         line,
	Province:     line,
	PostalCode:   {Class: record.ClassIdentifier},
	Country:      {Class: record.ClassCountry},
	Latitude:     {Class: record.ClassIdentifier},
	Longitude:    {Class: record.ClassIdentifier},
	ContactName:  line,
	ContactEmail: {Class: record.ClassEmail},
	ContactURL:   {Class: record.ClassText},
	TimingID:     {Class: record.ClassCode, Codes: []string{"epid", "person_id", "registration_id", "external_person_uid"}},
	InWindow:     {Class: record.ClassFlag},
}

var line = record.ValueType{Class: record.ClassText, Fold: true}
