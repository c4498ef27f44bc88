package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/touchline-sync/touchline/sync/store"
)

// look is what each process does again and again, whatever the others do: it
// takes silent leases over, gives free leases to those who wait, replaces jobs
// that got lost and ends what was cancelled. It replaces no River leader, and
// needs none.
type look struct {
	*core
	seen map[place]sighting
}

type place struct {
	system string
	slot   int32
}

type sighting struct {
	token, beat int64
	at          time.Time
}

func (l *look) once(ctx context.Context) error {
	return errors.Join(
		l.beatWorker(ctx), l.silent(ctx), l.waiting(ctx), l.lost(ctx), l.cancelled(ctx),
	)
}

func (l *look) beatWorker(ctx context.Context) error {
	if err := store.New(l.Pool).BeatWorker(ctx, l.id); err != nil {
		return fmt.Errorf("beat: %w", err)
	}
	return nil
}

// silent takes over each lease whose beat was the same for long enough.
func (l *look) silent(ctx context.Context) error {
	held, err := store.New(l.Pool).HeldLeases(ctx)
	if err != nil {
		l.seen = nil // nobody can beat while the database is away
		return fmt.Errorf("held leases: %w", err)
	}
	now := time.Now()
	before := l.seen
	l.seen = make(map[place]sighting, len(held))
	for _, lease := range held {
		at := place{lease.System, lease.Slot}
		was, ok := before[at]
		if !ok || was.token != lease.Token || was.beat != lease.Beat {
			was = sighting{lease.Token, lease.Beat, now}
		}
		l.seen[at] = was
		if lease.Holder == "" || now.Sub(was.at) < l.Silence {
			continue // one that was only handed on is looked at by its job
		}
		l.Log.Warn("a lease is silent and is taken over", "system", lease.System, "slot", lease.Slot, "step", lease.Step)
		if err := l.takeOver(ctx, lease); err != nil {
			return err
		}
	}
	return nil
}

// takeOver gives the step of a silent lease a new token and a new job. The beat
// is compared again under the lock, so that one process does it, and only if
// the holder has kept silent.
func (l *look) takeOver(ctx context.Context, silent store.HeldLeasesRow) error {
	return l.inTx(ctx, func(t *txn) error {
		leases, err := t.q.LockLeases(ctx, silent.System)
		if err != nil {
			return fmt.Errorf("lock leases: %w", err)
		}
		for _, lease := range leases {
			if lease.Slot != silent.Slot || lease.Step == nil || *lease.Step != silent.Step ||
				lease.Token != silent.Token || lease.Beat != silent.Beat {
				continue
			}
			step, err := t.q.LockStep(ctx, silent.Step)
			if errors.Is(err, pgx.ErrNoRows) || (err == nil && step.Token != lease.Token) {
				return t.release(ctx, lease)
			}
			if err != nil {
				return fmt.Errorf("lock step: %w", err)
			}
			return t.ready(ctx, step, &lease.Slot, "") // not to the one that is silent
		}
		return nil
	})
}

