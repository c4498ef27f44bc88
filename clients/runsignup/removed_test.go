package runsignup

import (
	"fmt"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/runsignup/runsignupsim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/record/participant"
)

// Who was taken out takes part no longer, and is still there; what was undone is gone.
func TestEnded(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{})
	c, user := b.place(t, Participants), b.person(t, "Thandi", "Mokoena")
	kept := map[string]int{}
	for _, reason := range []string{"removed", "deferred", "cleared", ""} {
		kept[reason] = b.registers(t, user, 3001)
		b.control(t, "PATCH", fmt.Sprintf("/registrations/%d", kept[reason]), map[string]any{"bib": "17", "team_name": "Vlug"})
		if reason != "" {
			b.ends(t, kept[reason], reason, 0)
		}
	}
	items, removed, _ := list(t, c, "")
	for _, reason := range []string{"removed", "deferred", ""} {
		at := id(3001, kept[reason])
		got := items[at].Fields
		if want := fmt.Sprint(reason == ""); got[participant.Active] != want || got[participant.Person] != fmt.Sprint(user) {
			t.Errorf("%q: %v, want active %s", reason, got, want)
		}
		// A bib that is not shown any more was not taken away.
		if _, shown := got[participant.Bib]; shown != (reason == "") {
			t.Errorf("%q: shows a bib: %v", reason, shown)
		}
		if one, err := c.Get(t.Context(), at); err != nil || one.Fields[participant.Active] != got[participant.Active] {
			t.Errorf("%q by itself: %v", reason, err)
		}
	}
	if r := removed[id(3001, kept["cleared"])]; r.Reason != "cleared" || len(removed) != 1 {
		t.Errorf("removed: %v", removed)
	}
	_, err := c.Get(t.Context(), id(3001, kept["cleared"]))
	wantClass(t, err, connector.NotFound, "cleared")
	people, _, _ := list(t, b.place(t, Users), "")
	if len(people) != 1 || people[record.ExternalID(fmt.Sprint(user))].Fields[eventperson.Phone] != "+27825550101" {
		t.Errorf("persons: %v", people)
	}
}

// Somebody who was transferred goes on under another id where it is the same person, also
// after several transfers; another person is another participant.
func TestTransferred(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{})
	c := b.place(t, Participants)
	thandi, sipho := b.person(t, "Thandi", "Mokoena"), b.person(t, "Sipho", "Dube")
	first, second, third := b.registers(t, thandi, 3001), b.registers(t, thandi, 3002), b.registers(t, thandi, 3001)
	b.ends(t, first, "transferred", second)
	b.ends(t, second, "transferred", third)
	sold, bought := b.registers(t, thandi, 3002), b.registers(t, sipho, 3002)
	b.ends(t, sold, "transferred", bought)

	items, removed, _ := list(t, c, "")
	for _, at := range []record.ExternalID{id(3001, first), id(3002, second)} {
		if removed[at].Successor != id(3001, third) || removed[at].Reason != record.Moved {
			t.Errorf("%s goes on as %q, want %s", at, removed[at].Successor, id(3001, third))
		}
		_, err := c.Get(t.Context(), at)
		if e := wantClass(t, err, connector.NotFound, "moved"); e.Successor != id(3001, third) {
			t.Errorf("%s by itself goes on as %q", at, e.Successor)
		}
		// It has not ended, and what it goes on as may be bound to another participant.
		wantClass(t, c.Delete(t.Context(), at), connector.Stale, "transferred")
	}
	if got := items[id(3002, sold)].Fields; got[participant.Active] != "false" || len(removed) != 2 {
		t.Errorf("sold: %v; removed: %v", got, removed)
	}
	if got := items[id(3002, bought)].Fields; got[participant.Active] != "true" || got[participant.Person] != fmt.Sprint(sipho) {
		t.Errorf("bought: %v", got)
	}
}

// A bundle is one registration, with one bib, in several events.
func TestBundle(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{})
	c, user := b.place(t, Participants), b.person(t, "Thandi", "Mokoena")
	both := b.registers(t, user, 3001, 3002)
	b.control(t, "PATCH", fmt.Sprintf("/registrations/%d", both), map[string]any{"bib": "118"})
	items, _, _ := list(t, c, "")
	if len(items) != 2 {
		t.Fatalf("%d participants, want one in each event", len(items))
	}
	for n, want := range map[int]string{3001: "3001", 3002: "3002"} {
		if got := items[id(n, both)].Fields; got[participant.Race] != want || got[participant.Bib] != "118" || got[participant.Event] != "1001-2001" {
			t.Errorf("in event %d: %v", n, got)
		}
	}
	// The new number of one is that of the other, and there is nothing more to write.
	for _, n := range []int{3001, 3002} {
		item, err := c.Update(t.Context(), id(n, both), connector.Patch{Set: record.Fields{participant.Bib: "119"}})
		if err != nil || item.Fields[participant.Bib] != "119" {
			t.Errorf("event %d: %v", n, err)
		}
	}
	if n := len(b.sim.Writes(0)); n != 1 {
		t.Errorf("%d writes, want 1", n)
	}
	// Each part of it goes on in its own event, and one that does not is over.
	next := b.registers(t, user, 3001)
	b.ends(t, both, "transferred", next)
	items, removed, _ := list(t, c, "")
	if removed[id(3001, both)].Successor != id(3001, next) || items[id(3002, both)].Fields[participant.Active] != "false" {
		t.Errorf("removed %v, the other %v", removed, items[id(3002, both)].Fields)
	}
}

