// Package enginetest tells the engine's stories: systems in memory, a database
// of its own, a clock that stands still, and a line for each thing that people
// do. Each story is told again with a crash before the record of each write,
// and all tellings end alike. Stories tells a set of them that holds for every
// family.
package enginetest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
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
	"github.com/touchline-sync/touchline/sync/profile"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// Rig is an engine on a database of its own, with systems in memory and a
// clock that stands still. The fields from Override on say how the next run is
// asked for.
type Rig struct {
	T        *testing.T
	Pool     *pgxpool.Pool
	Store    *store.Store
	Engine   *engine.Engine
	Pipeline step.Pipeline
	LastRun  uuid.UUID
	// Notes are what the steps of the last run have noted.
	Notes map[string]string

	Override []string
	// SkipStale approves what is left of a plan that is out of date; Left is how
	// many records the last approval has left out.
	SkipStale bool
	TakeOver  *[]string // what an approval takes over; nil is all
	Left      int
	// Only are the records of a plan that an approval is about; none is all. Exceeds
	// has the limits that the last approval passed.
	Only    []engine.Named
	Exceeds []string
	Plan    bool
	Kind    record.Kind
	Keys    []string
	// TakesMany has a process that starts from now on take a certified reading in
	// which many records have changed: a limit sees a mass change only where the
	// profile has not held it before. A field that is left without any value is held
	// all the same.
	TakesMany bool
	// Observed are the systems that a process which starts from now on never writes.
	Observed []record.System
	// PlanBatch is how many records a process that starts from now on decides
	// together; 0 is the default.
	PlanBatch int
	// ApplyBatch is how many changes it applies together; 0 is the default.
	ApplyBatch int
	// BetweenBatches is called between two batches of Apply; with an error the
	// process has ended there. Resume goes on.
	BetweenBatches func() error

	mu       sync.Mutex
	now      time.Time
	approved bool
}

// Bare returns a rig that has no engine yet.
func Bare(t *testing.T) *Rig {
	t.Helper()
	r := &Rig{T: t, Pool: pgtest.New(t), now: time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)}
	r.Store = store.Open(r.Pool)
	return r
}

// NewRig returns a rig with an engine that knows these systems.
func NewRig(t *testing.T, policies policy.Set, rules []derive.Rule, p step.Pipeline, systems ...*memory.System) *Rig {
	t.Helper()
	r := Bare(t)
	r.Pipeline = p
	r.Start(policies, rules, systems...)
	return r
}

// Start begins with a new process: nothing is kept but the database.
func (r *Rig) Start(policies policy.Set, rules []derive.Rule, systems ...*memory.System) {
	r.T.Helper()
	var in []engine.System
	for _, s := range systems {
		conn, err := s.Open(connectortest.NewHost(r.T))
		if err != nil {
			r.T.Fatal(err)
		}
		in = append(in, engine.System{Name: s.Name, Connector: conn, Observed: slices.Contains(r.Observed, s.Name)})
	}
	settings := engine.DefaultSettings()
	settings.DigestKey, settings.Wait = []byte("test"), time.Millisecond
	settings.Deadline, settings.Linger = 20*time.Second, 0 // no test is to fail because a machine is busy
	settings.PlanBatch, settings.ApplyBatch = r.PlanBatch, r.ApplyBatch
	if r.TakesMany {
		settings.Profile = takesMany()
	}
	var err error
	r.Engine, err = engine.New(r.Store, policies, rules, in, settings, r.Clock)
	if err == nil {
		err = r.Engine.NoteObserved(r.T.Context())
	}
	if err != nil {
		r.T.Fatal(err)
	}
}

// takesMany are the edges of a profile that no number of changes crosses.
func takesMany() profile.Settings {
	s, never := profile.DefaultSettings(), reconcile.Tolerance{Count: math.MaxInt32}
	s.FilledRecords, s.FewRecords = math.MaxInt32, math.MaxInt32
	s.OneValue, s.Changed, s.Identity = never, never, never
	return s
}

// Clock is the engine's clock.
func (r *Rig) Clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

// Pass lets time go by.
func (r *Rig) Pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

