package nikki_test

import (
	"fmt"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/nikki/nikkisim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// TestContract is the suite that every connector passes.
func TestContract(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Subject{
		Public: []record.Field{"balance_2025", "total_2025", "status_2025"},
		Open: func(t *testing.T) *connectortest.Bench {
			w := newWorld(t, nikkisim.Options{Members: 3, Seed: 4})
			return &connectortest.Bench{
				Connector: w.Connector, Host: w.host,
				Want:   sample,
				Key:    func(want record.Fields) record.Fields { return want.Only([]record.Field{person.RelationCode}) },
				Change: func(record.Fields) record.Fields { return record.Fields{"balance_2025": "4200"} },
				Add: func(t *testing.T, n int) record.ExternalID {
					t.Helper()
					l := nikkisim.Line{
						Key: fmt.Sprint("sample ", n), ID: fmt.Sprint(70_000 + n), Year: 2025, Member: sample(n)[person.RelationCode],
						Name: "Proef de Ander", Total: 10_000 + n, Balance: 1234, Status: "Debet",
					}
					if err := w.sim.Add(l); err != nil {
						t.Fatal(err)
					}
					return record.ExternalID(l.Member)
				},
				Edit: func(t *testing.T, id record.ExternalID, _ record.Fields) {
					t.Helper()
					for _, l := range w.sim.Lines() {
						if l.Member == string(id) {
							if err := w.sim.Edit(l.Key, func(l *nikkisim.Line) { l.Balance = 4200 }); err != nil {
								t.Fatal(err)
							}
						}
					}
				},
				Reopen: func(t *testing.T) connector.Connector {
					t.Helper()
					w.reopen()
					return w.Connector
				},
				Disturb: w.disturb,
			}
		},
	})
}

func sample(n int) record.Fields {
	return record.Fields{
		person.RelationCode: fmt.Sprintf("ZZZ%02dZ", n), "total_2025": fmt.Sprint(10_000 + n), "balance_2025": "1234", "status_2025": "debit",
		"total_2024": "", "balance_2024": "", "status_2024": "",
	}
}

func (w *world) disturb(t *testing.T, _ connectortest.Op, trouble connectortest.Trouble) func() {
	t.Helper()
	w.must("before the trouble")
	match := simkit.Match{Path: "/leden"}
	do, ok := map[connectortest.Trouble]simkit.Do{
		connectortest.Throttled: {Kind: "status", Status: 429, Headers: map[string]string{"Retry-After": fmt.Sprint(connectortest.ThrottledFor)}},
		connectortest.Broken:    {Kind: "status", Status: 503},
		connectortest.Dropped:   {Kind: "drop"},
		// Another form of page.
		connectortest.Unexpected: {Kind: "named", Name: "renamed-column"},
	}[trouble]
	if trouble == connectortest.Denied {
		w.sim.Expire()
		match, do, ok = simkit.Match{Path: "/login"}, simkit.Do{Kind: simkit.FaultNamed, Name: "wrong-password"}, true
	}
	if !ok {
		return nil
	}
	if _, err := w.sim.Inject(simkit.Fault{Match: match, Do: do}); err != nil {
		t.Fatal(err)
	}
	return w.sim.ClearFaults
}
