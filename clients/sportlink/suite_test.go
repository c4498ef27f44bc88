package sportlink_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/touchline-sync/touchline/browserworker/browsertest"
	"github.com/touchline-sync/touchline/clients/internal/invent"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/sportlink"
	"github.com/touchline-sync/touchline/clients/sportlink/sportlinksim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// TestContract is the suite that every connector passes.
func TestContract(t *testing.T) {
	t.Parallel()
	pool := browsertest.Shared(t)
	connectortest.Run(t, connectortest.Subject{Public: public, Open: func(t *testing.T) *connectortest.Bench {
		w := newWorldIn(t, pool, sportlinksim.Options{Members: 3, Seed: 4})
		return w.bench(sportlink.View, sample, invent.Member{UnionTeams: "JO9-1,JO11-2"})
	}})
}

// public are the fields of members that say nothing of who they are.
var public = []record.Field{person.FormerMember, person.Gender}

// bench tries a view of the members, whose records are as want has them and as they are
// made at the site.
func (w *world) bench(view string, want func(n int) record.Fields, as invent.Member) *connectortest.Bench {
	return &connectortest.Bench{
		Connector: w.Connector, Host: w.host, Kind: person.Kind, Place: sportlink.Place, View: view,
		Want:   want,
		Key:    func(want record.Fields) record.Fields { return want.Only([]record.Field{person.RelationCode}) },
		Change: func(record.Fields) record.Fields { return record.Fields{person.Email1: "anders@example.org"} },
		Add: func(t *testing.T, n int) record.ExternalID {
			t.Helper()
			f, m := want(n), as
			m.PublicPersonID, m.FirstName, m.LastName = f[person.RelationCode], f[person.FirstName], f[person.LastName]
			m.Infix, m.GenderCode, m.DateOfBirth, m.Email = "Van Den", "Female", f[person.BirthDate], f[person.Email1]
			m.Mobile, m.MemberSince = fmt.Sprintf("06-120000%02d", n), "2020-01-02"
			if err := w.sim.AddMember(m); err != nil {
				t.Fatal(err)
			}
			return record.ExternalID(f[person.RelationCode])
		},
		Edit: func(t *testing.T, id record.ExternalID, set record.Fields) {
			t.Helper()
			if err := w.sim.EditMember(string(id), map[string]string{"Email": set[person.Email1]}); err != nil {
				t.Fatal(err)
			}
		},
		Reopen:  func(*testing.T) connector.Connector { return w.process() },
		Disturb: w.disturb,
	}
}

func sample(n int) record.Fields {
	f := record.Fields{
		person.RelationCode: fmt.Sprintf("ZZZ%02dZ", n), person.FirstName: fmt.Sprintf("Proef%c", 'a'+n), person.Infix: "van den",
		person.LastName: "Hof-Ünal d'Été", person.Email2: "", person.Gender: "female", person.BirthDate: "2012-02-29",
		person.Email1: fmt.Sprintf("proef.%d@example.org", n), person.Mobile1: fmt.Sprintf("+316120000%02d", n),
		person.UnionTeams: "JO11-2\nJO9-1", person.MemberSince: "2020-01-02", person.FormerMember: "false",
	}
	return maps.Clone(f)
}

func (w *world) disturb(t *testing.T, op connectortest.Op, trouble connectortest.Trouble) func() {
	t.Helper()
	w.must("before the trouble")
	match := simkit.Match{Path: search}
	if op == connectortest.Check {
		match.Path = link
	}
	do, ok := map[connectortest.Trouble]simkit.Do{
		connectortest.Throttled: {Kind: "status", Status: 429, Headers: map[string]string{"Retry-After": fmt.Sprint(connectortest.ThrottledFor)}},
		connectortest.Broken:    {Kind: "status", Status: 503},
		connectortest.Dropped:   {Kind: "drop"},
		connectortest.Cut:       {Kind: "cut"},
		// Another form of answer.
		connectortest.Unexpected: {Kind: "body", Body: `{"Other":[]}`},
	}[trouble]
	if trouble == connectortest.Denied {
		w.sim.ExpireSessions()
		w.nextCode()
		match, do, ok = simkit.Match{}, simkit.Do{Kind: simkit.FaultNamed, Name: "wrong-password"}, true
	}
	if !ok || op == connectortest.Check && trouble == connectortest.Unexpected {
		return nil // the page itself would go on signing in and in
	}
	w.inject("", simkit.Fault{Match: match, Do: do})
	return w.sim.ClearFaults
}
