package club_test

import (
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/contribution"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// B31, 3.4.1: who has no line at Nikki any more, seen twice, has no figures any more; a line
// that cannot be read, and a list with nothing in it, take nothing away.
func TestB31ContributionThatVanishes(t *testing.T) {
	t.Parallel()
	w := setup(t)
	w.nikki = memory.New("nikki", memory.Place{
		Name: "contributions", Kind: contribution.Kind, Reads: append(contribution.Fields(), person.RelationCode), Key: contribution.KeyFields, ReadOnly: true,
	})
	w.start()
	owes := func(code string) {
		w.nikki.Put("contributions", record.ExternalID(code), record.Fields{
			person.RelationCode: code, "total_2025": "12550", "balance_2025": "12550", "status_2025": "open",
		})
	}
	for _, code := range []string{"M1", "M2", "M3", "M4", "M5", "M6", "M7"} {
		w.member(code)
		owes(code)
	}
	w.cycle("people")
	w.approvals = nil
	if w.cycle("nikki"); len(w.approvals) > 0 {
		t.Errorf("the first figures, where none stand yet, ask for %v", w.approvals)
	}
	figures := func(when string, want map[string]any) {
		t.Helper()
		for code, balance := range want {
			if got := w.site().fields[code]["_nikki_2025_saldo"]; got != balance {
				t.Errorf("%s: %s owes %v, want %v", when, code, got, balance)
			}
		}
	}
	figures("at first", map[string]any{"M1": 125.5, "M2": 125.5, "M3": 125.5})
	w.nikki.Break("contributions", "M2", "no amount")
	w.nikki.Drop("contributions", "M3", "")
	w.cycle("nikki")
	figures("once is not enough", map[string]any{"M1": 125.5, "M2": 125.5, "M3": 125.5})
	w.pass(25 * time.Hour)
	w.cycle("nikki")
	figures("seen twice", map[string]any{"M1": 125.5, "M2": 125.5, "M3": nil})
	w.nikki.Uncertified = true
	w.nikki.Drop("contributions", "M1", "")
	for range 3 {
		if _, err := w.run("nikki"); err != nil {
			t.Logf("the run ended with %v", err)
		}
		w.pass(25 * time.Hour)
	}
	figures("of a list without its end", map[string]any{"M1": 125.5, "M2": 125.5})
}
