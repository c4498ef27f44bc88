package events_test

import (
	"slices"
	"testing"
)

// TagServer is told of those who are participants of an event, with what they wear, and of
// nobody else. Who is a participant no longer stays there and is told what changes, until
// EMS deletes the person.
func TestTimingEntered(t *testing.T) {
	t.Parallel()
	w := timed(t)
	w.exec(`insert into ems.person (id, last_name) values (4, 'Family4'), (5, 'Family5')`)
	w.exec(`insert into ems.tag (id, epc) values (74, 'E204')`)
	w.exec(`insert into ems.bib_tag_mapping (id, tag_id, person_id, valid_from) values (84, 74, 4, '2026-05-01T00:00:00Z')`)
	w.MustSync()
	w.holds("people", 1, 2, 3)
	w.holds("tags", 81, 82)
	w.quiet()

	_, n := w.calls(0)
	w.exec(`insert into ems.event_participant (id, event_id, person_id, last_name, paid) values (54, 12, 4, 'Family4', true)`)
	w.MustSync()
	calls, n := w.calls(n)
	if want := []string{"POST people", "POST event-participants", "POST tags"}; !slices.Equal(calls, want) {
		t.Errorf("entered by %v", calls)
	}
	w.quiet()

	w.exec(`delete from ems.event_participant where id = 54`)
	w.MustSync()
	if calls, n = w.calls(n); !slices.Equal(calls, []string{"DELETE event-participants"}) {
		t.Errorf("entered no longer by %v", calls)
	}
	w.exec(`update ems.person set last_name = 'Familie4' where id = 4`)
	w.MustSync()
	if calls, n = w.calls(n); !slices.Equal(calls, []string{"PUT people"}) || w.theirs("people")[4]["lastName"] != "Familie4" {
		t.Errorf("renamed by %v", calls)
	}
	w.holds("tags", 81, 82, 84)
	w.quiet()

	// An entry becomes somebody else's, which no merge of persons tells.
	w.exec(`update ems.event_participant set person_id = 5, bib = '105' where id = 53`)
	w.MustSync()
	if calls, _ = w.calls(n); !slices.Equal(calls, []string{"POST people", "PUT event-participants"}) {
		t.Errorf("handed over by %v", calls)
	}
	w.holds("people", 1, 2, 3, 4, 5)

	// Whose race is over stays with the participant, whatever EMS does with that.
	w.exec(`update ems.race set status = 'COMPLETED' where id = 31`)
	w.MustSync()
	w.exec(`delete from ems.event_participant where id = 52`)
	w.exec(`delete from ems.bib_tag_mapping where id = 84`)
	w.exec(`delete from ems.person where id in (3, 4)`)
	w.settle()
	w.holds("event-participants", 51, 52, 53)
	w.holds("people", 1, 2, 5)
	w.quiet()
}
