package eventperson

import "github.com/touchline-sync/touchline/sync/record"

// Types are the classes of the fields of event.person.
var Types = record.Types{
	ID:          {Class: record.ClassIdentifier},
	FirstName:   line,
	LastName:    line,
	BirthDate:   {Class: record.ClassBirth},
	Gender:      {Class: record.ClassCode, Codes: []string{"male", "female"}},
	Email:       {Class: record.ClassEmail},
	SharedEmail: {Class: record.ClassFlag},
	Phone:       {Class: record.ClassPhone},
	Language:    {Class: record.ClassLanguage},
	City:        line,
	Country:     {Class: record.ClassCountry},
	Membership:  {Class: record.ClassCode, Codes: []string{"active", "pending", "expired", "revoked", "draft"}},
	Memberships: {Class: record.ClassSet, Lower: true},
	Consent:     {Class: record.ClassCode, Codes: []string{Bounced, OptedOut, Unknown, OptedIn}},
	SMSConsent:  {Class: record.ClassCode, Codes: []string{OptedOut, Unknown, OptedIn}},
	Entered:     {Class: record.ClassFlag},
	Deleted:     {Class: record.ClassFlag},
}

var line = record.ValueType{Class: record.ClassText, Fold: true}
