package ems

import (
	"github.com/touchline-sync/touchline/sync/record/conversation"
	"github.com/touchline-sync/touchline/sync/record/event"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/record/participant"
	"github.com/touchline-sync/touchline/sync/record/race"
)

// What the tables of some kinds ask for besides: conversations go by their number, an
// event comes into the window by its day, a race is over for those who take part in it,
// and a participant is a person who is entered.
const (
	Conversations = conversation.Kind
	Events        = event.Kind
	Races         = race.Kind
	Participants  = participant.Kind
)

// Persons is the table of persons. What no column says is made by Batch.
var Persons = Table{
	Name: "person", Kind: eventperson.Kind, Key: "id",
	Columns: []Column{
		{Name: "id", Field: eventperson.ID},
		{Name: "first_name", Field: eventperson.FirstName},
		{Name: "last_name", Field: eventperson.LastName},
		{Name: birthDate, Field: eventperson.BirthDate},
		{Name: "gender", Field: eventperson.Gender, Codes: genders},
		{Name: "email", Field: eventperson.Email},
		{Name: "phone", Field: eventperson.Phone},
		{Name: "language", Field: eventperson.Language},
		{Name: "city", Field: eventperson.City},
		{Name: "country", Field: eventperson.Country},
		{Name: isEntered("r.id"), Field: eventperson.Entered},
	},
	Beside: []string{bouncedOn, bouncedEmail, mergedInto, "erased_on"}, Erased: "erased_on",
}.mapped()

var genders = map[string]string{"": "UNKNOWN", "male": "MALE", "female": "FEMALE"}

// isEntered is whether a person takes part in an event in the window, or did: a
// participant who does not start any more is one still.
func isEntered(person string) string {
	return "exists (select from ems.event_participant e join ems.event_shown w on w.event_id = e.event_id and w.in_window where e.person_id = " +
		person + " and e.deleted_on is null)"
}

// inWindow is whether an event was shown as one in the window.
func inWindow(event string) string {
	return "exists (select from ems.event_shown w where w.event_id = " + event + " and w.in_window)"
}

// Columns that are looked at.
const (
	birthDate    = "date_of_birth"
	bouncedOn    = "email_bounced_on"
	bouncedEmail = "bounced_email"
	mergedInto   = "merged_into_id"
)

var conversations = Table{
	Name: "conversation", Kind: conversation.Kind, Key: "number",
	Columns: []Column{
		{Name: "number", Field: conversation.ID},
		{Name: "person_id", Field: conversation.Person},
		{Name: "channel", Field: conversation.Channel},
		{Name: "inbox", Field: conversation.Inbox},
		{Name: "status", Field: conversation.Status, Codes: map[string]string{"open": "OPEN", "resolved": "RESOLVED", "pending": "PENDING", "snoozed": "SNOOZED"}},
		{Name: "priority", Field: conversation.Priority},
		{Name: "assignee_name", Field: conversation.Assignee},
		{Name: "labels", Field: conversation.Labels, List: true},
		{Name: "opened_on", Field: conversation.OpenedOn},
		{Name: "last_activity_on", Field: conversation.LastActivity},
		{Name: "first_reply_on", Field: conversation.FirstReply},
	},
}.mapped()
