// Package startgroup names the fields of event.start_group: a group of a race
// that starts together.
package startgroup

import "github.com/touchline-sync/touchline/sync/record"

// Kind is the kind of a start group.
const Kind record.Kind = "event.start_group"

// What is known of a start group.
const (
	ID       record.Field = "id"   // of EMS, in decimal digits
	Race     record.Field = "race" // a reference to event.race
	Name     record.Field = "name"
	Seq      record.Field = "seq"       // the place among the groups of the race
	Start    record.Field = "start"     // instant
	InWindow record.Field = "in_window" // true while the event of its race is in the window, else false
)

// KeyFields are the fields that Key looks at.
var KeyFields = []record.Field{ID}

// Key is the natural key: the id in EMS.
func Key(f record.Fields) string { return f[ID] }
