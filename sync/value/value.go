// Package value makes values canonical: one form for each thing that is meant,
// whoever typed it and whichever system stores it. Every value passes through
// it on the way in and on the way out. It is pure: it asks no clock, no database
// and no network, and Canon of what Canon has made changes nothing.
//
// It decides nothing. What cannot be read is *Unreadable, never empty: whoever
// calls leaves the field out, and then it takes no part.
package value

import (
	"errors"
	"sync"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
)

// Unreadable is the error of all functions here. Its text says what is wrong
// and holds nothing of the value.
type Unreadable struct {
	Why string
}

// Error returns the reason.
func (u *Unreadable) Error() string { return u.Why }

// The reasons that callers tell apart. A value with one of these was not typed
// by anybody: something between has broken it.
const (
	HasNUL   = "holds a NUL"
	TooLong  = "too long"
	BadBytes = "not in UTF-8"
)

func unreadable(why string) error { return &Unreadable{Why: why} }

// Why returns the reason of an Unreadable in err's chain. For another error it
// is "cannot be read", since that one's text may hold the value.
func Why(err error) string {
	if u, ok := errors.AsType[*Unreadable](err); ok {
		return u.Why
	}
	return "cannot be read"
}

// The notes that a value may come with: what was left out of it.
const (
	TwoNumbers    = "two numbers: the first was taken"
	TextBeside    = "text beside the number was left out"
	NoExtension   = "the extension was left out"
	ZeroMissing   = "the leading zero was missing"
	NoDisplayName = "the name before the address was left out"
)

// Options says what the text of a value leaves open.
type Options struct {
	// Region is the country of the deployment, ISO 3166-1 alpha-2. A phone
	// without a country's code is from the person's own country, else from
	// here. Without either it is unreadable.
	Region string
	// Zone is where a time without an offset, and a day's beginning, are; nil is
	// UTC.
	Zone *time.Location
	// Today is the date of the reading. Without it no date is held to be too
	// late; see Fields.
	Today string
}

// Dutch are the options of a deployment in the Netherlands, at a time. The zone
// is UTC on a machine that knows no zones.
func Dutch(now time.Time) Options {
	zone := amsterdam()
	return Options{Region: "NL", Zone: zone, Today: now.In(zone).Format(time.DateOnly)}
}

var amsterdam = sync.OnceValue(func() *time.Location {
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		return time.UTC
	}
	return zone
})

func (o Options) zone() *time.Location {
	if o.Zone == nil {
		return time.UTC
	}
	return o.Zone
}

// Spec is how the values of one kind are made canonical.
type Spec struct {
	Types record.Types
	Options
}

// Canon makes a value of a field canonical. An empty value, and one of blanks
// and invisible characters alone, is empty. note is empty or one of the notes
// above. The error is *Unreadable. A field that Types does not name is a text.
//
// It judges a value by itself: what depends on today or on other fields is
// judged by Fields.
func (s Spec) Canon(f record.Field, raw string) (canon, note string, err error) {
	return Canon(s.Types[f], raw, s.Options)
}

// Canon makes a value of a type canonical, as Spec.Canon does.
func Canon(t record.ValueType, raw string, o Options) (canon, note string, err error) {
	switch t.Class {
	case record.ClassEmail:
		return Email(raw)
	case record.ClassPhone:
		return Phone(raw, o.Region)
	case record.ClassIdentifier:
		canon, err = Identifier(raw, t)
	case record.ClassCode:
		canon, err = Code(raw, t.Codes)
	case record.ClassDate, record.ClassBirth, record.ClassPassing:
		canon, err = Date(raw, o.zone())
		if err == nil && canon != "" && t.Class != record.ClassDate && canon < firstBirth {
			canon, err = "", unreadable(whyEarly)
		}
	case record.ClassInstant:
		canon, err = Instant(raw, o.zone())
	case record.ClassFlag:
		canon, err = Flag(raw, nil)
	case record.ClassAmount:
		canon, err = Amount(raw)
	case record.ClassPostcode:
		canon, err = Postcode(raw)
	case record.ClassCountry:
		canon, err = Country(raw)
	case record.ClassLanguage:
		canon, err = Language(raw)
	case record.ClassSet:
		canon, err = Set(record.SetMembers(raw), t)
	case record.ClassBlob:
		canon, err = Blob(raw)
	default:
		canon, err = Text(raw, t)
	}
	return canon, "", err
}
