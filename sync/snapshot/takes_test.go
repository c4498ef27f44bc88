package snapshot_test

import (
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
)

// A parent whom another tool has put on the list under the child's code is the parent
// of ours, also when we had seen the entry before the child joined; nobody is put on
// the next list beside it. What leaves the list, or has opted out, stands for nobody.
func TestParentUnderTheChildsCode(t *testing.T) {
	t.Parallel()
	const id record.ExternalID = "before us"
	for _, c := range []struct {
		name        string
		early, gone bool // the entry was seen before the child joined; and has gone by then
		state       string
		bound       bool
	}{
		{name: "shown together", state: subscriber.Active, bound: true},
		{name: "seen before", early: true, state: subscriber.Active, bound: true},
		{name: "seen before, and gone", early: true, gone: true, state: subscriber.Active},
		{name: "has opted out", state: subscriber.Unsubscribed},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, members, people, lists := clubSystems(t)
			r.PlanBatch = 1
			r.Start(policy.Club(2), derive.Club(2), members, people, lists)
			putMember(members, 1, "m1@example.org", "", "") // a source that is empty proves nothing
			lists.Put("list-1", id, record.Fields{
				subscriber.Email: "p2@example.org", subscriber.RelationCode: "M0002", subscriber.FirstName: "Sam Example", subscriber.State: c.state,
			})
			if c.early {
				r.MustSync()
			}
			if c.gone {
				lists.Drop("list-1", id, record.Removed)
				r.MustSync()
			}
			putMember(members, 2, "m2@example.org", "p2@example.org", "Sam Example")
			r.MustSync()
			r.WantQuiet(people, lists)
			if n := len(lists.All("list-2")); n != 0 {
				t.Errorf("%d entries on the second list", n)
			}
			parents := 0
			for there, f := range lists.All("list-1") {
				if f[subscriber.Email] != "p2@example.org" {
					continue
				}
				parents++
				if c.bound && (there != id || f[subscriber.ParentOf] == "") {
					t.Errorf("the entry %s is not the parent's", there)
				}
				if c.state == subscriber.Unsubscribed && (there != id || f[subscriber.State] != c.state || f[subscriber.ParentOf] != "") {
					t.Errorf("the entry %s that has opted out was written", there)
				}
			}
			if parents != 1 {
				t.Errorf("%d entries of the parent, want one", parents)
			}
		})
	}
}

// Somebody who has signed up from a shared address keeps their entry and their name, also
// when a member comes who has the address.
func TestSomebodyElseHasSignedUp(t *testing.T) {
	t.Parallel()
	for _, early := range []bool{false, true} { // it was seen before the member was
		r, members, people, lists := clubSystems(t)
		r.Start(policy.Club(2), derive.Club(2), members, people, lists)
		putMember(members, 1, "m1@example.org", "", "")
		lists.Put("list-1", "kim", record.Fields{
			subscriber.Email: "m2@example.org", subscriber.FirstName: "Kim", subscriber.LastName: "Other", subscriber.State: subscriber.Active,
		})
		if early {
			r.MustSync()
		}
		putMember(members, 2, "m2@example.org", "", "")
		r.MustSync()
		r.WantQuiet(people, lists)
		if is := lists.All("list-1")["kim"]; is[subscriber.FirstName] != "Kim" || is[subscriber.RelationCode] != "" || len(lists.All("list-2")) != 1 {
			t.Errorf("early %v: it is %v now, with %d entries on the second list", early, is, len(lists.All("list-2")))
		}
	}
}

// Somebody has signed up with their own name at an address that a child names for a
// parent: they keep their entry and their name, also when the child leaves. One without a
// name, and one with the parent's in other parts, is the parent's, whose name is as ours
// then.
func TestSignedUpAtAParentsAddress(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, first, last string
		kept              bool
	}{
		{"another name", "Opa", "Piet", true},
		{"no name", "", "", false},
		{"the parent's, in two parts", "Sam", "Example", false},
	} {
		for _, early := range []bool{false, true} { // it was seen before the child joined
			r, members, people, lists := clubSystems(t)
			r.Start(policy.Club(2), derive.Club(2), members, people, lists)
			putMember(members, 1, "m1@example.org", "", "")
			lists.Put("list-1", "there", record.Fields{
				subscriber.Email: "p2@example.org", subscriber.FirstName: c.first, subscriber.LastName: c.last, subscriber.State: subscriber.Active,
			})
			if early {
				r.MustSync()
			}
			putMember(members, 2, "m2@example.org", "p2@example.org", "Sam Example")
			r.MustSync()
			r.WantQuiet(people, lists)
			is, ours := lists.All("list-1")["there"], 0
			for _, place := range []string{"list-1", "list-2"} {
				for id, f := range lists.All(place) {
					if f[subscriber.ParentOf] != "" {
						ours++
						if name := subscriber.NormalName(f); name != "sam example" {
							t.Errorf("%s, early %v: the parent is called otherwise", c.name, early)
						}
						if (id == "there") == c.kept {
							t.Errorf("%s, early %v: the parent stands at %s %s", c.name, early, place, id)
						}
					}
				}
			}
			if ours != 1 {
				t.Errorf("%s, early %v: the parent has %d entries", c.name, early, ours)
			}
			if c.kept && (is[subscriber.FirstName] != c.first || is[subscriber.LastName] != c.last) {
				t.Errorf("%s, early %v: who has signed up was renamed", c.name, early)
			}
			members.Drop("members", "M0002", record.Removed)
			r.MustSync()
			r.Pass(2 * time.Hour)
			r.MustSync()
			if _, stays := lists.All("list-1")["there"]; c.kept && !stays {
				t.Errorf("%s, early %v: who has signed up is gone", c.name, early)
			}
		}
	}
}
