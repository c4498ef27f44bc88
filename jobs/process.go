package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/touchline-sync/touchline/sync/store"
)

// workersAQueue is more than the slots of any system: leases say how much is
// done at once, not River.
const workersAQueue = 20

// Limits of a wait for the database: of a process that starts, and of one round
// of what is done every Interval. Both are begun anew by who started them.
const (
	startWithin = time.Minute
	roundWithin = time.Minute
)

// Process is one program that carries steps out. It stays up while the
// database is away.
type Process struct {
	*core
	control *Control
	clock   *clock  // nil in a worker
	teller  *teller // nil where nobody is told
	cancel  context.CancelFunc
	loops   sync.WaitGroup
}

// NewServer returns the process that owns the schedule and works its queues,
// record.Hub among them. There may be several.
func NewServer(o Options) (*Process, error) {
	p, err := newProcess(o, false)
	if err != nil {
		return nil, err
	}
	if p.clock, err = newClock(p.control); err != nil {
		return nil, err
	}
	if o.Notices != nil {
		if p.teller, err = newTeller(p.clock); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// NewWorker returns a process that works its queues and nothing else: those of
// browser systems, for one. It never leads River.
func NewWorker(o Options) (*Process, error) { return newProcess(o, true) }

func newProcess(o Options, worker bool) (*Process, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	if err := checkChildren(o.Pipelines); err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	c := &core{Options: o, id: "w" + strings.ReplaceAll(uuid.NewString(), "-", "")}
	workers := river.NewWorkers()
	river.AddWorker(workers, &stepWorker{core: c})
	queues := map[string]river.QueueConfig{c.id: {MaxWorkers: workersAQueue}}
	if o.Notices != nil && !worker {
		river.AddWorker(workers, &noticeWorker{core: c})
		queues[noticeQueue] = river.QueueConfig{MaxWorkers: 1}
	}
	river.AddWorker(workers, &signInWorker{core: c})
	for _, system := range o.Queues {
		queues[string(system)] = river.QueueConfig{MaxWorkers: workersAQueue}
	}
	c.river, err = river.NewClient(riverpgxv5.New(o.Pool), &river.Config{
		ID:                     c.id,
		Queues:                 queues,
		Workers:                workers,
		MaxAttempts:            1,
		JobTimeout:             o.Timeout,
		RescueStuckJobsAfter:   o.Timeout + time.Minute, // the second net only
		FetchCooldown:          o.FetchEvery,
		FetchPollInterval:      max(time.Second, o.FetchEvery),
		LeaderElectionDisabled: worker,
		SoftStopTimeout:        o.Slice + 2*time.Second,
		Logger:                 slog.New(newQuiet(o.Log.Handler())),
	})
	if err != nil {
		return nil, fmt.Errorf("jobs: %w", err)
	}
	return &Process{core: c, control: &Control{c, c.Pool}}, nil
}

// Control is how runs are asked for and looked at.
func (p *Process) Control() *Control { return p.control }

// ControlOver is the same, but what is only looked at is read over connections of its own,
// so that many who look keep no run waiting.
func (p *Process) ControlOver(looks *pgxpool.Pool) *Control { return &Control{p.core, looks} }

// ID identifies the process. It is new at each start.
func (p *Process) ID() string { return p.id }

// Start begins to work and returns. It waits a while for the database; later
// that may go away and come back.
func (p *Process) Start(ctx context.Context) error {
	starting, started := context.WithTimeout(ctx, startWithin)
	defer started()
	err := p.outlive(starting, func(ctx context.Context) error {
		if err := store.New(p.Pool).HeartbeatWorker(ctx, p.id); err != nil {
			return fmt.Errorf("report alive: %w", err)
		}
		return p.ensureLeases(ctx)
	})
	if err != nil {
		return fmt.Errorf("jobs: %w", err)
	}
	if p.Keep != nil {
		if err := p.outlive(starting, p.Keep); err != nil {
			return fmt.Errorf("jobs: %w", err)
		}
	}
	if p.clock != nil {
		if err := p.clock.sync(starting); err != nil {
			return fmt.Errorf("jobs: %w", err)
		}
	}
	// Not ctx: its end would stop River before the steps are stored.
	ctx, p.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if err := p.river.Start(context.WithoutCancel(ctx)); err != nil {
		p.cancel()
		return fmt.Errorf("jobs: %w", err)
	}
	s := &supervisor{core: p.core}
	p.loop(ctx, "supervise", p.Interval, s.supervise)
	if p.Keep != nil {
		p.loop(ctx, "keep", p.KeepEvery, p.Keep)
	}
	if p.clock != nil {
		p.loop(ctx, "schedule", p.Interval, p.clock.tick)
		p.loop(ctx, "parent runs", p.Interval, p.control.advanceParents)
		k := &keeper{control: p.control}
		p.loop(ctx, "retention", p.Interval, k.once)
	}
	if p.teller != nil {
		p.loop(ctx, "notices", p.TellEvery, p.teller.once)
	}
	return nil
}

// Stopping reports whether the process has been asked to stop.
func (p *Process) Stopping() bool { return p.stopping.Load() }

// Stop lets slices come to their end, stores them and returns. What goes on is
// taken up by other processes, or after the next start. Steps that do not end
// in time are broken off.
func (p *Process) Stop(ctx context.Context) error {
	if p.cancel == nil {
		return nil
	}
	p.stopping.Store(true)
	p.cancel()
	p.loops.Wait()
	err := p.river.Stop(ctx)
	if err != nil {
		err = fmt.Errorf("jobs: stop: %w", err)
	}
	if p.Keep != nil {
		if kept := p.Keep(ctx); kept != nil {
			p.Log.Warn("how far the database has come is not kept", "err", kept)
		}
	}
	s := &supervisor{core: p.core}
	if left := s.leave(ctx); left != nil {
		p.Log.Warn("jobs that waited for this process are left to be found", "err", left)
	}
	if gone := store.New(p.Pool).EndWorker(ctx, p.id); gone != nil {
		p.Log.Warn("the process is not signed off", "err", gone)
	}
	return err
}

// loop runs f every so often until the process stops. A database that is away
// is waited for; it is told once.
func (p *Process) loop(ctx context.Context, name string, every time.Duration, f func(context.Context) error) {
	p.loops.Go(func() {
		failing := false
		for sleep(ctx, every) {
			round, cancel := context.WithTimeout(ctx, roundWithin)
			err := f(round)
			cancel()
			if err != nil && ctx.Err() == nil && !failing {
				p.Log.Warn("jobs: "+name+" does not succeed, and is tried again", "err", err)
			}
			if err == nil && failing {
				p.Log.Info("jobs: " + name + " succeeds again")
			}
			failing = err != nil
		}
	})
}

type stepWorker struct {
	river.WorkerDefaults[stepArgs]
	core *core
}

// Work carries out one job.
func (w *stepWorker) Work(ctx context.Context, job *river.Job[stepArgs]) error {
	return w.core.work(ctx, job.Args)
}

var _ river.Worker[stepArgs] = (*stepWorker)(nil)

var _ *river.Client[pgx.Tx]
