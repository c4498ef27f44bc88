package plan_test

import (
	"slices"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/plan"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

func person(key, mail string) record.Fields {
	return record.Fields{fKey: key, fName: "Name " + key, fMail: mail, fFormer: "false"}
}

func hoursAgo(w *world, h int) *time.Time {
	at := w.in.Now.Add(-time.Duration(h) * time.Hour)
	return &at
}

// TestMatch: whose record is this?
func TestMatch(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		tell func(w *world)
		want []string
	}{
		{"nothing is shown", func(*world) {}, nil},
		{"a source shows somebody new", func(w *world) { w.shows(1, "s1", person("A", "")) }, []string{
			"hub create A former:>false key:>A mail:> name:>Name A", "source adopt A", "target create A former:>false key:>A name:>Name A",
		}},
		{"a target shows somebody new", func(w *world) { w.shows(2, "t1", person("A", "")) }, nil},
		{"both show the same, and are recognised by the key in any form", func(w *world) {
			w.shows(1, "s1", person("a", "a@x"))
			w.shows(2, "t1", person("A", "a@x"))
		}, []string{"hub create A former:>false key:>a mail:>a@x name:>Name a", "source adopt A", "target adopt A key:A>a name:Name A>Name a"}},
		{"a bound record is found by its id, whatever its key", func(w *world) {
			w.pair(1, "A", person("A", "a@x"))
			w.shows(1, "s1", person("B", "a@x"))
		}, []string{"hub update A key:A>B name:Name A>Name B", "target update A key:A>B name:Name A>Name B"}},
		{"a record without a key is nobody's", func(w *world) { w.shows(1, "s1", record.Fields{fName: "?"}) }, nil},
		{"what was seen at the target before is taken when its entity comes", func(w *world) {
			w.records = append(w.records, &plan.SyncRecord{
				ID: 9, System: "target", Place: "people", Kind: kPerson, ExternalID: "t9", NaturalKey: "A", Remote: record.Fields{fKey: "A"},
			})
			w.shows(1, "s1", person("A", ""))
		}, []string{
			"hub create A former:>false key:>A mail:> name:>Name A", "source adopt A", "target adopt A former:>false name:>Name A",
		}},
		{"a listing that did not come to its end takes part with nothing", func(w *world) {
			w.in.Listings[0].Reading.Complete = false
			w.shows(1, "s1", person("A", ""))
		}, nil},
		{"a run for another key touches nobody", func(w *world) {
			w.in.Kind, w.in.Keys = kPerson, []string{"B"}
			w.pair(1, "A", person("A", "a@x"))
			w.shows(1, "s1", person("A", "b@x"))
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			c.tell(w)
			want(t, w.build(t), c.want...)
		})
	}
}

// TestAbsence: when does somebody leave?
func TestAbsence(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		item plan.Item
		want []string
	}{
		{"once", plan.Item{State: plan.Absent}, nil},
		{"twice, too early", plan.Item{State: plan.Absent, Missing: 1}, nil},
		{"twice, long enough apart", plan.Item{State: plan.Absent, Missing: 1}, []string{"hub delete A", "target remove A former:false>true"}},
		{"removed by the system's own word", plan.Item{State: plan.Removed, Reason: "left"}, []string{"hub delete A", "target remove A former:false>true"}},
		{"unreadable", plan.Item{State: plan.Faulty, Reason: "no name"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			w.pair(1, "A", person("A", "a@x"))
			c.item.Listing, c.item.ID = 1, "s1"
			if c.item.Missing > 0 {
				c.item.MissingSince = hoursAgo(w, 0)
				if len(c.want) > 0 {
					c.item.MissingSince = hoursAgo(w, 2)
				}
			}
			w.item(c.item)
			want(t, w.build(t), c.want...)
		})
	}
}

// TestGoesOn: what a record was merged into is brought to what we hold; of one that goes
// on under another id what was agreed still holds, and what it shows otherwise is news.
func TestGoesOn(t *testing.T) {
	t.Parallel()
	for reason, want := range map[record.Reason][2]string{record.Merged: {"a@x", "a@x"}, record.Moved: {"b@x", ""}} {
		w := newWorld()
		w.pair(1, "A", person("A", "a@x"))
		w.item(plan.Item{Listing: 2, ID: "t1", State: plan.Removed, Reason: string(reason), Successor: "t2"})
		w.shows(2, "t2", person("A", "b@x"))
		mail, told := "a@x", ""
		for _, r := range w.build(t).Rows {
			if c, ok := r.Fields[fMail]; ok && r.System == record.Hub {
				mail = c[1]
			} else if ok {
				told = c[1]
			}
		}
		if got := [2]string{mail, told}; got != want {
			t.Errorf("%s: ours is %q and it is told %q, want %q", reason, mail, told, want)
		}
	}
}

