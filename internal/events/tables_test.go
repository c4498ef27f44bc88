package events_test

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/engine"
)

// eightKinds is EMS and TagServer with rows of each table.
type eightKinds struct{ *timing }

// tables are TagServer's, in the order in which they are written, EMS's, and the column
// there that an edit changes.
var tables = []struct{ there, ours, edited string }{
	{"organisations", "organisation", "name"},
	{"people", "person", "lastName"},
	{"events", "event", "name"},
	{"races", "race", "name"},
	{"start-groups", "start_group", "name"},
	{"event-participants", "event_participant", "lastName"},
	{"start-group-participants", "start_group_participant", "seq"},
	{"tags", "bib_tag_mapping", "number"},
}

func filled(t *testing.T) eightKinds {
	t.Helper()
	w := eightKinds{timedBare(t)}
	w.Override = engine.LimitNames()
	return w
}

// fill makes three rows of each table by plain SQL; those of the third are deleted, or
// merged, by a test.
func (w eightKinds) fill() {
	w.exec(`insert into ems.organisation (id, name) select i, 'Organiser ' || i from generate_series(1, 3) i`)
	w.exec(`insert into ems.person (id, first_name, last_name) select i, 'Name ' || i, 'Family ' || i from generate_series(1, 4) i`)
	w.exec(`insert into ems.event (id, organisation_id, name, start_date_time, end_date_time, all_day, timezone)
		select i, i, 'Event ' || i, '2026-05-09T04:00:00Z', '2026-05-09T16:00:00Z', false, 'Africa/Johannesburg' from generate_series(1, 3) i`)
	w.exec(`insert into ems.race (id, event_id, name, active, status) select i, i, 'Race ' || i, true, 'PLANNED' from generate_series(1, 3) i`)
	w.exec(`insert into ems.start_group (id, race_id, name, start_time) select i, i, 'Group ' || i, '2026-05-09T04:00:00Z' from generate_series(1, 3) i`)
	w.exec(`insert into ems.event_participant (id, event_id, person_id, race_id, last_name, bib, paid) select i, i, i, i, 'Family ' || i, i::text, true from generate_series(1, 3) i`)
	w.exec(`insert into ems.start_group_participant (id, start_group_id, event_participant_id) select i, i, i from generate_series(1, 3) i`)
	w.exec(`insert into ems.tag (id, epc) select i, 'E28' || i from generate_series(1, 3) i`)
	w.exec(`insert into ems.bib_tag_mapping (id, tag_id, person_id, event_id, bib, valid_from) select i, i, i, i, i::text, '2026-05-01T00:00:00Z' from generate_series(1, 3) i`)
}

// there is what TagServer holds of a table, by the id in EMS as text.
func (w eightKinds) there(table string) map[string]map[string]any {
	w.T.Helper()
	out := map[string]map[string]any{}
	for id, row := range w.theirs(table) {
		out[fmt.Sprint(id)] = row
	}
	return out
}

// arrives runs until what has changed is there, by the next cycle, and wants that many
// writes.
func (w eightKinds) arrives(what string, want int) {
	w.T.Helper()
	before := w.writes()
	w.Pass(5 * time.Minute)
	w.MustSync()
	if n := w.writes() - before; n != want {
		w.T.Errorf("%s: %d writes, want %d", what, n, want)
	}
	before = w.writes()
	w.Pass(5 * time.Minute)
	w.MustSync()
	if n := w.writes() - before; n != 0 {
		w.T.Errorf("%s: %d writes more by the cycle after", what, n)
	}
}

// wantEdited wants the first row of each table to be as it was edited.
func (w eightKinds) wantEdited() {
	w.T.Helper()
	for _, table := range tables {
		if v := fmt.Sprint(w.there(table.there)["1"][table.edited]); v != "Edited" && v != "9" {
			w.T.Errorf("%s: %s is %q", table.there, table.edited, v)
		}
	}
}

