package engine_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// elsewhere reads as another run does that comes to nothing more: it has not planned
// yet, or never will.
func elsewhere(s *stage) {
	s.T.Helper()
	task := step.Task{Run: uuid.Must(uuid.NewV7())}
	for _, in := range s.Rig.Pipeline.Reads {
		for !read(s, task, in) {
			continue
		}
	}
}

// finish reads what is left of a run under way, and carries it out to its end.
func finish(s *stage, task step.Task) {
	s.T.Helper()
	for _, in := range s.Rig.Pipeline.Reads {
		for !read(s, task, in) {
			continue
		}
	}
	s.LastRun = task.Run
	if err := s.Resume(); err != nil {
		s.T.Error(err)
	}
}

func read(s *stage, task step.Task, in step.Read) (done bool) {
	s.T.Helper()
	slice, err := s.Engine.Read(s.T.Context(), task, in)
	if err != nil {
		s.T.Fatal(err)
	}
	return slice.Done
}

// A plan is out of date where another run has read a record otherwise since, also
// before that one has planned, and whether what it read is new or what stood there
// before. What it has read alike makes nothing stale.
func TestStoryPlanOlderThanAReading(t *testing.T) {
	t.Parallel()
	a := func(mail string) deed { return put("source", "members", "A", member("A", mail)) }
	gone := func(s *stage) { s.By["source"].Drop("members", "B", record.Removed) }
	for _, c := range []struct {
		name  string
		since deed // what happens before the other run reads
		moved int
	}{
		{"read alike", func(*stage) {}, 0},
		{"what stood there before", a("a@example.org"), 1},
		{"something newer", a("a3@example.org"), 1},
		{"gone", gone, 1},
		{"edited at the target", edit("target", "people", record.Fields{fCode: "A"}, record.Fields{fMail: "hand@example.org"}), 1},
		{"made at the target", func(s *stage) { s.By["target"].Put("people", "77", member("C", "c@example.org")) }, 1},
		{"somebody else made at the target", func(s *stage) { s.By["target"].Put("people", "77", member("Z", "z@example.org")) }, 0},
		{"unreadable", func(s *stage) { s.By["source"].Break("members", "A", "broken") }, 0},
	} {
		for _, how := range ways {
			t.Run(c.name+", "+how.name, func(t *testing.T) {
				t.Parallel()
				var old plan0
				after := stale(&old, c.moved)
				if c.moved == 0 {
					after = late(&old)
				}
				tell(t, how.cast(), 0, []deed{
					a("a@example.org"), put("source", "members", "B", member("B", "b@example.org")), synced(),
					a("a2@example.org"), put("source", "members", "B", member("B", "b2@example.org")),
					put("source", "members", "C", member("C", "c@example.org")),
					planned(), kept(&old),
					c.since, elsewhere, after,
				})
			})
		}
	}
}

// ways are the ways in which the source lists.
var ways = []struct {
	name string
	cast func() cast
}{
	{"in order", two()},
	{"in no order", func() cast {
		k := two()()
		k.Systems[0].Places[0].Unordered = true
		return k
	}},
	{"since", sinceCast},
}

func sinceCast() cast {
	k := two()()
	k.Systems[0].Places[0].Since = true
	k.Pipeline.Reads[0].Select = step.Since
	return k
}

// A plan is applied while another run reads: what that one has passed as unchanged
// has changed under it. A listing of what has changed shows it once more.
func TestStoryPlanAppliedWhileAnotherReads(t *testing.T) {
	t.Parallel()
	k := sinceCast()
	k.Systems[0].Places[0].Page = 1
	var old plan0
	tell(t, k, 0, []deed{
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		synced(),
		put("source", "members", "A", mail("a2@example.org")), planned(), kept(&old),
		put("source", "members", "A", mail("a@example.org")),
		put("source", "members", "B", mail("b2@example.org")),
		func(s *stage) {
			task := step.Task{Run: uuid.Must(uuid.NewV7()), Until: s.Clock().Add(-1)}
			if read(s, task, s.Rig.Pipeline.Reads[0]) {
				s.T.Fatal("all was read in one slice")
			}
			late(&old)(s)
			task.Until = time.Time{}
			finish(s, task)
		},
		want("target", "people", member("A", "a2@example.org"), member("B", "b2@example.org")),
		synced(),
		want("target", "people", member("A", "a@example.org"), member("B", "b2@example.org")),
		quiet(),
	})
}

