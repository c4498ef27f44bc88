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

// tables are TagServer's, in the order in which they are written, and EMS's.
var tables = []struct{ there, ours string }{
	{"organisations", "organisation"},
	{"people", "person"},
	{"events", "event"},
	{"races", "race"},
	{"start-groups", "start_group"},
	{"event-participants", "event_participant"},
	{"start-group-participants", "start_group_participant"},
	{"tags", "bib_tag_mapping"},
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
	edits := []struct{ table, sql, at, column string }{
		{"organisations", `update ems.organisation set name = 'Edited' where id = 1`, "1", "name"},
		{"people", `update ems.person set last_name = 'Edited' where id = 1`, "1", "lastName"},
		{"events", `update ems.event set name = 'Edited' where id = 1`, "1", "name"},
		{"races", `update ems.race set name = 'Edited' where id = 1`, "1", "name"},
		{"start-groups", `update ems.start_group set name = 'Edited' where id = 1`, "1", "name"},
		{"event-participants", `update ems.event_participant set last_name = 'Edited' where id = 1`, "1", "lastName"},
		{"start-group-participants", `update ems.start_group_participant set seq = 9 where id = 1`, "1", "seq"},
		{"tags", `update ems.tag set number = '9' where id = 1`, "1", "number"},
	}
	for _, e := range edits {
		w.exec(e.sql)
	}
	w.arrives("edited", len(edits))
	for _, e := range edits {
		if v := fmt.Sprint(w.there(e.table)[e.at][e.column]); v != "Edited" && v != "9" {
			t.Errorf("%s: %s is %q", e.table, e.column, v)
		}
	}
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
