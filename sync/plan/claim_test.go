package plan_test

import (
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
