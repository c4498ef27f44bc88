package events_test

import (
	"slices"
	"testing"
	"time"
)

// nextYear opens an event that begins on 5 March 2027, three days too late for the window:
// for the first person, who is entered in the other event as well, and for a fourth one.
func (w *timing) nextYear() {
	w.T.Helper()
	w.exec(`insert into ems.person (id, first_name, last_name) values (4, 'Name4', 'Family4')`)
	w.exec(`insert into ems.event (id, organisation_id, name, start_date_time, end_date_time, all_day, timezone) values
		(13, 2, 'Karoo Klassiek 2027', '2027-03-05T08:00:00Z', '2027-03-05T16:00:00Z', false, 'Africa/Johannesburg')`)
	w.exec(`insert into ems.race (id, event_id, name, active, status) values (33, 13, 'Long', true, 'PLANNED')`)
	w.exec(`insert into ems.start_group (id, race_id, seq, start_time) values (43, 33, 1, '2027-03-05T09:00:00Z')`)
	w.exec(`insert into ems.event_participant (id, event_id, person_id, race_id, last_name, bib, paid) values
		(54, 13, 1, 33, 'Family1', '1', true), (55, 13, 4, 33, 'Family4', '4', true)`)
	w.exec(`insert into ems.start_group_participant (id, start_group_id, event_participant_id, seq) select 10 + i, 43, i, i from generate_series(54, 55) i`)
	w.exec(`insert into ems.tag (id, epc) select i, 'E2' || i from generate_series(74, 76) i`)
	w.exec(`insert into ems.bib_tag_mapping (id, tag_id, person_id, event_id, bib, valid_from) values
		(84, 74, 1, 13, '1', '2026-02-01T00:00:00Z'), (85, 75, 4, 13, '4', '2026-02-01T00:00:00Z'), (86, 76, 4, null, null, '2026-02-01T00:00:00Z')`)
}

// holdsAll wants TagServer to hold the first event alone, or that of next year as well, each
// with what hangs on it.
func (w *timing) holdsAll(both bool) {
	w.T.Helper()
	for table, want := range map[string][2][]int{
		"organisations": {{1, 2}, nil}, "people": {{1, 2, 3}, {4}}, "events": {{12}, {13}}, "races": {{31, 32}, {33}}, "start-groups": {{41}, {43}},
		"event-participants": {{51, 52, 53}, {54, 55}}, "start-group-participants": {{61, 62, 63}, {64, 65}}, "tags": {{81, 82}, {84, 85, 86}},
	} {
		all := want[0]
		if both {
			all = slices.Concat(want[0], want[1])
		}
		w.holds(table, all...)
	}
}

// until lets time go by until then.
func (w *timing) until(at string) {
	w.T.Helper()
	then, err := time.Parse(time.RFC3339, at)
	if err != nil {
		w.T.Fatal(err)
	}
	w.Pass(then.Sub(w.Clock()))
}

// told wants these calls since request n, in this order, and returns the last request.
func (w *timing) told(what string, n int, want ...string) int {
	w.T.Helper()
	w.MustSync()
	calls, n := w.calls(n)
	if got := slices.Compact(calls); !slices.Equal(got, want) {
		w.T.Errorf("%s by %v, want %v", what, got, want)
	}
	return n
}

// An event comes to TagServer when its day is 365 days ahead, with all that hangs on it,
// although nobody edits anything. Thirty days after its end it has left the window: all of
// it stays and is told what changes, and nothing is added.
func TestTimingWindow(t *testing.T) {
	t.Parallel()
	w := timed(t)
	w.nextYear()
	w.MustSync()
	w.holdsAll(false)
	w.quiet()
	_, n := w.calls(0)
	w.until("2026-03-05T07:59:00Z")
	n = w.told("a minute before", n)
	w.until("2026-03-05T08:00:01Z")
	n = w.told("in the window", n, "POST people", "POST events", "POST races", "POST start-groups", "POST event-participants", "POST start-group-participants", "POST tags")
	w.holdsAll(true)
	w.quiet()

	w.until("2026-06-08T15:59:00Z")
	w.exec(`insert into ems.race (id, event_id, name, active, status) values (34, 12, 'Late', true, 'PLANNED')`)
	n = w.told("still in the window", n, "POST races")
	w.until("2026-06-08T16:00:01Z")
	n = w.told("out of the window", n)
	w.exec(`update ems.event_participant set category_name = 'Elite' where id = 52`)
	w.exec(`update ems.person set gender = 'FEMALE' where id = 2`)
	n = w.told("a result", n, "PUT people", "PUT event-participants")
	w.exec(`insert into ems.person (id, last_name) values (5, 'Family5')`)
	w.exec(`insert into ems.race (id, event_id, name, active, status) values (35, 12, 'Too late', true, 'PLANNED')`)
	w.exec(`insert into ems.event_participant (id, event_id, person_id, last_name, paid) values (56, 12, 5, 'Family5', true)`)
	w.exec(`insert into ems.tag (id, epc) values (77, 'E277')`)
	w.exec(`insert into ems.bib_tag_mapping (id, tag_id, person_id, valid_from) values (87, 77, 2, '2026-06-01T00:00:00Z')`)
	n = w.told("too late", n)
	w.quiet()
	w.exec(`delete from ems.start_group_participant where id = 63`)
	w.exec(`delete from ems.event_participant where id = 53`)
	w.told("deleted", n, "DELETE start-group-participants", "DELETE event-participants")
	w.holds("people", 1, 2, 3, 4)
	w.quiet()
}

