// Package startgroupparticipant names the fields of
// event.start_group_participant: the place of a participant in a start group.
package startgroupparticipant

import "github.com/touchline-sync/touchline/sync/record"

// Kind is the kind of a participant of a start group.
const Kind record.Kind = "event.start_group_participant"

// What is known of a participant of a start group.
const (
	ID          record.Field = "id"          // of EMS, in decimal digits
	StartGroup  record.Field = "start_group" // a reference to event.start_group
	Participant record.Field = "participant" // a reference to event.participant
	Seq         record.Field = "seq"         // the place in the group
	InWindow    record.Field = "in_window"   // true while the events of both are in the window, else false
)

// KeyFields are the fields that Key looks at.
var KeyFields = []record.Field{ID}

// Key is the natural key: the id in EMS.
func Key(f record.Fields) string { return f[ID] }
