// Package task names the fields of club.task: that somebody of the club is to look after a
// member, since something has happened.
package task

import "github.com/touchline-sync/touchline/sync/record"

// Kind is the kind of what somebody is to do.
const Kind record.Kind = "club.task"

// What is known of a task. Over says that what it was about is no more: then the same may
// happen again, and is another task. Awaited says that nothing has happened yet: it is what
// would be to do if it did.
const (
	Event      record.Field = "event"  // whom it is about, what has happened, and which time
	Person     record.Field = "person" // a reference to club.person
	Why        record.Field = "why"
	HappenedOn record.Field = "happened_on"
	Over       record.Field = "over"
	Awaited    record.Field = "awaited"
)

// What may have happened.
const (
	Unsubscribed = "unsubscribed" // a reader wants no mail any more
	Cleaned      = "cleaned"      // an address takes no mail
	Withdrawn    = "withdrawn"    // a discipline case is no more
)

// KeyFields are the fields that Key looks at.
var KeyFields = []record.Field{Event}

// Key is the natural key: the event.
func Key(f record.Fields) string { return f[Event] }