// TestTarget: who must hold it, and where?
func TestTarget(t *testing.T) {
	t.Parallel()
	p := page()
	p.Targets = []policy.Target{{System: "target", Place: func(f record.Fields) (string, string) {
		if f[fMail] == "" {
			return "", "no address"
		}
		return "people", ""
	}}}
	w := newWorld(p)
	w.pair(1, "A", person("A", "a@x"))
	w.shows(1, "s1", person("A", ""))
	w.shows(1, "s2", person("B", ""))
	c := w.build(t)
	want(t, c, "hub update A mail:a@x>", "hub create B former:>false key:>B mail:> name:>Name B", "source adopt B")
	if c.Excluded["target: no address"] != 2 {
		t.Errorf("excluded: %v", c.Excluded)
	}
}

// TestStays: a record whose entity is held there no longer stays and is told what changes,
// where the policy says so; none is made.
func TestStays(t *testing.T) {
	t.Parallel()
	p := page()
	p.Targets = []policy.Target{{System: "target", Stays: true, Place: func(f record.Fields) (string, string) {
		if f[fMail] == "" {
			return "", "no address"
		}
		return "people", ""
	}}}
	w := newWorld(p)
	w.pair(1, "A", person("A", "a@x"))
	w.shows(1, "s1", person("A", ""))
	w.shows(1, "s2", person("B", ""))
	c := w.build(t)
	want(t, c, "hub update A mail:a@x>", "target update A mail:a@x>", "hub create B former:>false key:>B mail:> name:>Name B", "source adopt B")
	if c.Excluded["target: no address"] != 1 {
		t.Errorf("excluded: %v", c.Excluded)
	}
}

// TestKeeps: what a system gives out is taken and not told, and a person is asked where the
// two differ.
func TestKeeps(t *testing.T) {
	t.Parallel()
	for _, ask := range []bool{true, false} {
		w := newWorld()
		w.in.Systems["target"][0].Keeps = func(record.Fields, record.Fields) map[record.Field]connector.Kept {
			return map[record.Field]connector.Kept{fMail: {Why: "given out there", Ask: ask}}
		}
		w.pair(1, "A", person("A", "a@x"))
		w.shows(1, "s1", person("A", "b@x"))
		w.shows(1, "s2", person("B", "c@x"))
		c := w.build(t)
		want(t, c, "hub update A mail:a@x>b@x",
			"hub create B former:>false key:>B mail:>c@x name:>Name B", "source adopt B", "target create B former:>false key:>B name:>Name B")
		if c.Excluded["target: given out there"] != 2 {
			t.Errorf("excluded: %v", c.Excluded)
		}
		switch {
		case !ask && len(c.Conflicts) > 0, ask && len(c.Conflicts) != 1:
			t.Errorf("the conflicts are %+v", c.Conflicts)
		case ask && (c.Conflicts[0].Why != reconcile.GivenThere || c.Conflicts[0].Hub != "b@x" || c.Conflicts[0].Remote != "a@x" || c.Conflicts[0].WonBy != ""):
			t.Errorf("the conflict is %+v", c.Conflicts[0])
		}
	}
}

// TestExcludes: a place that is not to hold an entity is given none, and keeps what it
// has.
func TestExcludes(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.in.Systems["target"][0].Excludes = func(f record.Fields) string {
		if f[fKey] == "C" {
			return ""
		}
		return "not in the settings"
	}
	w.pair(1, "A", person("A", "a@x"))
	w.shows(1, "s1", person("A", "b@x"))
	w.shows(1, "s2", person("B", "c@x"))
	w.shows(1, "s3", person("C", "d@x"))
	c := w.build(t)
	want(t, c, "hub update A mail:a@x>b@x", "target update A mail:a@x>b@x",
		"hub create B former:>false key:>B mail:>c@x name:>Name B", "source adopt B",
		"hub create C former:>false key:>C mail:>d@x name:>Name C", "source adopt C", "target create C former:>false key:>C mail:>d@x name:>Name C")
	if c.Excluded["target: not in the settings"] != 1 {
		t.Errorf("excluded: %v", c.Excluded)
	}
}

