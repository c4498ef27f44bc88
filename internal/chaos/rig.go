package chaos

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// rig is the engine on an empty database, driven as jobs drive it. All that is
// known of the engine's facade stands in this file.
type rig struct {
	ctx   context.Context
	pool  *pgxpool.Pool
	host  connector.Host
	cast  Cast
	sites []*site
	eng   *engine.Engine
	now   time.Time
	runs  uint64
	halts string // how the next Apply is broken off
}

// turns bounds the slices of one step: one that needs more never ends.
const turns = 60

// errEndless says that a step asked to go on for ever.
var errEndless = errors.New("a step never ends")

func newRig(ctx context.Context, pool *pgxpool.Pool, host connector.Host, c Cast) (*rig, error) {
	r := &rig{ctx: ctx, pool: pool, host: host, cast: c, now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	for i, sys := range c.systems() {
		at := At{Stated: c.Stated}
		if i > 0 {
			at = c.Targets[i-1]
		}
		fields := c.carried(sys)
		p := memory.Place{
			Name: place, Kind: kind, Reads: fields, Writes: fields, Key: []record.Field{code}, NoFind: at.NoFind,
			Since: at.Since, Delete: at.Leave == policy.Delete, ReadOnly: i == 0 && !c.Writable, Page: 2, IdempotentCreate: at.Keyed,
		}
		if at.Unique {
			p.Unique = []record.Field{mail}
		}
		r.sites = append(r.sites, &site{System: memory.New(sys, p), at: at, source: i == 0, moved: map[record.ExternalID]record.ExternalID{}})
	}
	return r, r.start()
}

// start begins with a new process: nothing is kept but the database.
func (r *rig) start() error {
	var in []engine.System
	for _, s := range r.sites {
		conn, err := s.open(r.host)
		if err != nil {
			return err
		}
		in = append(in, engine.System{Name: s.Name, Connector: conn})
	}
	settings := engine.DefaultSettings()
	settings.DigestKey, settings.Wait = []byte("chaos"), time.Microsecond
	settings.Deadline, settings.Linger = 15*time.Second, 0
	if r.cast.Small {
		settings.PlanBatch, settings.ApplyBatch = 2, 3
	}
	var err error
	r.eng, err = engine.New(store.Open(r.pool), r.cast.policies(), nil, in, settings, func() time.Time { return r.now })
	return err
}

// run is one run under way.
type run struct {
	task  step.Task
	way   string   // "out" reads the source alone, "in" writes nothing; else it does everything
	hash  string   // of a plan that is kept
	newer bool     // a clean run has come after it
	only  []string // the keys of what is approved of that plan; none is all
}

// pipeline is what the run does: an outbound pipeline reads no target, and another one
// reads them.
func (in *run) pipeline(c Cast) step.Pipeline {
	p := c.pipeline()
	switch in.way {
	case "out":
		p.Name, p.Reads = "out", p.Reads[:1]
	case "in":
		p.Name, p.Writes = "in", nil
	}
	return p
}

func (in *run) named() (out []engine.Named) {
	for _, key := range in.only {
		out = append(out, engine.Named{Kind: string(kind), Key: key})
	}
	return out
}

// newRun returns a run that has not begun. Its id has the time, as jobs make it.
func (r *rig) newRun() *run {
	r.runs++
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], uint64(r.now.UnixMilli())<<16)
	binary.BigEndian.PutUint64(id[8:], r.runs)
	id[6], id[8] = 0x70, 0x80
	return &run{task: step.Task{Run: id}}
}

// read reads all systems.
func (r *rig) read(in *run) error {
	for _, read := range in.pipeline(r.cast).Reads {
		for n, done := 0, false; !done; n++ {
			s, err := r.eng.Read(r.ctx, in.task, read)
			if err != nil {
				return err
			}
			if done = s.Done; n == turns {
				return errEndless
			}
		}
	}
	return nil
}

