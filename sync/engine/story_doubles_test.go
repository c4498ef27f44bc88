package engine_test

import (
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// A record shares with another one there what only one may have, so that the system
// takes a change of neither: a person is told once which the two are, whether it is
// called a refusal or is only waited for, and with the next change that is taken it is
// over.
func TestStoryRecordsThereShareAValue(t *testing.T) {
	for _, class := range []connector.Class{connector.Waiting, connector.Rejected} {
		t.Run(class.String(), func(t *testing.T) {
			sharing := func(p *memory.Place, _ *policy.Policy) {
				p.RefuseUpdate = func(set record.Fields) error {
					if set[fName] != "While shared" {
						return nil
					}
					return &connector.Error{
						Class: class, System: "target", Op: "update", Why: "shared", Field: fMail, Unsent: true,
						Doubles: []record.ExternalID{"4711", "4712"},
					}
				}
			}
			story(t, two(sharing),
				put("source", "members", "A", member("A", "a@example.org")), synced(),
				put("source", "members", "A", record.Fields{fName: "While shared"}), synced(), later(25*time.Hour), synced(),
				rowsWhere(1, openDups+` and field = 'mail' and system = 'target' and remote_value = '4711, 4712' and won_by = ''`),
				rowsWhere(1, `conflict`), later(25*time.Hour), synced(), rowsWhere(1, `conflict`),
				put("source", "members", "A", record.Fields{fName: "Merged"}), synced(), later(25*time.Hour), synced(),
				want("target", "people", record.Fields{fCode: "A", fName: "Merged"}),
				rowsWhere(0, openDups), rowsWhere(1, `conflict`), quiet(),
			)
		})
	}
}
