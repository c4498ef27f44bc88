// Package activity names the fields of club.activity: that something took place with a
// member, such as a conversation with the helpdesk. What was said is no field, but for
// its subject.
package activity

import "github.com/touchline-sync/touchline/sync/record"

// Kind is the kind of what took place with a member.
const Kind record.Kind = "club.activity"

// What is known of an activity. Customer is the number that a helpdesk has of whoever it
// took place with, as its record there shows; Person is who that is with us.
const (
	Event      record.Field = "event"  // the system and its id of what took place
	Person     record.Field = "person" // a reference to club.person
	Customer   record.Field = "customer"
	Channel    record.Field = "channel" // email, phone, chat
	Subject    record.Field = "subject" // empty: not known
	Link       record.Field = "link"    // where it can be read
	HappenedOn record.Field = "happened_on"
)

// Email, Phone and Chat are the ways in which something took place.
const (
	Email = "email"
	Phone = "phone"
	Chat  = "chat"
)

// KeyFields are the fields that Key looks at.
var KeyFields = []record.Field{Event}

// Key is the natural key: what took place. What stands at the helpdesk has none.
func Key(f record.Fields) string { return f[Event] }
