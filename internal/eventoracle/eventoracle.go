// Package eventoracle computes from the tables of EMS what MailChimp, ChatWoot, Mautic,
// RunSignup and TagServer must hold once all has been synced, and compares. It is written
// from the rules on paper (docs/policy.md, docs/ems.md, and docs/systems for the fields)
// and on purpose shares no code with sync/ or the connectors: plain loops over rows and
// texts. It is for the demonstration and for tests.
//
// Where the paper leaves something open the oracle holds to this list:
//
//  1. A person whose birth is not known is grown up.
//  2. Who is not told to be asked for mail has no status but that of one who was not.
//  3. What people have made at a system, and EMS does not know, is their business: a
//     contact without a person's number, a registration of a race that is not linked.
//  4. A contact of a person who has left is somebody's business who looks after opt-outs:
//     at MailChimp it may stay while it is unsubscribed or cleaned, at ChatWoot it has no
//     number, at Mautic none of our tags and entries in Do-Not-Contact.
//  5. Registrations at RunSignup have no number of ours. Two of a race are told apart by
//     who is registered and the bib. Who does not take part any more in EMS may be
//     registered still: it is people who give money back.
//  6. A bib that EMS gives out is that at RunSignup; where EMS has none, or RunSignup gives
//     them out, it may be any there, but one that RunSignup has is that of EMS.
//  7. At TagServer the bib of a participant whose race is over may be an older one.
//  8. That an address bounces each system finds by itself: at MailChimp the status of one
//     who bounces may be that of their preference.
//  9. At TagServer somebody who is a participant no longer may still be, with what they
//     wear.
//  10. At TagServer an event that has left the window may still be, with what hangs on it,
//     as far as EMS had it before.
//  11. Times are compared to the second.
package eventoracle

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// What can be wrong.
const (
	Missing = "missing" // must be there, is not
	Extra   = "extra"   // is there, must not be
	Differs = "differs" // has another value
	Twice   = "twice"   // is there more than once
)

// World is how all stand in the end. The systems are as the simulators' GET /dump
// answers them.
type World struct {
	// EMS has the rows of each of its tables, deleted ones too, by name: a JSON object
	// of lists, a row as to_jsonb makes it.
	EMS                                               []byte
	MailChimp, ChatWoot, Mautic, RunSignup, TagServer []byte
	// Now is the time at the organiser's.
	Now time.Time
	// Races are those of EMS that are linked.
	Races []Race
}

// Race is a race of EMS, and the event that it is at RunSignup.
type Race struct {
	ID, Event int64
	Bibs      bool // EMS gives out the bibs
}

// Difference is one thing that is not as it must be. It names a record by its number in
// EMS, and has no value.
type Difference struct {
	System, Place string
	ID            string // in EMS; "": nobody's
	Field         string // "" is the whole record
	Why           string
}

// String is a line for a person.
func (d Difference) String() string {
	return fmt.Sprintf("%s %s: %s: %s %s", d.System, d.Place, cmp.Or(d.ID, "nobody's"), cmp.Or(d.Field, "record"), d.Why)
}

// Check compares the five systems with EMS. It returns nothing when each holds exactly
// what it must.
func Check(w World) ([]Difference, error) {
	ems, err := readEMS(w)
	if err != nil {
		return nil, err
	}
	c := &comparison{ems: ems}
	for _, check := range []func(World) error{c.mailChimp, c.chatWoot, c.mautic, c.runSignup, c.tagServer} {
		if err := check(w); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(c.out, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.System, b.System), cmp.Compare(a.Place, b.Place), cmp.Compare(a.ID, b.ID), cmp.Compare(a.Field, b.Field))
	})
	return c.out, nil
}

// comparison collects what is found.
type comparison struct {
	ems *ems
	out []Difference
}

// at is a record that is compared.
type at struct {
	*comparison

	system, place, id string
}

func (c *comparison) at(system, place, id string) at { return at{c, system, place, id} }

// is tells that something is wrong with the record.
func (a at) is(why string) { a.field("", why) }

func (a at) field(field, why string) {
	a.out = append(a.out, Difference{System: a.system, Place: a.place, ID: a.id, Field: field, Why: why})
}

// same compares values by name.
func (a at) same(want, have map[string]string) {
	for name, v := range want {
		if have[name] != v {
			a.field(name, Differs)
		}
	}
}

// one returns the only one of records, and tells of none and of several.
func one[T any](a at, found []T) (only T, ok bool) {
	switch len(found) {
	case 1:
		return found[0], true
	case 0:
		a.is(Missing)
	default:
		a.is(Twice)
	}
	return only, false
}
