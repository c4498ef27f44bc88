package ems

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/conversation"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// Change is what a plan, or a person's word, does to an entity that EMS has a row of.
type Change struct {
	Kind    record.Kind
	Key     string
	Was, Is record.Fields // Was is nil for an entity that is new
	From    map[record.Field]record.Origin
	Deleted record.Reason
}

// changed returns the fields that the change brings.
func (c Change) changed() record.Fields {
	out := record.Fields{}
	for f, v := range c.Is {
		if was, ok := c.Was[f]; !ok || was != v {
			out[f] = v
		}
	}
	return out
}

// By is the system that brings it: that of the first field, by name.
func (c Change) By() string {
	for _, f := range c.changed().Names() {
		if from := c.From[f]; from.System != "" {
			return string(from.System)
		}
	}
	return "unknown"
}

// Taken is what EMS takes of a change of a person.
type Taken struct {
	ID int64
	// Columns are values by column; an empty one takes the value away.
	Columns map[string]string
	// Bounced is the address that takes no mail; OptedOut the channels by which the person
	// wants nothing.
	Bounced  *string
	OptedOut []string
	By       string
}

var phone = regexp.MustCompile(`^(\+[1-9][0-9]{6,14})?$`)

func country(s string) bool { return s == "" || utf8.RuneCountInString(s) == 2 }

func letters(least, most int) func(string) bool {
	return func(s string) bool {
		n := utf8.RuneCountInString(s)
		return least <= n && n <= most
	}
}

// TakePerson returns what EMS takes of a change of a person. A consent is only ever
// made stricter; what EMS does not take is shown again as it stands.
func TakePerson(c Change) (Taken, bool) {
	id, err := strconv.ParseInt(c.Key, 10, 64)
	if err != nil || c.Was == nil {
		return Taken{}, false
	}
	brings := c.changed()
	t := Taken{ID: id, Columns: map[string]string{}, By: c.By()}
	for _, col := range Persons.Columns {
		fits := takes[c.Kind][col.Field]
		if v, ok := brings[col.Field]; ok && fits != nil && fits(v) {
			if code, known := col.Codes[v]; known {
				v = code
			}
			t.Columns[col.Name] = v
		}
	}
	switch brings[eventperson.Consent] {
	case eventperson.Bounced:
		email := c.Is[eventperson.Email]
		t.Bounced = &email
	case eventperson.OptedOut:
		t.OptedOut = append(t.OptedOut, Mail)
	}
	if brings[eventperson.SMSConsent] == eventperson.OptedOut {
		t.OptedOut = append(t.OptedOut, SMS)
	}
	return t, true
}

// Conversation is what EMS keeps of a conversation.
type Conversation struct {
	Number                                     string
	Person                                     *int64
	Channel, Inbox, Status, Priority, Assignee string
	Labels                                     []string
	OpenedOn, LastActivity, FirstReply         string
	Deleted                                    bool
	By                                         string
}

// TakeConversation returns what EMS keeps of a conversation as a system shows it.
func TakeConversation(c Change) Conversation {
	f := c.Is
	out := Conversation{
		Number: c.Key, Channel: cut(f[conversation.Channel], 30), Inbox: cut(f[conversation.Inbox], 100),
		Status: strings.ToUpper(f[conversation.Status]), Priority: cut(f[conversation.Priority], 10), Assignee: cut(f[conversation.Assignee], 100),
		Labels: record.SetMembers(f[conversation.Labels]), OpenedOn: f[conversation.OpenedOn], LastActivity: f[conversation.LastActivity],
		FirstReply: f[conversation.FirstReply], Deleted: c.Deleted != "", By: "unknown",
	}
	if from := c.From[conversation.ID]; from.System != "" {
		out.By = string(from.System)
	}
	first, _, _ := strings.Cut(f[conversation.Person], "\n")
	if id, err := strconv.ParseInt(first, 10, 64); err == nil {
		out.Person = &id
	}
	return out
}

// cut returns the first letters of a text.
func cut(s string, most int) string {
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most])
}
