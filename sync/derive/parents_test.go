package derive_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/family"
	"github.com/touchline-sync/touchline/sync/record/person"
)

func TestParents(t *testing.T) {
	t.Parallel()
	const x = "x@example.org"
	kid := func(code string, more ...string) record.Entity {
		return member(code, append([]string{"parent_1_email", x, "parent_1_name", "Ans Ouder"}, more...)...)
	}
	const alone = "parent/x@example.org/ans ouder"
	ans := func(code string, more ...string) record.Entity {
		return member(code, append([]string{"email_1", x, "first_name", "Ans", "infix", "", "last_name", "Ouder"}, more...)...)
	}
	for name, c := range map[string]struct {
		members []record.Entity
		want    []string // "key" of a person, "key: children" of a family
	}{
		"nobody":             {nil, nil},
		"no parents":         {[]record.Entity{member("B2", "email_1", x)}, nil},
		"no name":            {[]record.Entity{kid("B2", "parent_1_name", " ")}, nil},
		"no address":         {[]record.Entity{kid("B2", "parent_1_email", "")}, nil},
		"one child":          {[]record.Entity{kid("B2")}, []string{alone, alone + ": B2"}},
		"two children":       {[]record.Entity{kid("C3", "parent_1_name", "ANS  ouder"), kid("B2")}, []string{alone, alone + ": B2 C3"}},
		"one without a name": {[]record.Entity{kid("C3", "parent_1_name", ""), kid("B2")}, []string{alone, alone + ": B2 C3"}},
		"unknown whose": {
			[]record.Entity{kid("C3", "parent_1_name", ""), kid("B2"), kid("D4", "parent_1_name", "Bob Ouder")},
			[]string{alone, alone + ": B2", "parent/x@example.org/bob ouder", "parent/x@example.org/bob ouder: D4"},
		},
		"two on one mailbox": {
			[]record.Entity{kid("B2", "parent_2_email", x, "parent_2_name", "Bob Ouder")},
			[]string{alone, alone + ": B2", "parent/x@example.org/bob ouder", "parent/x@example.org/bob ouder: B2"},
		},
		"named twice":         {[]record.Entity{kid("B2", "parent_2_email", x, "parent_2_name", "Ans Ouder")}, []string{alone, alone + ": B2"}},
		"a member":            {[]record.Entity{kid("B2"), ans("M1")}, []string{"M1: B2"}},
		"another name":        {[]record.Entity{kid("B2"), ans("M1", "first_name", "A.")}, []string{alone, alone + ": B2"}},
		"another address":     {[]record.Entity{kid("B2"), ans("M1", "email_1", "y@example.org", "email_2", x)}, []string{alone, alone + ": B2"}},
		"partners":            {[]record.Entity{kid("B2"), ans("M1"), member("M2", "email_1", x)}, []string{"M1: B2"}},
		"two of one name":     {[]record.Entity{kid("B2"), ans("M1"), ans("M2")}, []string{alone, alone + ": B2"}},
		"the child's mailbox": {[]record.Entity{kid("B2", "email_1", x)}, []string{alone, alone + ": B2"}},
		"never the own child": {[]record.Entity{ans("B2", "parent_1_email", x, "parent_1_name", "Ans Ouder")}, []string{alone, alone + ": B2"}},
		"each other": {[]record.Entity{
			kid("B2", "email_1", "b@example.org"),
			ans("M1", "parent_1_email", "b@example.org", "parent_1_name", fullName("B2")),
		}, nil},
		"each other, and a child": {[]record.Entity{
			kid("B2", "email_1", "b@example.org"), kid("C3"),
			ans("M1", "parent_1_email", "b@example.org", "parent_1_name", fullName("B2")),
		}, []string{"M1: C3"}},
		"a former child":  {[]record.Entity{kid("B2", "former_member", "true")}, nil},
		"a former member": {[]record.Entity{kid("B2"), ans("M1", "former_member", "true")}, []string{alone, alone + ": B2"}},
		"a dead child":    {[]record.Entity{kid("B2", "deceased_on", "2026-03-14")}, []string{alone, alone + ": B2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			made, aliases := newWorld(derive.Parents(), c.members...).derive(t)
			var got []string
			for name, f := range made {
				kind, key, _ := strings.Cut(name, " ")
				if kind == string(family.Kind) {
					key += ": " + strings.Join(record.SetMembers(f[family.Children]), " ")
				}
				got = append(got, key)
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("made %q, want %q", got, c.want)
			}
			if len(aliases) > 0 {
				t.Errorf("aliases %v of nothing", aliases)
			}
		})
	}
}

