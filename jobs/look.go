package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

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
	token, heartbeat int64
	at               time.Time
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
		if !ok || was.token != lease.Token || was.heartbeat != lease.Heartbeat {
			was = sighting{lease.Token, lease.Heartbeat, now}
		}
		l.seen[at] = was
		if lease.Holder == "" || now.Sub(was.at) < l.LeaseTimeout {
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
				lease.Token != silent.Token || lease.Heartbeat != silent.Heartbeat {
				continue
			}
			if err := t.lockRunOf(ctx, silent.Step); err != nil {
				return err
			}
			runStep, err := t.q.LockStep(ctx, silent.Step)
			if errors.Is(err, pgx.ErrNoRows) || (err == nil && runStep.Token != lease.Token) {
				return t.release(ctx, lease)
			}
			if err != nil {
				return fmt.Errorf("lock step: %w", err)
			}
			return t.takeOver(ctx, runStep, leases, lease)
		}
		return nil
	})
}

// lockRunOf locks the run of a step, in its turn before the step.
func (t *txn) lockRunOf(ctx context.Context, id int64) error {
	runStep, err := t.q.Step(ctx, id)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("step: %w", err)
	}
	if _, err := t.q.LockRun(ctx, runStep.Run); err != nil {
		return fmt.Errorf("lock run: %w", err)
	}
	return nil
}

// maxTakeovers is how often a step is taken over that brings nothing. Killed
// processes are one thing, a step that kills its process is another.
const maxTakeovers = 30

func (t *txn) takeOver(ctx context.Context, runStep store.RunStep, leases []store.Lease, lease store.Lease) error {
	n, err := t.q.TakenOver(ctx, runStep.ID)
	if err != nil {
		return fmt.Errorf("count the takeover: %w", err)
	}
	if n <= maxTakeovers {
		return t.ready(ctx, runStep, &lease.Slot, "") // not to the one that is silent
	}
	f := t.failed(runStep, fmt.Errorf("taken over %d times", n))
	f.reason, f.detail = "TAKEN_OVER", "each process that took it up fell silent"
	run, err := t.q.Run(ctx, runStep.Run)
	if err != nil {
		return fmt.Errorf("run: %w", err)
	}
	return t.over(ctx, run, runStep, leases, f)
}

// waiting gives free leases to steps that wait. Leases are handed on when they
// are removed; this is for steps whose time to wait is over.
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
