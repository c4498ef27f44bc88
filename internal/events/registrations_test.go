package events_test

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients"
	"github.com/touchline-sync/touchline/clients/runsignup"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/engine/enginetest"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/step"
)

// registration is EMS and RunSignup with an engine between them.
type registration struct {
	*enginetest.Rig
	sim   clients.SimRemote
	batch int // how many records are decided and applied together; 0 is the default
	also  []engine.System
	bibs  string // who gives them out; "" is EMS
}

func register(t *testing.T) *registration {
	t.Helper()
	w := registered(t, 1)
	w.begin(t)
	return w
}

// registered is EMS and RunSignup, where some have registered, without an engine yet.
func registered(t *testing.T, there int) *registration {
	t.Helper()
	sim, info, err := clients.StartSimulator("runsignup", clients.SimOptions{Seed: 1, Members: there})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	w := &registration{Rig: enginetest.Bare(t), sim: clients.SimRemote{Info: info}}
	w.Pipeline.Name, w.Pipeline.Family = "registrations", "event"
	for _, name := range []string{runsignup.Users, runsignup.Races, runsignup.Events, runsignup.Participants} {
		w.Pipeline.Reads = append(w.Pipeline.Reads, step.Read{System: runsignup.System, Place: name, Needed: true})
	}
	for _, name := range []string{runsignup.Races, runsignup.Events, runsignup.Participants} {
		w.Pipeline.Writes = append(w.Pipeline.Writes, step.Write{System: runsignup.System, Place: name})
	}
	w.exec(`insert into ems.organisation (id, name) values (1, 'Karoo Trails')`)
	w.exec(`insert into ems.person (id, first_name, last_name) values (7, 'Thandi', 'Mokoena')`)
	w.exec(`insert into ems.event (id, organisation_id, name, start_date_time, end_date_time, all_day, timezone) values
		(12, 1, 'Karoo Klassiek 2026', '2026-05-09T04:00:00Z', '2026-05-09T16:00:00Z', false, 'Africa/Johannesburg'),
		(13, 1, 'Of which RunSignup knows nothing', '2026-05-10T04:00:00Z', '2026-05-10T16:00:00Z', false, 'Africa/Johannesburg')`)
	w.exec(`insert into ems.race (id, event_id, name, active, status)
		select r, e, 'Race ' || r, true, 'PLANNED' from (values (31, 12), (32, 12), (33, 13)) as t (r, e)`)
	return w
}

// begin begins with a new process.
func (w *registration) begin(t *testing.T) {
	t.Helper()
	info := w.sim.Info
	cfg := runsignup.Config{
		APIKey: info.Credentials["api_key"], APISecret: connector.Secret(info.Credentials["api_secret"]), Region: "ZA",
		Races: []runsignup.Race{{Event: 12, RaceID: 1001, Day: 2001, Bibs: cmp.Or(w.bibs, runsignup.BibsByEMS), Events: []runsignup.Event{{Race: 31, EventID: 3001}, {Race: 32, EventID: 3002}}}},
	}
	cfg.BaseURL = info.Addresses["api"] + "/rest"
	there, err := cfg.Open(connectortest.NewHost(t).Follow(w.Clock))
	if err != nil {
		t.Fatal(err)
	}
	settings := engine.DefaultSettings()
	settings.DigestKey, settings.Wait, settings.Linger, settings.PlanBatch = []byte("test"), time.Millisecond, 0, w.batch
	settings.ApplyBatch = w.batch
	systems := append([]engine.System{{Name: runsignup.System, Connector: there}}, w.also...)
	w.Engine, err = engine.New(w.Store, policy.Event(), nil, systems, settings, w.Clock)
	if err != nil {
		t.Fatal(err)
	}
}

// exec is a program that writes EMS by plain SQL.
func (w *registration) exec(sql string, args ...any) {
	w.T.Helper()
	if _, err := w.Pool.Exec(w.T.Context(), sql, args...); err != nil {
		w.T.Fatalf("%s: %v", sql, err)
	}
}

// entry is a participant of EMS.
func (w *registration) entry(id string, race int, bib string) {
	w.T.Helper()
	w.exec(`insert into ems.event_participant (id, event_id, person_id, race_id, first_name, last_name, email, date_of_birth, gender, bib, paid)
		select $1::text::bigint, r.event_id, 7, r.id, 'Thandi', 'Mokoena ' || $1::text, 'thandi.' || $1::text || '@example.org', '1991-05-20', 'FEMALE', nullif($3::text, ''), true
		from ems.race r where r.id = $2`, id, race, bib)
}

