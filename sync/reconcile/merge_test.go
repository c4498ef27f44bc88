package reconcile_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// none stands for a field that is absent.
const none = "\x00absent"

func only(v string) record.Fields {
	if v == none {
		return record.Fields{}
	}
	return record.Fields{field: v}
}

func get(f record.Fields) string {
	if v, ok := f[field]; ok {
		return v
	}
	return none
}

// side is a side with its agreed values; none: it has never met.
func side(s record.System, remote, ours, theirs string) reconcile.Side {
	all := []record.Field{field}
	return reconcile.Side{
		System: s, Reads: all, Writes: all, Remote: only(remote), BaseLocal: only(ours), BaseRemote: only(theirs),
	}
}

func hubOf(v string, from record.System) reconcile.Hub {
	hub := reconcile.Hub{Fields: only(v), From: map[record.Field]record.System{}}
	if v != none {
		hub.From[field] = from
	}
	return hub
}

// TestTruthTable is the table of the house, line by line: one side, which may
// decide or may not.
func TestTruthTable(t *testing.T) {
	t.Parallel()
	may, mayNot := policy.Shared(sideA, sideB), policy.Owned(sideA)
	for _, c := range []struct {
		name                 string
		rule                 policy.Rule
		hub                  string
		remote, ours, theirs string
		wantHub, wantSet     string
		agreed               bool
		conflict             reconcile.Why
	}{
		{"equal, nothing changed", may, "a", "a", "a", "a", "a", none, false, ""},
		{"equal, both changed alike", may, "b", "b", "a", "a", "b", none, true, ""},
		{"equal, both changed alike, may not", mayNot, "b", "b", "a", "a", "b", none, true, ""},
		{"equal, never met", may, "a", "a", none, none, "a", none, true, ""},
		{"equal and empty, never met", may, "", "", none, none, "", none, true, ""},
		{"it stores ours its own way", may, "06", "+316", "06", "+316", "06", none, false, ""},
		{"it stores ours its own way, may not", mayNot, "06", "+316", "06", "+316", "06", none, false, ""},
		{"far changed", may, "a", "b", "a", "a", "b", none, true, ""},
		{"far changed, may not", mayNot, "a", "b", "a", "a", "a", "a", false, reconcile.NotTheirs},
		{"far emptied", may, "a", "", "a", "a", "", none, true, ""},
		{"far emptied, may not", mayNot, "a", "", "a", "a", "a", "a", false, reconcile.NotTheirs},
		{"far emptied, kept when empty", may.KeepWhenEmpty(), "a", "", "a", "a", "a", "a", false, ""},
		{"hub changed", may, "b", "a", "a", "a", "b", "b", false, ""},
		{"hub changed, may not", mayNot, "b", "a", "a", "a", "b", "b", false, ""},
		{"hub emptied", may, "", "a", "a", "a", "", "", false, ""},
		{"hub changed, it had stored ours its own way", may, "b", "a~", "a", "a~", "b", "b", false, ""},
		{"both changed", may, "b", "c", "a", "a", "b", "b", false, reconcile.ByOrder},
		{"both changed, may not", mayNot, "b", "c", "a", "a", "b", "b", false, reconcile.NotTheirs},
		{"both changed, a person is asked", may.AskAPerson(), "b", "c", "a", "a", "b", none, false, reconcile.Asked},
		{"never met, far empty", may, "a", "", none, none, "a", "a", false, ""},
		{"never met, far empty, may not", mayNot, "a", "", none, none, "a", "a", false, ""},
		{"never met, hub empty", may, "", "b", none, none, "b", none, true, ""},
		{"never met, hub empty, may not", mayNot, "", "b", none, none, "", none, false, ""},
		{"never met, hub unknown", may, none, "b", none, none, "b", none, true, ""},
		{"never met, hub unknown, may not", mayNot, none, "b", none, none, none, none, true, ""},
		{"far changed, hub unknown, may not", mayNot, none, "b", "", "a", none, none, true, reconcile.NotTheirs},
		{"never met, both have a value", may, "a", "b", none, none, "a", "a", false, ""},
		{"never met, both have a value, may not", mayNot, "a", "b", none, none, "a", "a", false, ""},
		{"far absent: unknown, takes no part", may, "a", none, "a", "a", "a", none, false, ""},
		{"far absent, hub changed", may, "b", none, "a", "a", "b", "b", false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rules := map[record.Field]policy.Rule{field: c.rule}
			res := reconcile.Merge(rules, hubOf(c.hub, sideA), []reconcile.Side{side(sideB, c.remote, c.ours, c.theirs)})
			if got := get(res.Hub.Fields); got != c.wantHub {
				t.Errorf("hub %q, want %q", got, c.wantHub)
			}
			if changed := len(res.Changed) > 0; changed != (c.hub != c.wantHub) {
				t.Errorf("hub changed %v", changed)
			}
			if got := get(res.Sides[0].Set); got != c.wantSet {
				t.Errorf("set %q, want %q", got, c.wantSet)
			}
			if got := get(res.Sides[0].BaseLocal) != none; got != c.agreed {
				t.Errorf("agreed %v, want %v", got, c.agreed)
			}
			var why reconcile.Why
			if len(res.Conflicts) > 0 {
				why = res.Conflicts[0].Why
			}
			if why != c.conflict || len(res.Conflicts) > 1 {
				t.Errorf("conflicts %+v, want %q", res.Conflicts, c.conflict)
			}
			// Write decides the same of the hub as it is then.
			out := reconcile.Outward(rules, res.Hub, side(sideB, c.remote, c.ours, c.theirs))
			if !maps.Equal(out.Set, res.Sides[0].Set) {
				t.Errorf("outward sets %v, want %v", out.Set, res.Sides[0].Set)
			}
		})
	}
}

