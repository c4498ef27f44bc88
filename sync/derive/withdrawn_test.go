package derive_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/discipline"
	"github.com/touchline-sync/touchline/sync/record/task"
)

// B7: a case that goes is one task, of whom it was about last; one that comes back and goes
// again is another.
func TestB7Withdrawn(t *testing.T) {
	t.Parallel()
	rule := derive.Withdrawn()
	about := func(who string) []record.Entity {
		return []record.Entity{{Kind: discipline.Kind, Key: "D-1", Fields: record.Fields{discipline.Dossier: "D-1", discipline.Person: who}}}
	}
	made := func(n, who, awaited string) record.Entity {
		key := "D-1/withdrawn/" + n
		return record.Entity{Kind: task.Kind, Key: key, Fields: record.Fields{
			task.Event: key, task.Person: who, task.Why: task.Withdrawn, task.Awaited: awaited,
		}}
	}
	stranger := record.KeySet([]string{"X9"}, nil)
	for name, c := range map[string]struct {
		members, before, want []record.Entity
	}{
		"a case":             {about("A1"), nil, []record.Entity{made("1", "A1", "true")}},
		"of nobody":          {about(""), nil, nil},
		"of a stranger":      {about(stranger), nil, nil},
		"of another by now":  {about("B2"), []record.Entity{made("1", "A1", "true")}, []record.Entity{made("1", "B2", "true")}},
		"of nobody any more": {about(""), []record.Entity{made("1", "A1", "true")}, nil},
		"gone":               {nil, []record.Entity{made("1", "A1", "true")}, []record.Entity{made("1", "A1", "false")}},
		"gone before":        {nil, []record.Entity{made("1", "A1", "false")}, []record.Entity{made("1", "A1", "false")}},
		"back":               {about("A1"), []record.Entity{made("1", "A1", "false")}, []record.Entity{made("1", "A1", "false"), made("2", "A1", "true")}},
		"gone again":         {nil, []record.Entity{made("1", "A1", "false"), made("2", "A1", "true")}, []record.Entity{made("1", "A1", "false"), made("2", "A1", "false")}},
	} {
		got := rule.Make(derive.Group{Key: "D-1", Members: c.members, Before: c.before}).Entities
		if !slices.EqualFunc(got, c.want, func(g derive.Entity, w record.Entity) bool { return g.Key == w.Key && maps.Equal(g.Fields, w.Fields) }) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	gone := about("A1")[0]
	if got := rule.Groups(gone); !slices.Equal(got, []string{"D-1"}) {
		t.Errorf("a case is in %v", got)
	}
	if gone.Deleted = record.Absent; rule.Groups(gone) != nil {
		t.Error("a case that is gone makes a task again")
	}
}
