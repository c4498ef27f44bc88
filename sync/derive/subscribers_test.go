package derive_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
)

// placed lists "key: list" of all entries, sorted.
func placed(made map[string]record.Fields) []string {
	var out []string
	for _, f := range made {
		out = append(out, subscriber.Key(f)+": "+f[subscriber.List])
	}
	slices.Sort(out)
	return out
}

func TestSubscribersPlaces(t *testing.T) {
	t.Parallel()
	const x, y = "x@example.org", "y@example.org"
	for name, c := range map[string]struct {
		members []record.Entity
		want    []string
	}{
		"one member":          {[]record.Entity{member("B2", "email_1", x)}, []string{"B2/x@example.org: 1"}},
		"two addresses":       {[]record.Entity{member("B2", "email_1", x, "email_2", y)}, []string{"B2/x@example.org: 1", "B2/y@example.org: 1"}},
		"one address twice":   {[]record.Entity{member("B2", "email_1", "X@example.org", "email_2", x)}, []string{"B2/x@example.org: 1"}},
		"nothing":             {[]record.Entity{member("B2")}, []string{"B2/: "}},
		"a former member":     {[]record.Entity{member("B2", "email_1", x, "former_member", "true")}, nil},
		"unfit address":       {[]record.Entity{member("B2", "email_1", "geen")}, []string{"B2/: "}},
		"siblings by code":    {[]record.Entity{member("C3", "email_1", x), member("B2", "email_1", x), member("D4", "email_1", x)}, []string{"B2/x@example.org: 1", "C3/x@example.org: 2", "D4/x@example.org: 3"}},
		"alternatives later":  {[]record.Entity{member("A1", "email_2", x), member("B2", "email_1", x)}, []string{"A1/x@example.org: 2", "B2/x@example.org: 1"}},
		"parent of two":       {[]record.Entity{member("B2", "parent_1_email", x), member("C3", "parent_2_email", x)}, []string{"parent/x@example.org: 1"}},
		"child and parent":    {[]record.Entity{member("B2", "email_1", x, "parent_1_email", x)}, []string{"B2/x@example.org: 1", "parent/x@example.org: 2"}},
		"by the alternative":  {[]record.Entity{member("B2", "email_2", x, "parent_1_email", x)}, []string{"B2/x@example.org: 1", "parent/x@example.org: 2"}},
		"parent is a member":  {[]record.Entity{member("B2", "parent_1_email", x), member("M1", "email_1", x)}, []string{"M1/x@example.org: 1"}},
		"member's other":      {[]record.Entity{member("B2", "parent_1_email", x), member("M1", "email_2", x)}, []string{"M1/x@example.org: 1", "parent/x@example.org: 2"}},
		"child, parent, both": {[]record.Entity{member("B2", "email_1", x, "parent_1_email", x), member("M1", "email_1", x)}, []string{"B2/x@example.org: 1", "M1/x@example.org: 2"}},
		"five and a parent": {
			[]record.Entity{
				member("E5", "email_1", x), member("D4", "email_1", x, "parent_1_email", x), member("C3", "email_1", x),
				member("B2", "email_1", x, "parent_1_email", x), member("A1", "email_2", x, "parent_1_email", x),
			},
			[]string{"A1/x@example.org: ", "B2/x@example.org: 1", "C3/x@example.org: 2", "D4/x@example.org: 3", "E5/x@example.org: 4"},
		},
		"the deceased": {[]record.Entity{
			member("B2", "email_1", x, "deceased_on", "2026-03-14"),
			member("C3", "parent_1_email", y, "deceased_on", "2026-03-14"),
		}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			made, _ := newWorld(derive.Subscribers(4), c.members...).derive(t)
			if got := placed(made); !slices.Equal(got, c.want) {
				t.Errorf("placed\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

func TestB34SubscribersFields(t *testing.T) {
	t.Parallel()
	const x = "x@example.org"
	kid := member("B2", "email_1", x, "parent_1_email", "X@example.org ", "parent_1_name", "Ans  Ouder",
		"parent_1_phone", "+31600000009", "photo_date", "2025-01-01", "mobile_2", "+31600000002", "volunteer", "true")
	sister := member("C3", "parent_2_email", x, "parent_2_name", "ans ouder", "age_class", "Onder 9", "union_teams", "Team 1\nTeam 2")

	t.Run("member", func(t *testing.T) {
		t.Parallel()
		made, _ := newWorld(derive.Subscribers(4), kid).derive(t)
		wantFields(t, made["club.subscriber B2/x@example.org"], record.Fields{
			"email": x, "first_name": "Voornaam-B2", "infix": "van", "last_name": "Test",
			"birth_date": "2012-05-17", "relation_code": "B2", "teams": "Team B2",
			"age_classes": "Onder 13", "photo_date": "2025-01-01", "mobile_1": "+31600000001",
			"mobile_2": "+31600000002", "street": "Straat B2", "parent_1_name": "Ans  Ouder",
			"parent_1_phone": "+31600000009", "parent_of": "", "volunteer": "true", "list": "1",
			"gender": absent, "phone_1": absent, "city": absent, "state": absent, "parent_2_name": absent,
		})
	})
	t.Run("parent", func(t *testing.T) {
		t.Parallel()
		made, _ := newWorld(derive.Subscribers(4), sister, kid).derive(t)
		wantFields(t, made["club.subscriber parent/x@example.org"], record.Fields{
			"email": "X@example.org", "first_name": "Ans Ouder", "infix": "", "last_name": "",
			"birth_date": "", "relation_code": "", "gender": "", "photo_date": "", "member_since": "",
			"mobile_1": "", "mobile_2": "", "phone_1": "+31600000009", "phone_2": "",
			"parent_1_name": "", "parent_1_phone": "", "parent_2_name": "", "parent_2_phone": "",
			"street": "Straat B2", "city": absent, "volunteer": "false", "state": absent,
			"parent_of": fullName("B2") + "\n" + fullName("C3"),
			"teams":     "Team 1\nTeam 2\nTeam B2", "age_classes": "Onder 13\nOnder 9",
		})
		wantFields(t, made["club.subscriber B2/x@example.org"], record.Fields{
			"first_name": "Voornaam-B2", "parent_of": "", "teams": "Team B2",
		})
	})
	t.Run("a member is the parent", func(t *testing.T) {
		t.Parallel()
		made, _ := newWorld(derive.Subscribers(4), sister, member("M1", "email_1", x)).derive(t)
		wantFields(t, made["club.subscriber M1/x@example.org"], record.Fields{
			"first_name": "Voornaam-M1", "relation_code": "M1", "birth_date": "2012-05-17",
			"parent_of": fullName("C3"), "teams": "Team 1\nTeam 2\nTeam M1",
			"age_classes": "Onder 13\nOnder 9", "volunteer": "false",
		})
	})
	t.Run("several names", func(t *testing.T) {
		t.Parallel()
		other := member("C3", "parent_2_email", x, "parent_2_name", "Bob Ouder")
		made, _ := newWorld(derive.Subscribers(4), other, kid).derive(t)
		wantFields(t, made["club.subscriber parent/x@example.org"], record.Fields{
			"first_name": "Ouder/verzorger", "infix": "", "last_name": "",
		})
	})
	t.Run("no name", func(t *testing.T) {
		t.Parallel()
		made, _ := newWorld(derive.Subscribers(4), member("C3", "parent_1_email", x)).derive(t)
		wantFields(t, made["club.subscriber parent/x@example.org"], record.Fields{
			"first_name": "Ouder/verzorger van Voornaam-C3", "infix": "van", "last_name": "Test", "phone_1": "",
		})
	})
}

// anyClub draws up to twelve members who share three addresses in all ways.
func anyClub(t *rapid.T) []record.Entity {
	address := rapid.SampledFrom([]string{"", "x@example.org", "X@example.org", "y@example.org", "z@example.org"})
	name := rapid.SampledFrom([]string{"", "Ans Ouder", "ans  ouder", "Bob Ouder", fullName("M00"), fullName("M01")})
	var out []record.Entity
	for i := range rapid.IntRange(0, 12).Draw(t, "members") {
		out = append(out, member(fmt.Sprintf("M%02d", i),
			"email_1", address.Draw(t, "e1"), "email_2", address.Draw(t, "e2"),
			"parent_1_email", address.Draw(t, "p1"), "parent_1_name", name.Draw(t, "n1"),
			"parent_2_email", address.Draw(t, "p2"), "parent_2_name", name.Draw(t, "n2"),
			"parent_1_phone", rapid.SampledFrom([]string{"", "+31600000001", "+31990000001"}).Draw(t, "t1"),
		))
	}
	return out
}

func shuffled(t *rapid.T, members []record.Entity) []record.Entity {
	return rapid.Permutation(members).Draw(t, "order")
}

func equalMade(t *rapid.T, what string, a, b map[string]record.Fields) {
	if keys(a) != keys(b) {
		t.Fatalf("%s: made\n%s\nand\n%s", what, keys(a), keys(b))
	}
	for k := range a {
		if !maps.Equal(a[k], b[k]) {
			t.Fatalf("%s: %s is %v and %v", what, k, a[k], b[k])
		}
	}
}

// TestRulesProperties: the order of members plays no part, the second time
// changes nothing, and leaving and coming back is quiet for all others.
func TestRulesProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		club := anyClub(rt)
		for _, rule := range derive.Club(rapid.IntRange(0, 4).Draw(rt, "lists")) {
			w := newWorld(rule, club...)
			first, _ := w.derive(t)
			other, _ := newWorld(rule, shuffled(rt, club)...).derive(t)
			equalMade(rt, "another order", first, other)
			w.persons = shuffled(rt, club)
			second, aliases := w.derive(t)
			equalMade(rt, "a second time", first, second)
			if len(aliases) > 0 {
				rt.Fatalf("aliases without a change: %v", aliases)
			}
		}
	})
}

// TestSubscribersProperties: an address stands on a list once, also after any
// history; nobody moves who need not; no list is left free in vain.
func TestSubscribersProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		const lists = 3
		club := anyClub(rt)
		w := newWorld(derive.Subscribers(lists), club...)
		last, _ := w.derive(t)
		for range rapid.IntRange(0, 4).Draw(rt, "steps") {
			w.persons = shuffled(rt, club)[:rapid.IntRange(0, len(club)).Draw(rt, "there")]
			made, _ := w.derive(t)
			used := map[string]int{} // by address
			slots := map[string]string{}
			for key, f := range made {
				if f[subscriber.List] == "" {
					continue
				}
				address := person.NormalAddress(f[subscriber.Email])
				used[address]++
				if other, twice := slots[address+" "+f[subscriber.List]]; twice {
					rt.Fatalf("%s and %s stand on one list", key, other)
				}
				slots[address+" "+f[subscriber.List]] = key
				if was := last[key][subscriber.List]; was != "" && was != f[subscriber.List] {
					rt.Fatalf("%s moved from list %s to %s", key, was, f[subscriber.List])
				}
			}
			for key, f := range made {
				address := person.NormalAddress(f[subscriber.Email])
				if f[subscriber.List] == "" && address != "" && used[address] < lists {
					rt.Fatalf("%s has no list, and one is free", key)
				}
			}
			last = made
		}
	})
}
