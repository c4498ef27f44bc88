package engine_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// says has a person keep leavers of a kind, or let them go.
func says(decided string, kind record.Kind, keys ...string) deed {
	return func(s *stage) {
		s.T.Helper()
		if err := decide(s, decided, kind, keys...); err != nil {
			s.T.Errorf("%s: %v", decided, err)
		}
	}
}

func decide(s *stage, decided string, kind record.Kind, keys ...string) error {
	rows, err := s.Pool.Query(s.T.Context(), "select id from entity where kind = $1 and key = any($2)", string(kind), keys)
	if err != nil {
		return err
	}
	d := store.LeaverDecision{Decided: decided, Sources: []string{"source " + string(kind)}, By: store.Actor{Name: "alice"}, Why: "knows them"}
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		d.Entities = append(d.Entities, id)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if len(d.Entities) != len(keys) {
		return fmt.Errorf("%d of %d are known", len(d.Entities), len(keys))
	}
	return s.Store.DecideLeavers(s.T.Context(), d, s.Clock())
}

// notLeaving wants it to be too late, or too early, to say anything of one.
func notLeaving(key string) deed {
	return func(s *stage) {
		s.T.Helper()
		if err := decide(s, record.Keep, kPerson, key); !errors.Is(err, store.ErrNotLeaving) {
			s.T.Errorf("%s: %v, want that nothing of it is leaving", key, err)
		}
	}
}

func departed(n int64) deed { return rowsWhere(n, `entity where deleted <> ''`) }

// enter makes members P0000 to P(n-1) at the source.
func enter(n int) deed { return func(s *stage) { fill(s.By["source"], n) } }

// missing drops members from the source.
func missing(keys ...string) deed {
	return func(s *stage) {
		for _, k := range keys {
			s.By["source"].Drop("members", record.ExternalID(k), "")
		}
	}
}

// Of those whom a listing lacks, a person keeps one and lets another go, and the third
// waits for the second listing as all do.
func TestStoryLeaversDecided(t *testing.T) {
	t.Parallel()
	for _, crash := range []int64{0, 21} { // 21 is the first end
		tell(t, two()(), crash, []deed{
			enter(20), synced(), quiet(),
			missing("P0001", "P0002", "P0003"), synced(), departed(0), later(time.Minute),
			says(record.Keep, kPerson, "P0001"), says(record.LetGo, kPerson, "P0002"), later(time.Minute),
			synced(), departed(1), rowsWhere(1, `entity where key = 'P0002' and deleted = 'absent'`), quiet(),
			notLeaving("P0002"), notLeaving("P0004"),
			later(2 * time.Hour), synced(), departed(2), quiet(),
			later(48 * time.Hour), quiet(), quiet(), departed(2),
			rowsWhere(1, `leaving where decided = 'keep' and why = 'missing'`),
			rowsWhere(2, `plan_row where key = 'P0002' and effect = 'removed' and approved`),
			rowsWhere(2, `plan_row where key = 'P0003' and effect = 'removed' and not approved`),
			// Let go after all.
			says(record.LetGo, kPerson, "P0001"), synced(), departed(3), quiet(),
			rowsWhere(3, `audit where action = 'DecideLeavers'`),
			// All come back, and what was said is over.
			later(time.Minute), enter(20), synced(), departed(0), quiet(),
			missing("P0001"), synced(), rowsWhere(1, `leaving where decided = ''`), later(2 * time.Hour), synced(), departed(1),
		})
	}
}

// Whoever is kept and is seen again is no leaver any more: missing once more, they leave
// as everybody does.
func TestStoryKeptAndSeenAgain(t *testing.T) {
	t.Parallel()
	tell(t, two()(), 0, []deed{
		enter(20), synced(), missing("P0001"), synced(),
		later(time.Minute), says(record.Keep, kPerson, "P0001"),
		later(2 * time.Hour), synced(), later(2 * time.Hour), synced(), later(2 * time.Hour), synced(), departed(0),
		enter(20), synced(), rowsWhere(0, `leaving`), quiet(),
		later(time.Hour), missing("P0001"), synced(), departed(0), later(2 * time.Hour), synced(), departed(1),
	})
}

// More leave than may, and the run stops. Those whom a person lets go count for no limit,
// also not later; those who are kept stay, and the plan that had them leave is out of
// date for them.
func TestStoryLeaversOfAStoppedRun(t *testing.T) {
	t.Parallel()
	var gone, rest []string
	for i := range 30 {
		k := fmt.Sprintf("P%04d", i)
		if i < 20 {
			gone = append(gone, k)
		} else {
			rest = append(rest, k)
		}
	}
	tell(t, two()(), 0, []deed{
		enter(100), synced(), missing(gone...), missing(rest...), func(s *stage) { s.By["source"].States = true },
		synced(), departed(0), later(2 * time.Hour), stopped(step.GuardStopped, "TOO_MANY_REMOVED"),
		says(record.LetGo, kPerson, gone...), says(record.Keep, kPerson, rest...),
		func(s *stage) { // what waited is approved all the same
			hash, err := s.Engine.PlanHash(s.T.Context(), s.LastRun)
			if err == nil {
				err = s.Apply(hash)
			}
			if err == nil {
				s.T.Error("a plan is applied that has those leave who are kept")
			}
		},
		departed(0), synced(), departed(20), quiet(),
		rowsWhere(0, `limit_effect where effect = 'removed'`),
	})
}

// An end that a field of a reading brings is kept back, or confirmed, by a person as well.
func TestStoryEndsDecided(t *testing.T) {
	t.Parallel()
	tell(t, mailing(), 0, []deed{
		mailboxes(20, own), synced(), subscribed(20), quiet(),
		parted(), synced(), subscribed(20), waiting(5),
		func(s *stage) {
			var n int
			err := s.Pool.QueryRow(s.T.Context(), "select count(*) from leaving where since = $1 and confirm_at > $1", s.Clock()).Scan(&n)
			if err != nil || n != 5 {
				s.T.Errorf("%d leave since now, %v; want 5", n, err)
			}
		},
		func(s *stage) {
			var kind string
			var keys []string
			err := s.Pool.QueryRow(s.T.Context(), "select min(e.kind), array_agg(distinct e.key order by e.key) from leaving v join entity e on e.id = v.entity").Scan(&kind, &keys)
			if err != nil || len(keys) != 5 {
				s.T.Fatalf("%v, %v", keys, err)
			}
			says(record.LetGo, record.Kind(kind), keys[:2]...)(s)
			says(record.Keep, record.Kind(kind), keys[2:4]...)(s)
		},
		synced(), subscribed(18), waiting(3), quiet(),
		later(2 * time.Hour), synced(), subscribed(17), waiting(2), quiet(),
		later(48 * time.Hour), quiet(), waiting(2),
		rowsWhere(0, `sync_record where decided <> '' and confirm_at is null`),
		mailboxes(20, own), synced(), subscribed(20), waiting(0), quiet(),
		rowsWhere(0, `sync_record where decided <> ''`),
	})
}
