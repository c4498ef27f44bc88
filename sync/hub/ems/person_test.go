package ems_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/hub/ems"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/value"
)

const today = "2026-11-29"

var (
	options = value.Options{Region: "NL", Today: today}
	at      = time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC)
)

// person is a person with some columns, in pairs.
func person(id int64, pairs ...string) ems.Person {
	key := string(rune('0' + id))
	p := ems.Person{Row: ems.Row{ID: id, Version: 1, Key: key, Columns: map[string]string{"id": key, "last_name": "Voorbeeld"}}}
	for i := 0; i < len(pairs); i += 2 {
		p.Columns[pairs[i]] = pairs[i+1]
	}
	return p
}

// world is what is stored of persons.
type world struct {
	memories map[int64]ems.Memory
	entities map[string]*ems.Entity
}

func newWorld() *world { return &world{map[int64]ems.Memory{}, map[string]*ems.Entity{}} }

// show shows persons as the loader does, and returns the keys that change.
func (w *world) show(t *testing.T, o value.Options, persons ...ems.Person) []string {
	t.Helper()
	b := ems.NewBatch(o)
	for _, p := range persons {
		if was, ok := w.memories[p.ID]; ok {
			b.Remember(was)
		}
	}
	for _, p := range persons {
		b.Add(p)
	}
	emails, phones := b.Addresses()
	var others []ems.Memory
	for _, m := range w.memories {
		if slices.Contains(emails, m.Email) && m.Email != "" || slices.Contains(phones, m.Phone) && m.Phone != "" {
			others = append(others, m)
		}
	}
	b.Share(others)
	var keys []string
	for _, e := range b.Changes(w.entities, at) {
		keys = append(keys, e.Key)
		w.entities[e.Key] = &e
	}
	changed, forget := b.Memories()
	for _, m := range changed {
		w.memories[m.ID] = m
	}
	if len(forget) > 0 {
		t.Errorf("forgotten are %v", forget)
	}
	return keys
}

func (w *world) want(t *testing.T, key string, want record.Fields) {
	t.Helper()
	e := w.entities[key]
	if e == nil {
		t.Fatalf("there is no %s", key)
	}
	if got := e.Fields.Only(want.Names()); !maps.Equal(got, want) {
		t.Errorf("%s shows %v, want %v", key, got, want)
	}
}

func TestPersonIsShown(t *testing.T) {
	t.Parallel()
	w := newWorld()
	p := person(
		1, "first_name", " Rene\u0301e  Anna", "date_of_birth", "1990-02-03", "gender", "FEMALE", "email", " Els@Example.org", "phone", "06-12345601",
		"language", "nl", "city", "Utrecht", "country", "nl")
	p.Consents = map[string]string{ems.Mail: "OPTED_IN", ems.SMS: "OPTED_OUT", "PUSH": "OPTED_IN"}
	p.Memberships = []ems.Membership{
		{Type: " Senior", Status: "ACTIVE", From: "2020-01-01"},
		{Type: "Senior", Status: "ACTIVE", From: "2020-01-01"},
		{Type: "Crew", Status: "REVOKED", From: "2020-01-01"},
	}
	w.show(t, options, p)
	want := record.Fields{
		"id": "1", "first_name": "Renée Anna", "last_name": "Voorbeeld", "birth_date": "1990-02-03", "gender": "female",
		"email": "els@example.org", "shared_email": "false", "phone": "+31612345601", "language": "nl", "city": "Utrecht", "country": "NL",
		"membership": "active", "memberships": "crew:revoked\nsenior:active", "consent": "opted_in", "sms_consent": "opted_out", "entered": "", "deleted": "",
	}
	if got := w.entities["1"]; !maps.Equal(got.Fields, want) || got.Deleted != "" {
		t.Errorf("shown is %v", got)
	}
	for f, from := range w.entities["1"].From {
		if from.System != record.Hub || !from.At.Equal(time.Date(2026, 11, 29, 10, 0, 0, 0, time.UTC)) {
			t.Errorf("%s is from %v", f, from)
		}
	}
	if keys := w.show(t, options, p); len(keys) > 0 {
		t.Errorf("shown again, %v changes", keys)
	}
}