// decide plans. A plan that a limit stops, or that was all that was asked for,
// is kept with its hash.
func (r *rig) decide(in *run) error {
	err := r.plan(in, in.task)
	if err != nil && !stopped(err) {
		return err
	}
	if err == nil && !in.task.Plan {
		return nil
	}
	hash, failed := r.eng.PlanHash(r.ctx, in.task.Run)
	in.hash = hash
	return errors.Join(err, failed)
}

// write carries out what is pending.
func (r *rig) write(in *run) error {
	var first error
	for _, write := range in.pipeline(r.cast).Writes {
		for n, done := 0, false; !done; n++ {
			s, err := r.eng.Write(r.ctx, in.task, write)
			if errors.Is(err, errCrash) {
				return err
			}
			if first == nil {
				first = err
			}
			r.now = r.now.Add(s.After)
			if done = s.Done || err != nil; n == turns {
				return errEndless
			}
		}
	}
	return first
}

// apply applies a plan that was kept.
func (r *rig) apply(in *run) error {
	err := pgx.BeginFunc(r.ctx, r.pool, func(tx pgx.Tx) error {
		_, err := r.eng.Apply(r.ctx, tx, in.task.Run, engine.Word{Hash: in.hash, Only: in.named()})
		return err
	})
	if err != nil {
		return err
	}
	task := in.task
	task.Plan, task.Approved = false, true
	return r.plan(in, task)
}

// errLater says that a plan is applied in part, and its process gone.
var errLater = errors.New("the process died and others come first")

// plan plans and applies. A process that is to die does so after the first slice
// that leaves something to be applied.
func (r *rig) plan(in *run, task step.Task) error {
	for n := 0; ; n++ {
		if task.Until = (time.Time{}); r.halts != "" {
			task.Until = r.now.Add(-time.Second)
		}
		s, err := r.eng.Plan(r.ctx, task, in.pipeline(r.cast))
		if err != nil || s.Done {
			return err
		}
		if n == turns {
			return errEndless
		}
		if how := r.halts; how != "" {
			r.halts = ""
			if err := r.start(); err != nil {
				return err
			}
			switch how {
			case "give up":
				return errCrash
			case "later":
				return errLater
			}
		}
	}
}

// discard drops what a run has staged.
func (r *rig) discard(in *run) error {
	return pgx.BeginFunc(r.ctx, r.pool, func(tx pgx.Tx) error { return r.eng.Discard(r.ctx, tx, in.task.Run) })
}

// stopped reports whether a limit has stopped a run, so that its plan is kept.
func stopped(err error) bool {
	stop, ok := errors.AsType[*step.Stop](err)
	return ok && stop.Outcome == step.GuardStopped
}

// expected reports whether an error is one that trouble or people may cause, not
// a breakdown of ours.
func expected(err error) bool {
	if err == nil {
		return true
	}
	_, stop := errors.AsType[*step.Stop](err)
	_, stale := errors.AsType[*engine.PlanStale](err)
	_, mismatch := errors.AsType[engine.PlanMismatch](err)
	_, applying := errors.AsType[engine.OtherApplying](err)
	_, system := errors.AsType[*connector.Error](err)
	return stop || stale || mismatch || applying || system || errors.Is(err, errCrash) || errors.Is(err, errLater)
}

// reset empties the database. Small tables are emptied faster by deletes; the
// dead rows are taken away now and then.
func reset(ctx context.Context, pool *pgxpool.Pool, stories int) error {
	how := "delete from %s"
	if stories%100 == 99 {
		how = "truncate %s cascade"
	}
	_, err := pool.Exec(ctx, fmt.Sprintf(`do $$
		declare t text; filled boolean;
		begin
			set local session_replication_role = replica;
			for t in select c.oid::regclass::text from pg_class c
				where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname !~ 'goose|river'
			loop
				execute 'select exists (select from ' || t || ')' into filled;
				if filled then execute format('%s', t); end if;
			end loop;
		end $$`, how))
	return err
}
