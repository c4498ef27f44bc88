package events_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/step"
)

// What somebody edits there is put back after the nightly scan, and what somebody
// deletes there is made anew. A server that is away for two
// hours loses nothing, and is asked by itself when it is back.
func TestTimingScan(t *testing.T) {
	t.Parallel()
	w := timed(t)
	w.MustSync()
	scan := func() {
		w.Pass(25 * time.Hour)
		w.pipeline("scan-tagserver")
		w.MustSync()
		w.pipeline("outbound-tagserver")
		w.MustSync()
	}
	scan()
	theirs := func(table string, emsID int) string {
		return fmt.Sprintf("/%s/%v", table, w.theirs(table)[emsID]["id"])
	}
	w.control(http.MethodPatch, theirs("event-participants", 51), map[string]any{"lastName": "By hand"})
	w.control(http.MethodDelete, theirs("start-group-participants", 61), nil)
	for range 3 {
		scan()
	}
	if w.theirs("start-group-participants")[61] == nil || w.theirs("event-participants")[51]["lastName"] != "Family1" {
		t.Errorf("they are %v and %v", w.theirs("start-group-participants"), w.theirs("event-participants")[51])
	}
	w.quiet()

	var away struct{ ID int }
	fault := map[string]any{"do": map[string]any{"kind": "status", "status": 503}}
	if err := w.sim.Call(t.Context(), http.MethodPost, "/faults", fault, &away); err != nil {
		t.Fatal(err)
	}
	for i := range 24 {
		w.exec(fmt.Sprintf(`update ems.event_participant set category_name = 'Wave %d'`, i))
		_, _ = w.Sync() // it cannot be reached
		w.Pass(5 * time.Minute)
	}
	w.control(http.MethodDelete, fmt.Sprint("/faults/", away.ID), nil)
	for range 14 {
		_, _ = w.Sync() // until the breaker asks again
		w.Pass(5 * time.Minute)
	}
	for id, p := range w.theirs("event-participants") {
		if p["category"] != "Wave 23" {
			t.Errorf("participant %d: %v", id, p)
		}
	}
	if n := w.Count(`select count(*) from sync_record where quarantine <> '' or desired_version > applied_version`); n != 0 {
		t.Errorf("%d records have not arrived", n)
	}
	w.quiet()
}

// A server that was replaced has given our ids to others: the run stops before it writes
// over any of them.
func TestTimingReplaced(t *testing.T) {
	t.Parallel()
	w := timed(t)
	w.exec(`insert into ems.person (id, last_name) select 100 + i, 'Family' || i from generate_series(1, 20) i`)
	w.exec(`insert into ems.event_participant (event_id, person_id, last_name, paid) select 12, 100 + i, 'Family' || i, true from generate_series(1, 20) i`)
	w.MustSync()
	n := len(w.theirs("people")) + len(w.theirs("organisations"))
	w.control(http.MethodPost, "/reset", nil)
	for i := range n {
		w.control(http.MethodPost, "/people", map[string]any{"emsId": 5000 + i, "lastName": "Another"})
	}
	w.exec(`update ems.person set gender = 'FEMALE' where id between 101 and 106`)
	w.WantStop(step.Drifted, "RECORDS_REASSIGNED")
	if calls, _ := w.calls(0); len(calls) > 0 {
		t.Errorf("it was written by %v", calls)
	}
	for _, p := range w.theirs("people") {
		if p["lastName"] != "Another" {
			t.Errorf("written over is %v", p)
		}
	}
}

// A record on which the server fails again and again is put aside and shown, and holds up
// no other: the server itself is not left alone for it. Mended there, it goes on.
func TestTimingFailsOnOne(t *testing.T) {
	t.Parallel()
	w := timed(t)
	w.MustSync()
	var fault struct{ ID int }
	if err := w.sim.Call(t.Context(), http.MethodPost, "/faults", map[string]any{
		"match": map[string]any{"method": "PUT", "path": fmt.Sprintf("/api/people/%v", w.theirs("people")[2]["id"])},
		"do": map[string]any{
			"kind": "status", "status": 500, "headers": map[string]string{"Content-Type": "application/problem+json"},
			"body": `{"title":"Internal Server Error","status":500,"message":"error.http.500"}`,
		},
	}, &fault); err != nil {
		t.Fatal(err)
	}
	w.exec(`update ems.person set first_name = 'New'`)
	for range 3 {
		if _, err := w.Sync(); err != nil {
			t.Fatal(err)
		}
		w.Pass(10 * time.Minute)
	}
	if p := w.theirs("people"); p[1]["firstName"] != "New" || p[3]["firstName"] != "New" || p[2]["firstName"] != "Name2" {
		t.Errorf("they are %v", p)
	}
	if n := w.Count(`select count(*) from sync_record where quarantine <> ''`); n != 1 {
		t.Errorf("%d are put aside, want the one", n)
	}
	w.exec(`update ems.race set name = 'Longer' where id = 31`)
	w.MustSync()
	if r := w.theirs("races")[31]; r["name"] != "Longer" {
		t.Errorf("the server is left alone: %v", r)
	}
	w.control(http.MethodDelete, fmt.Sprint("/faults/", fault.ID), nil)
	w.exec(`update ems.person set first_name = 'Newer' where id = 2`)
	w.settle()
	if p := w.theirs("people")[2]; p["firstName"] != "Newer" {
		t.Errorf("it has not gone on: %v", p)
	}
	w.quiet()
}
