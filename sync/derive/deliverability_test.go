package derive_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
	"github.com/touchline-sync/touchline/sync/record/task"
)

// Several entries of a person are one event, which is over when none of them says so any
// more; then the same is another one. What was made stays.
func TestDeliverability(t *testing.T) {
	t.Parallel()
	rule := derive.Deliverability()
	entry := func(key, state, on string) record.Entity {
		return record.Entity{Kind: subscriber.Kind, Key: key, Fields: record.Fields{
			subscriber.RelationCode: "A1", subscriber.Email: "a@example.org", subscriber.State: state, subscriber.StateOn: on,
		}}
	}
	made := func(why, n, on, over string) record.Entity {
		key := "A1/" + why + "/" + n
		return record.Entity{Kind: task.Kind, Key: key, Fields: record.Fields{
			task.Event: key, task.Person: "A1", task.Why: why, task.HappenedOn: on, task.Over: over,
		}}
	}
	const one, two = "2026-03-01T09:00:00Z", "2026-03-05T09:00:00Z"
	for name, c := range map[string]struct {
		members, before, want []record.Entity
	}{
		"opted out":          {[]record.Entity{entry("x", "unsubscribed", one)}, nil, []record.Entity{made("unsubscribed", "1", one, "false")}},
		"on two lists":       {[]record.Entity{entry("x", "unsubscribed", one), entry("y", "unsubscribed", two)}, nil, []record.Entity{made("unsubscribed", "1", two, "false")}},
		"out, and bounced":   {[]record.Entity{entry("x", "unsubscribed", one), entry("y", "cleaned", two)}, nil, []record.Entity{made("cleaned", "1", two, "false"), made("unsubscribed", "1", one, "false")}},
		"of an unknown time": {[]record.Entity{entry("x", "cleaned", "")}, nil, []record.Entity{made("cleaned", "1", "", "false")}},
		"still":              {[]record.Entity{entry("x", "cleaned", two)}, []record.Entity{made("cleaned", "1", one, "false")}, []record.Entity{made("cleaned", "1", one, "false")}},
		"another list":       {[]record.Entity{entry("x", "cleaned", one), entry("y", "cleaned", two)}, []record.Entity{made("cleaned", "1", one, "false")}, []record.Entity{made("cleaned", "1", one, "false")}},
		"over":               {nil, []record.Entity{made("cleaned", "1", one, "false")}, []record.Entity{made("cleaned", "1", one, "true")}},
		"again":              {[]record.Entity{entry("x", "cleaned", two)}, []record.Entity{made("cleaned", "1", one, "true")}, []record.Entity{made("cleaned", "1", one, "true"), made("cleaned", "2", two, "false")}},
		"one of both over":   {[]record.Entity{entry("x", "cleaned", one)}, []record.Entity{made("cleaned", "1", one, "false"), made("unsubscribed", "1", one, "false")}, []record.Entity{made("cleaned", "1", one, "false"), made("unsubscribed", "1", one, "true")}},
	} {
		got := rule.Make(derive.Group{Key: "A1", Members: c.members, Before: c.before}).Entities
		if !slices.EqualFunc(got, c.want, func(g derive.Entity, w record.Entity) bool { return g.Key == w.Key && maps.Equal(g.Fields, w.Fields) }) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
	parent := func(name string) record.Entity {
		e := entry("p", "cleaned", one)
		e.Fields[subscriber.RelationCode], e.Fields[subscriber.FirstName] = "", name
		return e
	}
	left := entry("x", "cleaned", one)
	left.Deleted = record.Unmade
	for what, c := range map[string]struct {
		e    record.Entity
		want []string
	}{
		"a member":          {entry("x", "cleaned", one), []string{"A1"}},
		"active":            {entry("x", "active", one), nil},
		"not yet confirmed": {entry("x", "unconfirmed", one), nil},
		"deleted":           {left, nil},
		"a parent":          {parent("Ans Ouder"), []string{"parent/a@example.org/ans ouder"}},
		"without a name":    {parent("Ouder/verzorger van Bo"), nil},
		"nobody":            {parent(""), nil},
	} {
		if got := rule.Groups(c.e); !slices.Equal(got, c.want) {
			t.Errorf("%s is in %v, want %v", what, got, c.want)
		}
	}
}
