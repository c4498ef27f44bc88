package plan_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/plan"
	"github.com/touchline-sync/touchline/sync/record"
)

// unmanaged stores a record at the target that is nobody's.
func (w *world) unmanaged(id, key, quarantine string) {
	w.records = append(w.records, &plan.SyncRecord{
		ID: int64(len(w.records) + 1), System: "target", Place: "people", Kind: kPerson, ExternalID: record.ExternalID(id), NaturalKey: key,
		Remote: record.Fields{fKey: key}, Quarantine: quarantine, Version: 1,
	})
}

// left has an entity leave, whose record at the source is known.
func (w *world) left(key string, why record.Reason) {
	e := w.pair(1, key, person(key, key+"@x"))
	e.Deleted = why
}

// TestClaims: of several records that show one key, which is taken?
func TestClaims(t *testing.T) {
	t.Parallel()
	page := page()
	page.Identity = []record.Field{fName}
	somebody := person("A", "other@x")
	somebody[fName] = "Somebody else"
	const gone = "gone at the system"
	for _, c := range []struct {
		name      string
		tell      func(w *world)
		conflicts int
		want      []string
	}{
		{"two at the source, both new", func(w *world) {
			w.shows(1, "s1", person("A", "a@x"))
			w.shows(1, "s2", person("a", "b@x"))
		}, 1, nil},
		{"two at the source, in two views of one record", func(w *world) {
			w.in.Listings = append(w.in.Listings, plan.Listing{ID: 3, System: "source", Place: "members", View: "", Initialised: true, Reading: w.in.Listings[0].Reading})
			w.shows(1, "s1", person("A", ""))
			w.shows(3, "s1", person("A", ""))
		}, 0, []string{"hub create A former:>false key:>A mail:> name:>Name A", "source adopt A", "target create A former:>false key:>A name:>Name A"}},
		{"a second one at the source", func(w *world) {
			w.pair(1, "A", person("A", "a@x"))
			w.shows(1, "s2", person("A", "a@x"))
		}, 1, nil},
		{"two at a target that nobody needs", func(w *world) {
			w.shows(2, "t8", person("A", ""))
			w.shows(2, "t9", person("A", ""))
		}, 0, nil},
		{"two at a target, shown with the entity", func(w *world) {
			w.shows(2, "t8", person("A", ""))
			w.shows(2, "t9", person("A", ""))
			w.shows(1, "s1", person("A", ""))
		}, 1, []string{"hub create A former:>false key:>A mail:> name:>Name A", "source adopt A"}},
		{"one at a target stored, one shown", func(w *world) {
			w.unmanaged("t8", "A", "")
			w.shows(2, "t9", person("A", ""))
			w.shows(1, "s1", person("A", ""))
		}, 1, []string{"hub create A former:>false key:>A mail:> name:>Name A", "source adopt A"}},
		{"one of two at a target is gone", func(w *world) {
			w.unmanaged("t8", "A", gone)
			w.unmanaged("t9", "A", "")
			w.shows(1, "s1", person("A", ""))
		}, 0, []string{"hub create A former:>false key:>A mail:> name:>Name A", "source adopt A", "target adopt A former:>false name:>Name A"}},
		{"one of two at a target shows another key by now", func(w *world) {
			w.unmanaged("t8", "A", "")
			w.unmanaged("t9", "A", "")
			w.shows(2, "t8", person("B", ""))
			w.shows(1, "s1", person("A", ""))
		}, 0, []string{"hub create A former:>false key:>A mail:> name:>Name A", "source adopt A", "target adopt A former:>false name:>Name A"}},
		{"one that has given up its key, for one who returns", func(w *world) {
			w.unmanaged("t8", "A", "")
			w.shows(2, "t8", record.Fields{fKey: "", fName: "Name A", fMail: "", fFormer: "true"})
			w.shows(1, "s1", person("A", ""))
		}, 0, []string{"hub create A former:>false key:>A mail:> name:>Name A", "source adopt A", "target adopt A former:true>false key:>A"}},
		{"one without a key, of which a person has said whose it is", func(w *world) {
			w.whose = map[string]string{"t8": "A"}
			w.shows(2, "t8", record.Fields{fKey: "", fName: "Name A", fMail: "", fFormer: "false"})
			w.shows(1, "s1", person("A", ""))
		}, 0, []string{"hub create A former:>false key:>A mail:> name:>Name A", "source adopt A", "target adopt A key:>A"}},
		{"the same, and it shows a key", func(w *world) {
			w.whose = map[string]string{"t8": "A"}
			w.shows(2, "t8", person("B", ""))
			w.shows(1, "s1", person("A", ""))
		}, 0, []string{"hub create A former:>false key:>A mail:> name:>Name A", "source adopt A", "target create A former:>false key:>A name:>Name A"}},
		{"the same, and it is about somebody else", func(w *world) {
			w.whose = map[string]string{"t8": "A"}
			w.shows(2, "t8", record.Fields{fKey: "", fName: "Somebody else"})
			w.shows(1, "s1", person("A", ""))
		}, 0, []string{"hub create A former:>false key:>A mail:> name:>Name A", "source adopt A", "target create A former:>false key:>A name:>Name A"}},
		{"the same, and another one shows the key", func(w *world) {
			w.whose = map[string]string{"t8": "A"}
			w.shows(2, "t8", record.Fields{fKey: "", fName: "Name A", fMail: "", fFormer: "false"})
			w.shows(2, "t9", person("A", ""))
			w.shows(1, "s1", person("A", ""))
		}, 1, []string{"hub create A former:>false key:>A mail:> name:>Name A", "source adopt A", "target adopt A"}},
		{"who has left returns under a new id", func(w *world) {
			w.left("A", record.Absent)
			w.shows(1, "s2", person("A", "A@x"))
		}, 0, []string{"hub return A"}},
		{"who was removed returns under a new id", func(w *world) {
			w.left("A", record.Removed)
			w.shows(1, "s2", person("A", "A@x"))
		}, 0, []string{"hub return A"}},
		{"somebody else has the key of one who has left", func(w *world) {
			w.left("A", record.Absent)
			w.shows(1, "s2", somebody)
		}, 1, nil},
		{"nothing tells whether it is the one who has left", func(w *world) {
			w.left("A", record.Absent)
			w.shows(1, "s2", record.Fields{fKey: "A", fName: "", fMail: "", fFormer: ""})
		}, 1, nil},
		{"two have the key of one who has left", func(w *world) {
			w.left("A", record.Absent)
			w.shows(1, "s2", person("A", "A@x"))
			w.shows(1, "s3", person("A", "A@x"))
		}, 1, nil},
		{"the old id is missing for the second time, and two have its key", func(w *world) {
			w.pair(1, "A", person("A", "A@x"))
			w.item(plan.Item{Listing: 1, ID: "s1", State: plan.Absent, Missing: 1, MissingSince: hoursAgo(w, 2), Asked: true})
			w.shows(1, "s2", person("A", "A@x"))
			w.shows(1, "s3", person("A", "A@x"))
		}, 1, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(page)
			c.tell(w)
			out := w.build(t)
			want(t, out, c.want...)
			if len(out.Conflicts) != c.conflicts {
				t.Errorf("%d conflicts, want %d: %+v", len(out.Conflicts), c.conflicts, out.Conflicts)
			}
			for _, r := range out.Records {
				if r.Quarantine != "" && r.EntityKey != "" && (r.PendingOp != "" || r.Bump) {
					t.Errorf("a record that waits is to be written: %+v", r)
				}
			}
		})
	}
}