// What a run has read before another one, and applies after it, is the older: it is
// left, and the next run reads it again.
func TestStoryReadEarlierAppliedLater(t *testing.T) {
	t.Parallel()
	for _, how := range ways {
		t.Run(how.name, func(t *testing.T) {
			t.Parallel()
			k := how.cast()
			k.Systems[0].Places[0].Page = 1
			tell(t, k, 0, []deed{
				put("source", "members", "A", member("A", "a@example.org")),
				put("source", "members", "B", member("B", "b@example.org")),
				synced(),
				put("source", "members", "A", mail("a2@example.org")),
				func(s *stage) {
					task := step.Task{Run: uuid.Must(uuid.NewV7()), Until: s.Clock().Add(-1)}
					read(s, task, s.Rig.Pipeline.Reads[0])
					put("source", "members", "A", mail("a3@example.org"))(s)
					synced()(s)
					task.Until = time.Time{}
					finish(s, task)
				},
				want("target", "people", member("A", "a3@example.org"), member("B", "b@example.org")),
				synced(),
				want("target", "people", member("A", "a3@example.org"), member("B", "b@example.org")),
				quiet(),
			})
		})
	}
}

// A reading that begins while a batch is applied waits for it: what it is compared
// with is about to move.
func TestStoryReadingThatBeginsMeanwhile(t *testing.T) {
	t.Parallel()
	var old plan0
	tell(t, sinceCast(), 0, []deed{
		put("source", "members", "A", member("A", "a@example.org")),
		put("source", "members", "B", member("B", "b@example.org")),
		synced(),
		put("source", "members", "A", mail("a2@example.org")), planned(), kept(&old),
		put("source", "members", "A", mail("a@example.org")),
		sql(`create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(1); return new; end $$`),
		sql(`create trigger slow before update on last_seen for each row when (new.external_id = 'A') execute function slow()`),
		func(s *stage) {
			done, task := make(chan bool), step.Task{Run: uuid.Must(uuid.NewV7())}
			go func() { late(&old)(s); close(done) }()
			for s.Count(`select count(*) from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()`) == 0 {
				continue
			}
			for !read(s, task, s.Rig.Pipeline.Reads[0]) {
				continue
			}
			<-done
			for !read(s, task, s.Rig.Pipeline.Reads[1]) {
				continue
			}
			s.LastRun = task.Run
			if err := s.Resume(); err != nil {
				s.T.Error(err)
			}
		},
		sql(`drop trigger slow on last_seen`),
		synced(),
		want("target", "people", member("A", "a@example.org"), member("B", "b@example.org")),
		quiet(),
	})
}

// A person looks at one record while a newcomer stands at the target for a moment:
// that preview stops nothing of the runs after it.
func TestStoryPreviewStopsNoCreates(t *testing.T) {
	t.Parallel()
	for _, made := range []string{"Z", "B"} {
		tell(t, two()(), 0, []deed{
			put("source", "members", "A", member("A", "a@example.org")), synced(),
			func(s *stage) {
				s.By["target"].Put("people", "77", member(made, "z@example.org"))
				s.Kind, s.Keys = kPerson, []string{"A"}
			},
			planned(),
			func(s *stage) {
				s.Kind, s.Keys = "", nil
				s.By["target"].Drop("people", "77", "")
			},
			put("source", "members", "B", member("B", "b@example.org")), synced(),
			want("target", "people", member("A", "a@example.org"), member("B", "b@example.org")),
		})
	}
}

