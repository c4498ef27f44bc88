package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

var memberFields = []record.Field{"code", "name"}

// world is the real engine with two systems in memory.
func world(t *testing.T, pool *pgxpool.Pool) (jobs.Options, *memory.System, *memory.System) {
	t.Helper()
	source, target := memberSource(), memberTarget("target")
	o := engineOf(t, pool, nil, source, target)
	o.Pipelines = []jobs.Pipeline{{Kinds: []record.Kind{"test.person"}, Pipeline: step.Pipeline{
		Name: "people", Family: "test",
		Reads: []step.Read{
			{System: "source", Place: "members", View: "all", Needed: true},
			{System: "target", Place: "*", View: "all", Needed: true},
		},
		Writes: []step.Write{{System: "target", Place: "*"}},
	}}}
	return o, source, target
}

func memberSource() *memory.System {
	return memory.New("source", memory.Place{Name: "members", Kind: "test.person", Reads: memberFields, ReadOnly: true})
}

func memberTarget(name record.System) *memory.System {
	return memory.New(name, memory.Place{
		Name: "people", Kind: "test.person", Reads: memberFields, Writes: memberFields, Key: []record.Field{"code"},
	})
}

// engineOf is the real engine with a source and any number of targets. wrap, if
// set, puts something around each connector.
func engineOf(
	t *testing.T, pool *pgxpool.Pool, wrap func(record.System, connector.Connector) connector.Connector, source *memory.System, targets ...*memory.System,
) jobs.Options {
	t.Helper()
	var systems []engine.System
	var at []policy.Target
	names := []record.System{"source", record.Hub}
	for _, s := range append([]*memory.System{source}, targets...) {
		meter := &engine.Meter{Host: store.NewHost(pool, s.Name, nil, slog.New(slog.DiscardHandler), nil)}
		conn, err := s.Open(meter)
		if err != nil {
			t.Fatal(err)
		}
		if wrap != nil {
			conn = wrap(s.Name, conn)
		}
		systems = append(systems, engine.System{Name: s.Name, Connector: conn, Meter: meter})
		if s != source {
			at, names = append(at, policy.TargetAt(s.Name, "people")), append(names, s.Name)
		}
	}
	policies := policy.Set{{
		Kind: "test.person", KeyFields: []record.Field{"code"}, Key: func(f record.Fields) string { return f["code"] },
		Sources: []record.System{"source"}, Targets: at,
		Fields: map[record.Field]policy.Rule{"code": policy.Owned("source"), "name": policy.Owned("source")},
	}}
	settings := engine.DefaultSettings()
	settings.DigestKey, settings.Wait = []byte("test"), time.Millisecond
	settings.PlanBatch, settings.ApplyBatch = 4, 12
	e, err := engine.New(store.Open(pool), policies, nil, systems, settings, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	o := options(pool, nil, names...)
	o.Engine = e
	o.Timeout = time.Minute // no test is to fail because a machine is busy
	return o
}

// written counts the rows written in all tables but those of runs, steps, jobs,
// staging, leases and schedules.
func written(t *testing.T, pool *pgxpool.Pool) int64 {
	t.Helper()
	var n int64
	err := pool.QueryRow(t.Context(), `
select coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0)::bigint from pg_stat_user_tables
where relname !~ 'run|step|job|staging|lease|schedule' and relname !~ '^river_'`).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// The second run of the real engine changes nothing, neither there nor here.
func TestQuietWithTheEngine(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	o, source, target := world(t, pool)
	for i := range 200 {
		code := fmt.Sprintf("P%04d", i)
		source.Put("members", record.ExternalID(code), record.Fields{"code": code, "name": "Name " + code})
	}
	b := &bundle{t: t, pool: pool, fake: newFake(), Options: o}
	c := b.server().Control()
	one, _ := b.run(c, jobs.Request{})
	one, _ = b.watch(c, one.ID)
	if one.Outcome != step.Succeeded || len(target.All("people")) != 200 {
		t.Fatalf("ended %s %s %s with %d records", one.Outcome, one.Reason, one.Detail, len(target.All("people")))
	}
	if n := one.Steps[3].Counters[0].Created; n != 200 {
		t.Fatalf("created %d", n)
	}
	settle(t, pool)
	writes, rows := target.Writes, written(t, pool)
	if rows < 400 {
		t.Fatalf("the first run wrote %d rows: the count is wrong", rows)
	}
	two, _ := b.run(c, jobs.Request{})
	two, _ = b.watch(c, two.ID)
	settle(t, pool)
	if two.Outcome != step.Succeeded || target.Writes != writes {
		t.Fatalf("ended %s %s with %d writes", two.Outcome, two.Reason, target.Writes-writes)
	}
	if more := written(t, pool) - rows; more != 0 {
		t.Fatalf("%d rows written in a quiet run", more)
	}
	var left int
	if err := pool.QueryRow(t.Context(), "select count(*) from staging_listing").Scan(&left); err != nil || left != 0 {
		t.Fatalf("%d rows left in staging, %v", left, err)
	}
}

// settle gives the sessions that ended a moment; jobs has them hand their
// numbers in.
func settle(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	pool.Reset() // a connection tells what it has counted when it ends
	select {
	case <-time.After(500 * time.Millisecond):
	case <-t.Context().Done():
	}
}

func TestPlansWithTheEngine(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	o, source, target := world(t, pool)
	for i := range 20 {
		code := fmt.Sprintf("P%04d", i)
		source.Put("members", record.ExternalID(code), record.Fields{"code": code, "name": "Name " + code})
		target.Put("people", record.ExternalID(fmt.Sprint(100+i)), record.Fields{"code": code, "name": "Old name " + code})
	}
	b := &bundle{t: t, pool: pool, fake: newFake(), Options: o}
	c := b.server().Control()
	met, _ := b.run(c, jobs.Request{})
	met, _ = b.watch(c, met.ID)
	if met.Outcome != step.GuardStopped || met.PlanHash == "" || target.Writes != 0 {
		t.Fatalf("first meeting: %s %s, hash %q, %d writes", met.Outcome, met.Reason, met.PlanHash, target.Writes)
	}
	if _, err := c.Apply(t.Context(), met.ID, jobs.Approval{Hash: met.PlanHash, By: "test"}); err != nil {
		t.Fatal(err)
	}
	met, _ = b.watch(c, met.ID)
	if met.Outcome != step.Succeeded || len(target.All("people")) != 20 || target.Writes != 20 {
		t.Fatalf("approved: %s %s, %d records, %d writes", met.Outcome, met.Reason, len(target.All("people")), target.Writes)
	}

	source.Put("members", "P0001", record.Fields{"name": "Once"})
	plan, _ := b.run(c, jobs.Request{PlanOnly: true})
	plan, _ = b.watch(c, plan.ID)
	if plan.State != jobs.Planned || target.Writes != 20 {
		t.Fatalf("plan: %s %s, %d writes", plan.State, plan.Outcome, target.Writes)
	}
	source.Put("members", "P0001", record.Fields{"name": "Twice"})
	run, _ := b.run(c, jobs.Request{})
	if run, _ = b.watch(c, run.ID); run.Outcome != step.Succeeded || target.Writes != 21 {
		t.Fatalf("run: %s, %d writes", run.Outcome, target.Writes)
	}
	_, err := c.Apply(t.Context(), plan.ID, jobs.Approval{Hash: plan.PlanHash, By: "test"})
	if stale, ok := errors.AsType[*engine.PlanStale](err); !ok || len(stale.Moved) == 0 {
		t.Fatalf("a plan whose record has moved: %v", err)
	}
	if target.Writes != 21 {
		t.Fatal("a stale plan was applied")
	}
}

// forgetful is an engine that leaves something behind after a write.
type forgetful struct {
	jobs.Engine
	after atomic.Pointer[func(context.Context) error]
}

func (f *forgetful) Write(ctx context.Context, t step.Task, w step.Write) (step.Slice, error) {
	slice, err := f.Engine.Write(ctx, t, w)
	if after := f.after.Load(); err == nil && after != nil {
		err = (*after)(ctx)
	}
	return slice, err
}

// A run whose writes say that they are done has not succeeded while a record
// waits without a reason; one with a reason is no fault of the run.
func TestNotAllWritten(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		change string // of the record that is left behind
		keys   []string
		want   step.Outcome
	}{
		{"no reason", "last_error = ''", nil, step.Partial},
		{"waits for something", "last_error = 'waiting: a reference'", nil, step.Succeeded},
		{"quarantined", "quarantine = 'refused'", nil, step.Succeeded},
		{"written", "applied_version = desired_version + 1", nil, step.Succeeded},
		{"outside of what was asked", "last_error = ''", []string{"P0002"}, step.Succeeded},
		{"asked for", "last_error = ''", []string{"P0001"}, step.Partial},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			pool := pgtest.New(t)
			o, source, _ := world(t, pool)
			engine := &forgetful{Engine: o.Engine}
			o.Engine = engine
			for _, code := range []string{"P0001", "P0002"} {
				source.Put("members", record.ExternalID(code), record.Fields{"code": code, "name": "Name " + code})
			}
			b := &bundle{t: t, pool: pool, fake: newFake(), Options: o}
			c := b.server().Control()
			run, _ := b.run(c, jobs.Request{})
			if run, _ = b.watch(c, run.ID); run.Outcome != step.Succeeded {
				t.Fatalf("the first ended %s %s", run.Outcome, run.Reason)
			}
			leave := func(ctx context.Context) error {
				_, err := pool.Exec(ctx, `update sync_record set desired_version = desired_version + 1, pending_op = 'put', `+test.change+`
where system = 'target' and entity = (select id from entity where key = 'P0001')`)
				return err
			}
			engine.after.Store(&leave)
			asked := jobs.Request{Keys: test.keys}
			if test.keys != nil {
				asked.Kind = "test.person"
			}
			run, _ = b.run(c, asked)
			run, _ = b.watch(c, run.ID)
			if run.Outcome != test.want || (run.Reason == "NOT_ALL_WRITTEN") != (test.want == step.Partial) {
				t.Errorf("ended %s %s %s, want %s", run.Outcome, run.Reason, run.Detail, test.want)
			}
		})
	}
}
