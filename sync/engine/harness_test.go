package engine_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// rig is an engine on a database of its own, with systems in memory and a
// clock that stands still.
type rig struct {
	t        *testing.T
	pool     *pgxpool.Pool
	store    *store.Store
	engine   *engine.Engine
	pipeline engine.Pipeline
	mu       sync.Mutex
	now      time.Time
	lastRun  uuid.UUID
	override []string
	plan     bool
	approved bool
	kind     record.Kind
	keys     []string
}

func newRig(t *testing.T, book policy.Book, rules []derive.Rule, p engine.Pipeline, systems ...*memory.System) *rig {
	t.Helper()
	r := &rig{t: t, pool: pgtest.New(t), pipeline: p, now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	r.store = store.Open(r.pool)
	r.start(book, rules, systems...)
	return r
}

// start begins with a new process: nothing is kept but the database.
func (r *rig) start(book policy.Book, rules []derive.Rule, systems ...*memory.System) {
	r.t.Helper()
	var in []engine.System
	for _, s := range systems {
		conn, err := s.Open(connectortest.NewHost(r.t))
		if err != nil {
			r.t.Fatal(err)
		}
		in = append(in, engine.System{Name: s.Name, Connector: conn})
	}
	settings := engine.DefaultSettings()
	settings.DigestKey, settings.Wait = []byte("test"), time.Millisecond
	settings.Deadline, settings.Linger = time.Second, 0
	var err error
	r.engine, err = engine.New(r.store, book, rules, in, settings, r.clock)
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

// pass lets time go by.
func (r *rig) pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

// sync runs the pipeline once, as jobs would, and returns what each place was
// told.
func (r *rig) sync() (map[string]engine.Counter, error) {
	r.t.Helper()
	r.lastRun = newRun(r.clock())
	ctx := r.t.Context()
	sum := map[string]engine.Counter{}
	add := func(step string, s engine.Slice) {
		for _, c := range s.Counters {
			key := fmt.Sprintf("%s %s %s %s", step, c.System, c.Place, c.Kind)
			sum[key] = plus(sum[key], c)
		}
	}
	task := engine.Task{Run: r.lastRun, Plan: r.plan, Override: r.override, Kind: r.kind, Keys: r.keys}
	for _, read := range r.pipeline.Reads {
		for done := false; !done; {
			s, err := r.engine.Read(ctx, task, read)
			add("read", s)
			if err != nil && read.Needed {
				return sum, r.end(err)
			}
			done = s.Done || err != nil
		}
	}
	s, err := r.engine.Decide(ctx, task, r.pipeline)
	add("decide", s)
	if err != nil || r.plan {
		if err != nil {
			if _, stopped := errors.AsType[*engine.Stop](err); stopped {
				return sum, err // the plan is kept
			}
			return sum, r.end(err)
		}
		return sum, nil
	}
	err = r.writes(ctx, task, add)
	return sum, r.end(err)
}

func (r *rig) writes(ctx context.Context, task engine.Task, add func(string, engine.Slice)) error {
	task.Approved = r.approved
	var first error
	for _, write := range r.pipeline.Writes {
		for done := false; !done; {
			s, err := r.engine.Write(ctx, task, write)
			add("write", s)
			if err != nil {
				first = err
			}
			if errors.Is(err, memory.ErrCrash) {
				return err // nobody is left to go on
			}
			if s.After > 0 {
				r.pass(s.After)
			}
			done = s.Done || err != nil
		}
	}
	return first
}

// end drops what the run has staged.
func (r *rig) end(err error) error {
	if errors.Is(err, memory.ErrCrash) {
		return err
	}
	drop := pgx.BeginFunc(r.t.Context(), r.pool, func(tx pgx.Tx) error { return r.engine.Discard(r.t.Context(), tx, r.lastRun) })
	return errors.Join(err, drop)
}

func plus(a, b engine.Counter) engine.Counter {
	b.Read += a.Read
	b.Created += a.Created
	b.Updated += a.Updated
	b.Unchanged += a.Unchanged
	b.LetGo += a.LetGo
	b.Waiting += a.Waiting
	b.Excluded += a.Excluded
	b.Quarantined += a.Quarantined
	b.Failed += a.Failed
	b.Faults += a.Faults
	b.Conflicts += a.Conflicts
	b.Calls += a.Calls
	return b
}

// mustSync runs the pipeline and wants no error.
func (r *rig) mustSync() map[string]engine.Counter {
	r.t.Helper()
	sum, err := r.sync()
	if err != nil {
		r.t.Fatalf("sync: %v", err)
	}
	return sum
}

// wantStop runs the pipeline and wants it to be stopped for a reason.
func (r *rig) wantStop(outcome engine.Outcome, reason string) {
	r.t.Helper()
	_, err := r.sync()
	stop, ok := errors.AsType[*engine.Stop](err)
	if !ok || stop.Outcome != outcome || stop.Reason != reason {
		r.t.Fatalf("run ended with %v, want %s %s", err, outcome, reason)
	}
}

// number is what a query answers with.
func (r *rig) number(sql string) (n int) {
	r.t.Helper()
	if err := r.pool.QueryRow(r.t.Context(), sql).Scan(&n); err != nil {
		r.t.Fatal(err)
	}
	return n
}

// rows counts the rows written so far, over all tables that a quiet run leaves
// alone.
func (r *rig) rows() (n int64) {
	r.t.Helper()
	ctx := r.t.Context()
	conn, err := r.pool.Acquire(ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	defer conn.Release()
	for _, table := range []string{"entity", "entity_alias", "seen", "group_key", "plan_row", "conflict", "listing", "binding"} {
		var rows int64
		var xmin int64
		q := fmt.Sprintf(`select count(*), coalesce(sum(xmin::text::bigint), 0) from %s`, table)
		if err := conn.QueryRow(ctx, q).Scan(&rows, &xmin); err != nil {
			r.t.Fatal(err)
		}
		n += rows + xmin
	}
	var xmin int64
	if err := conn.QueryRow(ctx, `select coalesce(sum(xmin::text::bigint), 0) from replica`).Scan(&xmin); err != nil {
		r.t.Fatal(err)
	}
	return n + xmin
}

// wantQuiet runs the pipeline and wants no write anywhere, not even of a row.
func (r *rig) wantQuiet(systems ...*memory.System) {
	r.t.Helper()
	before, writes := r.rows(), make([]int, len(systems))
	for i, s := range systems {
		writes[i] = s.Writes
	}
	r.mustSync()
	for i, s := range systems {
		if s.Writes != writes[i] {
			r.t.Errorf("%s was written %d times in a quiet run", s.Name, s.Writes-writes[i])
		}
	}
	if after := r.rows(); after != before {
		r.t.Errorf("rows were written in a quiet run")
	}
}

// apply approves the plan of the last run and carries it out.
func (r *rig) apply(hash string) error {
	ctx := r.t.Context()
	err := pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) error { return r.engine.Apply(ctx, tx, r.lastRun, hash) })
	if err != nil {
		return err
	}
	r.approved = true
	defer func() { r.approved = false }()
	return r.end(r.writes(ctx, engine.Task{Run: r.lastRun}, func(string, engine.Slice) {}))
}
