package plan_test

import (
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/plan"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// TestEnds: when is an end done that follows from a field of a reading?
func TestEnds(t *testing.T) {
	t.Parallel()
	p := page()
	p.Targets = []policy.Target{{System: "target", Place: func(f record.Fields) (string, string) {
		if f[fMail] == "" {
			return "", "no address"
		}
		return "people", ""
	}}}
	for _, c := range []struct {
		name  string
		after time.Duration // since it may be confirmed
		tell  func(w *world, source, target *plan.SyncRecord)
		ends  bool
		waits bool
	}{
		{"too early", -time.Second, func(*world, *plan.SyncRecord, *plan.SyncRecord) {}, false, true},
		{"just in time", 0, func(*world, *plan.SyncRecord, *plan.SyncRecord) {}, true, false},
		{"too early, and a person lets it go", -time.Second, func(w *world, _, target *plan.SyncRecord) {
			target.Decided, w.in.Listings[0].Reading = record.LetGo, nil
		}, true, false},
		{"just in time, and a person keeps it", 0, func(_ *world, _, target *plan.SyncRecord) { target.Decided = record.Keep }, false, true},
		{"not read in this run", 0, func(w *world, _, _ *plan.SyncRecord) { w.in.Listings[0].Reading = nil }, false, true},
		{"not certified", 0, func(w *world, _, _ *plan.SyncRecord) { w.in.Listings[0].Reading.Certificate = reconcile.Certificate{} }, false, true},
		{"only another was fetched", 0, func(w *world, _, _ *plan.SyncRecord) {
			w.in.Listings[0].Reading = &plan.Reading{Complete: true, Fetched: map[record.ExternalID]bool{"s2": true}}
		}, false, true},
		{"fetched by itself", 0, func(w *world, _, _ *plan.SyncRecord) {
			w.in.Listings[0].Reading = &plan.Reading{Complete: true, Fetched: map[record.ExternalID]bool{"s1": true}}
		}, true, false},
		{"cannot be read now", 0, func(w *world, _, _ *plan.SyncRecord) {
			w.item(plan.Item{Listing: 1, ID: "s1", State: plan.Faulty})
		}, false, true},
		{"missing for the first time", 0, func(w *world, _, _ *plan.SyncRecord) {
			w.item(plan.Item{Listing: 1, ID: "s1", State: plan.Absent})
		}, false, true},
		{"shows the opposite", 0, func(w *world, _, _ *plan.SyncRecord) { w.shows(1, "s1", person("A", "a@x")) }, false, false},
		{"shows the opposite, not certified", 0, func(w *world, _, _ *plan.SyncRecord) {
			w.in.Listings[0].Reading.Certificate = reconcile.Certificate{}
			w.shows(1, "s1", person("A", "a@x"))
		}, false, false},
		{"made by somebody else: left alone at once", -time.Second, func(w *world, _, target *plan.SyncRecord) {
			target.CreatedBy = record.ByThem
			w.shows(1, "s1", record.Fields{fName: "Other"})
		}, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(p)
			e := w.pair(1, "A", person("A", ""))
			source, target := w.records[0], w.records[1]
			target.Remote, target.BaseLocal, target.BaseRemote = person("A", "a@x"), person("A", "a@x"), person("A", "a@x")
			at := w.in.Now.Add(-c.after)
			target.ConfirmAt, target.ConfirmWhy = &at, reconcile.EndsPlace
			target.ConfirmBy = []plan.Cause{{System: "source", Place: "members", Kind: kPerson, ID: "s1"}}
			c.tell(w, source, target)
			out := w.build(t)
			ended := false
			for _, r := range out.Rows {
				ended = ended || r.System == "target" && r.Effect == reconcile.Removed && r.Entity == e.ID
			}
			if ended != c.ends {
				t.Errorf("ended %v, want %v", ended, c.ends)
			}
			waits := target.ConfirmAt != nil
			for _, r := range out.Records {
				if r.ID == target.ID {
					waits = r.ConfirmAt != nil
				}
			}
			if waits != c.waits && !(c.ends && !waits) {
				t.Errorf("waits %v, want %v", waits, c.waits)
			}
		})
	}
}
