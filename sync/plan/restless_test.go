package plan_test

import (
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/plan"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
)

// TestRestless: a field that went to and fro stays as it is, whoever changes it but
// the system that it is from; the others go on.
func TestRestless(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		turns   int
		ago     time.Duration
		listing int32 // 1: of the source, 2: of the target
		rule    policy.Rule
		flaps   bool
	}{
		{"not yet", reconcile.MaxTurns - 1, time.Hour, 2, policy.Shared("source", "target"), false},
		{"once too often", reconcile.MaxTurns, time.Hour, 2, policy.Shared("source", "target"), true},
		{"by the system that it is from", reconcile.MaxTurns, time.Hour, 1, policy.Shared("source", "target"), false},
		{"a day later", reconcile.MaxTurns, reconcile.TurnsWithin, 2, policy.Shared("source", "target"), false},
		{"changed where it may not be", reconcile.MaxTurns, time.Hour, 2, policy.Owned("source"), false},
		{"a consent", reconcile.MaxTurns, time.Hour, 2, policy.Strictest("two@x", "one@x"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := page()
			p.Fields[fMail] = c.rule
			w := newWorld(p)
			e := w.pair(1, "A", person("A", "one@x"))
			e.From[fMail] = plan.Origin{System: "source", At: w.in.Now, Turns: c.turns, Turning: w.in.Now.Add(-c.ago)}
			id := map[int32]string{1: "s1", 2: "t1"}[c.listing]
			w.shows(c.listing, id, person("A", "two@x"))
			got := w.build(t)
			flaps := 0
			for _, x := range got.Conflicts {
				if x.Why == reconcile.Flapping && x.Field == fMail && x.WonBy == "" && x.Hub == "one@x" && x.Remote == "two@x" {
					flaps++
				}
			}
			if (flaps == 1) != c.flaps {
				t.Errorf("conflicts %v, want flapping %v", got.Conflicts, c.flaps)
			}
			if c.flaps {
				want(t, got)
			} else if len(got.Rows) == 0 {
				t.Error("nothing goes on")
			}
		})
	}
}
