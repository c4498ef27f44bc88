package reconcile_test

import (
	"maps"
	"testing"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// What Plan says after a merge, and what Write says of the record as it is stored
// then, is the same, whatever stands on either side and whatever is held.
func TestPlanAndWriteAgree(t *testing.T) {
	t.Parallel()
	const mail, name, consent record.Field = "mail", "name", "consent"
	all := []record.Field{consent, mail, name}
	p := &policy.Policy{
		Fields: map[record.Field]policy.Rule{
			mail: policy.Shared("a", "b"), name: policy.Owned("a"), consent: policy.Strictest("out", "in").For(mail),
		},
		Groups: [][]record.Field{{mail, name}},
	}
	values := map[record.Field][]string{mail: {"-", "", "x", "y"}, name: {"-", "", "x"}, consent: {"-", "out", "in"}}
	some := func(n *int) record.Fields {
		out := record.Fields{}
		for _, f := range all {
			v := values[f][*n%len(values[f])]
			*n /= len(values[f])
			if v != "-" {
				out[f] = v
			}
		}
		return out
	}
	for seed := range 20000 {
		n := seed * 7919
		hub := reconcile.Hub{Fields: some(&n), From: map[record.Field]record.System{mail: "b", name: "a", consent: "a"}}
		source := reconcile.Side{System: "a", Reads: all, Remote: some(&n), Groups: p.Groups}
		n = seed*104729 + 13
		side := reconcile.Side{System: "b", Reads: all, Writes: all, Remote: some(&n), Groups: p.Groups}
		side.BaseLocal = some(&n)
		side.BaseRemote = side.BaseLocal.Clone()
		source.BaseLocal, source.BaseRemote = hub.Fields.Clone(), hub.Fields.Clone()
		held := reconcile.Held{}.Hold(mail, "y", "refused")

		res := reconcile.Merge(p.Fields, hub, []reconcile.Side{source, side})
		stored := side
		stored.BaseLocal, stored.BaseRemote = side.BaseLocal.Over(res.Sides[1].BaseLocal), side.BaseRemote.Over(res.Sides[1].BaseRemote)
		ent := reconcile.Entity{Hub: res.Hub}
		free, _ := reconcile.Desired(p, ent, reconcile.Record{Side: stored})
		if !maps.Equal(free, res.Sides[1].Set) {
			t.Fatalf("seed %d: a merge says %v, Desired says %v", seed, res.Sides[1].Set, free)
		}
		stored.Unplanned = true // an edit that no plan has seen may stand beside it
		set, _ := reconcile.Desired(p, ent, reconcile.Record{Side: stored, Held: held})
		if v, ok := set[mail]; ok && v == "y" {
			t.Fatalf("seed %d: a held value is told", seed)
		}
		if v, ok := set[consent]; ok && free[mail] == "y" && v != "out" {
			t.Fatalf("seed %d: a looser consent goes without its address", seed)
		}
		for f, v := range set {
			if free[f] != v {
				t.Fatalf("seed %d: %s is told only while something is held", seed, f)
			}
		}
	}
}
