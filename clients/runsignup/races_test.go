package runsignup

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/touchline-sync/touchline/clients/runsignup/runsignupsim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/event"
	"github.com/touchline-sync/touchline/sync/record/participant"
	"github.com/touchline-sync/touchline/sync/record/race"
)

// dumped is a race as the simulator keeps it.
func (b *bundle) dumped(t *testing.T) (out map[string]any) {
	t.Helper()
	var dump struct{ Races []map[string]any }
	if err := b.Call(t.Context(), "GET", "/dump", nil, &dump); err != nil {
		t.Fatal(err)
	}
	return dump.Races[0]
}

// What is written of a race or an event leaves all else as it was: other events, other
// editions, and what we know nothing of.
func TestRewrite(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{})
	before := b.dumped(t)
	if _, err := b.place(t, Races).Update(t.Context(), "1001-2001", connector.Patch{
		Set: record.Fields{event.Name: "Karoo Classic", event.City: "Nieu-Bethesda"}, Key: record.Fields{event.ID: "12"},
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.place(t, Events).Update(t.Context(), "3002", connector.Patch{
		Set: record.Fields{race.Name: "21 km", race.Start: "2026-05-09T05:45:30Z"}, Key: record.Fields{race.ID: "32"},
	}); err != nil {
		t.Fatal(err)
	}
	want := maps.Clone(before)
	want["name"], want["last_modified"] = "Karoo Classic", "2026-03-02T09:00:00Z"
	want["address"].(map[string]any)["city"] = "Nieu-Bethesda"
	second := want["events"].([]any)[1].(map[string]any)
	second["name"], second["start_time"] = "21 km", "2026-05-09 07:45" // in Johannesburg, without seconds
	a, _ := json.Marshal(want)
	got, _ := json.Marshal(b.dumped(t))
	if string(a) != string(got) {
		t.Errorf("it is\n%s\nwant\n%s", got, a)
	}
	// The seconds that RunSignup does not know are no difference.
	n := len(b.sim.Writes(0))
	if _, err := b.place(t, Events).Update(t.Context(), "3002", connector.Patch{Set: record.Fields{race.Start: "2026-05-09T05:45:59Z"}}); err != nil || len(b.sim.Writes(0)) != n {
		t.Errorf("%v, %d writes", err, len(b.sim.Writes(0))-n)
	}
}

// Nothing is written where it would empty what cannot be seen, and past events stay.
func TestRewriteRefused(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{})
	b.control(t, "PATCH", "/settings", map[string]any{"contact_hidden": true})
	_, err := b.place(t, Races).Update(t.Context(), "1001-2001", connector.Patch{Set: record.Fields{event.Name: "X"}})
	wantClass(t, err, connector.Rejected, "contact_email")
	b.control(t, "PATCH", "/settings", map[string]any{"contact_hidden": false})
	b.cfg.Races[0].Day, b.cfg.Races[0].Events = 1901, []Event{{31, 2901}}
	b.conn = b.open(t)
	_, err = b.place(t, Events).Update(t.Context(), "2901", connector.Patch{Set: record.Fields{race.Name: "X"}})
	wantClass(t, err, connector.Rejected, "227")
	if n := len(b.sim.Writes(0)); n != 0 {
		t.Errorf("%d writes", n)
	}
	b.cfg.EditRaces = false
	b.conn = b.open(t)
	for _, place := range []string{Races, Events} {
		c := b.place(t, place)
		if c.Update != nil || c.Create != nil || len(c.Writes) != 0 || c.Delete != nil {
			t.Errorf("%s can be written without edit_races", place)
		}
	}
}

// An event that is linked with none of ours is shown, and is nobody's; one of ours that
// is not linked waits.
func TestLinks(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{}, func(c *Config) { c.Races[0].Events = c.Races[0].Events[:1] })
	items, _, _ := list(t, b.place(t, Events), "")
	ids := slices.Sorted(maps.Keys(items))
	if !slices.Equal(ids, []record.ExternalID{"3001", "3002"}) || items["3001"].Fields[race.ID] != "31" || items["3002"].Fields[race.ID] != "" {
		t.Errorf("%v: %v", ids, items)
	}
	if got := items["3002"].Fields; got[race.Distance] != "21082" || got[race.Start] != "2026-05-09T05:30:00Z" {
		t.Errorf("%v", got)
	}
	for _, test := range []struct {
		place  string
		fields record.Fields
		linked bool
	}{
		{Events, record.Fields{race.ID: "31"}, true},
		{Events, record.Fields{race.ID: "32"}, false},
		{Races, record.Fields{event.ID: "12"}, true},
		{Races, record.Fields{event.ID: "13"}, false},
		{Participants, record.Fields{participant.Race: "31"}, true},
		{Participants, record.Fields{participant.Race: "32"}, false},
		{Participants, record.Fields{}, false},
	} {
		if why := b.place(t, test.place).Excludes(test.fields); (why == "") != test.linked {
			t.Errorf("%s %v: excluded %q", test.place, test.fields, why)
		}
	}
	// What is linked and not there waits for whoever makes it; nothing is made from here.
	wantClass(t, b.place(t, Events).Accepts(record.Fields{race.Name: "42 km"}), connector.Waiting, "people make races")
	wantClass(t, b.place(t, Races).Accepts(record.Fields{}), connector.Waiting, "people make races")
	// A race that is no longer there takes no other with it.
	b.cfg.Races = append([]Race{{Event: 11, RaceID: 7, Day: 8, Bibs: BibsThere, Events: []Event{{20, 30}}}}, b.cfg.Races...)
	b.conn = b.open(t)
	if items, _, _ := list(t, b.place(t, Races), ""); len(items) != 1 {
		t.Errorf("%d races", len(items))
	}
}
