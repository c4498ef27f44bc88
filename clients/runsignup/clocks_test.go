package runsignup

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/runsignup/runsignupsim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/event"
	"github.com/touchline-sync/touchline/sync/record/participant"
)

// On the two days on which the clock is changed nothing is passed over, and nothing
// comes again that is older than the mark: transfers, deferrals and bundles go by seconds,
// also those of ten minutes after the clock was turned back, which it shows as before. When somebody registered is
// told by that clock alone, and where it cannot be said it is unknown, and not empty.
func TestClockChangeDays(t *testing.T) {
	t.Parallel()
	for day, is := range map[string]struct {
		turn          time.Time // of the clock in New York
		before, after string    // what is read of who registers ten minutes before and after it
	}{
		"spring": {time.Date(2026, 3, 8, 7, 0, 0, 0, time.UTC), "2026-03-08T06:50:00Z", "2026-03-08T07:10:00Z"},
		"autumn": {time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC), "", ""},
	} {
		t.Run(day, func(t *testing.T) {
			t.Parallel()
			b := setup(t, runsignupsim.Options{})
			c, thandi, sipho := b.place(t, Participants), b.person(t, "Thandi", "Mokoena"), b.person(t, "Sipho", "Dube")
			b.at(t, is.turn.Add(-24*time.Hour))
			moved, deferred := b.registers(t, thandi, 3001), b.registers(t, sipho, 3001)
			_, _, next := list(t, c, "")

			b.at(t, is.turn.Add(-10*time.Minute))
			first := b.registers(t, thandi, 3002)
			b.ends(t, moved, "transferred", first)
			both := b.registers(t, sipho, 3001, 3002)
			items, removed, next := list(t, c, next)
			wantListed(t, items, id(3001, deferred), id(3002, first), id(3001, both), id(3002, both)) // and those of the mark's own second
			if r := removed[id(3001, moved)]; len(removed) != 1 || r.Successor != id(3002, first) || r.Reason != record.Moved {
				t.Errorf("transferred before the turn: %v", removed)
			}
			wantRegistered(t, items[id(3002, first)], is.before)

			b.at(t, is.turn.Add(10*time.Minute))
			second := b.registers(t, sipho, 3001)
			b.ends(t, deferred, "deferred", 0)
			b.ends(t, both, "transferred", second)
			items, removed, next = list(t, c, next)
			wantListed(t, items, id(3002, first), id(3001, second), id(3001, deferred), id(3002, both))
			if r := removed[id(3001, both)]; len(removed) != 2 || r.Successor != id(3001, second) {
				t.Errorf("transferred after the turn: %v", removed)
			}
			for at, active := range map[record.ExternalID]string{id(3001, second): "true", id(3001, deferred): "false", id(3002, both): "false"} {
				if got := items[at].Fields[participant.Active]; got != active {
					t.Errorf("%s is active: %q, want %s", at, got, active)
				}
			}
			wantRegistered(t, items[id(3001, second)], is.after)

			b.at(t, is.turn.Add(2*time.Hour))
			late := b.registers(t, thandi, 3001, 3002)
			b.at(t, is.turn.Add(3*time.Hour))
			if _, _, next = list(t, c, next); next == "" {
				t.Fatal("no mark")
			}
			items, removed, _ = list(t, c, next)
			wantListed(t, items, id(3001, late), id(3002, late))
			all, ended, _ := list(t, c, "")
			wantListed(t, all, id(3002, first), id(3001, second), id(3001, deferred), id(3002, both), id(3001, late), id(3002, late))
			if len(removed) != 0 || len(ended) != 2 {
				t.Errorf("removed at last %v, of all %v", removed, ended)
			}
		})
	}
}

func wantListed(t *testing.T, items map[record.ExternalID]connector.Item, want ...record.ExternalID) {
	t.Helper()
	slices.Sort(want)
	if got := slices.Sorted(maps.Keys(items)); !slices.Equal(got, want) {
		t.Errorf("listed are %v, want %v", got, want)
	}
}

// wantRegistered wants to know when somebody registered; "" is that nobody can say.
func wantRegistered(t *testing.T, item connector.Item, want string) {
	t.Helper()
	got, told := item.Fields[participant.RegisteredOn]
	if _, unknown := item.Unreadable[participant.RegisteredOn]; got != want || told == (want == "") || unknown == told {
		t.Errorf("registered %q, told %v, unreadable %v, want %q", got, told, unknown, want)
	}
}

// When an edition begins and ends cannot be said while the time of one of its events cannot:
// of the others alone it would be another time.
func TestEditionOfUnclearTimes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		first, second string // starts of its events, in New York
		starts        string // "" is unreadable
	}{
		"clear":          {`"11/1/2026 04:00"`, `"11/1/2026 05:30"`, "2026-11-01T09:00:00Z"},
		"one has none":   {`null`, `"11/1/2026 05:30"`, "2026-11-01T10:30:00Z"},
		"twice that day": {`"11/1/2026 01:30"`, `"11/1/2026 05:30"`, ""},
		"never that day": {`"3/8/2026 02:30"`, `"3/8/2026 05:30"`, ""},
		"no time at all": {`"in the morning"`, `"11/1/2026 05:30"`, ""},
		"another form":   {`["11/1/2026 04:00"]`, `"11/1/2026 05:30"`, ""},
	} {
		b := setup(t, runsignupsim.Options{})
		body := fmt.Sprintf(`{"race":{"race_id":1001,"name":"Classic","timezone":"America/New_York","events":[
			{"event_id":3001,"race_event_days_id":2001,"name":"42 km","start_time":%s,"end_time":null},
			{"event_id":3002,"race_event_days_id":2001,"name":"21 km","start_time":%s,"end_time":null}]}}`, c.first, c.second)
		if _, err := b.Inject(t.Context(), simkit.Fault{Match: simkit.Match{Path: "/rest/race/1001"}, Do: simkit.Do{Kind: simkit.FaultBody, Body: body}}); err != nil {
			t.Fatal(err)
		}
		item, err := b.place(t, Races).Get(t.Context(), "1001-2001")
		if err != nil {
			t.Fatal(err)
		}
		got, shown := item.Fields[event.Start]
		if _, unclear := item.Unreadable[event.Start]; got != c.starts || unclear != (c.starts == "") || shown == unclear {
			t.Errorf("%s: begins %q, unreadable %q", name, got, item.Unreadable[event.Start])
		}
	}
}
