package reconcile_test

import (
	"maps"
	"testing"

	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// TestApart: a group of which a record says something else, and which never agreed, goes
// as a whole: no name and no address is made of two.
func TestApart(t *testing.T) {
	t.Parallel()
	const street, number, city, phone record.Field = "street", "number", "city", "phone"
	all := []record.Field{street, number, city, phone}
	groups := [][]record.Field{{street, number, city}}
	page := func(r policy.Rule) *policy.Policy {
		return &policy.Policy{Groups: groups, Fields: map[record.Field]policy.Rule{street: r, number: r, city: r, phone: r}}
	}
	shared, first := page(policy.Shared(record.Hub, "b")), page(policy.Shared("b", record.Hub))
	for _, c := range []struct {
		name      string
		policy    *policy.Policy
		ours      record.Fields
		there     record.Fields
		base      record.Fields
		hub, told record.Fields
	}{
		{
			"another address, and the hub's goes", shared,
			record.Fields{street: "Kade", number: "", city: "A", phone: ""},
			record.Fields{street: "Laan", number: "1", city: "A", phone: "2"},
			nil,
			record.Fields{street: "Kade", number: "", city: "A", phone: "2"},
			record.Fields{street: "Kade", number: ""},
		},
		{
			"another address, and the record's goes", first,
			record.Fields{street: "Kade", number: "7", city: "A", phone: ""},
			record.Fields{street: "Laan", number: "", city: "A", phone: "2"},
			nil,
			record.Fields{street: "Laan", number: "", city: "A", phone: "2"},
			record.Fields{},
		},
		{
			"the same, and more of it", shared,
			record.Fields{street: "Kade", number: "", city: "A", phone: ""},
			record.Fields{street: "Kade", number: "7", city: "", phone: ""},
			nil,
			record.Fields{street: "Kade", number: "7", city: "A", phone: ""},
			record.Fields{city: "A"},
		},
		{
			"none here", shared,
			record.Fields{street: "", number: "", city: "", phone: ""},
			record.Fields{street: "Laan", number: "1", city: "A", phone: ""},
			nil,
			record.Fields{street: "Laan", number: "1", city: "A", phone: ""},
			record.Fields{},
		},
		{
			"what we do not know is left alone", shared,
			record.Fields{street: "Kade", city: "A"},
			record.Fields{street: "Laan", number: "1", city: "A", phone: ""},
			nil,
			record.Fields{street: "Kade", city: "A", phone: ""},
			record.Fields{street: "Kade"},
		},
		{
			"it agreed before", shared,
			record.Fields{street: "Kade", number: "", city: "A", phone: ""},
			record.Fields{street: "Laan", number: "", city: "A", phone: ""},
			record.Fields{street: "Laan", number: "", city: "A", phone: ""},
			record.Fields{street: "Kade", number: "", city: "A", phone: ""},
			record.Fields{street: "Kade"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			hub := reconcile.Hub{Fields: c.ours, From: map[record.Field]record.System{}}
			for f := range c.ours {
				hub.From[f] = record.Hub
			}
			side := reconcile.Side{System: "b", Reads: all, Writes: all, Remote: c.there, BaseLocal: c.base, BaseRemote: c.base, Groups: groups}
			got := reconcile.Merge(c.policy.Fields, hub, []reconcile.Side{side}).Hub
			if want := c.hub; !maps.Equal(got.Fields, want) {
				t.Errorf("the hub has %v, want %v", got.Fields, want)
			}
			if set, _ := reconcile.Desired(c.policy, reconcile.Entity{Hub: got}, reconcile.Record{Side: side}); !maps.Equal(set, c.told) {
				t.Errorf("told is %v, want %v", set, c.told)
			}
		})
	}
}