// Sync runs the pipeline once, as jobs would, and returns what each place was
// echo.
func (r *Rig) Sync() (map[string]step.Counter, error) {
	r.T.Helper()
	r.LastRun = newRun(r.Clock())
	ctx := r.T.Context()
	sum := map[string]step.Counter{}
	r.Notes = map[string]string{}
	add := func(step string, s step.Slice) {
		maps.Copy(r.Notes, s.Detail)
		for _, c := range s.Counters {
			key := fmt.Sprintf("%s %s %s %s", step, c.System, c.Place, c.Kind)
			sum[key] = Plus(sum[key], c)
		}
	}
	task := step.Task{Run: r.LastRun, Plan: r.Plan, Override: r.Override, Kind: r.Kind, Keys: r.Keys}
	for _, read := range r.Pipeline.Reads {
		if !r.Plan && slices.Contains(r.Observed, read.System) {
			continue // as jobs do
		}
		for done := false; !done; {
			s, err := r.Engine.Read(ctx, task, read)
			add("read", s)
			if err != nil && read.Needed {
				return sum, r.end(err)
			}
			done = s.Done || err != nil
		}
	}
	err := r.decide(ctx, task, add)
	if err != nil || r.Plan {
		if err != nil {
			if _, stopped := errors.AsType[*step.Stop](err); stopped {
				return sum, err // the plan is kept
			}
			return sum, r.end(err)
		}
		return sum, nil
	}
	err = r.writes(ctx, task, add)
	return sum, r.end(err)
}

// decide plans and applies.
func (r *Rig) decide(ctx context.Context, task step.Task, add func(string, step.Slice)) error {
	if r.BetweenBatches != nil {
		task.Until = r.Clock().Add(-time.Second) // a slice has one batch
	}
	for {
		s, err := r.Engine.Plan(ctx, task, r.Pipeline)
		add("decide", s)
		if s.Done || err != nil {
			return err
		}
		if r.BetweenBatches != nil {
			if err := r.BetweenBatches(); err != nil {
				return err
			}
		}
	}
}

// Resume goes on with the last run in a new process, whose step has broken off
// between two batches of Apply.
func (r *Rig) Resume() error {
	ctx, nothing := r.T.Context(), func(string, step.Slice) {}
	task := step.Task{Run: r.LastRun, Approved: r.approved}
	if err := r.decide(ctx, task, nothing); err != nil {
		return err
	}
	return r.end(r.writes(ctx, task, nothing))
}

// GoOn carries out what is pending, as the writes of the last run would once a
// new process has taken them over.
func (r *Rig) GoOn() error {
	return r.end(r.writes(r.T.Context(), step.Task{Run: r.LastRun}, func(string, step.Slice) {}))
}

func (r *Rig) writes(ctx context.Context, task step.Task, add func(string, step.Slice)) error {
	task.Approved = r.approved
	var first error
	for _, write := range r.Pipeline.Writes {
		for done := false; !done; {
			s, err := r.Engine.Write(ctx, task, write)
			add("write", s)
			if err != nil {
				first = err
			}
			if errors.Is(err, memory.ErrCrash) {
				return err // nobody is left to go on
			}
			if s.After > 0 {
				r.Pass(s.After)
			}
			done = s.Done || err != nil
		}
	}
	return first
}

// end drops what the run has staged.
func (r *Rig) end(err error) error {
	if errors.Is(err, memory.ErrCrash) {
		return err
	}
	drop := pgx.BeginFunc(r.T.Context(), r.Pool, func(tx pgx.Tx) error { return r.Engine.Discard(r.T.Context(), tx, r.LastRun) })
	return errors.Join(err, drop)
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

// Approve applies the plan of the last run, if it still has this hash, and
// carries it out.
func (r *Rig) Approve(hash string) error {
	if err := r.Apply(hash); err != nil {
		return err
	}
	r.approved = true
	defer func() { r.approved = false }()
	return r.GoOn()
}

// Apply applies the plan of the last run, if it still has this hash.
func (r *Rig) Apply(hash string) error {
	ctx := r.T.Context()
	err := pgx.BeginFunc(ctx, r.Pool, func(tx pgx.Tx) error {
		is, err := r.Engine.Apply(ctx, tx, r.LastRun, engine.Word{Hash: hash, SkipStale: r.SkipStale, TakeOver: r.TakeOver, Only: r.Only})
		r.Left, r.Exceeds = len(is.Left), is.Exceeds
		return err
	})
	if err != nil {
		return err
	}
	r.Notes = map[string]string{}
	return r.decide(ctx, step.Task{Run: r.LastRun, Approved: true}, func(_ string, s step.Slice) { maps.Copy(r.Notes, s.Detail) })
}
