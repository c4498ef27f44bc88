package enginetest

import (
	"errors"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// A target that holds something already is not written before a person has
// looked at the plan. What is not ours stays as it is.
func firstSync(t *testing.T, f *Family) {
	old := record.Fields{f.First.Owned: "old"}
	Story(t, f.Cast(),
		Put(f.Target, f.First.Target, "1", f.held(f.First, 0, old)),
		Put(f.Target, f.First.Target, "2", f.held(f.First, 1, old)),
		Put(f.Target, f.First.Target, "9", f.held(f.First, 9, nil)),
		Put(f.Target, f.Second.Target, "1", f.like(f.Second, 0, record.Fields{f.Ref: "1", f.Second.Owned: "old"})),
		f.comes(f.First, 0, 1, 2),
		f.comes(f.Second, 0, 1),
		Stopped(step.GuardStopped, "FIRST_SYNC"),
		Approve(),
		f.holds(f.First, f.held(f.First, 0, nil), f.held(f.First, 1, nil), f.held(f.First, 2, nil), f.held(f.First, 9, nil)),
		f.holds(f.Second, f.held(f.Second, 0, nil), f.held(f.Second, 1, nil)),
		f.refers(0, 0), f.refers(1, 0),
		RowsWhere(1, `sync_record where entity is null and external_id = '9'`),
		Quiet(),
	)
}

// A plan leaves nothing behind until it is approved; one whose record has moved
// is stale and nothing of it is applied.
func plan(t *testing.T, f *Family) {
	k := f.First
	Story(t, f.Cast(),
		f.comes(k, 0, 1),
		f.comes(f.Second, 0),
		Synced(),
		f.change(k, 0, record.Fields{k.Owned: "planned"}),
		f.change(f.Second, 0, record.Fields{f.Second.Owned: "planned"}),
		func(s *Stage) {
			rows := s.RowsOf("last_seen", "sync_record", "entity")
			Planned()(s)
			if s.RowsOf("last_seen", "sync_record", "entity") != rows {
				s.T.Error("a plan has left something behind")
			}
		},
		f.holds(k, f.held(k, 0, nil), f.held(k, 1, nil)),
		f.edited(k, 0, record.Fields{k.Ours: "moved"}),
		func(s *Stage) {
			hash, err := s.Engine.PlanHash(s.T.Context(), s.LastRun)
			if err != nil {
				s.T.Fatal(err)
			}
			if _, ok := errors.AsType[engine.PlanMismatch](s.Apply("another hash")); !ok {
				s.T.Error("another hash is taken")
			}
			stale, ok := errors.AsType[*engine.PlanStale](s.Apply(hash))
			if !ok || len(stale.Moved) != 1 || stale.Moved[0].Key != k.New(0)[k.Key] {
				s.T.Errorf("the plan of a record that has moved is taken, or does not say which: %v", stale)
			}
		},
		RowsWhere(0, `entity where fields::text like '%planned%'`),
		Planned(), Approve(),
		f.holds(k, f.held(k, 0, record.Fields{k.Owned: "planned", k.Ours: "moved"}), f.held(k, 1, nil)),
		f.holds(f.Second, f.held(f.Second, 0, record.Fields{f.Second.Owned: "planned"})),
		Quiet(), Conflicts(0),
	)
}

// A consent that was withdrawn at either side is never given again by a sync.
func consent(t *testing.T, f *Family) {
	k, c := f.First, f.Consent
	loose, strict := record.Fields{c.Field: c.Loose}, record.Fields{c.Field: c.Strict}
	Story(t, f.Cast(),
		f.comes(k, 0, 1),
		f.change(k, 0, loose), f.change(k, 1, loose),
		Synced(),
		f.holds(k, f.held(k, 0, loose), f.held(k, 1, loose)),
		f.changeRemote(k, 0, strict),
		f.change(k, 1, strict),
		Synced(),
		f.holds(k, f.held(k, 0, strict), f.held(k, 1, strict)),
		Quiet(),
		f.changeRemote(k, 0, loose),
		f.changeRemote(k, 1, loose), // looks like a reading from before our write
		Synced(), Synced(),          // shown twice it is meant
		f.holds(k, f.held(k, 0, strict), f.held(k, 1, strict)),
		Quiet(),
		f.change(k, 1, loose), // and not by the other side either
		Synced(),
		f.holds(k, f.held(k, 0, strict), f.held(k, 1, strict)),
		Quiet(),
	)
}

// Two records exchange a value that only one may hold, and three pass theirs on
// in a ring.
func unique(t *testing.T, f *Family) {
	k := f.First
	has := func(n, of int) record.Fields { return f.held(k, n, value(f, of)) }
	Story(t, f.Cast(),
		f.comes(k, 0, 1, 2),
		Synced(),
		f.change(k, 0, value(f, 1)), f.change(k, 1, value(f, 0)),
		Synced(),
		f.holds(k, has(0, 1), has(1, 0), has(2, 2)),
		Quiet(), Conflicts(0),
		f.change(k, 0, value(f, 0)), f.change(k, 1, value(f, 2)), f.change(k, 2, value(f, 1)),
		Synced(),
		f.holds(k, has(0, 0), has(1, 2), has(2, 1)),
		Synced(), // after a crash it learns here what it had released
		Quiet(), Conflicts(0),
	)
}

// value is what the n-th record comes with in the field that is unique.
func value(f *Family, n int) record.Fields {
	return record.Fields{f.Unique: f.First.New(n)[f.Unique]}
}

// A record waits for the one that it must refer to.
func childFirst(t *testing.T, f *Family) {
	Story(t, f.Cast(),
		Put(f.Source, f.Second.Source, id(f.Second, 0), f.like(f.Second, 0, nil)),
		f.comes(f.First, 1),
		Synced(),
		f.holds(f.First, f.held(f.First, 1, nil)),
		f.holds(f.Second),
		Quiet(),
		f.comes(f.First, 0),
		Synced(), Later(2*time.Hour), Synced(),
		f.holds(f.Second, f.held(f.Second, 0, nil)),
		f.refers(0, 0),
		Quiet(),
		f.change(f.Second, 0, record.Fields{f.Ref: f.First.New(1)[f.First.Key]}), // to another
		Synced(),
		f.refers(0, 1),
		Quiet(), Conflicts(0),
	)
}
