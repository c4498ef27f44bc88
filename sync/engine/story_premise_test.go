package engine_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// kept remembers the plan of the last run, to be approved later.
func kept(to *plan0) deed {
	return func(s *stage) {
		hash, err := s.Engine.PlanHash(s.T.Context(), s.LastRun)
		if err != nil {
			s.T.Fatal(err)
		}
		*to = plan0{s.LastRun, hash}
	}
}

type plan0 struct {
	run  uuid.UUID
	hash string
}

// late approves a plan that was kept, and carries it out.
func late(p *plan0) deed {
	return func(s *stage) {
		s.LastRun = p.run
		if err := s.Approve(p.hash); err != nil {
			s.T.Errorf("approve the plan: %v", err)
		}
	}
}

// stale approves a plan that was kept, of which so many records have moved.
func stale(p *plan0, moved int) deed {
	return func(s *stage) {
		now := s.LastRun
		s.LastRun = p.run
		old, ok := errors.AsType[*engine.PlanStale](s.Approve(p.hash))
		if !ok || len(old.Moved) != moved {
			s.T.Errorf("approved although it is stale: %v; want %d records", old, moved)
		}
		s.LastRun = now
	}
}

func lacking(n int) deed {
	return func(s *stage) {
		for i := range n {
			s.By["source"].Drop("members", record.ExternalID(fmt.Sprintf("P%04d", i)), "")
		}
	}
}

// states has the source state how many it lists.
func states(s *stage) { s.By["source"].States = true }

func removing(p *policy.Policy) {
	p.OnDelete = []policy.OnDelete{{System: "target", Action: policy.Delete}}
}

// A short listing is stopped by the limit; the source is repaired; then the old
// plan is approved.
func TestStoryOldPlanAgainstARepairedSource(t *testing.T) {
	t.Parallel()
	make := two()
	var old plan0
	tell(t, func() cast { k := make(); removing(k.Policies[0]); return k }(), 0, []deed{
		states, members(20, same), synced(), quiet(),
		lacking(9), synced(), // consistent, and for the first time: nobody leaves yet
		later(2 * time.Hour),
		stopped(step.GuardStopped, "TOO_MANY_REMOVED"), kept(&old),
		members(20, same), planned(), // shows all again, and comes to nothing
		stale(&old, 9),
		synced(), quiet(),
		rowsWhere(0, `entity where deleted <> ''`),
		rowsWhere(20, `sync_record where system = 'target' and external_id is not null`),
	})
}

// A plan says "create B"; somebody makes B by hand; another run sees it, and
// comes to nothing.
func TestStoryOldPlanAgainstANewcomer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		run  func() deed
	}{{"planned", planned}, {"applied", synced}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var old plan0
			tell(t, two()(), 0, []deed{
				put("source", "members", "A", member("A", "a@example.org")), synced(),
				put("source", "members", "B", member("B", "b@example.org")), planned(), kept(&old),
				func(s *stage) { s.By["target"].Put("people", "77", member("B", "b@example.org")) },
				c.run(),
				stale(&old, 1),
				synced(),
				want("target", "people", member("A", "a@example.org"), member("B", "b@example.org")),
				quiet(),
			})
		})
	}
}

// A plan waits for a day, while others plan the same again: approving the one
// that the person looked at works.
func TestStoryPlanThatIsPlannedAgain(t *testing.T) {
	t.Parallel()
	make := two()
	var old plan0
	tell(t, func() cast { k := make(); removing(k.Policies[0]); return k }(), 0, []deed{
		states, members(20, same), synced(),
		lacking(9), synced(), later(2 * time.Hour),
		stopped(step.GuardStopped, "TOO_MANY_REMOVED"), kept(&old),
		later(10 * time.Minute), stopped(step.GuardStopped, "TOO_MANY_REMOVED"),
		later(10 * time.Minute), stopped(step.GuardStopped, "TOO_MANY_REMOVED"),
		late(&old),
		rowsWhere(9, `entity where deleted <> ''`),
		rowsWhere(11, `sync_record where system = 'target' and external_id is not null`),
	})
}

// One edit at the wrong second concerns one record: the rest of the run goes on,
// and the record is planned again by the next.
func TestStoryStalePartFailsAlone(t *testing.T) {
	t.Parallel()
	tell(t, two()(), 0, []deed{
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		synced(),
		put("source", "members", "A", mail("a2@example.org")),
		put("source", "members", "B", mail("b2@example.org")),
		// Somebody edits A while the plan is stored.
		sql(`create function meanwhile() returns trigger language plpgsql as $$
			begin
				update entity set fields = fields || '{"name": "moved"}' where key = 'A' and fields ->> 'name' <> 'moved';
				return null;
			end $$`),
		sql(`create trigger meanwhile after insert on plan_row execute function meanwhile()`),
		synced(),
		want("target", "people", member("A", "a@example.org"), member("B", "b2@example.org")),
		synced(),
		want("target", "people", record.Fields{fCode: "A", fName: "moved", fMail: "a2@example.org"}, member("B", "b2@example.org")),
		synced(), quiet(),
	})
}

