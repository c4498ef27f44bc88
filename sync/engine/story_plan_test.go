package engine_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// members makes members 0 to n-1 at the source, and copies of them at the target.
func members(n int, change func(i int, f record.Fields) record.Fields) deed {
	return func(s *stage) {
		for i := range n {
			code := fmt.Sprintf("P%04d", i)
			if f := change(i, member(code, code+"@example.org")); f != nil {
				s.By["source"].Put("members", record.ExternalID(code), f)
			}
		}
	}
}

func same(_ int, f record.Fields) record.Fields { return f }

func upTo(n int, f func(record.Fields) record.Fields) func(int, record.Fields) record.Fields {
	return func(i int, in record.Fields) record.Fields {
		if i >= n {
			return nil
		}
		return f(in)
	}
}

func TestStoryB46Plan(t *testing.T) {
	story(t, two(),
		put("target", "people", "1", record.Fields{fCode: "A", fName: "old", fMail: "", fFormer: ""}),
		put("target", "people", "2", record.Fields{fCode: "Z", fName: "not ours", fMail: "", fFormer: ""}),
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		stopped(step.GuardStopped, "FIRST_SYNC"),
		planned0("FIRST_SYNC"),
		approve(),
		want("target", "people", member("A", "a@example.org"), member("B", "b@example.org"), record.Fields{fCode: "Z", fName: "not ours"}),
		rowsWhere(1, `sync_record where entity is null`),
		quiet(),
		// A plan that was asked for leaves nothing until it is approved.
		put("source", "members", "A", mail("a2@example.org")),
		func(s *stage) {
			rows := s.RowsOf("last_seen", "sync_record", "entity")
			planned()(s)
			if s.RowsOf("last_seen", "sync_record", "entity") != rows {
				s.T.Error("a plan has left something behind")
			}
		},
		want("target", "people", member("A", "a@example.org"), member("B", "b@example.org"), code("Z")),
		approve(),
		want("target", "people", member("A", "a2@example.org"), member("B", "b@example.org"), code("Z")),
		quiet(),
	)
}

// planned0 is a plan that is kept although a limit stops it.
func planned0(reason string) deed { return stopped(step.GuardStopped, reason) }

func TestStoryPlanHash(t *testing.T) {
	t.Parallel()
	var hashes []string
	steps := []deed{
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		planned(),
		func(s *stage) {
			hash, err := s.Engine.PlanHash(s.T.Context(), s.LastRun)
			if err != nil {
				s.T.Fatal(err)
			}
			hashes = append(hashes, hash)
		},
	}
	tell(t, two()(), 0, append([]deed{later(time.Hour)}, steps...))
	tell(t, two()(), 0, append(steps, func(s *stage) {
		if _, ok := errors.AsType[engine.PlanMismatch](s.Apply("another")); !ok {
			s.T.Error("another hash is taken")
		}
		// A record moves: nothing of the plan is applied.
		first := s.LastRun
		synced()(s)
		s.By["source"].Put("members", "A", mail("a2@example.org"))
		planned()(s)
		hash, _ := s.Engine.PlanHash(s.T.Context(), s.LastRun)
		sql(`update entity set fields = fields || '{"name": "moved"}' where key = 'A'`)(s)
		stale, ok := errors.AsType[*engine.PlanStale](s.Apply(hash))
		if !ok || len(stale.Moved) == 0 || stale.Moved[0].Key != "A" {
			s.T.Errorf("the plan of a record that moved is taken, or does not say which: %v", stale)
		}
		if s.Count(`select count(*) from entity where fields ->> 'mail' = 'a2@example.org'`) != 0 {
			s.T.Error("part of a stale plan was applied")
		}
		_ = first
	}))
	if len(hashes) != 2 || hashes[0] != hashes[1] {
		t.Error("equal plans have different hashes")
	}
	tell(t, two()(), 0, append([]deed{put("source", "members", "A", mail("other@example.org"))}, func(s *stage) {
		s.By["source"].Put("members", "A", record.Fields{fCode: "A", fName: "Name A", fFormer: "false"})
	}, put("source", "members", "B", member("B", "b@example.org")), planned(), steps[3]))
	if len(hashes) != 3 || hashes[2] == hashes[0] {
		t.Error("different plans have the same hash")
	}
}

