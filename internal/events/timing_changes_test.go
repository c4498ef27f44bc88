package events_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
)

// Bibs are exchanged, by two and in a ring of three with a bundle, although a bib is one
// person's at TagServer, too.
func TestTimingBibSwap(t *testing.T) {
	t.Parallel()
	for _, bibs := range []string{"", "participant"} {
		w := timed(t)
		w.control(http.MethodPatch, "/settings", map[string]any{"bibs": bibs})
		w.MustSync()
		_, n := w.calls(0)
		w.exec(`update ems.event_participant set bib = case id when 51 then '102' else '101' end where id in (51, 52)`)
		w.MustSync()
		calls, _ := w.calls(n)
		if p := w.theirs("event-participants"); p[51]["bib"] != "102" || p[52]["bib"] != "101" || !slices.Equal(slices.Compact(calls), []string{"PUT event-participants"}) {
			t.Errorf("%q: %v and %v, by %v", bibs, p[51]["bib"], p[52]["bib"], calls)
		}
		w.quiet()
		if bibs == "" { // a bundle
			w.exec(`insert into ems.event_participant (id, event_id, person_id, race_id, last_name, bib, paid) values (54, 12, 1, 32, 'Family1', '102', true)`)
			w.MustSync()
		}
		w.exec(`update ems.event_participant set bib = case person_id when 1 then '101' when 2 then '103' else '102' end`)
		w.settle()
		p := w.theirs("event-participants")
		if p[51]["bib"] != "101" || p[52]["bib"] != "103" || p[53]["bib"] != "102" || bibs == "" && p[54]["bib"] != "101" {
			t.Errorf("%q: %v, %v, %v and %v", bibs, p[51]["bib"], p[52]["bib"], p[53]["bib"], p[54]["bib"])
		}
		w.quiet()
	}
}

// A participant moves to another race: a change, and nothing is made or removed
// (docs/edge-cases.md, 34). A tag goes to another wearer: the first is closed before.
func TestTimingMoves(t *testing.T) {
	t.Parallel()
	w := timed(t)
	w.MustSync()
	_, n := w.calls(0)
	w.exec(`update ems.event_participant set race_id = 32 where id = 51`)
	w.MustSync()
	calls, n := w.calls(n)
	if p := w.theirs("event-participants")[51]; !slices.Equal(calls, []string{"PUT event-participants"}) || fmt.Sprint(p["race"]) != fmt.Sprint(map[string]any{"id": w.theirs("races")[32]["id"]}) {
		t.Errorf("by %v it is %v", calls, p)
	}
	w.exec(`update ems.bib_tag_mapping set valid_to = '2026-05-08T00:00:00Z' where id = 81`)
	w.exec(`insert into ems.bib_tag_mapping (id, tag_id, person_id, event_id, bib, valid_from) values (83, 71, 3, 12, '103', '2026-05-08T00:00:00Z')`)
	w.MustSync()
	if calls, _ = w.calls(n); !slices.Equal(calls, []string{"PUT tags", "POST tags"}) {
		t.Errorf("a tag moved by %v", calls)
	}
	w.quiet()
}

// Organisations whose parents go in a circle are all there, and refer to each other
// (docs/edge-cases.md, 35). Deleted all at once they leave all the same.
func TestTimingCircle(t *testing.T) {
	t.Parallel()
	w := timed(t)
	w.exec(`insert into ems.organisation (id, name) values (3, 'Third')`)
	w.exec(`update ems.organisation set parent_id = case id when 1 then 3 when 2 then 1 else 2 end`)
	w.settle()
	o := w.theirs("organisations")
	if len(o) != 3 || o[1]["parentId"] != o[3]["id"] || o[2]["parentId"] != o[1]["id"] || o[3]["parentId"] != o[2]["id"] {
		t.Errorf("the organisations are %v", o)
	}
	w.quiet()
	w.exec(`delete from ems.organisation where id in (2, 3)`)
	w.settle()
	if o = w.theirs("organisations"); len(o) != 1 || o[1]["parentId"] != nil {
		t.Errorf("those that are left are %v", o)
	}
	w.quiet()
	w.exec(`insert into ems.organisation (id, name) values (4, 'Fourth'), (5, 'Fifth')`)
	w.exec(`update ems.organisation set parent_id = 9 - id where id in (4, 5)`)
	w.settle()
	w.exec(`delete from ems.organisation where id in (4, 5)`)
	w.settle()
	if o = w.theirs("organisations"); len(o) != 1 {
		t.Errorf("of those that were each other's parent are left %v", o)
	}
	w.quiet()
}

