package derive_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/customer"
	"github.com/touchline-sync/touchline/sync/record/person"
)

func TestCustomers(t *testing.T) {
	t.Parallel()
	const x, y = "x@example.org", "y@example.org"
	for name, c := range map[string]struct {
		members []record.Entity
		before  string
		want    string // "code address"
	}{
		"one member":            {[]record.Entity{member("B2", "email_1", "X@example.org")}, "", "B2 X@example.org"},
		"no address":            {[]record.Entity{member("B2")}, "", ""},
		"unfit address":         {[]record.Entity{member("B2", "email_1", "geen")}, "", ""},
		"the alternative alone": {[]record.Entity{member("B2", "email_2", x)}, "", ""},
		"siblings by code":      {[]record.Entity{member("C3", "email_1", x), member("B2", "email_1", x)}, "", "B2 x@example.org"},
		"who was it before":     {[]record.Entity{member("C3", "email_1", x), member("B2", "email_1", x)}, "C3", "C3 x@example.org"},
		"a child and a parent":  {[]record.Entity{member("B2", "email_1", x, "parent_1_email", x), member("M1", "email_1", x)}, "", "M1 x@example.org"},
		"a child from before":   {[]record.Entity{member("B2", "email_1", x, "parent_1_email", x), member("M1", "email_1", x)}, "B2", "B2 x@example.org"},
		"a child of another":    {[]record.Entity{member("B2", "email_1", x, "parent_1_email", y), member("M1", "email_1", x)}, "", "B2 x@example.org"},
		"one who died":          {[]record.Entity{member("B2", "email_1", x, "deceased_on", "2026-03-14"), member("C3", "email_1", x)}, "", "C3 x@example.org"},
		"a parent, no member":   {[]record.Entity{{Kind: person.Kind, Key: "parent/x", Fields: record.Fields{person.FirstName: "Ans", person.Email1: x}}}, "", ""},
		"two addresses":         {[]record.Entity{member("B2", "email_1", x), member("C3", "email_1", y)}, "", "B2 x@example.org, C3 y@example.org"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(derive.Customers(), c.members...)
			if c.before != "" {
				w.made[x] = []record.Entity{{Kind: customer.Kind, Key: c.before}}
			}
			made, _ := w.derive(t)
			var got []string
			for _, f := range made {
				got = append(got, f[customer.RelationCode]+" "+f[customer.Email])
			}
			slices.Sort(got)
			if text := strings.Join(got, ", "); text != c.want {
				t.Errorf("customers %q, want %q", text, c.want)
			}
		})
	}
}

func TestCustomerFields(t *testing.T) {
	t.Parallel()
	made, _ := newWorld(derive.Customers(), member("b2",
		"email_1", "x@example.org", "infix", "van 't", "last_name", "Hof", "union_teams", "JO14-2\nZaal 1", "club_teams", "Zaal 1\nKeepers", "member_since", "2020-08-01",
	)).derive(t)
	wantFields(t, made["club.customer B2"], record.Fields{
		customer.RelationCode: "B2", customer.FirstName: "Voornaam-b2", customer.LastName: "van 't Hof", customer.Email: "x@example.org",
		customer.Teams: "JO14-2\nKeepers\nZaal 1", customer.MemberSince: "2020-08-01", customer.MemberUntil: absent, customer.HelpdeskID: absent,
	})
}

// Whatever the order, an address has one customer at most, who keeps it while they have
// the address, and nobody is a customer twice.
func TestCustomersKeepTheirAddress(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		addresses := []string{"", "a@example.org", "b@example.org", "c@example.org"}
		draw := func(name string) []record.Entity {
			var out []record.Entity
			for _, code := range []string{"A1", "B2", "C3", "D4", "E5"} {
				own, parent := rapid.SampledFrom(addresses).Draw(rt, name+code), rapid.SampledFrom(addresses).Draw(rt, name+code+"p")
				out = append(out, member(code, "email_1", own, "parent_1_email", parent))
			}
			return rapid.Permutation(out).Draw(rt, name)
		}
		w := newWorld(derive.Customers(), draw("first")...)
		before, _ := w.derive(t)
		w.persons = draw("second")
		after, _ := w.derive(t)
		owner := map[string]string{}
		for _, f := range slices.Collect(maps.Values(after)) {
			if was := owner[f[customer.Email]]; was != "" || f[customer.Email] == "" {
				rt.Fatalf("%q is of %s and %s", f[customer.Email], was, f[customer.RelationCode])
			}
			owner[f[customer.Email]] = f[customer.RelationCode]
		}
		for _, p := range w.persons {
			address := p.Fields[person.Email1]
			if had := before["club.customer "+p.Key]; address != "" && had[customer.Email] == address && owner[address] != p.Key {
				rt.Fatalf("%s has %s still, and is its customer no longer", p.Key, address)
			}
			if address != "" && owner[address] == "" {
				rt.Fatalf("%s has no customer", address)
			}
		}
	})
}