// A member whose code has changed keeps its key with us, and is known under the new
// code all the same when the source lists it under another id.
func TestRenamedAndRenumbered(t *testing.T) {
	t.Parallel()
	page := page()
	page.Identity = []record.Field{fName}
	for _, c := range []struct {
		name string
		ids  []string
	}{{"under one", []string{"s8"}}, {"under two", []string{"s8", "s9"}}} {
		w := newWorld()
		w.in.Policies[0] = page
		w.pair(1, "A", person("A2", "a@x"))
		w.item(plan.Item{Listing: 1, ID: "s1", State: plan.Absent, Missing: 1, MissingSince: hoursAgo(w, 2)})
		for _, id := range c.ids {
			w.shows(1, id, person("A2", "a@x"))
		}
		got := w.build(t)
		for _, r := range rows(got) {
			if strings.HasPrefix(r, "hub ") || strings.HasPrefix(r, "target ") {
				t.Errorf("%s: %s", c.name, r)
			}
		}
		if moved := slices.ContainsFunc(got.Records, func(r plan.RecordChange) bool { return r.ExternalID == "s8" && r.EntityKey == "A" }); moved != (len(c.ids) == 1) {
			t.Errorf("%s: moved %v: %q", c.name, moved, rows(got))
		}
	}
}

