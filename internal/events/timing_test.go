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