// A column of a person that never leaves is read by nothing.
func TestNothingSensitiveIsRead(t *testing.T) {
	t.Parallel()
	for _, table := range ems.Tables() {
		for _, column := range table.Reads() {
			for _, never := range []string{"identity", "emergency", "doctor", "medical", "allerg", "medication", "guardian", "street", "nationality", "consent_ip"} {
				if strings.Contains(column, never) {
					t.Errorf("%s reads %s", table.Name, column)
				}
			}
			if slices.Contains(eventperson.Sensitive(), record.Field(column)) {
				t.Errorf("%s reads %s", table.Name, column)
			}
		}
		types := value.TypesOf(table.Kind)
		for _, c := range table.Columns {
			if _, known := types[c.Field]; !known {
				t.Errorf("%s shows %s as %s, which is no field of %s", table.Name, c.Name, c.Field, table.Kind)
			}
		}
	}
}

func TestMembershipsOnADay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		of        ems.Membership
		want, due string
	}{
		"holds":            {ems.Membership{Status: "ACTIVE", From: "2020-01-01"}, "active", ""},
		"begins tomorrow":  {ems.Membership{Status: "ACTIVE", From: "2026-11-30", To: "2027-01-01"}, "pending", "2026-11-30"},
		"begins today":     {ems.Membership{Status: "ACTIVE", From: today, To: today}, "active", "2026-11-30"},
		"ended yesterday":  {ems.Membership{Status: "ACTIVE", From: "2020-01-01", To: "2026-11-28"}, "expired", ""},
		"pending and over": {ems.Membership{Status: "PENDING", From: "2020-01-01", To: "2026-11-28"}, "expired", ""},
		"pending":          {ems.Membership{Status: "PENDING", From: "2020-01-01", To: "2026-12-31"}, "pending", "2027-01-01"},
		"revoked":          {ems.Membership{Status: "REVOKED", From: "2027-01-01"}, "revoked", ""},
		"for ever":         {ems.Membership{Status: "ACTIVE", From: "0001-01-01", To: "9999-12-31"}, "active", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			c.of.Type = "Crew"
			p := person(1)
			p.Memberships = []ems.Membership{c.of}
			w.show(t, options, p)
			w.want(t, "1", record.Fields{"membership": c.want, "memberships": "crew:" + c.want})
			if due := w.memories[1].DueOn; due != c.due {
				t.Errorf("it changes on %q, want %q", due, c.due)
			}
		})
	}
}

func TestComingOfAge(t *testing.T) {
	t.Parallel()
	for birth, want := range map[string]string{
		"": "", "2008-11-29": "", "2008-11-30": "2026-11-30", "2012-02-29": "2030-02-28", "9999-12-31": "10017-12-31",
	} {
		w := newWorld()
		w.show(t, options, person(1, "date_of_birth", birth))
		if got := w.memories[1].DueOn; got != want && birth != "9999-12-31" {
			t.Errorf("born on %q, due on %q, want %q", birth, got, want)
		}
	}
}

// What cannot be read is unknown: what was shown stays, and whose it is.
func TestUnreadableStays(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.show(t, options, person(1, "email", "fam@example.org", "phone", "0612345601"), person(2, "email", "fam@example.org"))
	w.show(t, options, person(1, "email", "fam at example", "phone", "zie moeder"))
	w.want(t, "1", record.Fields{"email": "fam@example.org", "shared_email": "false", "phone": "+31612345601"})
	w.want(t, "2", record.Fields{"email": "", "shared_email": "true"})
	w.show(t, options, person(3, "phone", "zie vader"))
	if w.entities["3"].Fields.Has("phone") {
		t.Error("a phone that was never readable is shown")
	}
}

