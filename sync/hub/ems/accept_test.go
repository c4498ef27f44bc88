package ems_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/hub/ems"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/conversation"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// What EMS takes, by field; nil is nothing.
func TestTakePerson(t *testing.T) {
	t.Parallel()
	was := record.Fields{
		"email": "els@example.org", "phone": "+31612345601", "first_name": "Els", "last_name": "Voorbeeld", "country": "NL",
		"city": "Zeist", "birth_date": "1990-01-01", "consent": "unknown",
	}
	for name, c := range map[string]struct {
		field record.Field
		value string
		want  map[string]string
	}{
		"an address":         {"email", "new@example.org", map[string]string{"email": "new@example.org"}},
		"no address":         {"email", "", nil},
		"the same":           {"email", "els@example.org", nil},
		"a phone":            {"phone", "+31612345602", map[string]string{"phone": "+31612345602"}},
		"no phone":           {"phone", "", map[string]string{"phone": ""}},
		"a long phone":       {"phone", "+316123456789012345678901234567890", nil},
		"a first name":       {"first_name", "Zoë", map[string]string{"first_name": "Zoë"}},
		"a long city":        {"city", strings.Repeat("ë", 51), nil},
		"a city of 50":       {"city", strings.Repeat("ë", 50), map[string]string{"city": strings.Repeat("ë", 50)}},
		"no last name":       {"last_name", "", nil},
		"a country's name":   {"country", "Nederland", nil},
		"a birth":            {"birth_date", "1991-01-01", map[string]string{"date_of_birth": "1991-01-01"}},
		"no birth":           {"birth_date", "", nil},
		"a gender":           {"gender", "female", map[string]string{"gender": "FEMALE"}},
		"a looser consent":   {"consent", "opted_in", nil},
		"the id":             {"id", "9", nil},
		"a membership":       {"membership", "active", nil},
		"what EMS knows not": {"points", "9", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := ems.TakePerson(ems.Change{
				Kind: eventperson.Kind, Key: "7", Was: was, Is: was.Over(record.Fields{c.field: c.value}),
				From: origin(c.field, "chatwoot"),
			})
			if !ok || got.ID != 7 || !maps.Equal(got.Columns, c.want) || len(got.OptedOut) > 0 || got.Bounced != nil {
				t.Errorf("taken is %+v", got)
			}
			if got.By != "chatwoot" && was[c.field] != c.value {
				t.Errorf("it is by %s", got.By)
			}
		})
	}
}

func TestTakeConsent(t *testing.T) {
	t.Parallel()
	take := func(from, to string) ems.Taken {
		got, _ := ems.TakePerson(ems.Change{
			Kind: eventperson.Kind, Key: "7", Was: record.Fields{"consent": from, "email": "a@example.org"},
			Is: record.Fields{"consent": to, "email": "a@example.org"}, From: origin("consent", "mailchimp"),
		})
		return got
	}
	if got := take("opted_in", "opted_out"); !slices.Equal(got.OptedOut, []string{ems.Mail}) || got.Bounced != nil || got.By != "mailchimp" {
		t.Errorf("of an opt-out is taken %+v", got)
	}
	if got := take("opted_in", "bounced"); len(got.OptedOut) > 0 || got.Bounced == nil || *got.Bounced != "a@example.org" {
		t.Errorf("of a bounce is taken %+v", got)
	}
	is := record.Fields{"consent": "unknown", "sms_consent": "opted_out"}
	was := record.Fields{"consent": "unknown", "sms_consent": "opted_in"}
	got, _ := ems.TakePerson(ems.Change{Kind: eventperson.Kind, Key: "7", Was: was, Is: is, From: origin("sms_consent", "mautic")})
	if !slices.Equal(got.OptedOut, []string{ems.SMS}) || got.By != "mautic" {
		t.Errorf("of an opt-out from text messages is taken %+v", got)
	}
	if got, _ := ems.TakePerson(ems.Change{Kind: eventperson.Kind, Key: "7", Was: is, Is: was, From: origin("sms_consent", "mautic")}); len(got.OptedOut) > 0 || len(got.Columns) > 0 {
		t.Errorf("of a looser one is taken %+v", got)
	}
	for _, loose := range []string{"opted_in", "unknown", ""} {
		if got := take("opted_out", loose); len(got.OptedOut) > 0 || got.Bounced != nil || len(got.Columns) > 0 {
			t.Errorf("of %q is taken %+v", loose, got)
		}
	}
}

func TestTakeConversation(t *testing.T) {
	t.Parallel()
	got := ems.TakeConversation(ems.Change{
		Kind: conversation.Kind, Key: "17", Is: record.Fields{
			"id": "17", "person": "12\n?9", "status": "open", "labels": "a\nb", "inbox": strings.Repeat("é", 101), "opened_on": "2026-11-01T10:00:00Z",
		},
		From: origin("id", "chatwoot"), Deleted: record.Absent,
	})
	if got.Number != "17" || got.Person == nil || *got.Person != 12 || got.Status != "OPEN" || len(got.Labels) != 2 ||
		got.Inbox != strings.Repeat("é", 100) || !got.Deleted || got.By != "chatwoot" {
		t.Errorf("taken is %+v", got)
	}
	if got := ems.TakeConversation(ems.Change{Key: "17", Is: record.Fields{"person": "?9"}}); got.Person != nil || got.Deleted || got.By != "unknown" {
		t.Errorf("of nobody's is taken %+v", got)
	}
}

func origin(f record.Field, s record.System) map[record.Field]record.Origin {
	return map[record.Field]record.Origin{f: {System: s}}
}

// What a field has gone through between systems is not forgotten since EMS shows another
// field of the row anew.
func TestShownKeepsOrigins(t *testing.T) {
	t.Parallel()
	turning := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	was := &ems.Entity{
		Key: "7", Fields: record.Fields{"phone": "+31600000001", "city": "Duindorp"},
		From: map[record.Field]record.Origin{"phone": {System: "chatwoot", At: turning, Turns: 5, Turning: turning}, "city": {System: record.Hub}},
	}
	is, changed := ems.Shown{Key: "7", Fields: record.Fields{"city": "Zandwijk"}}.Over(was, turning.Add(time.Hour))
	if !changed || is.From["phone"] != was.From["phone"] || is.From["city"] != (record.Origin{System: record.Hub, At: turning.Add(time.Hour)}) {
		t.Errorf("changed %v, from %v", changed, is.From)
	}
}