func TestParentsFields(t *testing.T) {
	t.Parallel()
	const x = "x@example.org"
	made, _ := newWorld(derive.Parents(),
		member("C3", "parent_2_email", x, "parent_2_name", "Ans Ouder", "parent_2_phone", "+31990000001"),
		member("B2", "parent_1_email", "X@example.org", "parent_1_name", "Ans  Óuder", "parent_1_phone", "+31600000009",
			"country", "Nederland", "country_code", "NL", "postal_code", "1234 AB"),
		member("D4", "parent_1_email", x, "parent_1_name", "Ans Ouder", "parent_1_phone", "+31600000009"),
	).derive(t)
	wantFields(t, made["club.person parent/x@example.org/ans ouder"], record.Fields{
		"first_name": "Ans Óuder", "infix": "", "last_name": "", "email_1": "X@example.org",
		"mobile_1": "+31600000009", "mobile_2": "", "phone_1": "+31990000001", "phone_2": "",
		"street": "Straat B2", "postal_code": "1234 AB", "country": "Nederland", "country_code": absent,
		"city": absent, "relation_code": absent, "birth_date": absent, "former_member": absent,
	})
}

// TestParentBecomesMember: the records of the parent are the member's from
// then on, and the rule says so once.
func TestParentBecomesMember(t *testing.T) {
	t.Parallel()
	const x, alone = "x@example.org", "parent/x@example.org/ans ouder"
	kid := member("B2", "parent_1_email", x, "parent_1_name", "Ans Ouder")
	ans := member("M1", "email_1", x, "first_name", "Ans", "infix", "", "last_name", "Ouder")
	w := newWorld(derive.Parents(), kid)
	w.derive(t)
	w.persons = []record.Entity{ans, kid}
	made, aliases := w.derive(t)
	if got := keys(made); got != "club.family M1" {
		t.Errorf("made %q", got)
	}
	want := []derive.Alias{{person.Kind, alone, "M1"}, {family.Kind, alone, "M1"}}
	if !slices.Equal(aliases, want) {
		t.Errorf("aliases %v, want %v", aliases, want)
	}
	if _, aliases = w.derive(t); len(aliases) > 0 {
		t.Errorf("said again: %v", aliases)
	}
}

