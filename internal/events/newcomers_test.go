package events_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"testing"
)

// runner is somebody who registers at RunSignup.
type runner struct {
	first, last, birth, mail string
	account                  bool
}

// user makes the runner known at RunSignup and returns the id there.
func (w *registration) user(r runner) (id int) {
	w.T.Helper()
	in := map[string]any{
		"first_name": r.first, "last_name": r.last, "email": r.mail, "dob": r.birth, "gender": "F", "account": r.account,
		"phone": "082-555-0101", "address": map[string]any{"city": "Graaff-Reinet", "country_code": "ZA"},
	}
	var out struct {
		ID int `json:"user_id"`
	}
	w.control(http.MethodPost, "/users", in, &out)
	return out.ID
}

// registers has a user register for events and returns the registration.
func (w *registration) registers(user int, bib string, events ...int) (id int) {
	w.T.Helper()
	var out struct {
		ID int `json:"registration_id"`
	}
	w.control(http.MethodPost, "/registrations", map[string]any{"race_id": 1001, "event_ids": events, "user_id": user, "bib": bib, "paid": 5775}, &out)
	return out.ID
}

// rows are what a query answers with, one JSON object a row.
func (w *registration) rows(sql string, args ...any) (out []map[string]any) {
	w.T.Helper()
	var text []byte
	if err := w.Pool.QueryRow(w.T.Context(), "select coalesce(jsonb_agg(r), '[]') from ("+sql+") r", args...).Scan(&text); err != nil {
		w.T.Fatalf("%s: %v", sql, err)
	}
	if err := json.Unmarshal(text, &out); err != nil {
		w.T.Fatal(err)
	}
	return out
}

// want wants a query to answer with one row.
func (w *registration) want(what string, want map[string]any, sql string, args ...any) {
	w.T.Helper()
	if got := w.rows(sql, args...); len(got) != 1 || !maps.Equal(got[0], want) {
		w.T.Errorf("%s: %v, want %v", what, got, want)
	}
}

const (
	personsCalled = `select count(*)::int as n from ems.person where last_name = $1 and deleted_on is null`
	entriesOf     = `select count(*)::int as n from ems.event_participant p join ems.person o on o.id = p.person_id where o.last_name = $1 and p.deleted_on is null`
	waiting       = `select quarantine as why from sync_record where system = 'runsignup' and place = $1 and entity is null and quarantine like 'waits%'`
)

// counts wants so many persons with a last name, and so many entries of them.
func (w *registration) counts(last string, persons, entries float64) {
	w.T.Helper()
	w.want("persons called "+last, map[string]any{"n": persons}, personsCalled, last)
	w.want("entries of "+last, map[string]any{"n": entries}, entriesOf, last)
}

// Who registers at RunSignup becomes a person of EMS and takes part, once: with a bundle
// in two races under one bib, with a second registration, and when another program has
// imported the same runner again.
func TestComeIn(t *testing.T) {
	t.Parallel()
	w := register(t)
	w.start()
	before := len(w.theirs())
	lerato := w.user(runner{"Lerato", "Khumalo", "1990-02-03", "lerato@example.org", true})
	w.registers(lerato, "77", 3001, 3002)
	w.quietAfter()
	w.want("the person", map[string]any{
		"first_name": "Lerato", "date_of_birth": "1990-02-03", "gender": "FEMALE", "email": "lerato@example.org", "phone": "+27825550101", "city": "Graaff-Reinet", "country": "ZA",
		"modified_by": "sync:runsignup",
	}, `select first_name, date_of_birth, gender, email, phone, city, country, modified_by from ems.person where last_name = 'Khumalo'`)
	for _, race := range []int{31, 32} {
		w.want(fmt.Sprint("the entry for race ", race), map[string]any{
			"event_id": 12.0, "bib": "77", "active": true, "paid": true, "source": "RUNSIGNUP", "modified_by": "sync:runsignup", "email": "lerato@example.org",
		}, `select event_id, bib, active, paid, source, modified_by, email from ems.event_participant where last_name = 'Khumalo' and race_id = $1`, race)
	}
	w.counts("Khumalo", 1, 2)
	if n := w.Count(`select count(*) from plan_row r join ems.person p on r.key = p.id::text where p.last_name = 'Khumalo' and r.kind = 'event.person'
		and r.system = 'hub' and r.op = 'create' and r.state = 'done' and r.reason = 'came in at runsignup'`); n != 1 {
		t.Errorf("the history says %d times where the person came from", n)
	}
	if n := w.Count(`select count(*) from new_key`); n != 0 {
		t.Errorf("%d keys are kept for those who are there", n)
	}

	w.registers(lerato, "", 3001)
	again := w.user(runner{"LERATO", "KHUMALO", "1990-02-03", "other@example.org", false})
	w.registers(again, "", 3002)
	w.quietAfter()
	w.counts("Khumalo", 1, 4)
	// What changes of the account is taken, of the import it is not.
	w.control(http.MethodPatch, fmt.Sprint("/users/", lerato), map[string]any{"phone": "082-555-0199"}, nil)
	w.control(http.MethodPatch, fmt.Sprint("/users/", again), map[string]any{"phone": "082-555-0000"}, nil)
	w.quietAfter()
	w.want("the phone", map[string]any{"phone": "+27825550199"}, `select phone from ems.person where last_name = 'Khumalo'`)
	if now := len(w.theirs()); now != before+2 { // by last name: Khumalo and KHUMALO
		t.Errorf("%d names are registered, %d before", now, before)
	}
}