// ours is a participant as EMS has it: its race, its bib, and whether it is active.
func (w *registration) ours(id string) (out struct {
	Race   int64
	Bib    string
	Active bool
},
) {
	w.T.Helper()
	err := w.Pool.QueryRow(w.T.Context(), `select race_id, coalesce(bib, ''), active from ems.event_participant where id = $1::text::bigint`, id).
		Scan(&out.Race, &out.Bib, &out.Active)
	if err != nil {
		w.T.Fatal(err)
	}
	return out
}

// version rises with each change in EMS.
func (w *registration) version() int64 {
	return w.Count(`select (select sum(version) from ems.event) + (select sum(version) from ems.race) + (select sum(version) from ems.event_participant)
		+ (select sum(version) from ems.person)`)
}

// theirs are the registrations as the simulator keeps them, by the last name of the user.
func (w *registration) theirs() map[string][]map[string]any {
	w.T.Helper()
	var dump struct{ Users, Registrations []map[string]any }
	if err := w.sim.Call(w.T.Context(), http.MethodGet, "/dump", nil, &dump); err != nil {
		w.T.Fatal(err)
	}
	names, out := map[any]string{}, map[string][]map[string]any{}
	for _, u := range dump.Users {
		names[u["user_id"]] = fmt.Sprint(u["last_name"])
	}
	for _, r := range dump.Registrations {
		out[names[r["user_id"]]] = append(out[names[r["user_id"]]], r)
	}
	return out
}

func (w *registration) control(method, path string, in, out any) {
	w.T.Helper()
	if err := w.sim.Call(w.T.Context(), method, path, in, out); err != nil {
		w.T.Fatal(err)
	}
}

// pages is how many whole pages of registrations were asked for.
func (w *registration) pages() (n int) {
	w.T.Helper()
	log, err := w.sim.Requests(w.T.Context(), 0)
	if err != nil {
		w.T.Fatal(err)
	}
	for _, r := range log {
		if strings.HasSuffix(r.Path, "participants") && strings.Contains(r.Query, "results_per_page=2500") {
			n++
		}
	}
	return n
}

// quiet wants a run to write nothing at either side.
func (w *registration) quiet() {
	w.T.Helper()
	writes, err := w.sim.Writes(w.T.Context(), 0)
	if err != nil {
		w.T.Fatal(err)
	}
	before := w.version()
	w.Pass(10 * time.Minute)
	w.MustSync()
	if now, err := w.sim.Writes(w.T.Context(), 0); err != nil || len(now) != len(writes) || w.version() != before {
		w.T.Errorf("%d writes there and %d here, %v", len(now)-len(writes), w.version()-before, err)
	}
}

// Who takes part in a linked race is registered, once; what changes there comes back, and
// goes no further.
func TestRegistrations(t *testing.T) {
	t.Parallel()
	w := register(t)
	w.entry("501", 31, "")
	w.entry("502", 32, "118")
	w.entry("503", 33, "") // not linked
	w.start()
	got := w.theirs()
	if len(got) != 3 || len(got["Mokoena 501"]) != 1 || len(got["Mokoena 502"]) != 1 {
		t.Fatalf("registered: %v", got)
	}
	if r := got["Mokoena 502"][0]; fmt.Sprint(r["event_ids"]) != "[3002]" || r["bib"] != "118" || r["imported"] != true {
		t.Errorf("registered: %v", r)
	}
	before := w.pages()
	w.quiet()
	// Two races, with who takes part and who no longer does: for registrations and persons.
	if n := w.pages() - before; n != 4 {
		t.Errorf("a run reads %d pages of registrations, want 4", n)
	}

	number := func(name string) string { return fmt.Sprintf("%.0f", w.theirs()[name][0]["registration_id"]) }
	// A bib from there comes in; none there takes nothing away.
	w.control("PATCH", "/registrations/"+number("Mokoena 501"), map[string]any{"bib": "77"}, nil)
	w.control("PATCH", "/registrations/"+number("Mokoena 502"), map[string]any{"bib": ""}, nil)
	w.quietAfter()
	if one, two := w.ours("501").Bib, w.ours("502").Bib; one != "77" || two != "118" {
		t.Errorf("bibs: %q and %q", one, two)
	}
	// A bib of somebody else is not taken.
	w.exec(`insert into ems.person (id, first_name, last_name) values (80, 'Pieter', 'Botha')`)
	w.exec(`insert into ems.event_participant (event_id, person_id, last_name, bib, paid) values (12, 80, 'Botha', '50', true)`)
	w.control("PATCH", "/registrations/"+number("Mokoena 501"), map[string]any{"bib": "50"}, nil)
	w.quietAfter()
	if bib := w.ours("501").Bib; bib != "77" {
		t.Errorf("the bib is %q", bib)
	}
	// Who is removed there is not active, and is not registered again.
	w.control("POST", "/registrations/"+number("Mokoena 501")+"/remove", map[string]any{"reason": "removed"}, nil)
	w.quietAfter()
	if f := w.ours("501"); f.Active || f.Bib != "77" || len(w.theirs()["Mokoena 501"]) != 1 {
		t.Errorf("removed: %v, %v", f, w.theirs()["Mokoena 501"])
	}
	// Who is transferred goes on under the new registration, in the new race.
	old := w.theirs()["Mokoena 502"][0]
	var next struct {
		ID int `json:"registration_id"`
	}
	w.control("POST", "/registrations", map[string]any{"race_id": 1001, "event_ids": []int{3001}, "user_id": old["user_id"], "bib": "9"}, &next)
	w.control("POST", "/registrations/"+number("Mokoena 502")+"/remove", map[string]any{"reason": "transferred", "new_registration_id": next.ID}, nil)
	w.quietAfter()
	if f := w.ours("502"); !f.Active || f.Race != 31 || f.Bib != "9" {
		t.Errorf("transferred: %v", f)
	}
	w.exec(`update ems.event_participant set bib = '10' where id = 502`)
	w.quietAfter()
	if r := w.theirs()["Mokoena 502"]; len(r) != 2 || r[0]["bib"] != "118" || r[1]["bib"] != "10" {
		t.Errorf("the new registration has %v", r)
	}
}