// After a race nobody is renumbered or removed there, and all else is told. A race that
// is called off goes although somebody was entered in it, and they stay without; persons
// who turn out to be one leave one.
func TestTimingDay(t *testing.T) {
	t.Parallel()
	w := timed(t)
	w.MustSync()
	w.exec(`update ems.race set status = 'COMPLETED' where id = 31`)
	w.exec(`update ems.event_participant set bib = '999', category_name = 'Elite' where id = 51`)
	w.exec(`delete from ems.event_participant where id = 53`)
	w.settle()
	w.exec(`update ems.race set deleted_on = now() where id = 31`)
	w.exec(`update ems.event_participant set paid = false where id = 52`)
	w.settle()
	p := w.theirs("event-participants")
	if race := w.theirs("races")[31]; race == nil || p[52]["paid"] != false || fmt.Sprint(p[52]["race"]) != fmt.Sprint(map[string]any{"id": race["id"]}) {
		t.Errorf("the race is %v, who ran it %v", race, p[52])
	}
	w.exec(`update ems.race set deleted_on = null where id = 31`)
	w.settle()
	if p[51]["bib"] != "101" || p[51]["category"] != "Elite" || p[53] == nil {
		t.Errorf("after the race %v and %v", p[51], p[53])
	}
	w.quiet()
	w.exec(`update ems.race set status = 'READY' where id = 31`)
	w.settle()
	if p = w.theirs("event-participants"); p[51]["bib"] != "999" {
		t.Errorf("it was not over after all: %v", p[51])
	}
	w.exec(`update ems.event_participant set race_id = 32 where id = 52`)
	w.MustSync()
	w.exec(`delete from ems.race where id = 32`)
	w.settle()
	if p = w.theirs("event-participants"); len(w.theirs("races")) != 1 || p[52] == nil || p[52]["race"] != nil {
		t.Errorf("the races are %v, who was entered is %v", w.theirs("races"), p[52])
	}
	w.quiet()
	w.exec(`update ems.race set deleted_on = null where id = 32`)
	w.settle()
	if p = w.theirs("event-participants"); fmt.Sprint(p[52]["race"]) != fmt.Sprint(map[string]any{"id": w.theirs("races")[32]["id"]}) {
		t.Errorf("it is held after all: %v", p[52])
	}
	w.exec(`select ems.merge_person(2, 1)`)
	w.settle()
	one := fmt.Sprint(map[string]any{"id": w.theirs("people")[1]["id"]})
	if p = w.theirs("event-participants"); len(w.theirs("people")) != 2 || fmt.Sprint(p[52]["person"]) != one || fmt.Sprint(w.theirs("tags")[82]["person"]) != one {
		t.Errorf("the persons are %v, and the other's entry %v", w.theirs("people"), p[52])
	}
	w.quiet()
}

// A race that is over between what is decided and what is written is over: nobody is
// renumbered or removed any more, although that was decided.
func TestTimingOverMeanwhile(t *testing.T) {
	t.Parallel()
	w := timed(t)
	w.MustSync()
	w.exec(`update ems.event_participant set bib = '999', category_name = 'Elite' where id = 51`)
	w.exec(`delete from ems.event_participant where id = 53`)
	writes := w.Pipeline.Writes
	w.Pipeline.Writes = nil
	w.MustSync()
	w.exec(`update ems.race set status = 'COMPLETED' where id = 31`)
	w.Pipeline.Writes = writes
	if err := w.GoOn(); err != nil {
		t.Error(err)
	}
	want := func(when string) {
		t.Helper()
		if p := w.theirs("event-participants"); p[51]["bib"] != "101" || p[53] == nil {
			t.Errorf("%s: %v and %v", when, p[51], p[53])
		}
	}
	want("the same run")
	w.settle()
	want("later runs")
	if p := w.theirs("event-participants"); p[51]["category"] != "Elite" {
		t.Errorf("what is not locked: %v", p[51])
	}
	w.quiet()
}