// Whom EMS knows is found: a person by name and birth, an entry by person and race.
// What EMS says stays, and what it does not know is filled.
func TestComeInKnown(t *testing.T) {
	t.Parallel()
	w := register(t)
	w.start()
	w.exec(`insert into ems.person (id, first_name, last_name, date_of_birth, city) values (70, 'lerato', 'Khumalo', '1990-02-03', 'Cradock')`)
	w.exec(`insert into ems.event_participant (id, event_id, person_id, race_id, first_name, last_name, bib, paid) values
		(700, 12, 70, 31, 'Lerato', 'Khumalo', '12', false), (701, 12, 70, null, 'Lerato', 'Khumalo', '12', false)`)
	lerato := w.user(runner{"Lerato", "Khumalo", "1990-02-03", "lerato@example.org", true})
	w.registers(lerato, "", 3001, 3002)
	w.quietAfter()
	w.counts("Khumalo", 1, 2)
	w.want("the person", map[string]any{"first_name": "lerato", "city": "Cradock", "email": "lerato@example.org"},
		`select first_name, city, email from ems.person where id = 70`)
	w.want("the entry", map[string]any{"race_id": 31.0, "bib": "12", "email": "lerato@example.org", "source": "EMS"},
		`select race_id, bib, email, source from ems.event_participant where id = 700`)
	w.want("the entry without a race", map[string]any{"race_id": 32.0, "bib": "12"}, `select race_id, bib from ems.event_participant where id = 701`)
	if got := w.theirs()["Khumalo"]; len(got) != 1 || got[0]["bib"] != "12" {
		t.Errorf("registered: %v", got)
	}
}

// Of whom too little is known, or who may be somebody of ours, waits with a reason, and
// comes in when that is clear.
func TestComeInUnclear(t *testing.T) {
	t.Parallel()
	w := register(t)
	w.start()
	w.exec(`insert into ems.person (id, first_name, last_name, date_of_birth, email) values
		(70, 'Anna', 'Tweling', '2001-04-05', 'family@example.org'), (71, 'Jan', 'Dubbel', '1980-01-01', null), (72, 'Jan', 'Dubbel', '1980-01-01', null)`)
	unknown := w.user(runner{"Sipho", "Onbekend", "", "sipho@example.org", true})
	twin := w.user(runner{"Maria", "Tweling", "2001-04-05", "family@example.org", true})
	double := w.user(runner{"Jan", "Dubbel", "1980-01-01", "jan@example.org", true})
	for _, u := range []int{unknown, twin, double} {
		w.registers(u, "", 3001)
	}
	w.quietAfter()
	w.counts("Onbekend", 0, 0)
	w.counts("Tweling", 1, 0)
	w.counts("Dubbel", 2, 0)
	if got := w.rows(waiting+" order by 1", "users"); len(got) != 3 || fmt.Sprint(got[2]["why"]) != "waits: without birth_date of event.person" {
		t.Errorf("waiting: %v", got)
	}
	if got := w.rows(waiting, "participants"); len(got) != 3 || fmt.Sprint(got[0]["why"]) != "waits: without person of event.participant" {
		t.Errorf("waiting: %v", got)
	}
	if got := w.rows(`select field from conflict where why = 'newcomer' and key <> '' and resolved_on is null order by field`); len(got) != 3 ||
		got[2]["field"] != "birth_date" || got[0]["field"] != "" {
		t.Errorf("people are told %v", got)
	}
	w.control(http.MethodPatch, fmt.Sprint("/users/", unknown), map[string]any{"dob": "1999-09-09"}, nil)
	w.exec(`insert into ems.person (first_name, last_name, date_of_birth, email) values ('Maria', 'Tweling', '2001-04-05', 'family@example.org')`)
	w.exec(`select ems.merge_person(72, 71)`)
	w.quietAfter()
	w.counts("Onbekend", 1, 1)
	w.counts("Tweling", 2, 1)
	w.counts("Dubbel", 1, 1)
	if n := w.Count(`select (select count(*) from sync_record where quarantine like 'waits%') + (select count(*) from conflict where why = 'newcomer' and resolved_on is null)`); n != 0 {
		t.Errorf("%d wait still", n)
	}
}