// What turns up in place of a record that is gone was not made by us, also where the
// one that is gone was.
func TestWhatTurnsUpIsNotOurs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		again bool
		into  record.ExternalID
	}{
		{"removed", false, ""},
		{"removed, and made anew before", true, ""},
		{"merged into another of ours", false, "t2"},
	} {
		w := newWorld()
		w.pair(1, "A", person("A", "a@x"))
		w.pair(2, "B", person("B", "b@x"))
		w.records[1].CreatedBy = record.ByUs
		if c.again {
			w.records[1].RecreatedOn = hoursAgo(w, 1)
		}
		w.item(plan.Item{Listing: 2, ID: "t1", State: plan.Removed, Reason: "removed", Successor: c.into})
		w.shows(2, "t3", person("A", "hand@x"))
		bound := false
		for _, r := range w.build(t).Records {
			bound = bound || r.ExternalID == "t3" && r.EntityKey == "A"
			if r.ExternalID == "t3" && r.CreatedBy != record.ByUnknown {
				t.Errorf("%s: what turned up is said to be by %q", c.name, r.CreatedBy)
			}
		}
		if !bound {
			t.Errorf("%s: what turned up is not taken", c.name)
		}
	}
}

// A record that was merged is bound to its successor only where that one is there, as
// far as a certified listing tells.
func TestMergedIntoWhatIsNotThere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		tell  func(w *world)
		moves bool
	}{
		{"known of nowhere", func(*world) {}, false},
		{"absent, too", func(w *world) { w.item(plan.Item{Listing: 2, ID: "t8", State: plan.Absent, Asked: true}) }, false},
		{"shown for the first time", func(w *world) { w.shows(2, "t8", person("B", "")) }, true},
		{"shown, and cannot be read", func(w *world) { w.item(plan.Item{Listing: 2, ID: "t8", State: plan.Faulty, Reason: "mail"}) }, true},
		{"shown before, nobody's", func(w *world) { w.unmanaged("t8", "B", "") }, true},
		{"not shown, and the listing proves nothing", func(w *world) { w.in.Listings[1].Reading = &plan.Reading{Complete: true} }, true},
		{"not shown, and something of the listing is held", func(w *world) { w.in.Listings[1].Reading.Held = true }, true},
	} {
		w := newWorld()
		w.pair(1, "A", person("A", "a@x"))
		w.item(plan.Item{Listing: 2, ID: "t1", State: plan.Removed, Reason: "merged", Successor: "t8"})
		c.tell(w)
		moved, told := false, false
		for _, r := range w.build(t).Records {
			moved = moved || r.EntityKey == "A" && r.ExternalID == "t8"
			told = told || r.EntityKey == "A" && r.ExternalID == "" && r.Quarantine == "merged there into the record of another of ours"
		}
		if moved != c.moves || told == c.moves {
			t.Errorf("%s: moved %v, told %v", c.name, moved, told)
		}
	}
}

// Who leaves under another code than they came with is known under both when they
// return, unless that code is somebody else's key.
func TestLeavesRenamed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		code  string
		other bool
		want  int
	}{{"renamed", "A2", false, 1}, {"not renamed", "a", false, 0}, {"somebody else has it as a key", "A2", true, 0}} {
		w := newWorld()
		w.pair(1, "A", person(c.code, "a@x"))
		if c.other {
			w.pair(2, "A2", person("A3", "b@x"))
		}
		w.item(plan.Item{Listing: 1, ID: "s1", State: plan.Removed, Reason: "removed"})
		got := w.build(t).Aliases
		if len(got) != c.want || c.want == 1 && (got[0].From != "A2" || got[0].To != "A") {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}

// TestSaid: what a person has said is kept for one who comes later, and counts as made by us
// at a place that was taken up long ago.
func TestSaid(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.whose = map[string]string{"t8": "A"}
	w.shows(2, "t8", record.Fields{fKey: "", fName: "Name A", fMail: "", fFormer: "false"})
	out := w.build(t)
	if len(out.Records) != 1 || out.Records[0].NaturalKey != "A" || out.Records[0].TakeOver {
		t.Fatalf("nobody has it yet: %+v", out.Records)
	}
	w.shows(1, "s1", person("A", ""))
	taken := 0
	for _, r := range w.build(t).Records {
		if r.System == "target" && r.ExternalID == "t8" && r.EntityKey == "A" && r.TakeOver {
			taken++
		}
	}
	if taken != 1 {
		t.Error("it is not taken over")
	}
}