// A listing of what has changed reaches back behind the last change that was seen, and
// never begins after the time at which the one before began.
func TestSince(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{})
	c, user := b.place(t, Participants), b.person(t, "Thandi", "Mokoena")
	at := func(d time.Duration) { b.at(t, connectortest.Start.Add(d)) }
	if _, _, next := list(t, c, ""); next != "" {
		t.Errorf("nothing was seen, and the next listing begins at %q", next)
	}
	old := b.registers(t, user, 3001)
	at(time.Hour)
	fresh := b.registers(t, user, 3001)
	_, _, next := list(t, c, "")
	at(2 * time.Hour)
	items, _, again := list(t, c, next)
	if _, late := items[id(3001, fresh)]; len(items) != 1 || !late || again != next {
		t.Errorf("from %s: %d, then from %s", next, len(items), again)
	}
	// A change that was dated just before the mark, and shown after it.
	at(time.Hour - overlap)
	b.control(t, "PATCH", fmt.Sprintf("/registrations/%d", old), map[string]any{"bib": "5"})
	at(3 * time.Hour)
	items, _, _ = list(t, c, next)
	if items[id(3001, old)].Fields[participant.Bib] != "5" {
		t.Error("a late change was passed over")
	}
	// Ends are changes as well.
	b.ends(t, old, "removed", 0)
	items, _, next = list(t, c, next)
	if items[id(3001, old)].Fields[participant.Active] != "false" {
		t.Error("an end was passed over")
	}
	// Of an event that was linked since, all is new.
	other := b.registers(t, user, 2901)
	b.cfg.Races[0].Events = append(b.cfg.Races[0].Events, Event{33, 2901})
	b.conn = b.open(t)
	if items, _, _ = list(t, b.place(t, Participants), next); len(items) != 3 || items[id(2901, other)].ID == "" {
		t.Errorf("%d items after an event was linked", len(items))
	}
	for _, bad := range []connector.Cursor{"x=%", "part=1", next + "&part=99", next + "&after=x"} {
		for _, err := range b.place(t, Participants).List(t.Context(), bad) {
			wantClass(t, err, connector.Drifted, "cursor")
		}
	}
}

// A change in an event that was read already is not passed over since one in an event
// that was read later is newer.
func TestChangedWhileListed(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{})
	c, user := b.place(t, Participants), b.person(t, "Thandi", "Mokoena")
	first := b.registers(t, user, 3001)
	var next connector.Cursor
	pages := 0
	for p, err := range c.List(t.Context(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if next = p.Next; pages == 0 {
			b.at(t, connectortest.Start.Add(time.Hour))
			b.control(t, "PATCH", fmt.Sprintf("/registrations/%d", first), map[string]any{"bib": "7"})
			b.at(t, connectortest.Start.Add(2*time.Hour))
			b.registers(t, user, 3002)
		}
		pages++
	}
	items, _, _ := list(t, c, next)
	if items[id(3001, first)].Fields[participant.Bib] != "7" {
		t.Errorf("from %s: the change in the event that was read first is missing", next)
	}
}

// A change that is dated ahead of RunSignup's own time takes the mark no further than that,
// of a listing and of a search: what is changed in between is not passed over.
func TestMarkStaysBehindTheirTime(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{})
	c, user := b.place(t, Participants), b.person(t, "Thandi", "Mokoena")
	first := b.registers(t, user, 3001)
	b.at(t, connectortest.Start.Add(10*time.Hour))
	b.registers(t, b.person(t, "Sipho", "Dube"), 3001) // dated ahead
	b.at(t, connectortest.Start.Add(time.Hour))
	_, _, next := list(t, c, "")
	want := sample(0)
	if _, err := c.Find(t.Context(), want); connector.ClassOf(err) != connector.NotFound {
		t.Fatal(err)
	}
	b.at(t, connectortest.Start.Add(2*time.Hour))
	b.control(t, "PATCH", fmt.Sprintf("/registrations/%d", first), map[string]any{"bib": "7"})
	made, err := c.Create(t.Context(), want)
	if err != nil {
		t.Fatal(err)
	}
	items, _, _ := list(t, c, next)
	if items[id(3001, first)].Fields[participant.Bib] != "7" || items[made.ID].ID == "" {
		t.Errorf("from %s: what was changed since is missing", next)
	}
	if found, err := c.Find(t.Context(), want); err != nil || found.ID != made.ID {
		t.Errorf("found %+v, %v", found, err)
	}
}
