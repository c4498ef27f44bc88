package plan_test

import (
	"fmt"
	"testing"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/plan"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// TestLargeGroup: a group of 1,000 is made, one of 1,001 is left as it is, by
// name, and nothing else is.
func TestLargeGroup(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		stored, come int
		known        bool
		refused      bool
	}{
		{0, plan.GroupMost, false, false},
		{0, plan.GroupMost + 1, false, true},
		{plan.GroupMost - 1, 1, false, false},
		{plan.GroupMost, 1, false, true},
		{plan.GroupMost + 1, 1, false, true},
		{0, 2, true, true}, // others of the group are decided elsewhere
	} {
		t.Run(fmt.Sprint(c.stored, " and ", c.come), func(t *testing.T) {
			t.Parallel()
			w := newWorld(page(), &policy.Policy{
				Kind: kCard, Key: func(f record.Fields) string { return f[fKey] }, Sources: []record.System{record.Hub},
				Fields: map[record.Field]policy.Rule{fName: policy.Owned(record.Hub)},
			})
			w.in.Rules = []derive.Rule{cards()}
			for i := range c.stored {
				w.groups[w.pair(i+1, fmt.Sprint("A", i), person(fmt.Sprint("A", i), "club@x")).ID] = []string{"club@x"}
			}
			for i := range c.come {
				w.shows(1, fmt.Sprint("new", i), person(fmt.Sprint("B", i), "club@x"))
			}
			w.shows(1, "other", person("C", "own@x"))
			large := plan.GroupName{Rule: "cards", Key: "club@x"}
			if c.known {
				w.in.TooLarge = map[plan.GroupName]bool{large: true}
			}
			changes := w.build(t)
			cards := map[string]bool{}
			persons := 0
			for _, e := range changes.Entities {
				if e.Kind == kCard {
					cards[e.Key] = true
				} else {
					persons++
				}
			}
			if cards["club@x"] == c.refused || !cards["own@x"] || persons != c.come+1 {
				t.Errorf("%v made, and %d persons", cards, persons)
			}
			if got := len(changes.Refused) == 1 && changes.Refused[0] == large; got != c.refused || len(changes.Refused) > 1 {
				t.Errorf("refused %v", changes.Refused)
			}
		})
	}
}