// TestSeveralSides decides among more than two, in any order of the sides.
func TestSeveralSides(t *testing.T) {
	t.Parallel()
	consent := policy.Strictest("unsubscribed", "unconfirmed", "active")
	for _, c := range []struct {
		name      string
		rule      policy.Rule
		hub       string
		from      record.System
		sides     []reconcile.Side
		wantHub   string
		wantFrom  record.System
		wantSet   map[record.System]string
		conflicts int
	}{
		{
			"one of three changed", policy.Shared(sideA, sideB), "a", sideA,
			[]reconcile.Side{side(sideA, "a", "a", "a"), side(sideB, "b", "a", "a"), side("c", "a", "a", "a")},
			"b", sideB,
			map[record.System]string{sideA: "b", "c": "b"},
			0,
		},
		{
			"two changed it, the earlier wins", policy.Shared(sideB, sideA), "a", sideA,
			[]reconcile.Side{side(sideA, "x", "a", "a"), side(sideB, "y", "a", "a"), side("c", "a", "a", "a")},
			"y", sideB,
			map[record.System]string{sideA: "y", "c": "y"},
			1,
		},
		{
			"two changed it alike", policy.Shared(sideA, sideB), "a", sideA,
			[]reconcile.Side{side(sideA, "x", "a", "a"), side(sideB, "x", "a", "a")},
			"x", sideA,
			map[record.System]string{},
			0,
		},
		{
			"two changed it and a person is asked: nobody is written", policy.Shared(sideA, sideB).AskAPerson(), "a", sideA,
			[]reconcile.Side{side(sideA, "x", "a", "a"), side(sideB, "y", "a", "a"), side("c", "old", "z", "old")},
			"a", sideA,
			map[record.System]string{},
			1,
		},
		{
			"all changed: hub from the first stays", policy.Shared(sideA, sideB), "n", sideA,
			[]reconcile.Side{side(sideB, "y", "a", "a"), side("c", "z", "a", "a")},
			"n", sideA,
			map[record.System]string{sideB: "n", "c": "n"},
			2,
		},
		{
			"hub from the later loses to the earlier", policy.Shared(sideA, sideB), "n", sideB,
			[]reconcile.Side{side(sideA, "x", "a", "a"), side(sideB, "n", "n", "n")},
			"x", sideA,
			map[record.System]string{sideB: "x"},
			1,
		},
		{
			"strangers: a value goes before an empty one", policy.Shared(sideA, sideB), none, "",
			[]reconcile.Side{side(sideA, "", none, none), side(sideB, "b", none, none)},
			"b", sideB,
			map[record.System]string{sideA: "b"},
			0,
		},
		{
			"a stranger's value is kept against a clear, which is reported", policy.Shared(sideA, sideB), "a", sideA,
			[]reconcile.Side{side(sideA, "", "a", "a"), side(sideB, "b", none, none)},
			"b", sideB,
			map[record.System]string{sideA: "b"},
			1,
		},
		{
			"a clear goes to a side that holds what we held", policy.Shared(sideA, sideB), "a", sideA,
			[]reconcile.Side{side(sideA, "", "a", "a"), side(sideB, "a", none, none)},
			"", sideA,
			map[record.System]string{sideB: ""},
			0,
		},
		{
			"the strictest consent wins from any side", consent, "active", sideA,
			[]reconcile.Side{side(sideA, "active", "active", "active"), side(sideB, "unsubscribed", "active", "active")},
			"unsubscribed", sideB,
			map[record.System]string{sideA: "unsubscribed"},
			0,
		},
		{
			"a consent is never loosened", consent, "unsubscribed", sideB,
			[]reconcile.Side{side(sideA, "unsubscribed", "unsubscribed", "unsubscribed"), side(sideB, "active", "unsubscribed", "unsubscribed")},
			"unsubscribed", sideB,
			map[record.System]string{sideB: "unsubscribed"},
			0,
		},
		{
			"who opts in where they decide is in", consent.OptInAt(sideB), "unsubscribed", sideB,
			[]reconcile.Side{side(sideB, "active", "unsubscribed", "unsubscribed")},
			"active", sideB,
			map[record.System]string{},
			0,
		},
		{
			"but not where the opt-out came from elsewhere", consent.OptInAt(sideB), "unsubscribed", sideA,
			[]reconcile.Side{side(sideB, "active", "unsubscribed", "unsubscribed")},
			"unsubscribed", sideA,
			map[record.System]string{sideB: "unsubscribed"},
			0,
		},
		{
			"but not while another side is out", consent.OptInAt(sideB), "unsubscribed", sideB,
			[]reconcile.Side{side(sideA, "unsubscribed", "unsubscribed", "unsubscribed"), side(sideB, "active", "unsubscribed", "unsubscribed")},
			"unsubscribed", sideB,
			map[record.System]string{sideB: "unsubscribed"},
			0,
		},
		{
			"nor where it was never agreed", consent.OptInAt(sideB), "unsubscribed", sideA,
			[]reconcile.Side{side(sideB, "active", none, none)},
			"unsubscribed", sideA,
			map[record.System]string{sideB: "unsubscribed"},
			0,
		},
		{
			"nor when our own has become stricter since", consent.OptInAt(sideB), "unsubscribed", sideA,
			[]reconcile.Side{side(sideB, "active", "unconfirmed", "unconfirmed")},
			"unsubscribed", sideA,
			map[record.System]string{sideB: "unsubscribed"},
			0,
		},
		{
			"nor with what is no consent", consent.OptInAt(sideB), "unsubscribed", sideB,
			[]reconcile.Side{side(sideB, "", "unsubscribed", "unsubscribed")},
			"unsubscribed", sideB,
			map[record.System]string{sideB: "unsubscribed"},
			0,
		},
		{
			"a consent between two", consent, none, "",
			[]reconcile.Side{side(sideA, "active", none, none), side(sideB, "unconfirmed", none, none)},
			"unconfirmed", sideB,
			map[record.System]string{sideA: "unconfirmed"},
			0,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			rules := map[record.Field]policy.Rule{field: c.rule}
			permute(len(c.sides), func(p []int) {
				sides := make([]reconcile.Side, len(p))
				for i, j := range p {
					sides[i] = c.sides[j]
				}
				res := reconcile.Merge(rules, hubOf(c.hub, c.from), sides)
				if got := get(res.Hub.Fields); got != c.wantHub || res.Hub.From[field] != c.wantFrom {
					t.Errorf("%v: hub %q from %s, want %q from %s", p, got, res.Hub.From[field], c.wantHub, c.wantFrom)
				}
				set := map[record.System]string{}
				for i, s := range res.Sides {
					if v, ok := s.Set[field]; ok {
						set[sides[i].System] = v
					}
				}
				if !maps.Equal(set, c.wantSet) {
					t.Errorf("%v: set %v, want %v", p, set, c.wantSet)
				}
				if len(res.Conflicts) != c.conflicts {
					t.Errorf("%v: conflicts %+v, want %d", p, res.Conflicts, c.conflicts)
				}
			})
		})
	}
}

