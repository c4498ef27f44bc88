package plan_test

import (
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/plan"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// TestARuleOfTwoKinds: a group has entities of both, whichever of them changes, and also
// where the two have one key; it is made once, when the last of them is decided.
func TestARuleOfTwoKinds(t *testing.T) {
	t.Parallel()
	const kTeam record.Kind = "test.team"
	renamed := person("A", "club@x")
	renamed[fName] = "Name A renamed"
	for name, change := range map[string]func(w *world, team *plan.Entity){
		"a person": func(w *world, _ *plan.Entity) { w.shows(1, "s1", renamed) },
		"a team":   func(_ *world, team *plan.Entity) { team.Version++ },
		"both": func(w *world, team *plan.Entity) {
			w.shows(1, "s1", renamed)
			team.Version++
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ours := func(k record.Kind) *policy.Policy {
				return &policy.Policy{
					Kind: k, Key: func(f record.Fields) string { return f[fKey] }, Sources: []record.System{record.Hub},
					Fields: map[record.Field]policy.Rule{fName: policy.Owned(record.Hub), fMail: policy.Owned(record.Hub)},
				}
			}
			w := newWorld(page(), ours(kTeam), ours(kCard))
			rule, made := cards(), 0
			rule.From = []record.Kind{kTeam, kPerson}
			rule.Make = func(g derive.Group) derive.Made {
				made++
				var names []string
				for _, m := range g.Members {
					names = append(names, string(m.Kind)+" "+m.Key)
				}
				return derive.Made{Entities: []derive.Entity{{Kind: kCard, Key: g.Key, Fields: record.Fields{fName: strings.Join(names, ", ")}}}}
			}
			w.in.Rules = []derive.Rule{rule}
			w.pair(1, "A", person("A", "club@x"))
			team := w.entity(2, "A", record.Fields{fMail: "club@x"})
			team.Kind = kTeam
			w.groups[1], w.groups[2] = []string{"club@x"}, []string{"club@x"}
			change(w, team)
			out := w.build(t)
			got := ""
			for _, e := range out.Entities {
				if e.Kind == kCard {
					got += e.Key + ": " + e.Fields[fName]
				}
			}
			if got != "club@x: test.person A, test.team A" {
				t.Errorf("made %q", got)
			}
			if made > w.rounds {
				t.Errorf("made %d times in %d rounds", made, w.rounds)
			}
		})
	}
}