// TestDerive: what do groups make, and what of it goes with what?
func TestDerive(t *testing.T) {
	t.Parallel()
	card := &policy.Policy{
		Kind: kCard, Key: func(f record.Fields) string { return f[fMail] }, Sources: []record.System{record.Hub},
		Fields: map[record.Field]policy.Rule{fName: policy.Owned(record.Hub)},
	}
	w := newWorld(page(), card)
	w.in.Rules = append(w.in.Rules, cards())
	a := w.pair(1, "A", person("A", "one@x"))
	w.groups[a.ID] = []string{"one@x"}
	made := w.entity(7, "one@x", record.Fields{fName: "Name A"})
	made.Kind, made.Rule, made.Group, made.Made = kCard, "cards", "one@x", record.Fields{fName: "Name A"}
	w.made["one@x"] = []record.EntityID{7}
	w.shows(1, "s1", person("A", "two@x"))
	w.shows(1, "s2", person("B", "two@x"))
	w.shows(1, "s3", person("C", "other@x"))
	c := w.build(t)
	lines := rows(c)
	for _, line := range []string{"hub delete one@x", "hub create two@x name:>Name A", "hub create other@x name:>Name C"} {
		if !slices.Contains(lines, line) {
			t.Errorf("not planned: %s\n%v", line, lines)
		}
	}
	component := map[string]int32{}
	for _, r := range c.Rows {
		component[r.Key] = r.Component
	}
	if component["A"] == 0 || component["A"] != component["B"] || component["A"] != component["two@x"] || component["A"] != component["one@x"] {
		t.Errorf("who shares an address is not one component: %v", component)
	}
	if component["C"] == component["A"] || component["C"] != component["other@x"] {
		t.Errorf("who shares nothing is one component: %v", component)
	}
}

// TestBuildAsksLittle: a plan over many records asks in few rounds.
func TestBuildAsksLittle(t *testing.T) {
	t.Parallel()
	w := newWorld()
	for i := range 50 {
		key := string(rune('A'+i%26)) + string(rune('A'+i/26))
		w.pair(i+1, key, person(key, key+"@x"))
		w.shows(1, string(w.records[2*i].ExternalID), person(key, key+"@y"))
	}
	if c := w.build(t); len(c.Rows) != 100 {
		t.Errorf("%d rows planned", len(c.Rows))
	}
	if w.rounds > 6 {
		t.Errorf("it took %d rounds", w.rounds)
	}
}

// TestRenumbered: a source lists somebody under a new id.
func TestRenumbered(t *testing.T) {
	t.Parallel()
	identity := page()
	identity.Identity = []record.Field{fName}
	for _, c := range []struct {
		name  string
		tell  func(w *world)
		moves bool
	}{
		{"while the old id is absent", func(w *world) {
			w.item(plan.Item{Listing: 1, ID: "s1", State: plan.Absent})
			w.shows(1, "s2", person("A", "a@x"))
		}, true},
		{"when the old id has been absent for long", func(w *world) {
			w.item(plan.Item{Listing: 1, ID: "s1", State: plan.Absent, Missing: 1, MissingSince: hoursAgo(w, 2)})
			w.shows(1, "s2", person("A", "a@x"))
		}, true},
		{"while the old id is there", func(w *world) { w.shows(1, "s2", person("A", "a@x")) }, false},
		{"twice", func(w *world) {
			w.item(plan.Item{Listing: 1, ID: "s1", State: plan.Absent})
			w.shows(1, "s2", person("A", "a@x"))
			w.shows(1, "s3", person("A", "a@x"))
		}, false},
		{"with another name", func(w *world) {
			w.item(plan.Item{Listing: 1, ID: "s1", State: plan.Absent})
			other := person("A", "a@x")
			other[fName] = "Somebody else"
			w.shows(1, "s2", other)
		}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(identity)
			w.pair(1, "A", person("A", "a@x"))
			c.tell(w)
			moved := false
			out := w.build(t)
			for _, r := range out.Records {
				moved = moved || r.ID == 1 && r.ExternalID == "s2"
			}
			if moved != c.moves {
				t.Errorf("moved: %v, want %v", moved, c.moves)
			}
			for _, r := range out.Rows {
				if r.Op == "delete" || r.Op == "remove" {
					t.Errorf("planned %s of %s", r.Op, r.Key)
				}
			}
		})
	}
}