func TestStoryLimits(t *testing.T) {
	const held = 40
	remove := func(p *policy.Policy) { p.OnDelete = []policy.OnDelete{{System: "target", Action: policy.Delete}} }
	for _, c := range []struct {
		name, reason string
		change       deed
		short        bool // the listing may miss that many
	}{
		{"delete", "TOO_MANY_REMOVED", func(s *stage) {
			for i := range 6 {
				s.By["source"].Drop("members", record.ExternalID(fmt.Sprintf("P%04d", i)), record.Removed)
			}
		}, false},
		// Where one field changes in so many records at once the reading is held
		// before a limit is asked; several fields are for the limit.
		{"changed", "TOO_MANY_CHANGED", members(held, func(i int, f record.Fields) record.Fields {
			switch {
			case i < 5:
				f[fName] += " the Second"
			case i < 10:
				f[fMail] = "new-" + f[fMail]
			case i < 13:
				f[fFormer] = "true"
			}
			return f
		}), false},
		{"created", "TOO_MANY_CREATED", members(held+9, same), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			make := two()
			tell(t, func() cast { k := make(); remove(k.Policies[0]); return k }(), 0, []deed{
				members(held, same), synced(), quiet(),
				c.change,
				stopped(step.GuardStopped, c.reason),
				rowsWhere(0, `sync_record where desired_version > applied_version`),
				stopped(step.GuardStopped, c.reason), // it stays so
				func(s *stage) { s.Override = []string{c.reason} },
				synced(),
				func(s *stage) { s.Override = nil },
			})
		})
	}
	t.Run("at the limit", func(t *testing.T) {
		t.Parallel()
		tell(t, two()(), 0, []deed{
			members(held, same), synced(),
			members(held, func(i int, f record.Fields) record.Fields {
				switch {
				case i < 5:
					f[fName] += " the Second"
				case i < 10:
					f[fMail] = "new-" + f[fMail]
				case i < 12:
					f[fFormer] = "true"
				}
				return f
			}), synced(),
			members(held, upTo(5, func(f record.Fields) record.Fields { f[fMail] = ""; return f })), synced(),
			members(held+8, same), synced(), synced(), quiet(),
		})
	})
}

// A record that cannot be read is there and unchanged; too many of them are a
// page that has changed.
func TestStoryFaults(t *testing.T) {
	t.Parallel()
	tell(t, two()(), 0, []deed{
		members(40, same), synced(),
		func(s *stage) {
			for i := range 3 {
				s.By["source"].Break("members", record.ExternalID(fmt.Sprintf("P%04d", i)), "no name")
			}
		},
		synced(), quiet(), later(2 * time.Hour), quiet(), later(2 * time.Hour), quiet(),
		rowsWhere(0, `entity where deleted <> ''`),
		rowsWhere(3, `sync_record where quarantine <> ''`),
		func(s *stage) { s.By["source"].Break("members", "P0000", "") },
		synced(), quiet(),
		rowsWhere(2, `sync_record where quarantine <> ''`),
		func(s *stage) {
			for i := range 4 {
				s.By["source"].Break("members", record.ExternalID(fmt.Sprintf("P%04d", i)), "no name")
			}
		},
		stopped(step.Drifted, "TOO_MANY_FAULTS"),
	})
}

func TestStoryWrongAccount(t *testing.T) {
	t.Parallel()
	tell(t, two()(), 0, []deed{
		put("source", "members", "A", member("A", "a@example.org")), synced(),
		func(s *stage) {
			s.By["target"].Account = "somebody else's" // no new process is needed to notice
		},
		put("source", "members", "A", mail("b@example.org")),
		stopped(step.Failed, "WRONG_ACCOUNT"),
		want("target", "people", member("A", "a@example.org")),
	})
}

// A run of some records touches no other, and takes nothing as absent.
func TestStoryScope(t *testing.T) {
	story(t, two(),
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		put("source", "members", "C", member("C", "c@example.org")),
		synced(),
		put("source", "members", "A", mail("a2@example.org")),
		put("source", "members", "B", mail("b2@example.org")),
		put("source", "members", "D", member("D", "d@example.org")),
		drop("source", "members", code("C"), record.Removed),
		func(s *stage) { s.Kind, s.Keys = kPerson, []string{"A"} },
		synced(),
		want("target", "people", member("A", "a2@example.org"), member("B", "b@example.org"), member("C", "c@example.org")),
		func(s *stage) { s.Kind, s.Keys = "", nil },
		synced(), // the rest is not forgotten
		want("target", "people", member("A", "a2@example.org"), member("B", "b2@example.org"),
			record.Fields{fCode: "C"}, member("D", "d@example.org")),
		quiet(),
	)
}
