package derive_test

import (
	"slices"
	"testing"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
)

// TestB33SubscribersStay tells one story of one address on two lists.
func TestB33SubscribersStay(t *testing.T) {
	t.Parallel()
	const x = "x@example.org"
	b, c := member("B2", "email_1", x), member("C3", "email_1", x)
	w := newWorld(derive.Subscribers(2), c)
	expect := func(step string, want ...string) {
		t.Helper()
		made, _ := w.derive(t)
		if got := placed(made); !slices.Equal(got, want) {
			t.Fatalf("%s: placed %q, want %q", step, got, want)
		}
	}
	expect("first", "C3/x@example.org: 1")
	w.persons = []record.Entity{b, c}
	expect("a lower code does not push", "B2/x@example.org: 2", "C3/x@example.org: 1")
	w.persons = []record.Entity{b}
	expect("no moving up", "B2/x@example.org: 2")
	w.persons = []record.Entity{b, member("A1", "parent_1_email", x)}
	expect("B2 is the parent", "B2/x@example.org: 2")
	kid := member("A1", "parent_1_email", x)
	w.persons = []record.Entity{kid}
	expect("the parent comes", "parent/x@example.org: 1")
	w.persons = []record.Entity{kid, member("D4", "email_2", x)}
	expect("an alternative beside", "D4/x@example.org: 2", "parent/x@example.org: 1")
	w.persons = []record.Entity{kid, member("D4", "email_2", x), member("E5", "email_2", x)}
	expect("members before parents", "D4/x@example.org: 2", "E5/x@example.org: 1", "parent/x@example.org: ")
	w.set(t, "D4/x@example.org", subscriber.State, subscriber.Unsubscribed)
	w.persons = []record.Entity{kid, member("D4", "email_2", x), member("F6", "email_2", x)}
	expect("never again", "D4/x@example.org: 2", "F6/x@example.org: opted out", "parent/x@example.org: opted out")
	w.set(t, "D4/x@example.org", subscriber.State, subscriber.Active)
	expect("by their own will", "D4/x@example.org: 2", "F6/x@example.org: 1", "parent/x@example.org: ")
}

func TestSubscribersForeign(t *testing.T) {
	t.Parallel()
	const x = "x@example.org"
	at := func(place, code, state string) derive.Unmanaged {
		return derive.Unmanaged{System: "laposta", Place: place, Fields: record.Fields{
			subscriber.Email: "X@Example.org", subscriber.RelationCode: code, subscriber.State: state,
		}}
	}
	for name, c := range map[string]struct {
		unmanaged []derive.Unmanaged
		want      []string
	}{
		"reserved":          {[]derive.Unmanaged{at("list-1", "Z9", "active")}, []string{"B2/x@example.org: 2", "C3/x@example.org: 3"}},
		"another place":     {[]derive.Unmanaged{at("archive", "Z9", "active"), at("list-9", "Z9", "active")}, []string{"B2/x@example.org: 1", "C3/x@example.org: 2"}},
		"its own, unbound":  {[]derive.Unmanaged{at("list-1", "C3", "active"), at("list-3", "B2", "active")}, []string{"B2/x@example.org: 3", "C3/x@example.org: 1"}},
		"its own, twice":    {[]derive.Unmanaged{at("list-3", "B2", "active"), at("list-1", "B2", "active")}, []string{"B2/x@example.org: 1", "C3/x@example.org: 2"}},
		"out":               {[]derive.Unmanaged{at("list-1", "Z9", "unsubscribed")}, []string{"B2/x@example.org: opted out", "C3/x@example.org: opted out"}},
		"bounced elsewhere": {[]derive.Unmanaged{at("archive", "", "cleaned")}, []string{"B2/x@example.org: opted out", "C3/x@example.org: opted out"}},
		"its own, out":      {[]derive.Unmanaged{at("list-2", "C3", "unsubscribed")}, []string{"B2/x@example.org: opted out", "C3/x@example.org: 2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(derive.Subscribers(3), member("C3", "email_1", x), member("B2", "email_1", x))
			for _, f := range c.unmanaged {
				g := w.rule.UnmanagedGroup(f.Fields)
				w.unmanaged[g] = append(w.unmanaged[g], f)
			}
			made, _ := w.derive(t)
			if got := placed(made); !slices.Equal(got, c.want) {
				t.Errorf("placed %q, want %q", got, c.want)
			}
			again, _ := w.derive(t)
			if got := placed(again); !slices.Equal(got, c.want) {
				t.Errorf("at the second time %q", got)
			}
		})
	}
}

