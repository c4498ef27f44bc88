package plan_test

import (
	"context"
	"testing"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/plan"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// made is a record at the target that we have made of somebody, in step.
func made(w *world, owner *record.Entity) *plan.Orphan {
	e := w.entity(1, "A", person("A", "a@x"))
	r := w.held(e, "target", "people", "t1")
	return &plan.Orphan{SyncRecord: *r, Owner: owner, Planned: true, Seen: []byte("as it was")}
}

// TestOrphans: what becomes of a record that we have made?
func TestOrphans(t *testing.T) {
	t.Parallel()
	person := func(deleted record.Reason) *record.Entity {
		return &record.Entity{ID: 1, Kind: kPerson, Key: "A", Fields: person("A", "a@x"), Deleted: deleted, Version: 1}
	}
	removes := func(p *policy.Policy) {
		p.OnDelete = []policy.OnDelete{
			{System: "target", If: func(f record.Fields) bool { return f[fMail] != "out@x" }, Action: policy.Delete},
			{System: "target", Action: policy.Detach, Why: "opted out"},
		}
	}
	elsewhere := func(p *policy.Policy) {
		removes(p)
		p.Targets = []policy.Target{policy.TargetAt("target", "elsewhere")}
	}
	marks := func(*policy.Policy) {}
	unmanaged := func(r *plan.Orphan) { r.Entity, r.BaseRemote = 0, record.Fields{} }
	for _, c := range []struct {
		name  string
		page  func(*policy.Policy)
		owner *record.Entity
		tell  func(*world, *plan.Orphan)
		want  string // the row, and why
	}{
		{"of somebody who is there", removes, person(""), nil, ""},
		{"of somebody who has ended", removes, person(record.Absent), nil, "target remove A orphan: absent"},
		{"of what its rule makes no longer", removes, person(record.Unmade), nil, "target remove A orphan: unmade"},
		{"of somebody who has ended, and is marked", marks, person(record.Absent), nil, ""},
		{"of somebody who is to be elsewhere", elsewhere, person(""), nil, "target remove A orphan: moved"},
		{"of somebody whom the system is no target of", func(p *policy.Policy) { removes(p); p.Targets = nil }, person(""), nil, "target remove A orphan: moved"},
		{"nobody's, with the key of one who has another", removes, person(""), func(_ *world, r *plan.Orphan) {
			unmanaged(r)
			r.Beside = true
		}, "target remove A orphan: double"},
		{"nobody's, with the key of one who has none there", removes, person(""), func(_ *world, r *plan.Orphan) { unmanaged(r) }, ""},
		{"nobody's, with the key of one who has ended", removes, person(record.Removed), func(_ *world, r *plan.Orphan) { unmanaged(r) }, "target remove A orphan: removed"},
		{"nobody's, with a key of none", removes, nil, func(_ *world, r *plan.Orphan) { unmanaged(r) }, "target remove A orphan: nobody's"},
		{"nobody's, without a key", removes, nil, func(_ *world, r *plan.Orphan) {
			unmanaged(r)
			r.NaturalKey = ""
		}, "target remove t1 orphan: nobody's"},
		{"nobody's, beside one who is marked", marks, person(""), func(_ *world, r *plan.Orphan) {
			unmanaged(r)
			r.Beside = true
		}, "target keep A orphan: double; the policy lets it stay"},
		{"the record alone tells of an opt-out", removes, person(record.Absent), func(_ *world, r *plan.Orphan) {
			r.Remote[fMail], r.BaseRemote[fMail] = "out@x", "out@x"
		}, "target keep A orphan: absent; opted out"},
		{
			"somebody has edited it", removes, person(record.Absent), func(_ *world, r *plan.Orphan) { r.Remote[fName] = "by hand" },
			"target keep A orphan: absent; somebody has edited it since it was written",
		},
		{
			"the system does not delete", removes, person(record.Absent), func(w *world, _ *plan.Orphan) { w.in.Systems["target"][0].Delete = nil },
			"target keep A orphan: absent; the system does not let it be removed",
		},
		{
			"the system shows no record by itself", removes, person(record.Absent), func(w *world, _ *plan.Orphan) { w.in.Systems["target"][0].Get = nil },
			"target keep A orphan: absent; it cannot be looked at once more before it is removed",
		},
		{"no plan knows of its end yet", removes, person(record.Absent), func(_ *world, r *plan.Orphan) { r.Planned = false }, ""},
		{"it waits for its end", removes, person(record.Absent), func(w *world, r *plan.Orphan) { r.ConfirmAt = &w.in.Now }, ""},
		{"a create is under way", removes, person(record.Absent), func(_ *world, r *plan.Orphan) { r.Uncertain = true }, ""},
		{"its removal is under way", removes, person(record.Absent), func(_ *world, r *plan.Orphan) { r.PendingOp, r.Pending = "remove", true }, ""},
		{"its removal was refused", removes, person(record.Absent), func(_ *world, r *plan.Orphan) {
			r.PendingOp, r.Pending, r.Quarantine = "remove", true, "refused"
		}, "target remove A orphan: absent"},
		{"the run is for others", removes, person(record.Absent), func(w *world, _ *plan.Orphan) { w.in.Kind, w.in.Keys = kPerson, []string{"B"} }, ""},
		{"the run is for it", removes, person(record.Absent), func(w *world, _ *plan.Orphan) { w.in.Kind, w.in.Keys = kPerson, []string{"A"} }, "target remove A orphan: absent"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			page := page()
			c.page(page)
			w := newWorld(page)
			w.in.Systems["target"][0].Delete = func(context.Context, record.ExternalID) error { return nil }
			w.in.Systems["target"][0].Get = func(context.Context, record.ExternalID) (connector.Item, error) { return connector.Item{}, nil }
			r := made(w, c.owner)
			if c.tell != nil {
				c.tell(w, r)
			}
			out := plan.Orphans(&w.in, &w.in.Listings[1], []plan.Orphan{*r})
			got, removed := rows(out), 0
			for i := range out.Rows {
				got[i] += " " + out.Rows[i].Reason
				if row := out.Rows[i]; row.Op == "remove" {
					removed++
					if string(row.Seen) != "as it was" || row.Component == 0 {
						t.Errorf("the row does not say what the record must show: %+v", row)
					}
				}
			}
			if c.want == "" && len(got) > 0 || c.want != "" && (len(got) != 1 || got[0] != c.want) {
				t.Errorf("planned %q, want %q", got, c.want)
			}
			if len(out.Records) != removed || len(out.Entities) > 0 || len(out.Planned) > 0 {
				t.Errorf("the plan does more than its rows say: %+v", out)
			}
			for _, rec := range out.Records {
				if rec.PendingOp != "remove" || !rec.Bump || (rec.EntityKind == "") != (r.Entity == 0) {
					t.Errorf("the record is not to be removed: %+v", rec)
				}
			}
		})
	}
}

// TestFindsOrphans: in which readings can orphans be found?
func TestFindsOrphans(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		tell  func(*plan.Listing)
		finds bool
		tells bool
	}{
		"certified":     {func(*plan.Listing) {}, true, false},
		"not read":      {func(l *plan.Listing) { l.Reading = nil }, false, false},
		"a part":        {func(l *plan.Listing) { l.Reading.Whole = false }, false, false},
		"broken off":    {func(l *plan.Listing) { l.Reading.Complete = false }, false, true},
		"not certified": {func(l *plan.Listing) { l.Reading.Certificate = plan.Reading{}.Certificate }, false, true},
		"held":          {func(l *plan.Listing) { l.Reading.Held = true }, false, true},
		"not taken up":  {func(l *plan.Listing) { l.Initialised = false }, false, true},
		"said otherwise": {func(l *plan.Listing) {
			l.Reading.Certificate, l.Reading.Why = plan.Reading{}.Certificate, "the end is missing"
		}, false, true},
	} {
		l := newWorld().in.Listings[1]
		c.tell(&l)
		if finds, why := plan.FindsOrphans(&l); finds != c.finds || (why != "") != c.tells {
			t.Errorf("%s: %v, %q", name, finds, why)
		}
	}
}
