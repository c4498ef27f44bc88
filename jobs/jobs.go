// Package jobs carries runs out: it queues them, chains their steps, gives
// each step the lease of its system, takes over leases whose holder has
// stopped, and starts runs by schedule. River carries the jobs; what they mean
// stands in our own tables. The package knows no system and decides nothing about
// records: that is the engine's.
//
// # A run
//
// A run is a row and a chain of steps: reads one after the other, one decide,
// then the writes, those of different systems at the same time. Each step works
// in slices of about ten seconds; each slice is one River job with the
// arguments {step, token}. The token grows with each job, so that an older job
// that comes again finds itself void.
//
// # A parent run
//
// A pipeline may run others in place of steps. Its run then has a row for each of them
// and one of their runs at a time; one that has not brought what others need has these be
// skipped, and all else goes on.
//
// # A lease
//
// A step works only with the lease of a slot of its system. Its holder stores a
// heartbeat every two seconds. Every process supervises all leases: one that
// sees the same heartbeat for LeaseTimeout takes the lease over with a new
// token. A lease is handed on in the transaction that ends the slice.
//
// # Locks
//
// Rows are locked in this order: a parent run, the leases of one system, the run,
// its steps, the pipeline, its next run. A step that is ready, running or waiting changes
// only under the locks of its system's leases.
package jobs

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// Engine is what jobs asks of the engine.
type Engine interface {
	// Read, Plan and Write each do one slice of a step.
	Read(context.Context, step.Task, step.Read) (step.Slice, error)
	Plan(context.Context, step.Task, step.Pipeline) (step.Slice, error)
	Write(context.Context, step.Task, step.Write) (step.Slice, error)
	// Places returns the places that an open system offers; none when it is
	// off.
	Places(record.System) []string
	// PlanHash returns what names the kept plan of a run exactly.
	PlanHash(ctx context.Context, run uuid.UUID) (string, error)
	// Apply has the kept plan of a run be applied by its next Plan, or fails and
	// applies nothing.
	Apply(ctx context.Context, tx pgx.Tx, run uuid.UUID, word engine.Word) (engine.Approved, error)
	// Discard drops what a run has staged and planned.
	Discard(ctx context.Context, tx pgx.Tx, run uuid.UUID) error
}

// Pipeline is a pipeline of the engine and the kinds that it decides. A scope
// may name these only.
type Pipeline struct {
	step.Pipeline
	Kinds []record.Kind
	// Needs are the pipelines whose data it needs: a parent run skips it where one of
	// them has not brought any.
	Needs []string
	// Children are the pipelines that it runs, one after the other; it has no steps then,
	// and its runs are parent runs.
	Children []string
}

// Options say how a process takes part. Pool and Engine must be set.
type Options struct {
	Pool      *pgxpool.Pool
	Engine    Engine
	Pipelines []Pipeline
	Schedules []Schedule
	// Queues are the systems whose steps this process carries out, record.Hub
	// among them.
	Queues []record.System
	// Observed are the systems that are read and planned, and never written: a run that
	// needs one is a plan, and all others leave them out.
	Observed []record.System
	// Keeps says how long data is kept; the zero value is DefaultRetention.
	Keeps Retention
	// Slots says how many steps may work at a system at once; default 1. Writes
	// use one only.
	Slots map[record.System]int
	// Limits are the names that an override may give; none means any.
	Limits []string
	Log    *slog.Logger
	// Now is the clock of the schedule, and of how long a process has watched;
	// default time.Now. All else goes by the clock of the database.
	Now func() time.Time

	// Notices say how people are told about runs; nil: nobody is. Only a server tells.
	Notices *Notices

	// Keep is called before the process begins to work, every KeepEvery, and when it
	// stops: it holds the database against what the process has kept of it. What
	// fails at the start is an error; may be nil.
	Keep func(context.Context) error

	// SignIn looks whether the session of a system is signed in, and signs in where it is
	// not. Nil: the process has no browser.
	SignIn func(context.Context, record.System) error

	// Observe is told what happens, for metrics.
	Observe Observer

	// Unserved is how long a step waits for a worker or a lease until the run,
	// the log and Stats say so: 2 min. Stalled is how long a run waits so until
	// it ends: 30 min. A step that waits for a lease that moves, or until a time
	// that it was told, waits for something.
	Unserved, Stalled time.Duration
	// Throttled is how long a system may put off every call of a step until the step has
	// failed: 12 h. A longer wait that it names is kept once.
	Throttled time.Duration

	// The times below have defaults; tests shorten them.
	Slice        time.Duration // of work before a step may be interrupted: 10 s
	Heartbeat    time.Duration // between the heartbeats of a lease: 2 s
	LeaseTimeout time.Duration // without a heartbeat until a lease is taken over: 10 s
	Interval     time.Duration // between two supervisions and two looks at the schedule: 1 s
	Progress     time.Duration // between events of progress: 500 ms
	Timeout      time.Duration // of one slice, however stuck: 15 min
	ShortWait    time.Duration // of a throttled step whose system names no time: 5 s
	Reconnect    time.Duration // how long a database may be away before a step fails: 10 min
	FetchEvery   time.Duration // River's cooldown between fetches: 10 ms
	KeepEvery    time.Duration // between two calls of Keep: 10 s
	TellEvery    time.Duration // between two looks for what there is to tell: 10 s
}

// Observer is told what has happened once it is stored. Each function may be nil.
type Observer struct {
	// Ended is told of a run that is over; outcome is PLANNED when its plan waits.
	Ended func(pipeline, outcome string)
	// Counted is told what one slice has counted.
	Counted func(Action, []step.Counter)
}

func (o Options) withDefaults() (Options, error) {
	if o.Pool == nil || o.Engine == nil {
		return o, errors.New("jobs: Options need a Pool and an Engine")
	}
	o.Schedules = slices.Clone(o.Schedules)
	if o.Keeps == (Retention{}) {
		o.Keeps = DefaultRetention()
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	for _, d := range []struct {
		at *time.Duration
		is time.Duration
	}{
		{&o.Unserved, 2 * time.Minute},
		{&o.Stalled, 30 * time.Minute},
		{&o.Throttled, 12 * time.Hour},
		{&o.Slice, 10 * time.Second},
		{&o.Heartbeat, 2 * time.Second},
		{&o.LeaseTimeout, 10 * time.Second},
		{&o.Interval, time.Second},
		{&o.Progress, 500 * time.Millisecond},
		{&o.Timeout, 15 * time.Minute},
		{&o.ShortWait, 5 * time.Second},
		{&o.Reconnect, 10 * time.Minute},
		{&o.FetchEvery, 10 * time.Millisecond},
		{&o.KeepEvery, 10 * time.Second},
		{&o.TellEvery, 10 * time.Second},
	} {
		*d.at = cmp.Or(*d.at, d.is)
	}
	return o, nil
}

func (o Options) pipeline(name string) (Pipeline, bool) {
	for _, p := range o.Pipelines {
		if p.Name == name {
			return p, true
		}
	}
	return Pipeline{}, false
}
