package policy_test

import (
	"testing"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/discipline"
	"github.com/touchline-sync/touchline/sync/record/task"
)

// A case is held where it says of whom and when it was; a task once what it is about has
// happened.
func TestPlacesOfCasesAndTasks(t *testing.T) {
	t.Parallel()
	whole := record.Fields{discipline.Dossier: "D-000001", discipline.Person: "AAAA11A", discipline.MatchDate: "2025-10-04"}
	for what, c := range map[string]struct {
		page  *policy.Policy
		of    record.Fields
		place string
	}{
		"a case":                  {policy.ClubDiscipline(), whole, "discipline-cases"},
		"a case of nobody":        {policy.ClubDiscipline(), whole.Over(record.Fields{discipline.Person: ""}), ""},
		"a case of a stranger":    {policy.ClubDiscipline(), whole.Over(record.Fields{discipline.Person: record.KeySet([]string{"9"}, nil)}), ""},
		"a case without a day":    {policy.ClubDiscipline(), whole.Over(record.Fields{discipline.MatchDate: ""}), ""},
		"a task":                  {policy.ClubTask(), record.Fields{task.Event: "x"}, "todos"},
		"a task of what happened": {policy.ClubTask(), record.Fields{task.Event: "x", task.Awaited: "false"}, "todos"},
		"a task of what may":      {policy.ClubTask(), record.Fields{task.Event: "x", task.Awaited: "true"}, ""},
	} {
		place, why := c.page.Targets[0].Place(c.of)
		if place != c.place || (why == "") != (place != "") {
			t.Errorf("%s is held at %q: %q", what, place, why)
		}
	}
}