func TestBouncedIsAnAddress(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ email, bounced, want string }{
		"it":         {"els@example.org", "els@example.org", "bounced"},
		"retyped":    {" Els@Example.org\r", "els@example.org", "bounced"},
		"another":    {"new@example.org", "els@example.org", "opted_out"},
		"none":       {"", "els@example.org", "opted_out"},
		"unreadable": {"els at example", "els@example.org", "bounced"},
	} {
		w := newWorld()
		p := person(1, "email", c.email, "bounced_email", c.bounced, "email_bounced_on", "2026-01-01")
		p.Consents = map[string]string{ems.Mail: "OPTED_OUT"}
		w.show(t, options, p)
		if got := w.entities["1"].Fields[eventperson.Consent]; got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// Whose an address is: the grown-up's with the lowest id, else the child's. With a
// change of one, of the others no more changes than that.
func TestOwners(t *testing.T) {
	t.Parallel()
	w := newWorld()
	const fam = "fam@example.org"
	child := person(1, "email", fam, "date_of_birth", "2016-01-01", "phone", "+31612345601")
	parent, other := person(2, "email", fam, "date_of_birth", "1980-01-01"), person(3, "email", fam, "phone", "+31612345601")
	owns := func(want string) {
		t.Helper()
		for key, e := range w.entities {
			mine := record.Fields{"email": "", "shared_email": "true"}
			if key == want {
				mine = record.Fields{"email": fam, "shared_email": "false"}
			}
			if e.Deleted == "" && e.Fields["city"] != "Zeist" {
				w.want(t, key, mine)
			}
		}
	}
	step := func(want string, keys []string, persons ...ems.Person) {
		t.Helper()
		if got := w.show(t, options, persons...); !slices.Equal(got, keys) {
			t.Errorf("changed are %v, want %v", got, keys)
		}
		owns(want)
	}
	step("1", []string{"1"}, child)
	step("2", []string{"1", "2"}, parent)
	step("2", []string{"1", "3"}, other) // the phone goes from the child to the grown-up
	w.want(t, "1", record.Fields{"phone": ""})
	moved := person(2, "email", "own@example.org", "city", "Zeist")
	step("3", []string{"2", "3"}, moved)
	step("2", []string{"2", "3"}, parent)
	gone := parent
	gone.Deleted = true
	step("3", []string{"2", "3"}, gone)
	if e := w.entities["2"]; e.Deleted != "deleted" {
		t.Errorf("who was deleted is %q", e.Deleted)
	}
	grown := options
	grown.Today = "2034-01-01"
	if got := w.show(t, grown, child); !slices.Equal(got, []string{"1", "3"}) {
		t.Errorf("when the child comes of age %v change", got)
	}
	owns("1")
}

func TestDeletedMergedPurged(t *testing.T) {
	t.Parallel()
	w := newWorld()
	gone := person(1)
	gone.Deleted = true
	if w.show(t, options, gone); len(w.entities) != 0 {
		t.Error("an entity was made of a person who was never shown")
	}
	w.show(t, options, person(1), person(2))
	w.show(t, options, gone)
	merged := person(1, "merged_into_id", "2")
	merged.Deleted = true
	w.show(t, options, merged)
	if got := w.entities["1"].Deleted; got != record.Merged {
		t.Errorf("who was merged is %q", got)
	}
	w.show(t, options, person(1))
	if got := w.entities["1"].Deleted; got != "" {
		t.Errorf("who is back is %q", got)
	}
	b := ems.NewBatch(options)
	b.Remember(w.memories[2])
	b.Purge(2)
	b.Share(nil)
	changes := b.Changes(w.entities, at)
	if _, forget := b.Memories(); len(changes) != 1 || changes[0].Deleted != "deleted" || !slices.Equal(forget, []int64{2}) {
		t.Errorf("of one who is not there any more: %v, %v", changes, forget)
	}
}
