// Package race names the fields of event.race: a race of an event.
package race

import "github.com/touchline-sync/touchline/sync/record"

// Kind is the kind of a race.
const Kind record.Kind = "event.race"

// What is known of a race.
const (
	ID         record.Field = "id"    // of EMS, in decimal digits
	Event      record.Field = "event" // a reference to event.event
	Name       record.Field = "name"
	Category   record.Field = "category"
	RaceType   record.Field = "race_type"
	Start      record.Field = "start"    // instant
	Distance   record.Field = "distance" // metres
	Duration   record.Field = "duration" // seconds
	MinEntries record.Field = "min_entries"
	MaxEntries record.Field = "max_entries"
	Active     record.Field = "active"
	Status     record.Field = "status"
	InWindow   record.Field = "in_window" // true while its event is in the window, else false
)

// KeyFields are the fields that Key looks at.
var KeyFields = []record.Field{ID}

// Key is the natural key: the id in EMS.
func Key(f record.Fields) string { return f[ID] }
