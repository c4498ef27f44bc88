package migrations_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/record"
)

// fields is what is shown of an entity, as name=value, sorted.
func (e ems) fields(kind, key string) string {
	e.Helper()
	e.show()
	var text []byte
	if err := e.pool.QueryRow(e.Context(), "select fields from entity where kind = $1 and key = $2", kind, key).Scan(&text); err != nil {
		e.Fatalf("%s %s: %v", kind, key, err)
	}
	var out []string
	for f, v := range record.DecodeFields(text) {
		out = append(out, string(f)+"="+v)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// race is an event with all that hangs on it.
const race = `insert into ems.organisation (name) values ('Kustloop'), (' Duin  loop');
	update ems.organisation set parent_id = 1 where id = 2;
	insert into ems.person (last_name) values ('Voorbeeld');
	insert into ems.event (organisation_id, name, start_date_time, end_date_time, all_day, timezone, country, latitude, contact_email)
	values (2, 'Voorjaarsloop', '2027-04-01T10:00:00+02', '2027-04-01T16:30:00.25+02', false, 'Europe/Amsterdam', 'nl', 52.0907, 'Info@Example.org');
	insert into ems.race (event_id, name, start_time, distance_meters, max_entries, active, status) values (1, '10 km', '2027-04-01T10:00:00+02', 10000, 500, true, 'READY');
	insert into ems.start_group (race_id, name, seq, start_time) values (1, 'A', 1, '2027-04-01T10:00:00+02');
	insert into ems.event_participant (event_id, person_id, race_id, first_name, last_name, date_of_birth, gender, bib, paid, registered_on)
	values (1, 1, 1, 'Els', 'Voorbeeld', '1990-02-03', 'FEMALE', '10', true, '2027-01-01T00:00:00Z');
	insert into ems.start_group_participant (start_group_id, event_participant_id, seq) values (1, 1, 7);
	insert into ems.tag (number, epc, uuid) values ('T1', 'E200', '6b9ad6a1-6e0a-4a6d-9d51-2f0cf6a5bd05');
	insert into ems.bib_tag_mapping (tag_id, person_id, event_id, bib, valid_from) values (1, 1, 1, '10', '2027-03-01T00:00:00Z')`

// Every kind is shown with its columns; a reference is the id of what it refers to.
func TestEMSShowsAllKinds(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	e.does(race)
	want := map[string]string{
		"event.organisation 2":            "id=2 name=Duin loop parent=1",
		"event.event 1":                   "address= all_day=false city= contact_email=info@example.org contact_name= contact_url= country=NL end=2027-04-01T14:30:00Z id=1 in_window=true latitude=52.090700 longitude= name=Voorjaarsloop organisation=2 postal_code= province= sanctioned_by= start=2027-04-01T08:00:00Z timing_id=person_id venue= zone=Europe/Amsterdam",
		"event.race 1":                    "active=true category= distance=10000 duration= event=1 id=1 in_window=true max_entries=500 min_entries= name=10 km race_type= start=2027-04-01T08:00:00Z status=ready",
		"event.start_group 1":             "id=1 in_window=true name=A race=1 seq=1 start=2027-04-01T08:00:00Z",
		"event.participant 1":             "active=true bib=10 birth_date=1990-02-03 category= email= event=1 first_name=Els gender=female id=1 in_window=true last_name=Voorbeeld locked=false paid=true person=1 race=1 registered_on=2027-01-01T00:00:00Z team=",
		"event.start_group_participant 1": "id=1 in_window=true participant=1 seq=7 start_group=1",
		"event.tag 1":                     "barcode= bib=10 entered=true epc=E200 event=1 id=1 in_window=true number=T1 person=1 uuid=6b9ad6a1-6e0a-4a6d-9d51-2f0cf6a5bd05 valid_from=2027-03-01T00:00:00Z valid_to=",
	}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		kind, key, _ := strings.Cut(name, " ")
		if got := e.fields(kind, key); got != want[name] {
			t.Errorf("%s shows\n%s, want\n%s", name, got, want[name])
		}
	}
	const rows = "select string_agg(kind || key || xmin, ' ' order by id) from entity"
	before := e.text(rows)
	e.does("update ems.event set name = name; update ems.tag set number = number; update ems.race set active = active")
	e.is(before, rows)
}

// That a person is entered follows the participants, also one who is another's from now
// on; what the person wears follows with it.
func TestEMSShowsWhoIsEntered(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	e.does(race)
	e.does("insert into ems.person (last_name) values ('Ander')")
	is := func(want string) {
		e.Helper()
		e.is(want, "select string_agg(fields ->> 'entered', ' ' order by kind, key) from entity where kind in ('event.person', 'event.tag')")
		e.is("0", "select count(*) from ems.due")
	}
	is("true false true")
	e.does("update ems.event_participant set active = false, bib = null")
	is("true false true")
	e.does("update ems.event_participant set person_id = 2")
	is("false true false")
	e.does("delete from ems.event_participant")
	is("false false false")
	e.does("update ems.event_participant set deleted_on = null; update ems.bib_tag_mapping set person_id = 2")
	is("false true true")
	e.does("delete from ems.event")
	is("false false false")
}

// What is shown of another row follows that.
func TestEMSShowsWhatHangsOnOthers(t *testing.T) {
	t.Parallel()
	e := newEMS(t)
	e.does(race)
	is := func(want, kind, field string) {
		e.Helper()
		e.is(want, "select version || ' ' || (fields ->> $2) || ' ' || deleted from entity where kind = $1 and key = '1'", kind, field)
	}
	is("1 false ", "event.participant", "locked")
	e.does("update ems.race set status = 'COMPLETED'")
	is("2 true ", "event.participant", "locked")
	e.does("update ems.race set name = '10 mijl'")
	is("2 true ", "event.participant", "locked")
	e.does("update ems.tag set epc = 'E201'")
	is("2 E201 ", "event.tag", "epc")
	e.does("update ems.event_participant set active = false")
	is("3  ", "event.participant", "bib")
	e.does("delete from ems.tag")
	is("3 E201 deleted", "event.tag", "epc")
	e.does("delete from ems.event")
	const deleted = "select string_agg(kind, ' ' order by kind) from entity where deleted = 'deleted'"
	e.is("event.event event.participant event.race event.start_group event.start_group_participant event.tag", deleted)
	e.does("select set_config('ems.purge', 'on', false); delete from ems.start_group_participant; select set_config('ems.purge', '', false)")
	e.is("0", "select count(*) from ems.due")
}
