package derive_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/activity"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// Each time that the block is set or lifted is one activity; how it stood when it was first
// known is none, nor is what it was while somebody was no member.
func TestBlocks(t *testing.T) {
	t.Parallel()
	rule := derive.Blocks()
	with := func(block string) []record.Entity {
		return []record.Entity{member("A1", string(person.FinancialBlock), block)}
	}
	made := func(n, change, awaited string) record.Entity {
		key := "A1/block/" + n
		return record.Entity{Kind: activity.Kind, Key: key, Fields: record.Fields{
			activity.Event: key, activity.Person: "A1", activity.Change: change, activity.Awaited: awaited,
		}}
	}
	set, lifted := made("1", activity.Blocked, "false"), made("2", activity.Unblocked, "false")
	for name, c := range map[string]struct {
		members, before, want []record.Entity
	}{
		"none at first":   {with("false"), nil, []record.Entity{made("1", activity.Blocked, "true")}},
		"one at first":    {with("true"), nil, []record.Entity{made("1", activity.Unblocked, "true")}},
		"as it was":       {with("false"), []record.Entity{made("1", activity.Blocked, "true")}, []record.Entity{made("1", activity.Blocked, "true")}},
		"set":             {with("true"), []record.Entity{made("1", activity.Blocked, "true")}, []record.Entity{set, made("2", activity.Unblocked, "true")}},
		"set still":       {with("true"), []record.Entity{set, made("2", activity.Unblocked, "true")}, []record.Entity{set, made("2", activity.Unblocked, "true")}},
		"lifted":          {with("false"), []record.Entity{set, made("2", activity.Unblocked, "true")}, []record.Entity{set, lifted, made("3", activity.Blocked, "true")}},
		"who has left":    {nil, []record.Entity{set, made("2", activity.Unblocked, "true")}, []record.Entity{set}},
		"who is back":     {with("false"), []record.Entity{set}, []record.Entity{set, made("2", activity.Blocked, "true")}},
		"nothing known":   {nil, nil, nil},
		"back, as it was": {with("true"), []record.Entity{set}, []record.Entity{set, made("2", activity.Unblocked, "true")}},
	} {
		got := rule.Make(derive.Group{Key: "A1", Members: c.members, Before: c.before}).Entities
		if !slices.EqualFunc(got, c.want, func(g derive.Entity, w record.Entity) bool { return g.Key == w.Key && maps.Equal(g.Fields, w.Fields) }) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	gone := with("true")[0]
	gone.Deleted = record.Absent
	parent := record.Entity{Kind: person.Kind, Key: "parent/x", Fields: record.Fields{person.FinancialBlock: "true"}}
	for _, e := range []record.Entity{gone, parent, with("")[0], member("A1")} {
		if got := rule.Groups(e); got != nil {
			t.Errorf("%+v is in %v", e, got)
		}
	}
	if got := rule.Groups(with("true")[0]); !slices.Equal(got, []string{"A1"}) {
		t.Errorf("a member is in %v", got)
	}
}