// Somebody who has registered by himself is found, and one who may be somebody else is
// left for a person.
func TestRegisteredThere(t *testing.T) {
	t.Parallel()
	w := register(t)
	w.start()
	for id, mail := range map[string]string{"501": "thandi.501@example.org", "502": "other@example.org"} {
		var user struct {
			ID int `json:"user_id"`
		}
		w.control("POST", "/users", map[string]any{"first_name": "Thandi", "last_name": "Mokoena " + id, "email": mail, "dob": "1991-05-20", "gender": "F", "account": true}, &user)
		w.control("POST", "/registrations", map[string]any{"race_id": 1001, "event_ids": []int{3001}, "user_id": user.ID, "paid": 5775}, nil)
		w.entry(id, 31, id)
	}
	w.Pass(time.Hour)
	w.MustSync()
	got := w.theirs()
	if len(got["Mokoena 501"]) != 1 || got["Mokoena 501"][0]["bib"] != "501" || len(got["Mokoena 502"]) != 1 || got["Mokoena 502"][0]["bib"] != "" {
		t.Errorf("registered: %v", got)
	}
	if n := w.Count(`select count(*) from sync_record where system = 'runsignup' and entity is not null and quarantine like '%person must look%'`); n != 1 {
		t.Errorf("%d are left for a person, want 1", n)
	}
	// What was paid for there stays when EMS deletes it.
	w.exec(`update ems.event_participant set deleted_on = now() where id = 501`)
	w.Pass(time.Hour)
	w.MustSync()
	if len(w.theirs()["Mokoena 501"]) != 1 {
		t.Error("what was paid for is deleted")
	}
}

// start runs for the first time: a person says that the races there are ours.
func (w *registration) start() {
	w.T.Helper()
	w.WantStop(step.GuardStopped, "FIRST_SYNC")
	hash, err := w.Engine.PlanHash(w.T.Context(), w.LastRun)
	if err == nil {
		err = w.Approve(hash)
	}
	if err != nil {
		w.T.Fatal(err)
	}
	w.Pass(10 * time.Minute)
	w.MustSync()
}

// quietAfter runs until what has changed is everywhere, and wants quiet then.
func (w *registration) quietAfter() {
	w.T.Helper()
	for range 2 {
		w.Pass(10 * time.Minute)
		w.MustSync()
	}
	w.quiet()
}

// Whoever has withdrawn before RunSignup knew of them is not registered there, until they
// take part again; who withdraws later stays.
func TestWithdrawnBefore(t *testing.T) {
	t.Parallel()
	w := register(t)
	w.start()
	w.entry("501", 31, "")
	w.entry("502", 31, "")
	w.exec(`update ems.event_participant set active = false where id = 501`)
	settle := func(first, second int) {
		t.Helper()
		for range 2 {
			w.Pass(25 * time.Hour)
			w.MustSync()
		}
		if a, b := len(w.theirs()["Mokoena 501"]), len(w.theirs()["Mokoena 502"]); a != first || b != second {
			t.Errorf("registered %d and %d times, want %d and %d", a, b, first, second)
		}
	}
	settle(0, 1)
	w.exec(`update ems.event_participant set active = id = 501`)
	settle(1, 1)
}