func permute(n int, f func([]int)) {
	p := make([]int, n)
	used := make([]bool, n)
	var next func(int)
	next = func(k int) {
		if k == n {
			f(p)
			return
		}
		for i := range n {
			if !used[i] {
				used[i], p[k] = true, i
				next(k + 1)
				used[i] = false
			}
		}
	}
	next(0)
}

// TestNotRead: a side that is only written is told what it was not told, once.
func TestNotRead(t *testing.T) {
	t.Parallel()
	rules := map[record.Field]policy.Rule{field: policy.Owned(record.Hub)}
	blind := side(sideB, none, "a", "a")
	blind.Reads = nil
	if set := reconcile.Outward(rules, hubOf("a", record.Hub), blind).Set; len(set) > 0 {
		t.Errorf("told again: %v", set)
	}
	if set := reconcile.Outward(rules, hubOf("b", record.Hub), blind).Set; set[field] != "b" {
		t.Errorf("not told: %v", set)
	}
	mute := side(sideB, "x", none, none)
	mute.Writes = nil
	res := reconcile.Merge(rules, hubOf("a", record.Hub), []reconcile.Side{mute})
	if len(res.Sides[0].Set) > 0 || len(res.Conflicts) > 0 {
		t.Errorf("a side that does not carry the field: %+v", res)
	}
	fresh := side(sideB, none, none, none)
	fresh.New = true
	if set := reconcile.Outward(rules, hubOf("", record.Hub), fresh).Set; len(set) > 0 {
		t.Errorf("a new record is told an empty value: %v", set)
	}
}

// TestOwnUnknownWrite: a value that we may have written ourselves is nobody's
// change.
func TestOwnUnknownWrite(t *testing.T) {
	t.Parallel()
	for _, rule := range []policy.Rule{policy.Shared(sideA, sideB), policy.Owned(sideA), policy.Shared(sideA, sideB).AskAPerson()} {
		rules := map[record.Field]policy.Rule{field: rule}
		s := side(sideB, "sent", "a", "a")
		s.Sent = only("sent")
		res := reconcile.Merge(rules, hubOf("b", sideA), []reconcile.Side{s})
		if get(res.Hub.Fields) != "b" || get(res.Sides[0].Set) != "b" || len(res.Conflicts) > 0 {
			t.Errorf("%s: %+v", fmt.Sprint(rule), res)
		}
	}
}
