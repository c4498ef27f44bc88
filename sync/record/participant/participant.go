// Package participant names the fields of event.participant: an entry of a
// person for an event, as it was made: names and birth may differ from the
// person's.
package participant

import "github.com/touchline-sync/touchline/sync/record"

// Kind is the kind of a participant.
const Kind record.Kind = "event.participant"

// What is known of a participant.
const (
	ID           record.Field = "id"     // of EMS, in decimal digits
	Event        record.Field = "event"  // a reference to event.event
	Person       record.Field = "person" // a reference to event.person
	Race         record.Field = "race"   // a reference to event.race; empty: none chosen yet
	Category     record.Field = "category"
	FirstName    record.Field = "first_name"
	LastName     record.Field = "last_name"
	Email        record.Field = "email" // as it was given; families share one
	BirthDate    record.Field = "birth_date"
	Gender       record.Field = "gender" // male, female, empty
	Bib          record.Field = "bib"    // the number that is worn; of one person of the event
	Paid         record.Field = "paid"
	Active       record.Field = "active" // false: withdrawn, removed or moved elsewhere
	Team         record.Field = "team"
	RegisteredOn record.Field = "registered_on" // instant
	Locked       record.Field = "locked"        // true once the race is completed: nothing of it is renumbered or removed
	InWindow     record.Field = "in_window"     // true while the event is in the window, else false
)

// KeyFields are the fields that Key looks at.
var KeyFields = []record.Field{ID}

// Key is the natural key: the id in EMS.
func Key(f record.Fields) string { return f[ID] }
