package engine_test

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// cast is who plays in a story.
type cast struct {
	book     policy.Book
	rules    []derive.Rule
	pipeline engine.Pipeline
	systems  []*memory.System
}

// stage is a story under way.
type stage struct {
	*rig
	cast
	by      map[record.System]*memory.System
	writes  atomic.Int64 // changes that have taken effect
	crashAt int64        // the change whose record is not stored
	at      int64        // writes before something
	was     record.ExternalID
}

// step is one line of a story.
type step func(s *stage)

// story tells a story, and tells it again with a crash before the record of
// each write is stored. All tellings end alike.
func story(t *testing.T, make func() cast, steps ...step) {
	t.Helper()
	t.Parallel()
	end, writes := tell(t, make(), 0, steps)
	for at := int64(1); at <= writes; at++ {
		t.Run(fmt.Sprintf("crash at write %d", at), func(t *testing.T) {
			t.Parallel()
			if got, _ := tell(t, make(), at, steps); got != end {
				t.Errorf("the story ends with\n%s\nwant\n%s", got, end)
			}
		})
	}
}

func tell(t *testing.T, c cast, crashAt int64, steps []step) (end string, writes int64) {
	t.Helper()
	s := &stage{cast: c, by: map[record.System]*memory.System{}, crashAt: crashAt}
	for _, sys := range c.systems {
		s.by[sys.Name] = sys
		sys.Fail = s.fate(sys.Name, nil)
	}
	s.rig = newRig(t, c.book, c.rules, c.pipeline, c.systems...)
	for _, step := range steps {
		step(s)
		if t.Failed() {
			return "", 0
		}
	}
	var b strings.Builder
	for _, sys := range c.systems {
		b.WriteString(string(sys.Name) + "\n" + sys.Snapshot())
	}
	return b.String(), s.writes.Load()
}

// fate counts what takes effect, and lets the process die once.
func (s *stage) fate(_ record.System, trouble func(when, op string) error) func(string, string) error {
	return func(when, op string) error {
		if trouble != nil {
			if err := trouble(when, op); err != nil {
				return err
			}
		}
		if when == "after" && s.writes.Add(1) == s.crashAt {
			return memory.ErrCrash
		}
		return nil
	}
}

// run runs the pipeline. After a crash a new process goes on with the same run.
func (s *stage) run() (map[string]engine.Counter, error) {
	s.t.Helper()
	sum, err := s.rig.sync()
	for errors.Is(err, memory.ErrCrash) {
		s.start(s.book, s.rules, s.systems...)
		err = s.end(s.rig.writes(s.t.Context(), engine.Task{Run: s.lastRun}, func(string, engine.Slice) {}))
	}
	return sum, err
}

// synced runs the pipeline and wants no error.
func synced() step {
	return func(s *stage) {
		s.t.Helper()
		if _, err := s.run(); err != nil {
			s.t.Errorf("sync: %v", err)
		}
	}
}

// stopped runs the pipeline and wants a limit to stop it: nothing is written,
// nothing is pending, and what was seen has not moved.
func stopped(outcome engine.Outcome, reason string) step {
	return func(s *stage) {
		s.t.Helper()
		before, rows := s.writes.Load(), s.rowsOf("seen", "replica", "entity")
		_, err := s.run()
		stop, ok := errors.AsType[*engine.Stop](err)
		if !ok || stop.Outcome != outcome || stop.Reason != reason {
			s.t.Errorf("the run ended with %v, want %s %s", err, outcome, reason)
		}
		if s.writes.Load() != before || s.rowsOf("seen", "replica", "entity") != rows {
			s.t.Error("a stopped run has left something behind")
		}
	}
}

// put is an edit by somebody at a system.
func put(sys record.System, place, id string, f record.Fields) step {
	return func(s *stage) { s.by[sys].Put(place, record.ExternalID(id), f) }
}

// edit changes the record of a place that has this value in its first key.
func edit(sys record.System, place string, key record.Fields, f record.Fields) step {
	return func(s *stage) {
		s.t.Helper()
		id := s.id(sys, place, key)
		if id == "" {
			s.t.Error("the record to be edited is not there")
			return
		}
		s.by[sys].Put(place, id, f)
	}
}

// drop is a removal by somebody; with a reason the system says so.
func drop(sys record.System, place string, key record.Fields, why record.Reason) step {
	return func(s *stage) { s.by[sys].Drop(place, s.id(sys, place, key), why) }
}