// What was absent, present in a run that was only a plan, and absent again, is
// not absent twice in a row.
func TestStoryAbsentTwiceInARow(t *testing.T) {
	t.Parallel()
	tell(t, two()(), 0, []deed{
		members(20, same), synced(),
		lacking(1), synced(), later(2 * time.Hour),
		members(20, same), planned(), later(2 * time.Hour),
		lacking(1), synced(),
		rowsWhere(0, `entity where deleted <> ''`),
		later(2 * time.Hour), synced(),
		rowsWhere(1, `entity where deleted <> ''`),
	})
}

// A run for one key moves no cursor: what the others have changed is still seen.
func TestStoryP326ScopeMovesNoCursor(t *testing.T) {
	t.Parallel()
	since := func() cast {
		k := two()()
		k.Pipeline.Reads[0].Select = step.Since
		return k
	}
	tell(t, since(), 0, []deed{
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		synced(),
		put("source", "members", "A", mail("a2@example.org")),
		put("source", "members", "B", mail("b2@example.org")),
		func(s *stage) { s.Kind, s.Keys = kPerson, []string{"A"} },
		synced(),
		want("target", "people", member("A", "a2@example.org"), member("B", "b@example.org")),
		func(s *stage) { s.Kind, s.Keys = "", nil },
		synced(),
		want("target", "people", member("A", "a2@example.org"), member("B", "b2@example.org")),
		quiet(),
	})
}

// A first sync that is approved for one record asks again before it touches the
// others.
func TestStoryFirstSyncOfOneRecord(t *testing.T) {
	t.Parallel()
	tell(t, two()(), 0, []deed{
		members(20, same),
		func(s *stage) {
			for i := range 20 {
				s.By["target"].Put("people", record.ExternalID(fmt.Sprint(i+1)), record.Fields{
					fCode: fmt.Sprintf("P%04d", i), fName: "old", fMail: "", fFormer: "",
				})
			}
			s.Kind, s.Keys = kPerson, []string{"P0003"}
		},
		stopped(step.GuardStopped, "FIRST_SYNC"), approve(),
		func(s *stage) { s.Kind, s.Keys = "", nil },
		stopped(step.GuardStopped, "FIRST_SYNC"),
	})
}

// A run for records that are named says so when it has found nothing of one.
func TestStoryNamedAndNotKnown(t *testing.T) {
	t.Parallel()
	named := func(want string, keys ...string) deed {
		return func(s *stage) {
			s.Kind, s.Keys = kPerson, keys
			if _, err := s.Run(); err != nil {
				s.T.Error(err)
			}
			if got := s.Notes[step.PartialNote]; got != want {
				s.T.Errorf("asked for %v the run notes %q, want %q", keys, got, want)
			}
			s.Kind, s.Keys = "", nil
		}
	}
	tell(t, two()(), 0, []deed{
		put("source", "members", "A", member("A", "a@example.org")), synced(),
		put("source", "members", "B", member("B", "b@example.org")),
		named("", "A", "B"), named("KEYS_UNKNOWN", "NOPE"), named("KEYS_UNKNOWN", "NOPE", "A"),
		sql(fmt.Sprintf(`insert into entity_alias (kind, from_key, to_key, reason, made_on) values ('%s', 'OLD', 'A', 'renamed', now())`, kPerson)),
		named("", "A", "OLD"),
		func(s *stage) { s.By["source"].Drop("members", "B", record.Removed) }, synced(), synced(),
		named("", "B"),
		want("target", "people", record.Fields{fCode: "A"}, record.Fields{fCode: "B", fFormer: "true"}),
	})
}

// An approval may leave out what has changed since, and says what it was.
func TestStorySkipStale(t *testing.T) {
	t.Parallel()
	var old plan0
	tell(t, two()(), 0, []deed{
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		synced(),
		put("source", "members", "A", mail("a2@example.org")),
		put("source", "members", "B", mail("b2@example.org")),
		planned(), kept(&old),
		sql(`update entity set fields = fields || '{"name": "moved"}' where key = 'A'`),
		stale(&old, 1),
		func(s *stage) { s.SkipStale = true },
		late(&old),
		func(s *stage) {
			if s.Left != 1 {
				s.T.Errorf("%d records were left out, want 1", s.Left)
			}
			s.SkipStale = false
		},
		want("target", "people", member("A", "a@example.org"), member("B", "b2@example.org")),
		synced(),
		want("target", "people", record.Fields{fCode: "A", fName: "moved", fMail: "a2@example.org"}, member("B", "b2@example.org")),
	})
}
