package policy

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/conversation"
)

// EventConversation is the page of the conversations of an organiser's helpdesk.
// ChatWoot decides all of it; EMS only keeps that it took place.
func EventConversation() *Policy {
	fields := map[record.Field]Rule{}
	rules(fields, Owned(chatwoot),
		conversation.ID, conversation.Person, conversation.Channel, conversation.Inbox, conversation.Status,
		conversation.Priority, conversation.Assignee, conversation.Labels,
		conversation.OpenedOn, conversation.LastActivity, conversation.FirstReply,
	)
	return &Policy{
		Kind:      conversation.Kind,
		Key:       conversation.Key,
		KeyFields: conversation.KeyFields,
		Sources:   []record.System{chatwoot},
		Fields:    fields,
		// A busy day at the helpdesk moves all of these in most conversations.
		MovesForAll: []record.Field{
			conversation.Status, conversation.Priority, conversation.Assignee, conversation.Labels,
			conversation.LastActivity, conversation.FirstReply,
		},
	}
}
