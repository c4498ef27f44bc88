// Package conversation names the fields of event.conversation: that a
// conversation took place and how it stands. What was said is no field, so that
// it cannot be stored.
package conversation

import "github.com/touchline-sync/touchline/sync/record"

// Kind is the kind of a conversation of a helpdesk.
const Kind record.Kind = "event.conversation"

// What is known of a conversation.
const (
	ID           record.Field = "id"     // the helpdesk's own
	Person       record.Field = "person" // a reference to event.person; empty: nobody we know
	Channel      record.Field = "channel"
	Inbox        record.Field = "inbox"
	Status       record.Field = "status"   // open, resolved, pending, snoozed
	Priority     record.Field = "priority" // low, medium, high, urgent, empty
	Assignee     record.Field = "assignee"
	Labels       record.Field = "labels"        // set
	OpenedOn     record.Field = "opened_on"     // instant
	LastActivity record.Field = "last_activity" // instant
	FirstReply   record.Field = "first_reply"   // instant; empty: none yet
)

// KeyFields are the fields that Key looks at.
var KeyFields = []record.Field{ID}

// Key is the natural key: the helpdesk's id.
func Key(f record.Fields) string { return f[ID] }