func (w eightKinds) writes() int {
	w.T.Helper()
	all, err := w.sim.Writes(w.T.Context(), 0)
	if err != nil {
		w.T.Fatal(err)
	}
	return len(all)
}

// What any program inserts, edits, deletes and merges by plain SQL in each of the eight
// tables is at the target by the next cycle, once.
func TestPlainSQLInEachTable(t *testing.T) {
	t.Parallel()
	w := filled(t)
	w.fill()
	w.arrives("inserted", 24)
	for _, table := range tables {
		if got := w.there(table.there); len(got) != 3 {
			t.Errorf("%s: %d rows, want 3", table.there, len(got))
		}
	}
	w.exec(edits)
	w.arrives("edited", len(tables))
	w.wantEdited()
	// The person 4, who was entered in nothing, is the same as the second: what was the
	// one's is the other's.
	w.exec(`update ems.event_participant set person_id = 4 where id = 2`)
	w.exec(`update ems.bib_tag_mapping set person_id = 4 where id = 2`)
	w.arrives("moved", 3)
	w.exec(`select ems.merge_person(4, 2)`)
	w.arrives("merged", 3)
	people, entry := w.there("people"), w.there("event-participants")["2"]
	if _, left := people["4"]; left || fmt.Sprint(entry["person"]) != fmt.Sprint(map[string]any{"id": people["2"]["id"]}) {
		t.Errorf("merged: %v, and the entry is %v", people, entry)
	}
	for i := len(tables) - 1; i >= 0; i-- {
		w.exec(`delete from ems.` + tables[i].ours + ` where id = 3`)
	}
	w.arrives("deleted", len(tables))
	for _, table := range tables {
		if _, left := w.there(table.there)["3"]; left {
			t.Errorf("%s: the third is there still", table.there)
		}
	}
	for _, table := range tables {
		if n := w.Count(`select count(*) from ems.` + table.ours + ` where id = 3 and deleted_on is null`); n != 0 {
			t.Errorf("%s: the third is not marked", table.ours)
		}
	}
}

// So it is of what programs write while a cycle runs: a server that answers slowly is
// in the middle of its first one when rows of each table are inserted, edited and deleted, and
// persons merged.
func TestPlainSQLMeanwhile(t *testing.T) {
	t.Parallel()
	w := filled(t)
	w.fill()
	w.control("POST", "/faults", map[string]any{"match": map[string]any{"method": "POST"}, "do": map[string]any{"kind": "delay-after", "delay": "30ms"}})
	written := make(chan error, 1)
	go func() {
		for {
			some, err := w.sim.Writes(w.T.Context(), 0)
			if err == nil && len(some) < 5 {
				continue // the persons are under way
			}
			if err == nil {
				_, err = w.Pool.Exec(w.T.Context(), meanwhile)
			}
			written <- err
			return
		}
	}()
	w.MustSync()
	if err := <-written; err != nil {
		t.Fatal(err)
	}
	for _, table := range tables { // it was in the middle of it
		if n := len(w.there(table.there)); n == 0 {
			t.Errorf("%s: none is there after the first cycle", table.there)
		}
	}
	w.Pass(5 * time.Minute)
	w.MustSync()
	for _, table := range tables {
		got := w.there(table.there)
		for id, want := range map[string]bool{"1": true, "3": false, "5": true, "6": true} {
			if _, is := got[id]; is != want {
				t.Errorf("%s: %s is there: %v, want %v", table.there, id, is, want)
			}
		}
	}
	w.wantEdited()
	if people := w.there("people"); len(people) != 4 || people["2"] != nil || people["4"] == nil {
		t.Errorf("merged: %v", people)
	}
	w.arrives("in the end", 0)
}

// edits are of the first row of each table.
const edits = `
update ems.organisation set name = 'Edited' where id = 1;
update ems.person set last_name = 'Edited' where id = 1;
update ems.event set name = 'Edited' where id = 1;
update ems.race set name = 'Edited' where id = 1;
update ems.start_group set name = 'Edited' where id = 1;
update ems.event_participant set last_name = 'Edited' where id = 1;
update ems.start_group_participant set seq = 9 where id = 1;
update ems.tag set number = '9' where id = 1;
`