// waiting gives free leases to steps that wait. Leases are handed on when they
// are let go; this is for steps whose time to wait is over.
func (l *look) waiting(ctx context.Context) error {
	systems, err := store.New(l.Pool).WaitingSystems(ctx)
	if err != nil {
		return fmt.Errorf("waiting systems: %w", err)
	}
	for _, system := range systems {
		err := l.inTx(ctx, func(t *txn) error {
			leases, err := t.q.LockLeases(ctx, system)
			if err != nil {
				return fmt.Errorf("lock leases: %w", err)
			}
			for _, lease := range leases {
				if lease.Step != nil {
					continue
				}
				if err := t.release(ctx, lease); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// lost replaces the jobs of steps that should have begun: River has lost the
// job, its worker died between fetching and beginning, or it waits in the
// queue of a process that is gone.
func (l *look) lost(ctx context.Context) error {
	rows, err := store.New(l.Pool).StaleReady(ctx, l.Silence.Seconds())
	if err != nil {
		return fmt.Errorf("ready steps: %w", err)
	}
	for _, row := range rows {
		reachable, err := l.reachable(ctx, row)
		if err != nil {
			return err
		}
		if reachable {
			if err := l.unworked(ctx, row); err != nil {
				return err
			}
			continue
		}
		if err := l.replace(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// unworked tells watchers, once, that nobody works the queue of a step.
func (l *look) unworked(ctx context.Context, row store.StaleReadyRow) error {
	return l.inTx(ctx, func(t *txn) error {
		if _, err := t.q.LockRun(ctx, row.Run); err != nil {
			return fmt.Errorf("lock run: %w", err)
		}
		step, err := t.q.UnworkedStep(ctx, row.ID, row.Token)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("unworked step: %w", err)
		}
		return t.stepEvent(ctx, step)
	})
}

// reachable reports whether somebody will still begin a step's job.
func (l *look) reachable(ctx context.Context, row store.StaleReadyRow) (bool, error) {
	if row.Job == nil {
		return false, nil
	}
	job, err := l.river.JobGet(ctx, *row.Job)
	if errors.Is(err, river.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look at a job: %w", err)
	}
	switch job.State {
	case rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateScheduled:
	default:
		return false, nil
	}
	if job.Queue == row.System {
		return true, nil
	}
	lives, err := store.New(l.Pool).WorkerLives(ctx, job.Queue, l.Silence.Seconds())
	if err != nil {
		return false, fmt.Errorf("look for a worker: %w", err)
	}
	return lives, nil
}

// leave gives up the jobs that wait for this very process.
func (l *look) leave(ctx context.Context) error {
	rows, err := store.New(l.Pool).StaleReady(ctx, 0)
	if err != nil {
		return fmt.Errorf("ready steps: %w", err)
	}
	for _, row := range rows {
		if row.Job == nil {
			continue
		}
		job, err := l.river.JobGet(ctx, *row.Job)
		if err != nil && !errors.Is(err, river.ErrNotFound) {
			return fmt.Errorf("look at a job: %w", err)
		}
		if err == nil && job.Queue == l.id {
			if err := l.replace(ctx, row); err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *look) replace(ctx context.Context, row store.StaleReadyRow) error {
	return l.inTx(ctx, func(t *txn) error {
		leases, err := t.q.LockLeases(ctx, row.System)
		if err != nil {
			return fmt.Errorf("lock leases: %w", err)
		}
		step, err := t.q.LockStep(ctx, row.ID)
		if err != nil {
			return fmt.Errorf("lock step: %w", err)
		}
		if step.Token != row.Token || StepState(step.State) != StepReady {
			return nil
		}
		l.Log.Warn("a job is lost and is replaced", "step", row.ID)
		for _, lease := range leases {
			if lease.Step != nil && *lease.Step == step.ID {
				return t.ready(ctx, step, &lease.Slot, "")
			}
		}
		return t.ready(ctx, step, nil, "")
	})
}

// cancelled ends steps of cancelled runs that are not at work.
func (c *core) cancelled(ctx context.Context) error {
	rows, err := store.New(c.Pool).CancelledSteps(ctx)
	if err != nil {
		return fmt.Errorf("cancelled steps: %w", err)
	}
	for _, row := range rows {
		err := c.inTx(ctx, func(t *txn) error {
			leases, err := t.q.LockLeases(ctx, row.System)
			if err != nil {
				return fmt.Errorf("lock leases: %w", err)
			}
			run, err := t.q.LockRun(ctx, row.Run)
			if err != nil {
				return fmt.Errorf("lock run: %w", err)
			}
			step, err := t.q.LockStep(ctx, row.ID)
			if err != nil {
				return fmt.Errorf("lock step: %w", err)
			}
			if s := StepState(step.State); step.Token != row.Token || (s != StepReady && s != StepWaiting) {
				return nil
			}
			return t.over(ctx, run, step, leases, failure{state: StepCancelled, reason: "CANCELLED"})
		})
		if err != nil {
			return err
		}
	}
	return nil
}
