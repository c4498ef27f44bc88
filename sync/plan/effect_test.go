package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/plan"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// TestEffectOfAPart: where nothing of a part stands at a record, telling it makes the part:
// the first ones pass as the first records of a place do, later ones count as made beside
// those that there are. Where something stands, or nobody knows whether, it counts as what
// becomes of that.
func TestEffectOfAPart(t *testing.T) {
	t.Parallel()
	const many = 13
	wants := func(mail string) record.Fields { return record.Fields{fName: "Anna", fMail: mail} }
	for _, c := range []struct {
		name   string
		holds  func(w *world, i int, card *plan.Entity)
		effect reconcile.Effect
		had    int64 // managed parts there
		asks   reconcile.Reason
	}{
		{"nothing stands there", func(*world, int, *plan.Entity) {}, reconcile.Created, 0, ""},
		{"a few have it", func(*world, int, *plan.Entity) {}, reconcile.Created, 1, reconcile.TooManyCreated},
		{"many have it", func(*world, int, *plan.Entity) {}, reconcile.Created, 100, ""},
		{"others have made the record, and nobody has read the part", func(w *world, i int, _ *plan.Entity) {
			w.records[2*i+1].CreatedBy = record.ByThem
		}, reconcile.Overwritten, many, reconcile.TooManyOverwritten},
		{"we have told it before", func(w *world, i int, card *plan.Entity) {
			r := w.held(card, "target", "people", fmt.Sprintf("t%d", i+1))
			for _, all := range []record.Fields{r.Remote, r.BaseLocal, r.BaseRemote} {
				all[fMail] = "before@example.org"
			}
		}, reconcile.Changed, many, reconcile.TooManyChanged},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(page(), &policy.Policy{
				Kind: kCard, Key: func(f record.Fields) string { return strings.ToUpper(f[fKey]) }, KeyFields: []record.Field{fKey},
				Sources: []record.System{"cards"}, Targets: []policy.Target{policy.TargetAt("target", "people")},
				Fields: map[record.Field]policy.Rule{fName: policy.Owned("cards"), fMail: policy.Owned("cards")},
			})
			part := []record.Field{fName, fMail}
			at := w.in.Systems["target"]
			at[0].Reads, at[0].Writes = []record.Field{fKey, fFormer}, []record.Field{fKey, fFormer}
			w.in.Systems["target"] = append(at, connector.Collection{Kind: kCard, Place: "people", Part: true, Reads: part, Writes: part})
			var cards []*plan.Entity
			for i := range many {
				w.pair(i+1, fmt.Sprintf("K%d", i), record.Fields{fKey: fmt.Sprintf("K%d", i)})
			}
			for i := range many {
				card := w.entity(100+i, fmt.Sprintf("K%d", i), wants(fmt.Sprintf("k%d@example.org", i)))
				card.Kind, card.PlannedVersion = kCard, 0
				for f := range card.From {
					card.From[f] = plan.Origin{System: "cards"}
				}
				cards = append(cards, card)
			}
			for i, card := range cards {
				c.holds(w, i, card)
			}
			tallies := w.build(t).Sum().Tallies
			if len(tallies) != 1 || tallies[0].Effect != c.effect || tallies[0].N != many || tallies[0].Kind != kCard {
				t.Fatalf("tallies %+v, want %d %s", tallies, many, c.effect)
			}
			tallies[0].Had = c.had
			var asks reconcile.Reason
			for _, b := range reconcile.Judge(reconcile.DefaultLimits(), nil, tallies, nil) {
				asks = b.Reason
			}
			if asks != c.asks {
				t.Errorf("a person is asked for %q, want %q", asks, c.asks)
			}
		})
	}
}