// meanwhile is what programs write: rows 5 and 6 of each table, an edit of the first, the
// deletion of the third, and the person 2 who is the same as the person 4.
const meanwhile = `
insert into ems.organisation (id, name) select i, 'Organiser ' || i from generate_series(5, 6) i;
insert into ems.person (id, last_name) select i, 'Family ' || i from generate_series(5, 6) i;
insert into ems.event (id, organisation_id, name, start_date_time, end_date_time, all_day, timezone)
  select i, i, 'Event ' || i, '2026-05-09T04:00:00Z', '2026-05-09T16:00:00Z', false, 'Africa/Johannesburg' from generate_series(5, 6) i;
insert into ems.race (id, event_id, name, active, status) select i, i, 'Race ' || i, true, 'PLANNED' from generate_series(5, 6) i;
insert into ems.start_group (id, race_id, name, start_time) select i, i, 'Group ' || i, '2026-05-09T04:00:00Z' from generate_series(5, 6) i;
insert into ems.event_participant (id, event_id, person_id, race_id, last_name, bib, paid) select i, i, i, i, 'Family ' || i, i::text, true from generate_series(5, 6) i;
insert into ems.start_group_participant (id, start_group_id, event_participant_id) select i, i, i from generate_series(5, 6) i;
insert into ems.tag (id, epc) select i, 'E28' || i from generate_series(5, 6) i;
insert into ems.bib_tag_mapping (id, tag_id, person_id, event_id, bib, valid_from) select i, i, i, i, i::text, '2026-05-01T00:00:00Z' from generate_series(5, 6) i;
` + edits + `
select ems.merge_person(2, 4);
delete from ems.bib_tag_mapping where id = 3;
delete from ems.start_group_participant where id = 3;
delete from ems.event_participant where id = 3;
delete from ems.start_group where id = 3;
delete from ems.race where id = 3;
delete from ems.event where id = 3;
delete from ems.person where id = 3;
delete from ems.organisation where id = 3`

// A participant who moves to another race is the same one there: an update, and nothing
// made or removed.
func TestEdge34MovesToAnotherRace(t *testing.T) {
	t.Parallel()
	w := filled(t)
	w.fill()
	w.exec(`insert into ems.race (id, event_id, name, active, status) values (9, 1, 'Another race', true, 'PLANNED')`)
	w.arrives("inserted", 25)
	was := w.there("event-participants")["1"]
	w.exec(`update ems.event_participant set race_id = 9 where id = 1`)
	w.arrives("moved", 1)
	want := maps.Clone(was)
	want["race"] = map[string]any{"id": w.there("races")["9"]["id"]}
	if is := w.there("event-participants")["1"]; fmt.Sprint(is) != fmt.Sprint(want) {
		t.Errorf("moved: %v, want %v", is, want)
	}
}

// Organisations that are each other's parent are made first, and linked then. One that is
// its own is refused by its table.
func TestEdge35CycleOfOrganisations(t *testing.T) {
	t.Parallel()
	w := filled(t)
	w.exec(`insert into ems.organisation (id, name) values (1, 'Een'), (2, 'Twee'), (3, 'Drie')`)
	w.exec(`update ems.organisation set parent_id = 1 + id % 3`) // 1 under 2 under 3 under 1
	w.Pass(5 * time.Minute)
	w.MustSync()
	w.arrives("linked", 0)
	got := w.there("organisations")
	for id, parent := range map[string]string{"1": "2", "2": "3", "3": "1"} {
		if len(got) != 3 || fmt.Sprint(got[id]["parentId"]) != fmt.Sprint(got[parent]["id"]) {
			t.Errorf("%s is under %v, want %v", id, got[id]["parentId"], got[parent]["id"])
		}
	}
	if _, err := w.Pool.Exec(t.Context(), `update ems.organisation set parent_id = id where id = 1`); err == nil {
		t.Error("an organisation is its own parent")
	}
}
