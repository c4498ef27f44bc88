package reconcile

import (
	"maps"
	"testing"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// TestLater: what waits while what we know is old.
func TestLater(t *testing.T) {
	t.Parallel()
	const name, left, state record.Field = "name", "left", "state"
	p := &policy.Policy{
		Ends: []record.Field{left},
		Fields: map[record.Field]policy.Rule{
			name: policy.Owned("a"), left: policy.Owned("a"), state: policy.Strictest("bounced", "out", "in"),
		},
	}
	for _, test := range []struct {
		what    string
		deleted record.Reason
		there   record.Fields
		set     record.Fields
		later   record.Fields
	}{
		{"an update", "", nil, record.Fields{name: "x"}, nil},
		{"an opt-in", "", record.Fields{state: "out"}, record.Fields{name: "x", state: "in"}, record.Fields{state: "in"}},
		{"an opt-in over nothing", "", record.Fields{state: ""}, record.Fields{state: "in"}, record.Fields{state: "in"}},
		{"an opt-out", "", record.Fields{state: "in"}, record.Fields{state: "out"}, nil},
		{"an opt-out over what was not seen", "", nil, record.Fields{state: "out"}, record.Fields{state: "out"}},
		{"the strictest over what was not seen", "", nil, record.Fields{state: "bounced"}, nil},
		{"no consent at all", "", record.Fields{state: "out"}, record.Fields{state: ""}, record.Fields{state: ""}},
		{"an end", "", nil, record.Fields{left: "2026-01-01"}, record.Fields{left: "2026-01-01"}},
		{"the end of an end", "", record.Fields{left: "2026-01-01"}, record.Fields{left: ""}, nil},
		{
			"somebody who has left", record.Removed,
			record.Fields{state: "in"},
			record.Fields{name: "", state: "out"},
			record.Fields{name: ""},
		},
	} {
		now, later := Later(p, Entity{Deleted: test.deleted}, Record{Side: Side{Remote: test.there}}, test.set)
		if !maps.Equal(later, test.later) {
			t.Errorf("%s: %v waits, want %v", test.what, later, test.later)
		}
		if all := now.Over(later); !maps.Equal(all, test.set) {
			t.Errorf("%s: %v is left of %v", test.what, now, test.set)
		}
	}
}
