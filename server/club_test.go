package server_test

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// club is a small engine on the real tables: each run plans one update of one
// person, who is invented. It lets a test hold a read, so that a run is active
// for as long as the test wants.
type club struct {
	pool *pgxpool.Pool

	mu   sync.Mutex
	gate chan struct{} // reads wait for it
	// moved says that a record has changed since it was planned.
	moved bool
}

const (
	system = record.System("memory")
	kind   = record.Kind("club.person")
	key    = "QXZ1234"
	email  = "quirine.testpersoon@example.org"
)

var people = jobs.Pipeline{
	Pipeline: step.Pipeline{
		Name: "people", Family: "club",
		Reads:  []step.Read{{System: system, Place: "people", Needed: true}},
		Writes: []step.Write{{System: system, Place: "people"}},
	},
	Kinds: []record.Kind{kind},
}

func newClub(pool *pgxpool.Pool) *club {
	open := make(chan struct{})
	close(open)
	return &club{pool: pool, gate: open}
}

// hold makes reads wait until release is called.
func (c *club) hold() (release func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	gate := make(chan struct{})
	c.gate = gate
	return sync.OnceFunc(func() { close(gate) })
}

func (c *club) move(moved bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.moved = moved
}

// Read counts three records.
func (c *club) Read(ctx context.Context, t step.Task, r step.Read) (step.Slice, error) {
	counted := []step.Counter{{System: r.System, Place: r.Place, Kind: kind, Read: 3, Calls: 1}}
	t.Report(ctx, counted)
	c.mu.Lock()
	gate := c.gate
	c.mu.Unlock()
	select {
	case <-gate:
		return step.Slice{Done: true, Counters: counted}, nil
	case <-ctx.Done():
		return step.Slice{}, ctx.Err()
	}
}

// Plan plans one update, and applies it unless only a plan is asked for. One that
// was approved is there already.
func (c *club) Plan(ctx context.Context, t step.Task, _ step.Pipeline) (step.Slice, error) {
	if t.Approved {
		return step.Slice{Done: true}, nil
	}
	err := pgx.BeginFunc(ctx, c.pool, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `insert into plan_row
			(run, kind, key, entity, system, place, op, fields, actor, state, planned_on)
			select $1, e.kind, e.key, e.id, $2, 'people', 'update',
				jsonb_build_object('email_1', jsonb_build_array('old@example.org', e.fields ->> 'email_1')),
				'sportlink', $3, now()
			from entity e`, t.Run, string(system), state(t.Plan))
		return err
	})
	return step.Slice{Done: true, Counters: []step.Counter{{System: system, Place: "people", Kind: kind, Updated: 1}}}, err
}

func state(plan bool) string {
	if plan {
		return "planned"
	}
	return "pending"
}

// Write closes what is pending.
func (c *club) Write(ctx context.Context, t step.Task, w step.Write) (step.Slice, error) {
	_, err := c.pool.Exec(ctx, `update plan_row set state = 'done', done_on = now() where run = $1 and state = 'pending'`, t.Run)
	return step.Slice{Done: true, Counters: []step.Counter{
		{System: w.System, Place: w.Place, Kind: kind, Updated: 1, Calls: 1},
	}}, err
}

// Places is the one place there is.
func (c *club) Places(s record.System) []string {
	if s != system {
		return nil
	}
	return []string{"people"}
}

// PlanHash names a plan by its run: each has another one.
func (c *club) PlanHash(_ context.Context, run uuid.UUID) (string, error) {
	return "hash-" + run.String(), nil
}

// Apply applies a plan, unless its record has moved.
func (c *club) Apply(ctx context.Context, tx pgx.Tx, run uuid.UUID, _ engine.Word) (engine.Approved, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.moved {
		return engine.Approved{}, &engine.PlanStale{Moved: []engine.Moved{{Kind: string(kind), Key: key}}}
	}
	_, err := tx.Exec(ctx, `update plan_row set state = 'pending' where run = $1`, run)
	return engine.Approved{}, err
}

// Discard drops what a run has planned.
func (c *club) Discard(ctx context.Context, tx pgx.Tx, run uuid.UUID) error {
	_, err := tx.Exec(ctx, `delete from plan_row where run = $1`, run)
	return err
}

// person puts the invented person into the database, with a record at memory.
func (c *club) person(ctx context.Context) (id int64, err error) {
	err = pgx.BeginFunc(ctx, c.pool, func(tx pgx.Tx) error {
		row := tx.QueryRow(ctx, `insert into entity (kind, key, fields, provenance, modified_on) values ($1, $2,
			jsonb_build_object('email_1', $3::text, 'first_name', 'Quirine'),
			'{"email_1": ["sportlink", "2026-03-01T10:00:00Z"]}', now()) returning id`, string(kind), key, email)
		if err := row.Scan(&id); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `insert into sync_record
			(system, place, kind, external_id, entity, base_local, base_remote, desired_version, applied_version, last_error, attempts)
			values ($1, 'people', $2, 'remote-77', $3, jsonb_build_object('email_1', $4::text),
				jsonb_build_object('email_1', upper($4::text)), 2, 1, 'memory: update person: rejected field email_1: status 422', 2)`,
			string(system), string(kind), id, email)
		return err
	})
	return id, err
}

// counts are the rows of all tables that a call may change.
func (c *club) counts(ctx context.Context) ([]int64, error) {
	var all []int64
	var errs []error
	for _, table := range slices.Sorted(slices.Values([]string{
		"run", "run_child", "run_step", "run_event", "run_request", "run_scope", "river_job", "plan_row", "entity", "sync_record", "audit", "token",
	})) {
		var n int64
		errs = append(errs, c.pool.QueryRow(ctx, "select count(*) from "+table).Scan(&n))
		all = append(all, n)
	}
	return all, errors.Join(errs...)
}

var _ jobs.Engine = (*club)(nil)