// What is held of a reading says nothing: it hides no newer value, and makes nothing
// stale.
func TestStoryHeldReadingOfAnother(t *testing.T) {
	t.Parallel()
	mails := func(s *stage) {
		for i := range 12 {
			put("source", "members", fmt.Sprintf("P%04d", i), mail(fmt.Sprintf("moved%d@other.example.org", i)))(s)
		}
	}
	named := func(n string) deed { return put("source", "members", "P0001", record.Fields{fName: n}) }
	for _, c := range []struct {
		name         string
		before, then []deed
		moved        int
	}{
		{"held in both, and newer", []deed{mails, named("N1")}, []deed{named("N2")}, 1},
		{"held in both, and alike", []deed{mails, named("N1")}, nil, 0},
		{"held in the other one", []deed{named("N1")}, []deed{mails}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var old plan0
			after := stale(&old, c.moved)
			if c.moved == 0 {
				after = late(&old)
			}
			steps := append([]deed{members(20, same), synced(), synced(), synced()}, c.before...)
			steps = append(append(steps, planned(), kept(&old)), c.then...)
			tell(t, two()(), 0, append(steps, elsewhere, after))
		})
	}
}

// What a reading shows of a field that was written since it began is old, whatever
// other runs have written in between, and is no edit; what it shows of others counts.
func TestStoryWrittenSinceAReading(t *testing.T) {
	for name, between := range map[string][]string{
		"once": {"b@example.org"}, "twice": {"b@example.org", "c@example.org"}, "there and back": {"b@example.org", "a@example.org"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			last := mail(between[len(between)-1])
			scan := step.Task{Run: uuid.Must(uuid.NewV7())}
			var all []step.Read
			steps := []deed{
				put("source", "members", "A", member("A", "a@example.org")), synced(), synced(),
				edit("target", "people", code("A"), record.Fields{fName: "Edited"}),
				func(s *stage) {
					all = s.Rig.Pipeline.Reads
					for _, in := range all {
						for done := in.System != "target"; !done; {
							done = read(s, scan, in)
						}
					}
					s.Rig.Pipeline.Reads = slices.DeleteFunc(slices.Clone(all), func(in step.Read) bool { return in.System == "target" })
				},
			}
			for _, m := range between {
				steps = append(steps, put("source", "members", "A", mail(m)), synced())
			}
			tell(t, two()(), 0, append(steps,
				func(s *stage) {
					s.LastRun, s.Rig.Pipeline.Reads = scan.Run, all
					if err := s.Resume(); err != nil {
						s.T.Error(err)
					}
				},
				rowsWhere(1, fmt.Sprintf(`entity where fields ->> 'mail' = '%s'`, last[fMail])),
				synced(), synced(), want("target", "people", member("A", last[fMail])), want("source", "members", member("A", last[fMail])), quiet(),
			))
		})
	}
}

// Of two approvals at the same moment the second sees what the first has begun.
func TestStoryTwoApprovalsAtOnce(t *testing.T) {
	t.Parallel()
	var one, other plan0
	tell(t, two()(), 0, []deed{
		put("source", "members", "A", member("A", "a@example.org")), synced(),
		put("source", "members", "A", mail("a2@example.org")), planned(), kept(&one), planned(), kept(&other),
		func(s *stage) {
			ctx, answer := s.T.Context(), make(chan error, 1)
			approve := func(tx pgx.Tx, p plan0) error {
				_, err := s.Engine.Apply(ctx, tx, p.run, engine.Word{Hash: p.hash})
				return err
			}
			err := pgx.BeginFunc(ctx, s.Pool, func(tx pgx.Tx) error {
				if err := approve(tx, one); err != nil {
					return err
				}
				go func() {
					answer <- pgx.BeginFunc(ctx, s.Pool, func(tx pgx.Tx) error { return approve(tx, other) })
				}()
				for s.Count(`select count(*) from pg_locks where locktype = 'advisory' and not granted
					and database = (select oid from pg_database where datname = current_database())`) == 0 {
					if len(answer) > 0 {
						break
					}
				}
				return nil
			})
			if err != nil {
				s.T.Fatal(err)
			}
			if _, is := errors.AsType[engine.OtherApplying](<-answer); !is {
				s.T.Error("two plans of one kind are applied at once")
			}
		},
	})
}
