package engine_test

import (
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// A connector that panics while it is read ends the run as Drifted: the process
// goes on, nothing is taken for absent, and the next run makes up for it.
func TestConnectorBreaksDownWhileRead(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"list", "get", "check"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			r, source, target := pair(t)
			ids := fill(source, 20)
			if at != "check" { // the account is asked for once
				r.MustSync()
			}
			if at == "get" {
				r.Pipeline.Reads[0].Select = step.Notified
				names := store.NotifyParams{System: "source", Kind: string(kPerson), Ids: []string{string(ids[0])}, Now: r.Clock()}
				if err := r.Store.Notify(t.Context(), names); err != nil {
					t.Fatal(err)
				}
			}
			source.Put("members", ids[0], record.Fields{fMail: "new@example.org"})
			broke := false
			source.Fail = func(_, op string) error {
				if op == at && !broke {
					broke = true
					panic("a value that must not be told")
				}
				return nil
			}
			_, err := r.Sync()
			if connector.ClassOf(err) != connector.Drifted || strings.Contains(err.Error(), "must not") {
				t.Fatalf("the run ended with %v, want Drifted", err)
			}
			r.MustSync()
			equal(t, source, target)
			r.WantQuiet(source, target)
		})
	}
}