// TestParentLeaves: a member who leaves stays the parent that they are, as long
// as it is plain which of the names is theirs.
func TestParentLeaves(t *testing.T) {
	t.Parallel()
	const x = "x@example.org"
	kid := member("B2", "parent_1_email", x, "parent_1_name", "Ans Ouder")
	ans := member("M1", "email_1", x, "first_name", "Ans", "infix", "", "last_name", "Ouder")
	bob := member("B2", "parent_1_email", x, "parent_1_name", "Ans Ouder", "parent_2_email", x, "parent_2_name", "Bob Ouder")
	for name, c := range map[string]struct {
		before, after []record.Entity
		want          string
	}{
		"leaves":           {[]record.Entity{kid, ans}, []record.Entity{kid}, "club.family M1"},
		"and then the kid": {[]record.Entity{kid, ans}, nil, ""},
		"one of two": {
			[]record.Entity{bob, ans},
			[]record.Entity{bob},
			"club.family M1\nclub.family parent/x@example.org/bob ouder\nclub.person parent/x@example.org/bob ouder",
		},
		"nobody knows which": {
			[]record.Entity{kid, ans},
			[]record.Entity{bob},
			"club.family parent/x@example.org/ans ouder\nclub.family parent/x@example.org/bob ouder\n" +
				"club.person parent/x@example.org/ans ouder\nclub.person parent/x@example.org/bob ouder",
		},
		"another's child": {
			[]record.Entity{kid, ans},
			[]record.Entity{member("C3", "parent_1_email", x, "parent_1_name", "Ans Ouder")},
			"club.family parent/x@example.org/ans ouder\nclub.person parent/x@example.org/ans ouder",
		},
		"is still there": {
			[]record.Entity{kid, ans},
			[]record.Entity{member("B2", "parent_1_email", x, "parent_1_name", "Bob Ouder"), ans},
			"club.family parent/x@example.org/bob ouder\nclub.person parent/x@example.org/bob ouder",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(derive.Parents(), c.before...)
			w.derive(t)
			for range 2 { // the second time nothing is otherwise
				w.persons = c.after
				made, aliases := w.derive(t)
				if got := keys(made); got != c.want || len(aliases) > 0 {
					t.Errorf("made %q, want %q; aliases %v", got, c.want, aliases)
				}
			}
			w.persons = c.before
			made, _ := w.derive(t)
			if _, ok := made["club.family M1"]; !ok {
				t.Error("back again, and not the parent")
			}
		})
	}
}

func TestParentsGroupsOfMembersOnly(t *testing.T) {
	t.Parallel()
	made, _ := newWorld(derive.Parents(), member("B2", "parent_1_email", "x@example.org", "parent_1_name", "Ans")).derive(t)
	for _, rule := range derive.Club(4) {
		for key, f := range made {
			if g := rule.Groups(record.Entity{Kind: person.Kind, Key: key, Fields: f}); len(g) > 0 {
				t.Errorf("%s: what was made is grouped again: %q", rule.Name, g)
			}
		}
		gone := member("B2", "email_1", "x@example.org")
		gone.Deleted = record.Absent
		if g := rule.Groups(gone); len(g) > 0 {
			t.Errorf("%s: one who is gone is grouped: %q", rule.Name, g)
		}
	}
}

// TestParentsProperties: every child that names a parent by address and name
// has exactly that one, nobody is their own parent, and the person of every
// family exists.
func TestParentsProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		club := anyClub(rt)
		made, _ := newWorld(derive.Parents(), club...).derive(t)
		members := map[string]record.Entity{}
		for _, m := range club {
			members[m.Key] = m
		}
		parentsOf := map[string]int{}
		for name, f := range made {
			kind, key, _ := strings.Cut(name, " ")
			if kind != string(family.Kind) {
				if _, ok := made["club.family "+key]; !ok || person.Key(f) != key {
					rt.Fatalf("person %s has no family, or another key", key)
				}
				continue
			}
			_, isMember := members[key]
			if _, isAlone := made["club.person "+key]; isMember == isAlone {
				rt.Fatalf("family %s: member %v, parent alone %v", key, isMember, isAlone)
			}
			for _, child := range record.SetMembers(f[family.Children]) {
				parentsOf[child]++
				if child == key {
					rt.Fatalf("%s is their own parent", key)
				}
			}
		}
		for _, m := range club {
			named := map[string]bool{}
			for _, p := range [][2]record.Field{
				{person.Parent1Email, person.Parent1Name}, {person.Parent2Email, person.Parent2Name},
			} {
				if k := person.ParentKey(m.Fields[p[0]], m.Fields[p[1]]); k != "" {
					named[k] = true
				}
			}
			for _, other := range club { // two who name each other
				if named[person.ParentKey(other.Fields[person.Email1], person.FullName(other.Fields))] {
					named = nil
				}
			}
			if parentsOf[m.Key] < len(named) || parentsOf[m.Key] > 2 {
				rt.Fatalf("%s names %d parents and has %d", m.Key, len(named), parentsOf[m.Key])
			}
		}
	})
}