// A registration that was ended before anybody has seen it brings nobody. One that
// RunSignup takes back ends in EMS; where it has a place in a start group it is only not
// active any more. What EMS has deleted does not come back since somebody edits it there.
func TestComeInAndGo(t *testing.T) {
	t.Parallel()
	w := register(t)
	w.start()
	end := func(registration int, reason string) {
		t.Helper()
		w.control(http.MethodPost, fmt.Sprintf("/registrations/%d/remove", registration), map[string]any{"reason": reason}, nil)
	}
	end(w.registers(w.user(runner{"Nooit", "Gezien", "1990-01-01", "nooit@example.org", true}), "", 3001), "removed")
	ids := map[string]int{}
	for i, last := range []string{"Cleared", "Placed", "Deferred", "Deleted"} {
		ids[last] = w.registers(w.user(runner{"Zanele", last, fmt.Sprintf("199%d-01-01", i), last + "@example.org", true}), fmt.Sprint(100+i), 3001)
	}
	w.quietAfter()
	w.counts("Gezien", 0, 0)
	for last := range ids {
		w.counts(last, 1, 1)
	}
	w.exec(`insert into ems.start_group (id, race_id, name, start_time) values (1, 31, 'A', '2026-05-09T04:00:00Z')`)
	w.exec(`insert into ems.start_group_participant (start_group_id, event_participant_id) select 1, id from ems.event_participant where last_name = 'Placed'`)
	w.exec(`delete from ems.event_participant where last_name = 'Deleted'`)
	w.quietAfter()
	end(ids["Cleared"], "cleared")
	end(ids["Placed"], "cleared")
	end(ids["Deferred"], "deferred")
	w.control(http.MethodPatch, fmt.Sprint("/registrations/", ids["Deleted"]), map[string]any{"bib": "999"}, nil)
	w.quietAfter()
	state := `select deleted_on is null as there, active, modified_by from ems.event_participant where last_name = $1`
	w.want("cleared", map[string]any{"there": false, "active": true, "modified_by": "sync:runsignup"}, state, "Cleared")
	w.want("cleared, with a place", map[string]any{"there": true, "active": false, "modified_by": "sync:runsignup"}, state, "Placed")
	w.want("deferred", map[string]any{"there": true, "active": false, "modified_by": "sync:runsignup"}, state, "Deferred")
	w.counts("Deleted", 1, 0)
	for last := range ids {
		w.want("persons called "+last, map[string]any{"n": 1.0}, personsCalled, last) // nobody is deleted by a system
	}
}

// A bib is one person's of an event: whoever comes in with another's takes part without.
func TestComeInWithBibOfAnother(t *testing.T) {
	t.Parallel()
	w := register(t)
	w.start()
	w.exec(`insert into ems.event_participant (event_id, person_id, last_name, bib, paid) values (12, 7, 'Mokoena', '50', true)`)
	w.registers(w.user(runner{"Ayanda", "Zonder", "1985-05-05", "ayanda@example.org", true}), "50", 3001)
	w.registers(w.user(runner{"Busi", "Met", "1986-06-06", "busi@example.org", true}), "51", 3001)
	w.quietAfter()
	w.counts("Zonder", 1, 1)
	w.want("the bibs", map[string]any{"without": nil, "with": "51"}, `select max(bib) filter (where last_name = 'Zonder') as without,
		max(bib) filter (where last_name = 'Met') as with from ems.event_participant`)
}
