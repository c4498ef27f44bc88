package reconcile_test

import (
	"testing"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// What a system assigns is that of the record that is bound now, also where nothing was
// agreed with that one yet. Any other field of it is not taken, nor is one that is empty.
func TestAssigned(t *testing.T) {
	t.Parallel()
	const desk = record.System("desk")
	rules := map[record.Field]policy.Rule{field: policy.Owned(desk)}
	for name, c := range map[string]struct {
		remote  string
		assigns bool
		want    string
	}{
		"another number":  {"7", true, "7"},
		"the same number": {"4", true, "4"},
		"no number":       {"", true, "4"},
		"not shown":       {none, true, "4"},
		"another field":   {"7", false, "4"},
	} {
		s := side(desk, c.remote, none, none)
		if c.assigns {
			s.Assigns = []record.Field{field}
		}
		got := reconcile.Merge(rules, hubOf("4", desk), []reconcile.Side{s})
		if get(got.Hub.Fields) != c.want || len(got.Conflicts) != 0 {
			t.Errorf("%s: hub has %q, %d conflicts", name, get(got.Hub.Fields), len(got.Conflicts))
		}
	}
}