// TestSubscribersTaken: which records with another key stand for an entry?
func TestSubscribersTaken(t *testing.T) {
	t.Parallel()
	const x = "x@example.org"
	child, parent, sibling := member("A1", "parent_1_email", x), "parent/"+x, member("B2", "parent_1_email", x)
	child.Fields["parent_1_name"] = "Sam Example"
	grown := member("A1", "email_1", x)
	grown.Fields["parent_1_email"], grown.Fields["parent_1_name"] = x, "Sam Example"
	alone := member("C3", "email_1", x)
	alone.Fields["first_name"], alone.Fields["last_name"] = "Robin", "Example"
	at := func(list, code, name, state string) derive.Unmanaged {
		return derive.Unmanaged{System: "laposta", Place: "list-" + list, ID: record.ExternalID("u" + list), Fields: record.Fields{
			subscriber.Email: x, subscriber.RelationCode: code, subscriber.FirstName: name, subscriber.State: state,
		}}
	}
	gone, stored := at("1", "A1", "Sam Example", "active"), at("1", "", "", "active")
	gone.Absent = true
	delete(stored.Fields, subscriber.FirstName)
	type list = []derive.Unmanaged
	for name, c := range map[string]struct {
		members   []record.Entity
		unmanaged list
		want      []string
	}{
		"under the child's code":          {[]record.Entity{child}, list{at("2", "a1", "Sam Example", "active")}, []string{parent + ": 2 takes u2"}},
		"under a sibling's, name unknown": {[]record.Entity{child, sibling}, list{at("1", "B2", "", "active")}, []string{parent + ": 1 takes u1"}},
		"under somebody else's":           {[]record.Entity{child}, list{at("1", "Z9", "Sam Example", "active")}, []string{parent + ": 2"}},
		"opted out":                       {[]record.Entity{child}, list{at("1", "A1", "Sam Example", "unsubscribed")}, []string{parent + ": opted out"}},
		"gone":                            {[]record.Entity{child}, list{gone}, []string{parent + ": 1"}},
		"the child's own, and the parent's": {
			[]record.Entity{grown},
			list{at("1", "A1", "First", "active"), at("2", "A1", "Sam Example", "active")},
			[]string{"A1/" + x + ": 1", parent + ": 2 takes u2"},
		},
		"the child's own": {[]record.Entity{grown}, list{at("1", "A1", "First", "active")}, []string{"A1/" + x + ": 1", parent + ": 2"}},
		"a member's, who is the parent": {
			[]record.Entity{alone, sibling}, list{at("1", "B2", "Robin Example", "active")}, []string{"C3/" + x + ": 1 takes u1"},
		},
		"one of two": {[]record.Entity{child}, list{at("1", "A1", "", "active"), at("2", "A1", "", "active")}, []string{parent + ": 1 takes u1"}},
		"signed up":  {[]record.Entity{alone}, list{at("1", "", "robin van example", "active")}, []string{"C3/" + x + ": 1 takes u1"}},
		"signed up, nameless, for two": {
			[]record.Entity{alone, member("D4", "email_1", x)}, list{at("1", "", "", "active")}, []string{"C3/" + x + ": 2", "D4/" + x + ": 3"},
		},
		"signed up, under a name that was not kept": {[]record.Entity{alone}, list{stored}, []string{"C3/" + x + ": 2"}},
		"somebody else has signed up":               {[]record.Entity{alone}, list{at("1", "", "Kim Example", "active")}, []string{"C3/" + x + ": 2"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, e := range derive.Subscribers(3).Make(derive.Group{Key: x, Members: c.members, Unmanaged: c.unmanaged}).Entities {
				is := e.Key + ": " + e.Fields[subscriber.List]
				for _, u := range e.Takes {
					is += " takes " + string(u.ID)
				}
				got = append(got, is)
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// TestSubscribersTakenShort: where an unmanaged record stands for an entry that has no
// list, nobody else has that list.
func TestSubscribersTakenShort(t *testing.T) {
	t.Parallel()
	const x = "x@example.org"
	child, sibling := member("A1", "email_1", x), member("B2", "parent_1_email", x)
	child.Fields["parent_1_email"] = x
	for _, code := range []string{"B2", ""} { // under a child's, and the parent's own
		made := derive.Subscribers(1).Make(derive.Group{Key: x, Members: []record.Entity{child, sibling}, Unmanaged: []derive.Unmanaged{
			{System: "laposta", Place: "list-1", ID: "u1", Fields: record.Fields{subscriber.Email: x, subscriber.RelationCode: code, subscriber.State: "active"}},
		}})
		for _, e := range made.Entities {
			if n := e.Fields[subscriber.List]; n != "" || len(e.Takes) > 0 {
				t.Errorf("code %q: %s has list %q and takes %d", code, e.Key, n, len(e.Takes))
			}
		}
	}
}

// TestSubscribersShort: those who are on a list are not pushed out by their
// likes, whatever the code.
func TestSubscribersShort(t *testing.T) {
	t.Parallel()
	const x = "x@example.org"
	b, c, d := member("B2", "email_1", x), member("C3", "email_1", x), member("D4", "email_1", x)
	w := newWorld(derive.Subscribers(2), c, d)
	w.derive(t)
	w.persons = []record.Entity{b, c, d}
	made, _ := w.derive(t)
	want := []string{"B2/x@example.org: ", "C3/x@example.org: 1", "D4/x@example.org: 2"}
	if got := placed(made); !slices.Equal(got, want) {
		t.Errorf("placed %q, want %q", got, want)
	}
}

// TestSubscribersDoubled: an entry of ours that somebody has put on another
// list as well stays where we have it, and the other list is taken.
func TestSubscribersDoubled(t *testing.T) {
	t.Parallel()
	const x = "x@example.org"
	b, c := member("B2", "email_1", x), member("C3", "email_1", x)
	w := newWorld(derive.Subscribers(3), b)
	w.derive(t)
	w.persons = []record.Entity{b, c}
	w.unmanaged[x] = []derive.Unmanaged{{System: "laposta", Place: "list-2", Fields: record.Fields{
		subscriber.Email: x, subscriber.RelationCode: "B2",
	}}}
	made, _ := w.derive(t)
	want := []string{"B2/x@example.org: 1", "C3/x@example.org: 3"}
	if got := placed(made); !slices.Equal(got, want) {
		t.Errorf("placed %q, want %q", got, want)
	}
}

// TestSubscribersGiveWay: what cannot be is put right. A list may have been
// given up, taken by somebody else before we wrote, or noted for two.
func TestSubscribersGiveWay(t *testing.T) {
	t.Parallel()
	const x = "x@example.org"
	entry := func(code, list string) record.Entity {
		f := record.Fields{subscriber.Email: x, subscriber.RelationCode: code, subscriber.List: list}
		return record.Entity{Kind: subscriber.Kind, Key: subscriber.Key(f), Fields: f}
	}
	taken := []derive.Unmanaged{{System: "laposta", Place: "list-1", Fields: record.Fields{subscriber.Email: x}}}
	for name, c := range map[string]struct {
		before    []record.Entity
		unmanaged []derive.Unmanaged
		want      []string
	}{
		"given up": {[]record.Entity{entry("B2", "3"), entry("C3", "2")}, nil, []string{"B2/x@example.org: 1", "C3/x@example.org: 2"}},
		"taken":    {[]record.Entity{entry("B2", "1"), entry("C3", "2")}, taken, []string{"B2/x@example.org: ", "C3/x@example.org: 2"}},
		"for two":  {[]record.Entity{entry("B2", "2"), entry("C3", "2")}, nil, []string{"B2/x@example.org: 2", "C3/x@example.org: 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out := map[string]record.Fields{}
			for _, e := range derive.Subscribers(2).Make(derive.Group{
				Key: x, Members: []record.Entity{member("C3", "email_1", x), member("B2", "email_1", x)},
				Before: c.before, Unmanaged: c.unmanaged,
			}).Entities {
				out[e.Key] = e.Fields
			}
			if got := placed(out); !slices.Equal(got, c.want) {
				t.Errorf("placed %q, want %q", got, c.want)
			}
		})
	}
}
