package derive_test

import (
	"testing"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/access"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// What somebody may do follows from their current functions for the club as a whole: not from
// committees, not from what has ended. Who has none any more is told so; who never had one
// is not.
func TestAccess(t *testing.T) {
	t.Parallel()
	rule := derive.Access()
	does := func(all ...person.Function) []record.Entity {
		return []record.Entity{member("A1", string(person.Functions), person.FunctionSet(all))}
	}
	for name, c := range map[string]struct {
		members []record.Entity
		before  bool
		want    string // "-": nothing is made
	}{
		"one": {does(person.Function{Committee: person.ClubWide, Role: "Secretaris", Current: true}), false, "Secretaris"},
		"two, one of them ended": {does(
			person.Function{Committee: person.ClubWide, Role: "Secretaris", End: "2026-06-30"},
			person.Function{Committee: person.ClubWide, Role: "Voorzitter", Current: true},
		), false, "Voorzitter"},
		"in a committee":     {does(person.Function{Committee: "Bar", Role: "Voorzitter", Current: true}), false, "-"},
		"none, and never":    {does(), false, "-"},
		"none any more":      {does(), true, ""},
		"who has left":       {nil, true, ""},
		"who has never been": {nil, false, "-"},
	} {
		g := derive.Group{Key: "A1", Members: c.members}
		if c.before {
			g.Before = []record.Entity{{Kind: access.Kind, Key: "A1", Fields: record.Fields{access.Functions: "Secretaris"}}}
		}
		got := "-"
		for _, e := range rule.Make(g).Entities {
			if got = e.Fields[access.Functions]; e.Key != "A1" || e.Fields[access.RelationCode] != "A1" {
				t.Errorf("%s: %+v", name, e)
			}
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if rule.Groups(member("A1")) != nil {
		t.Error("somebody whose functions nobody knows is told something")
	}
}
