package reconcile_test

import (
	"testing"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// TestRowByRow: of a set of rows only ours are told and put back; rows of others are
// neither in the way nor an edit of ours.
func TestRowByRow(t *testing.T) {
	t.Parallel()
	row, set := record.NewRow, func(rows ...string) string { return record.SetValue(rows) }
	lid, ended, theirs, other := row("bar", "lid", "current"), row("bar", "lid", "ended"), row("bar", "tap", "current"), row("hal", "lid", "current")
	rules := map[record.Field]policy.Rule{field: policy.Owned(record.Hub).RowByRow(2)}
	for _, c := range []struct {
		name                      string
		hub, remote, ours, before string
		set, local                string
		conflict                  bool
	}{
		{"never met, beside theirs", lid, theirs, none, none, lid, none, false},
		{"never met, theirs is the same", lid, set(lid, theirs), none, none, none, lid, false},
		{"never met, theirs is the same and ended", lid, set(ended, theirs), none, none, lid, none, false},
		{"nothing changed", lid, set(lid, theirs), lid, set(lid, theirs), none, none, false},
		{"they add one", lid, set(lid, theirs), lid, lid, none, lid, false},
		{"they take ours away", lid, theirs, lid, set(lid, theirs), lid, none, true},
		{"they change ours", lid, ended, lid, lid, lid, none, true},
		{"ours ended", ended, set(lid, theirs), lid, set(lid, theirs), ended, none, false},
		{"ours ended while they added one", ended, set(lid, theirs), lid, lid, ended, none, false},
		{"another of ours", set(lid, other), set(lid, theirs), lid, set(lid, theirs), set(lid, other), none, false},
		{"ours is gone, theirs stays", "", set(lid, theirs), lid, set(lid, theirs), "", none, false},
		{"it cannot be read", lid, none, lid, lid, none, none, false},
	} {
		s := side(sideB, c.remote, c.ours, c.before)
		res := reconcile.Merge(rules, hubOf(c.hub, record.Hub), []reconcile.Side{s})
		if got := get(res.Sides[0].Set); got != c.set {
			t.Errorf("%s: told %q, want %q", c.name, got, c.set)
		}
		if got := get(res.Sides[0].BaseLocal); got != c.local {
			t.Errorf("%s: agreed on %q, want %q", c.name, got, c.local)
		}
		if (len(res.Conflicts) > 0) != c.conflict {
			t.Errorf("%s: conflicts %v", c.name, res.Conflicts)
		}
	}
}
