package jobs_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// call is one call of the fake engine.
type call struct {
	action jobs.Action
	system record.System
	place  string
	cursor string
	task   step.Task
}

// fakeEngine does what a test tells it to, and remembers what it was asked.
type fakeEngine struct {
	mu     sync.Mutex
	calls  []call
	places map[record.System][]string
	// do answers a call; nil does everything in one slice.
	do        func(ctx context.Context, c call) (step.Slice, error)
	discarded []uuid.UUID
	applied   []uuid.UUID
	applyErr  error
	hash      func(run uuid.UUID) string // nil: hash-1
}

func newFake() *fakeEngine {
	return &fakeEngine{places: map[record.System][]string{
		"alpha": {"people"}, "beta": {"list-1", "list-2"}, "gamma": {"people"},
	}}
}

func (f *fakeEngine) answer(ctx context.Context, c call) (step.Slice, error) {
	f.mu.Lock()
	f.calls = append(f.calls, c)
	do := f.do
	f.mu.Unlock()
	if do != nil {
		return do(ctx, c)
	}
	return step.Slice{Done: true, Counters: []step.Counter{{System: c.system, Place: c.place, Kind: "club.person", Read: 1}}}, nil
}

func (f *fakeEngine) Read(ctx context.Context, t step.Task, r step.Read) (step.Slice, error) {
	return f.answer(ctx, call{jobs.ActionRead, r.System, r.Place, t.Cursor, t})
}

func (f *fakeEngine) Plan(ctx context.Context, t step.Task, _ step.Pipeline) (step.Slice, error) {
	return f.answer(ctx, call{jobs.ActionPlan, record.Hub, "", t.Cursor, t})
}

func (f *fakeEngine) Write(ctx context.Context, t step.Task, w step.Write) (step.Slice, error) {
	return f.answer(ctx, call{jobs.ActionWrite, w.System, w.Place, t.Cursor, t})
}

func (f *fakeEngine) Places(s record.System) []string { return f.places[s] }

func (f *fakeEngine) PlanHash(_ context.Context, run uuid.UUID) (string, error) {
	if f.hash != nil {
		return f.hash(run), nil
	}
	return "hash-1", nil
}

func (f *fakeEngine) Apply(_ context.Context, _ pgx.Tx, run uuid.UUID, _ engine.Word) (engine.Approved, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.applyErr == nil {
		f.applied = append(f.applied, run)
	}
	return engine.Approved{}, f.applyErr
}

func (f *fakeEngine) Discard(_ context.Context, _ pgx.Tx, run uuid.UUID) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.discarded = append(f.discarded, run)
	return nil
}

// made returns the calls so far as "ACTION system/place".
func (f *fakeEngine) made() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	var out []string
	for _, c := range f.calls {
		out = append(out, string(c.action)+" "+string(c.system)+"/"+c.place)
	}
	return out
}

func (f *fakeEngine) count(action jobs.Action, system record.System) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, c := range f.calls {
		if c.action == action && c.system == system {
			n++
		}
	}
	return n
}

var people = jobs.Pipeline{
	Kinds: []record.Kind{"club.person"},
	Pipeline: step.Pipeline{
		Name: "people", Family: "club",
		Reads: []step.Read{
			{System: "alpha", Place: "people", Select: step.All, Needed: true},
			{System: "gamma", Place: "people", Select: step.IfUnbound},
		},
		Writes: []step.Write{{System: "gamma", Place: "people"}, {System: "beta", Place: "*"}},
	},
}

var allQueues = []record.System{"alpha", "beta", "gamma", record.Hub}

// bundle is one database with processes on it.
type bundle struct {
	t    testing.TB
	pool *pgxpool.Pool
	fake *fakeEngine
	jobs.Options
}

func setup(t testing.TB) *bundle {
	t.Helper()
	pool := pgtest.New(t)
	fake := newFake()
	return &bundle{t: t, pool: pool, fake: fake, Options: options(pool, fake, allQueues...)}
}

// options are those of a process whose clocks run fast.
func options(pool *pgxpool.Pool, fake *fakeEngine, queues ...record.System) jobs.Options {
	return jobs.Options{
		Log: slog.New(slog.DiscardHandler), Pool: pool, Engine: fake, Pipelines: []jobs.Pipeline{people}, Queues: queues,
		Slice: 300 * time.Millisecond, Heartbeat: 100 * time.Millisecond, LeaseTimeout: 2 * time.Second,
		Interval: 50 * time.Millisecond, Progress: 20 * time.Millisecond,
		ShortWait: 20 * time.Millisecond, Reconnect: 20 * time.Second, Timeout: 10 * time.Second,
	}
}

// server starts a process that ends with the test.
func (b *bundle) server(change ...func(*jobs.Options)) *jobs.Process {
	b.t.Helper()
	return b.begin(jobs.NewServer, change)
}

func (b *bundle) begin(make func(jobs.Options) (*jobs.Process, error), change []func(*jobs.Options)) *jobs.Process {
	b.t.Helper()
	o := b.Options
	for _, f := range change {
		f(&o)
	}
	p, err := make(o)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := p.Start(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := p.Stop(ctx); err != nil {
			b.t.Errorf("stop: %v", err)
		}
	})
	return p
}

func (b *bundle) run(c *jobs.Control, r jobs.Request) (jobs.Run, jobs.Acceptance) {
	b.t.Helper()
	if r.Pipeline == "" {
		r.Pipeline = "people"
	}
	r.By = "test"
	run, how, err := c.Run(b.t.Context(), r)
	if err != nil {
		b.t.Fatal(err)
	}
	return run, how
}

// watch follows a run to its end and returns it with all its events.
func (b *bundle) watch(c *jobs.Control, id uuid.UUID) (jobs.Run, []jobs.Event) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 40*time.Second)
	defer cancel()
	var events []jobs.Event
	for e, err := range c.Watch(ctx, id, 0) {
		if err != nil {
			b.t.Fatalf("watch: %v after %d events; made %v", err, len(events), b.fake.made())
		}
		events = append(events, e)
	}
	run, err := c.Get(ctx, id)
	if err != nil {
		b.t.Fatal(err)
	}
	return run, events
}

// until waits for a condition.
func (b *bundle) until(what string, ok func() bool) {
	b.t.Helper()
	deadline := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-deadline:
			b.t.Fatalf("waited in vain until %s", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// hold returns an engine's answer that waits until it is removed or told to end.
func hold(gate <-chan struct{}) func(ctx context.Context, c call) (step.Slice, error) {
	return func(ctx context.Context, _ call) (step.Slice, error) {
		select {
		case <-gate:
			return step.Slice{Done: true}, nil
		case <-ctx.Done():
			return step.Slice{}, ctx.Err()
		}
	}
}

func states(run jobs.Run) string {
	var s string
	for _, runStep := range run.Steps {
		s += string(runStep.State)[:4] + " "
	}
	return s
}

func wantRefusal(t *testing.T, err error, want *jobs.Refusal) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error %v, want %s", err, want.Reason)
	}
}
