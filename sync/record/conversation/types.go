package conversation

import "github.com/touchline-sync/touchline/sync/record"

// Types are the classes of the fields of event.conversation.
var Types = record.Types{
	ID:           {Class: record.ClassIdentifier},
	Person:       {Class: record.ClassSet},
	Channel:      line,
	Inbox:        line,
	Status:       {Class: record.ClassCode, Codes: []string{"open", "resolved", "pending", "snoozed"}},
	Priority:     {Class: record.ClassCode, Codes: []string{"low", "medium", "high", "urgent"}},
	Assignee:     line,
	Labels:       {Class: record.ClassSet},
	OpenedOn:     {Class: record.ClassInstant},
	LastActivity: {Class: record.ClassInstant},
	FirstReply:   {Class: record.ClassInstant},
}

var line = record.ValueType{Class: record.ClassText, Fold: true}
