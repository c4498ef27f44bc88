package club_test

import (
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"
)

// twice is what it takes for an end: two readings, a day apart.
func (w *world) twice(names ...string) {
	w.t.Helper()
	for range 2 {
		w.cycle(names...)
		w.pass(25 * time.Hour)
	}
}

// B4: a member whose row cannot be read has not left, however often.
func TestB4UnreadableIsNoLeaver(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.member("M1")
	w.member("M2")
	w.cycle("people")
	w.sportlink.Break("members", "M1", "no name")
	w.twice("people")
	w.cycle("people")
	if at := w.site().fields["M1"]; at["former_member"] != false || at["first_name"] != "Voornaam M1" {
		t.Errorf("the member is former %v, called %v", at["former_member"], at["first_name"])
	}
}

// B5, 3.1.7: a child that leaves takes nothing from a parent who is a member as well.
func TestB5P317ParentWhoIsAMember(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.member("M1", "email_1", "thuis@example.org")
	w.member("M2", "parent_1_email", "thuis@example.org", "parent_1_name", "Voornaam M1 van Test")
	w.cycle("people", "people")
	before := len(w.site().ids)
	w.sportlink.Drop("members", "M2", "")
	w.twice("people")
	w.cycle("people")
	at := w.site()
	if m := at.fields["M1"]; m["former_member"] != false || m["first_name"] != "Voornaam M1" || m["email_1"] != "thuis@example.org" {
		t.Errorf("the parent is %v %v, former %v", m["first_name"], m["email_1"], m["former_member"])
	}
	if len(at.ids) != before || at.fields["M2"]["former_member"] != true {
		t.Errorf("%d persons, were %d; the child is former %v", len(at.ids), before, at.fields["M2"]["former_member"])
	}
}

// B12, 3.2.15: who comes back with nothing changed is a member again, in the same record.
func TestB12P3215RejoinUnchanged(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.member("M1")
	w.member("M2")
	w.cycle("people")
	was, id := maps.Clone(w.sportlink.All("members")["M1"]), w.site().ids["M1"]
	w.sportlink.Drop("members", "M1", "")
	w.twice("people")
	w.cycle("people")
	if former := w.site().fields["M1"]["former_member"]; former != true {
		t.Fatalf("who has left is former: %v", former)
	}
	w.sportlink.Put("members", "M1", was)
	w.cycle("people")
	at := w.site()
	if at.fields["M1"]["former_member"] != false || at.ids["M1"] != id {
		t.Errorf("former %v, record %d that was %d", at.fields["M1"]["former_member"], at.ids["M1"], id)
	}
	w.calm("people")
}

// B20, 3.2.3: what is emptied at the source is emptied, and nothing else.
func TestB20P323ClearedValues(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.member("M1", "email_1", "lid1@example.org", "infix", "van der")
	w.member("M2", "email_1", "lid2@example.org", "infix", "van der")
	w.cycle("people")
	w.member("M1", "email_1", "", "infix", "")
	w.cycle("people")
	at := w.site().fields
	if empty := at["M1"]["email_1"]; empty != nil && empty != "" {
		t.Errorf("the address is %v", empty)
	}
	if at["M1"]["infix"] != "" || at["M1"]["first_name"] != "Voornaam M1" || at["M2"]["email_1"] != "lid2@example.org" {
		t.Errorf("one has %v, %v, another %v", at["M1"]["infix"], at["M1"]["first_name"], at["M2"]["email_1"])
	}
	w.calm("people")
}

// B14, B15, 3.1.8: while a person cannot be read nothing of them is written, neither over
// their names nor over the rows of work that people have put there.
func TestB15P318FailedReadWritesNothing(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.does("M1", "Bar|Lid|2020-08-01|")
	w.cycle("people", "functions-full", "people")
	id := w.site().ids["M1"]
	w.control(w.rondo, "POST", fmt.Sprintf("/people/%d/work", id), map[string]any{"entity_type": "team", "job_title": "Trainer"}, nil)
	w.cycle("people")
	theirs := w.site().work["M1"]
	var fault struct{ ID int }
	w.control(w.rondo, "POST", "/faults", map[string]any{
		"match": map[string]any{"method": "GET", "path": fmt.Sprintf("*/people/%d", id)}, "do": map[string]any{"kind": "status", "status": http.StatusInternalServerError},
	}, &fault)
	w.does("M1", "Bar|Lid|2020-08-01|", "Hal|Lid|2026-08-01|")
	w.writes()
	if _, err := w.run("functions"); err != nil {
		t.Logf("the run ended with %v", err)
	}
	if n := w.writes()["people"]; n != 0 || strings.Join(w.site().work["M1"], " & ") != strings.Join(theirs, " & ") {
		t.Errorf("%d writes, the work is %v", n, w.site().work["M1"])
	}
	w.control(w.rondo, "DELETE", fmt.Sprintf("/faults/%d", fault.ID), nil, nil)
	w.pass(25 * time.Hour)
	w.cycle("functions")
	if got := w.site(); len(got.work["M1"]) != len(theirs)+1 || got.fields["M1"]["last_name"] != "Test" {
		t.Errorf("afterwards the work is %v, the name %v", got.work["M1"], got.fields["M1"]["last_name"])
	}
}
