package plan_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// TestConsentOfNobodysRecord: a second record at a target, beside the one that we
// keep, shows an opt-out. Whose is it?
func TestConsentOfNobodysRecord(t *testing.T) {
	t.Parallel()
	const consent record.Field = "consent"
	as := func(mail, name, state string) record.Fields {
		return record.Fields{fKey: "A", fName: name, fMail: mail, fFormer: "", consent: state}
	}
	for _, c := range []struct {
		name  string
		shown record.Fields
		known string // what it was known to show before
		want  string
	}{
		{"the same person at the same address", as("a@x", "Name A", "out"), "", "out"},
		{"nothing of who it is about", as("a@x", "", "out"), "", "out"},
		{"no stricter one", as("a@x", "Name A", "in"), "", "in"},
		{"of another address", as("other@x", "Name A", "out"), "", "in"},
		{"of somebody else at this address", as("a@x", "Somebody else", "out"), "", "in"},
		{"no news, since it has been taken in before", as("a@x", "Name A", "out"), "out", "in"},
		{"it was in before", as("a@x", "Name A", "out"), "in", "out"},
	} {
		page := page()
		page.Identity = []record.Field{fName}
		page.Fields = maps.Clone(page.Fields)
		page.Fields[consent] = policy.Strictest("out", "in").For(fMail)
		w := newWorld(page)
		fields := append(slices.Clone(all), consent)
		for _, colls := range w.in.Systems {
			colls[0].Reads = fields
			if colls[0].Writes != nil {
				colls[0].Writes = fields
			}
		}
		w.pair(1, "A", as("a@x", "Name A", "in"))
		if c.known != "" {
			w.unmanaged("t9", "A", "")
			w.records[len(w.records)-1].Remote[consent] = c.known
		}
		w.shows(2, "t9", c.shown)
		got, of := "in", int32(0)
		out := w.build(t)
		for _, e := range out.Entities {
			got, of = e.Fields[consent], e.Component
		}
		for _, r := range out.Records { // where the entity is stale, what it shows is news again
			if r.ExternalID == "t9" && r.Component != of {
				t.Errorf("%s: the record is of component %d, the entity of %d", c.name, r.Component, of)
			}
		}
		for _, of9 := range out.Planned {
			if of9.Component != of {
				t.Errorf("%s: the item is of component %d, the entity of %d", c.name, of9.Component, of)
			}
		}
		if got != c.want {
			t.Errorf("%s: the entity has consent %q, want %q", c.name, got, c.want)
		}
	}
}