func (s *stage) id(sys record.System, place string, key record.Fields) record.ExternalID {
	for id, f := range s.by[sys].All(place) {
		if maps.Equal(f.Only(key.Names()), key) {
			return id
		}
	}
	return ""
}

// later lets time go by.
func later(d time.Duration) step { return func(s *stage) { s.pass(d) } }

// want wants a place to hold records with these fields and no others.
func want(sys record.System, place string, records ...record.Fields) step {
	return func(s *stage) {
		s.t.Helper()
		all := s.by[sys].All(place)
		if len(all) != len(records) {
			s.t.Errorf("%s %s holds %d records, want %d", sys, place, len(all), len(records))
		}
		for i, r := range records {
			if s.id(sys, place, r) == "" {
				s.t.Errorf("%s %s does not hold record %d of those wanted; it holds %v", sys, place, i+1, all)
			}
		}
	}
}

// quiet runs the pipeline and wants no write, no row and no report.
func quiet() step {
	return func(s *stage) {
		s.t.Helper()
		before, rows := s.writes.Load(), s.rows()
		synced()(s)
		if n := s.writes.Load() - before; n != 0 {
			s.t.Errorf("%d writes in a quiet run", n)
		}
		if s.rows() != rows {
			s.t.Error("rows were written in a quiet run")
		}
	}
}

// conflicts wants this many of them to be kept.
func conflicts(n int64) step {
	return func(s *stage) {
		s.t.Helper()
		if got := s.count(`select count(*) from conflict`); got != n {
			s.t.Errorf("%d conflicts, want %d", got, n)
		}
	}
}

// rowsWhere wants this many rows.
func rowsWhere(n int64, sql string) step {
	return func(s *stage) {
		s.t.Helper()
		if got := s.count(`select count(*) from ` + sql); got != n {
			s.t.Errorf("%d rows in %s, want %d", got, sql, n)
		}
	}
}

func (s *stage) count(sql string) (n int64) {
	s.t.Helper()
	if err := s.pool.QueryRow(s.t.Context(), sql).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *stage) rowsOf(tables ...string) (n int64) {
	for _, t := range tables {
		n += s.count(`select count(*) + coalesce(sum(xmin::text::bigint), 0) from ` + t)
	}
	return n
}

// sql is a program of somebody else's that writes our tables.
func sql(q string) step {
	return func(s *stage) {
		s.t.Helper()
		if _, err := s.pool.Exec(s.t.Context(), q); err != nil {
			s.t.Fatal(err)
		}
	}
}

// trouble makes a system fail: times calls of an operation, before or after
// they take effect.
func trouble(sys record.System, when, op string, times int, err error) step {
	return func(s *stage) {
		left := times
		s.by[sys].Fail = s.fate(sys, func(w, o string) error {
			if w != when || o != op || left == 0 {
				return nil
			}
			left--
			return err
		})
	}
}

func class(c connector.Class) *connector.Error {
	return &connector.Error{Class: c, System: "target", Op: "write"}
}

// planned makes a plan that is not admitted.
func planned() step {
	return func(s *stage) {
		s.plan = true
		defer func() { s.plan = false }()
		synced()(s)
	}
}

// approve applies the plan of the last run and carries it out.
func approve() step {
	return func(s *stage) {
		s.t.Helper()
		hash, err := s.engine.PlanHash(s.t.Context(), s.lastRun)
		if err == nil {
			err = pgx.BeginFunc(s.t.Context(), s.pool, func(tx pgx.Tx) error { return s.engine.Apply(s.t.Context(), tx, s.lastRun, hash) })
		}
		if err != nil {
			s.t.Errorf("apply: %v", err)
			return
		}
		s.approved = true
		defer func() { s.approved = false }()
		for err = memory.ErrCrash; errors.Is(err, memory.ErrCrash); {
			err = s.rig.writes(s.t.Context(), engine.Task{Run: s.lastRun}, func(string, engine.Slice) {})
			if errors.Is(err, memory.ErrCrash) {
				s.start(s.book, s.rules, s.systems...)
			}
		}
		if err := s.end(err); err != nil {
			s.t.Errorf("write: %v", err)
		}
	}
}

// newRun is a run's id as jobs make them: it has the time.
func newRun(now time.Time) uuid.UUID {
	id := uuid.Must(uuid.NewV7())
	ms := now.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (40 - 8*i))
	}
	return id
}
