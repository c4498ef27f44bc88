package events_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients"
	"github.com/touchline-sync/touchline/clients/tagserver"
	"github.com/touchline-sync/touchline/jobs/pipelines"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/engine/enginetest"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/step"
)

// timing is EMS and TagServer with an engine between them.
type timing struct {
	*enginetest.Rig
	sim clients.SimRemote
	cfg tagserver.Config
}

// timedBare is EMS without a row and a TagServer without a record.
func timedBare(t *testing.T) *timing {
	t.Helper()
	sim, info, err := clients.StartSimulator("tagserver", clients.SimOptions{Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	w := &timing{Rig: enginetest.Bare(t), sim: clients.SimRemote{Info: info}, cfg: timingOf(info)}
	w.begin()
	w.pipeline("outbound-tagserver")
	return w
}

// begin begins with a new process, with the settings as they are.
func (w *timing) begin() {
	w.T.Helper()
	there, err := w.cfg.Open(connectortest.NewHost(w.T).Follow(w.Clock))
	if err != nil {
		w.T.Fatal(err)
	}
	settings := engine.DefaultSettings()
	settings.DigestKey, settings.Wait, settings.Linger, settings.Window = []byte("test"), time.Millisecond, 0, w.cfg.Window()
	w.Engine, err = engine.New(w.Store, policy.Event(), nil, []engine.System{{Name: tagserver.System, Connector: there}}, settings, w.Clock)
	if err != nil {
		w.T.Fatal(err)
	}
}

// timed has an event of two races, with three persons who take part and wear tags.
func timed(t *testing.T) *timing {
	t.Helper()
	w := timedBare(t)
	w.exec(`insert into ems.organisation (id, name) values (1, 'Karoo Trails')`)
	w.exec(`insert into ems.organisation (id, name, parent_id) values (2, 'Karoo Trails Juniors', 1)`)
	w.exec(`insert into ems.person (id, first_name, last_name) select i, 'Name' || i, 'Family' || i from generate_series(1, 3) i`)
	w.exec(`insert into ems.event (id, organisation_id, name, start_date_time, end_date_time, all_day, timezone) values
		(12, 1, 'Karoo Klassiek', '2026-05-09T04:00:00Z', '2026-05-09T16:00:00Z', false, 'Africa/Johannesburg')`)
	w.exec(`insert into ems.race (id, event_id, name, active, status) values (31, 12, 'Long', true, 'PLANNED'), (32, 12, 'Short', true, 'PLANNED')`)
	w.exec(`insert into ems.start_group (id, race_id, seq, start_time) values (41, 31, 1, '2026-05-09T06:00:00Z')`)
	w.exec(`insert into ems.event_participant (id, event_id, person_id, race_id, first_name, last_name, bib, paid)
		select 50 + i, 12, i, 31, 'Name' || i, 'Family' || i, '10' || i, true from generate_series(1, 3) i`)
	w.exec(`insert into ems.start_group_participant (id, start_group_id, event_participant_id, seq) select 60 + i, 41, 50 + i, i from generate_series(1, 3) i`)
	w.exec(`insert into ems.tag (id, number, epc) select 70 + i, 'T' || i, 'E20' || i from generate_series(1, 2) i`)
	w.exec(`insert into ems.bib_tag_mapping (id, tag_id, person_id, event_id, bib, valid_from)
		select 80 + i, 70 + i, i, 12, '10' || i, '2026-05-01T00:00:00Z' from generate_series(1, 2) i`)
	return w
}

// pipeline says which pipeline is run from now on.
func (w *timing) pipeline(name string) {
	for _, known := range pipelines.Event() {
		if known.Name == name {
			w.Pipeline = known.Pipeline
		}
	}
	for i, r := range w.Pipeline.Reads {
		if r.Place == "*" { // as jobs does
			all := w.Pipeline.Reads[i+1:]
			for _, k := range timedPlaces {
				all = append(all, step.Read{System: r.System, Place: k, View: "all", Select: r.Select, Needed: r.Needed})
			}
			w.Pipeline.Reads = all
		}
	}
}

// timedPlaces are the places of TagServer, those that others refer to first.
var timedPlaces = []string{"organisations", "people", "events", "races", "start-groups", "event-participants", "start-group-participants", "tags"}

func (w *timing) exec(sql string) {
	w.T.Helper()
	if _, err := w.Pool.Exec(w.T.Context(), sql); err != nil {
		w.T.Fatalf("%s: %v", sql, err)
	}
}

func (w *timing) control(method, path string, in any) {
	w.T.Helper()
	if err := w.sim.Call(w.T.Context(), method, path, in, nil); err != nil {
		w.T.Fatal(err)
	}
}

// theirs are the records of a table at TagServer, by emsId.
func (w *timing) theirs(table string) map[int]map[string]any {
	w.T.Helper()
	var dump map[string]json.RawMessage
	if err := w.sim.Call(w.T.Context(), http.MethodGet, "/dump", nil, &dump); err != nil {
		w.T.Fatal(err)
	}
	var rows []map[string]any
	if err := json.Unmarshal(dump[table], &rows); err != nil {
		w.T.Fatal(err)
	}
	out := map[int]map[string]any{}
	for _, r := range rows {
		n, _ := r["emsId"].(float64)
		if _, twice := out[int(n)]; twice {
			w.T.Errorf("%s %d is there twice", table, int(n))
		}
		out[int(n)] = r
	}
	return out
}

// holds wants TagServer to hold the records of a table with these emsIds, and no other.
func (w *timing) holds(table string, want ...int) {
	w.T.Helper()
	got := slices.Sorted(maps.Keys(w.theirs(table)))
	if !slices.Equal(got, want) {
		w.T.Errorf("%s are %v, want %v", table, got, want)
	}
}

// calls are the calls to the records since request n, as "POST races", and the last
// request.
func (w *timing) calls(n int) (out []string, last int) {
	w.T.Helper()
	all, err := w.sim.Requests(w.T.Context(), n)
	if err != nil {
		w.T.Fatal(err)
	}
	last = n
	for _, r := range all {
		last = max(last, r.Seq)
		if at := strings.Split(strings.TrimPrefix(r.Path, "/api/"), "/"); r.Method != http.MethodGet && at[0] != "authenticate" {
			out = append(out, r.Method+" "+at[0])
		}
	}
	return out, last
}

// quiet wants a run without a call.
func (w *timing) quiet() {
	w.T.Helper()
	_, n := w.calls(0)
	w.Pass(10 * time.Minute)
	w.MustSync()
	all, err := w.sim.Requests(w.T.Context(), n)
	if err != nil {
		w.T.Fatal(err)
	}
	for _, r := range all {
		w.T.Errorf("a call in a quiet run: %s %s", r.Method, r.Path)
	}
}

// settle runs until what waits has had its time.
func (w *timing) settle() {
	w.T.Helper()
	for range 4 {
		w.MustSync()
		w.Pass(time.Hour)
	}
}

// All eight kinds reach TagServer in the order in which they refer to each other, and
// are removed in the reverse order, in one run each.
func TestTimingInOrder(t *testing.T) {
	t.Parallel()
	w := timed(t)
	w.MustSync()
	calls, n := w.calls(0)
	want := []string{
		"POST organisations", "POST people", "POST events", "POST races", "POST start-groups", "POST event-participants",
		"POST start-group-participants", "POST tags",
	}
	// The second organisation refers to the first: it is told of it when that is there.
	if got := slices.DeleteFunc(slices.Compact(calls), func(c string) bool { return c == "PUT organisations" }); !slices.Equal(got, want) {
		t.Errorf("in the order %v", got)
	}
	if p := w.theirs("event-participants")[52]; p["bib"] != "102" || fmt.Sprint(p["person"]) != fmt.Sprint(map[string]any{"id": w.theirs("people")[2]["id"]}) {
		t.Errorf("a participant is %v", p)
	}
	if o := w.theirs("organisations"); o[2]["parentId"] != o[1]["id"] {
		t.Errorf("the organisations are %v", o)
	}
	w.quiet()
	for _, table := range []string{"organisation", "person", "event"} { // and what hangs on them
		w.exec(`delete from ems.` + table)
	}
	w.MustSync()
	calls, _ = w.calls(n)
	slices.Reverse(want)
	for i := range want {
		want[i] = strings.Replace(want[i], "POST", "DELETE", 1)
	}
	if got := slices.DeleteFunc(slices.Compact(calls), func(c string) bool { return strings.HasPrefix(c, "PUT") }); !slices.Equal(got, want) {
		t.Errorf("removed in the order %v", got)
	}
	w.settle()
	for _, table := range timedPlaces {
		if left := w.theirs(table); len(left) > 0 {
			t.Errorf("%s are left: %v", table, left)
		}
	}
	w.quiet()
}

// A parent that is refused holds its children as waiting, which is no failure; they
// follow when it is there.
func TestTimingParentFails(t *testing.T) {
	t.Parallel()
	w := timed(t)
	w.control(http.MethodPost, "/faults", map[string]any{
		"match": map[string]any{"method": "POST", "path": "/api/events"},
		"do":    map[string]any{"kind": "status", "status": 400, "body": `{"status":400,"message":"error.validation","fieldErrors":[{"objectName":"event","field":"timezone","message":"no"}]}`},
		"times": 1,
	})
	sum, err := w.Sync()
	if err != nil {
		t.Fatal(err)
	}
	for place, n := range map[string]int64{"races event.race": 2, "event-participants event.participant": 3, "start-groups event.start_group": 1, "tags event.tag": 2} {
		if c := sum["write tagserver "+place]; c.Waiting != n || c.Failed+c.Quarantined+c.Created != 0 {
			t.Errorf("%s: %+v", place, c)
		}
	}
	w.settle()
	if len(w.theirs("event-participants")) != 3 || len(w.theirs("tags")) != 2 {
		t.Error("they have not followed")
	}
	w.quiet()
}

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
