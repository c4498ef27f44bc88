package runsignup

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/runsignup/runsignupsim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/participant"
)

// pages counts the pages of registrations that were listed since a request.
func (b *bundle) pages(since int) (n int) {
	for _, r := range b.sim.Requests(since) {
		q, _ := url.ParseQuery(r.Query)
		if strings.HasSuffix(r.Path, "participants") && q.Get("results_per_page") == "2500" {
			n++
		}
	}
	return n
}

// A run reads the registrations once, for the persons and for who takes part, and what has
// changed since as well.
func TestOneReadingForBoth(t *testing.T) {
	t.Parallel()
	b := setup(t, runsignupsim.Options{})
	at := func(d time.Duration) { b.at(t, connectortest.Start.Add(d)) }
	var users, entries connector.Cursor
	run := func(name string, want, persons, registrations int, between ...func()) {
		t.Helper()
		seen := len(b.sim.Requests(0))
		people, _, next := list(t, b.place(t, Users), users)
		users = next
		for _, f := range between {
			f()
		}
		rows, _, next := list(t, b.place(t, Participants), entries)
		entries = next
		if n := b.pages(seen); n != want {
			t.Errorf("%s: %d pages, want %d", name, n, want)
		}
		if len(people) != persons || len(rows) != registrations {
			t.Errorf("%s: %d persons and %d registrations, want %d and %d", name, len(people), len(rows), persons, registrations)
		}
		if users != entries {
			t.Errorf("%s: persons from %q, registrations from %q", name, users, entries)
		}
	}
	one := b.registers(t, b.person(t, "Thandi", "Mokoena"), 3001, 3002)
	const each = 4 // two events, with those who take part and those who no longer do
	run("all", each, 1, 2)
	at(time.Hour)
	run("what has changed", each, 1, 2) // the overlap
	b.registers(t, b.person(t, "Sipho", "Dube"), 3002)
	run("one more", each, 2, 3)
	// What is written in between is seen: nothing that was asked for before is believed.
	run("a write of ours", 2*each, 1, 3, func() {
		item, err := b.place(t, Participants).Update(t.Context(), id(3001, one), connector.Patch{Set: record.Fields{participant.Bib: "7"}})
		if err != nil || item.Fields[participant.Bib] != "7" {
			t.Errorf("%v, %v", item.Fields, err)
		}
	})
	at(2 * time.Hour)
	run("much later", 2*each, 2, 3, func() { at(2*time.Hour + aheadAge) })
	// A registration that ends in between is in the next listing.
	at(3 * time.Hour)
	b.registers(t, b.person(t, "Anna", "Botha"), 3001)
	run("an end meanwhile", each, 3, 4, func() {
		at(3*time.Hour + time.Minute)
		b.ends(t, one, "removed", 0)
	})
	items, _, _ := list(t, b.place(t, Participants), entries)
	if items[id(3001, one)].Fields[participant.Active] != "false" {
		t.Errorf("the end was passed over: %v", fmt.Sprint(items))
	}
	// Each answer is taken once.
	seen := len(b.sim.Requests(0))
	list(t, b.place(t, Users), "")
	list(t, b.place(t, Participants), "")
	list(t, b.place(t, Participants), "")
	if n := b.pages(seen); n != 2*each {
		t.Errorf("%d pages for three listings, want %d", n, 2*each)
	}
}
