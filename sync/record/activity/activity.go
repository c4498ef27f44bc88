// Package activity names the fields of club.activity: that something took place with a
// member: a conversation with the helpdesk, of which what was said is no field but for its
// subject, or a change of what the club must know of them.
package activity

import "github.com/touchline-sync/touchline/sync/record"

// Kind is the kind of what took place with a member.
const Kind record.Kind = "club.activity"

// What is known of an activity. Change says what became otherwise; of a conversation it is
// empty. Awaited says that nothing has happened yet: it is what would be told if it did.
// Customer is the number that a helpdesk has of whoever it
// took place with, as its record there shows; Person is who that is with us.
const (
	Event      record.Field = "event"  // the system and its id of what took place; or who, what, and which time
	Person     record.Field = "person" // a reference to club.person
	Customer   record.Field = "customer"
	Channel    record.Field = "channel" // email, phone, chat
	Subject    record.Field = "subject" // empty: not known
	Link       record.Field = "link"    // where it can be read
	HappenedOn record.Field = "happened_on"
	Change     record.Field = "change"
	Awaited    record.Field = "awaited"
)

// Email, Phone and Chat are the ways in which something took place.
const (
	Email = "email"
	Phone = "phone"
	Chat  = "chat"
)

// Blocked and Unblocked are changes of the financial block.
const (
	Blocked   = "blocked"
	Unblocked = "unblocked"
)

// KeyFields are the fields that Key looks at.
var KeyFields = []record.Field{Event}

// Key is the natural key: what took place. What stands at the helpdesk has none.
func Key(f record.Fields) string { return f[Event] }