// Who is entered in an event outside the window alone is not at TagServer. Who is entered
// in one within it as well is, with the tags but for those of the other.
func TestTimingEnteredInTwo(t *testing.T) {
	t.Parallel()
	w := timed(t)
	w.nextYear()
	w.MustSync()
	w.holdsAll(false)
	_, n := w.calls(0)
	w.exec(`insert into ems.event_participant (id, event_id, person_id, race_id, last_name, paid) values (57, 12, 4, 32, 'Family4', true)`)
	n = w.told("entered in both", n, "POST people", "POST event-participants", "POST tags")
	w.holds("people", 1, 2, 3, 4)
	w.holds("tags", 81, 82, 86)
	w.exec(`update ems.event_participant set event_id = 13, race_id = 33 where id = 57`)
	w.exec(`update ems.person set last_name = 'Familie4' where id = 4`)
	w.told("in the other alone", n, "PUT people")
	w.holds("tags", 81, 82, 86)
	if n := w.Count(`select count(*) from entity where kind in ('event.person', 'event.tag') and fields ->> 'entered' = 'true'`); n != 6 {
		t.Errorf("%d persons and tags are of somebody who is entered, want 3 and 3", n)
	}
}

// The window is set for TagServer. A wider one brings in what it reaches with the next run;
// what a smaller one leaves out stays.
func TestTimingWindowSet(t *testing.T) {
	t.Parallel()
	w := timed(t)
	w.nextYear()
	w.cfg.Ahead = 30 * 24 * time.Hour
	w.begin()
	w.MustSync()
	w.holds("organisations", 1, 2)
	for _, table := range timedPlaces[1:] {
		w.holds(table)
	}
	w.quiet()
	w.cfg.Ahead = 0
	w.begin()
	w.MustSync()
	w.holdsAll(false)
	w.cfg.Ahead = 370 * 24 * time.Hour
	w.begin()
	w.MustSync()
	w.holdsAll(true)
	w.quiet()
	w.cfg.Ahead, w.cfg.Past = time.Hour, time.Hour
	w.begin()
	_, n := w.calls(0)
	n = w.told("a small one", n)
	w.exec(`update ems.race set name = 'Longer'`)
	w.told("renamed", n, "PUT races")
	w.holdsAll(true)
	w.quiet()
}

// An event that is put off for years stays, is told when it is, and gets nothing more
// before it is moved back; one that is moved up comes in with what hangs on it.
func TestTimingWindowMoved(t *testing.T) {
	t.Parallel()
	w := timed(t)
	w.nextYear()
	w.MustSync()
	_, n := w.calls(0)
	w.exec(`update ems.event set start_date_time = '2028-05-09T04:00:00Z', end_date_time = '2028-05-09T16:00:00Z' where id = 12`)
	w.exec(`insert into ems.start_group (id, race_id, seq, start_time) values (42, 31, 2, '2028-05-09T06:00:00Z')`)
	n = w.told("put off", n, "PUT events")
	w.holdsAll(false)
	w.quiet()
	w.exec(`update ems.event set start_date_time = '2026-06-09T04:00:00Z', end_date_time = '2026-06-09T16:00:00Z' where id = 12`)
	n = w.told("moved back", n, "PUT events", "POST start-groups")
	w.holds("start-groups", 41, 42)
	w.exec(`update ems.event set start_date_time = '2027-03-01T08:00:00Z' where id = 13`)
	n = w.told("moved up", n, "POST people", "POST events", "POST races", "POST start-groups", "POST event-participants", "POST start-group-participants", "POST tags")
	w.quiet()

	// A race that goes over to an event outside takes its groups along, and stays as it was:
	// there is no such event at TagServer.
	w.exec(`insert into ems.event (id, organisation_id, name, start_date_time, end_date_time, all_day, timezone) values
		(14, 2, 'Karoo Klassiek 2029', '2029-03-05T08:00:00Z', '2029-03-05T16:00:00Z', false, 'Africa/Johannesburg')`)
	w.exec(`update ems.race set event_id = 14 where id = 32`)
	w.exec(`insert into ems.start_group (id, race_id, seq, start_time) values (44, 32, 1, '2029-03-05T09:00:00Z')`)
	n = w.told("to an event outside", n)
	w.exec(`update ems.race set event_id = 12 where id = 32`)
	w.told("and back", n, "POST start-groups")
	w.holds("start-groups", 41, 42, 43, 44)
	w.quiet()
}
