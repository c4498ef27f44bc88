// Package tag names the fields of event.tag: a timing tag as a person wears it:
// the tag, and what maps it to a bib and an event.
package tag

import "github.com/touchline-sync/touchline/sync/record"

// Kind is the kind of a tag.
const Kind record.Kind = "event.tag"

// What is known of a tag.
const (
	ID        record.Field = "id" // of the mapping in EMS, in decimal digits
	Number    record.Field = "number"
	Barcode   record.Field = "barcode"
	UUID      record.Field = "uuid"
	EPC       record.Field = "epc" // what its radio chip answers
	Bib       record.Field = "bib"
	Person    record.Field = "person"     // a reference to event.person
	Event     record.Field = "event"      // a reference to event.event; empty: a personal tag for all events
	ValidFrom record.Field = "valid_from" // instant
	ValidTo   record.Field = "valid_to"   // instant; empty: until further notice
	Entered   record.Field = "entered"    // true while who wears it is a participant of an event in the window, else false
	InWindow  record.Field = "in_window"  // true while its event is in the window, and of one for all events; else false
)

// KeyFields are the fields that Key looks at.
var KeyFields = []record.Field{ID}

// Key is the natural key: the id in EMS.
func Key(f record.Fields) string { return f[ID] }
