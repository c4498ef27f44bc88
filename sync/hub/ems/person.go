package ems

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/value"
)

// Person is a person with what hangs on one and is shown.
type Person struct {
	Row

	Consents    map[string]string // by channel, the state of the preference for any topic
	Memberships []Membership
}

// Membership is what somebody is a member of. Dates are 2006-01-02; To is blank when
// it does not end.
type Membership struct {
	Type, Status, From, To string
}

// The states of a membership, as they are shown, best first.
var states = []string{"active", "pending", "expired", "revoked", "draft"}

// Mail and SMS are the channels of which the preference is shown.
const (
	Mail = "EMAIL"
	SMS  = "SMS"
)

// consents are the states of a preference.
var consents = map[string]string{"OPTED_IN": eventperson.OptedIn, "OPTED_OUT": eventperson.OptedOut}

// on returns the membership's status on a day, whatever its row says, and the day on
// which that changes; blank: never.
func (m Membership) on(today string) (status, changes string) {
	status = strings.ToLower(m.Status)
	if m.Status != "ACTIVE" && m.Status != "PENDING" {
		return status, ""
	}
	if m.From > today {
		return "pending", m.From
	}
	switch {
	case m.To == "":
		return status, ""
	case m.To < today:
		return "expired", ""
	default:
		return status, dayAfter(m.To)
	}
}

// forever is a day that does not come.
const forever = "9999-12-31"

// dayAfter returns the next day; blank when there is none.
func dayAfter(day string) string {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil || day >= forever {
		return ""
	}
	return at.AddDate(0, 0, 1).Format(time.DateOnly)
}

// label is the name of a membership among all of a person.
func (m Membership) label(status string, o value.Options) string {
	name, _, err := value.Canon(record.ValueType{}, m.Type, o)
	if err != nil || name == "" {
		name = strings.TrimSpace(m.Type)
	}
	return strings.ToLower(name) + ":" + status
}

// memberships returns the best status, all of them as a set, and the next day on which
// one changes.
func (p *Person) memberships(o value.Options) (best, all, changes string) {
	labels := make([]string, 0, len(p.Memberships))
	for _, m := range p.Memberships {
		status, on := m.on(o.Today)
		labels = append(labels, m.label(status, o))
		if best == "" || slices.Index(states, status) < slices.Index(states, best) {
			best = status
		}
		changes = earlier(changes, on)
	}
	return best, record.SetValue(labels), changes
}

// earlier is the first of two days, of which either may be blank.
func earlier(a, b string) string {
	if a == "" || b != "" && b < a {
		return b
	}
	return a
}

// grownOn is the day on which a person comes of age; blank when the birth is not
// known. Who was born on 29 February does on the 28th.
func grownOn(birth string) string {
	at, err := time.Parse(time.DateOnly, birth)
	if err != nil {
		return ""
	}
	grown := at.AddDate(18, 0, 0)
	if grown.Day() != at.Day() {
		grown = grown.AddDate(0, 0, -grown.Day())
	}
	return grown.Format(time.DateOnly)
}

// bounced reports whether the person's address takes no mail. Another address than
// the one of which that is known is not known to; nothing is sent because one cannot
// be read.
func (p *Person) bounced(fields record.Fields) bool {
	if p.Columns[bouncedOn] == "" {
		return false
	}
	email, readable := fields[eventperson.Email]
	if !readable {
		return true
	}
	was, _, err := value.Email(p.Columns[bouncedEmail])
	return err == nil && was == email
}

// show makes what is shown of a person, but for what is shared with others, and what
// is remembered of it. was is what was remembered before.
func (p *Person) show(was Memory, o value.Options) (Shown, Memory) {
	s := Persons.Show(p.Row, o)
	is := Memory{ID: p.ID, Version: p.Version, GrownOn: grownOn(p.Columns[birthDate]), Alive: !p.Deleted}
	if s.Deleted == record.Erased {
		return s, is
	}
	for channel, f := range map[string]record.Field{Mail: eventperson.Consent, SMS: eventperson.SMSConsent} {
		s.Fields[f] = cmp.Or(consents[p.Consents[channel]], eventperson.Unknown)
	}
	if p.bounced(s.Fields) {
		s.Fields[eventperson.Consent] = eventperson.Bounced
	}
	var changes string
	s.Fields[eventperson.Membership], s.Fields[eventperson.Memberships], changes = p.memberships(o)
	s.Fields[eventperson.Deleted] = "" // what says otherwise there is undone when a person comes back
	if p.Deleted && p.Columns[mergedInto] != "" {
		s.Deleted = record.Merged
	}
	if is.Alive {
		is.DueOn = changes
		if is.GrownOn > o.Today {
			is.DueOn = earlier(is.DueOn, is.GrownOn)
		}
	}
	// An address that cannot be read is not given up: it stays the one it was.
	is.Email, is.Phone = was.Email, was.Phone
	if email, ok := s.Fields[eventperson.Email]; ok {
		is.Email = email
	}
	if phone, ok := s.Fields[eventperson.Phone]; ok {
		is.Phone = phone
	}
	return s, is
}
