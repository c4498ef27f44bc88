package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/store"
)

// supervisor watches over steps and leases. Every process has one, so that no
// process is needed in particular; it needs no leader of River.
type supervisor struct {
	*core
	seen     map[place]sighting
	watching time.Time // since when without a failure; by Now
}

type place struct {
	system string
	slot   int32
}

type sighting struct {
	token, heartbeat int64
	at               time.Time
}

// supervise runs every Interval: it says that this process is alive, takes over
// leases whose heartbeat has stopped, gives free leases to steps that wait,
// replaces jobs that were lost, ends steps of cancelled runs, and says which
// steps nobody carries out.
func (s *supervisor) supervise(ctx context.Context) error {
	return errors.Join(
		s.reportAlive(ctx), s.takeOverSilent(ctx), s.giveLeases(ctx), s.replaceLost(ctx), s.endCancelled(ctx), s.reportSilence(ctx),
	)
}

func (s *supervisor) reportAlive(ctx context.Context) error {
	if err := store.New(s.Pool).HeartbeatWorker(ctx, s.id); err != nil {
		return fmt.Errorf("report alive: %w", err)
	}
	return nil
}

// takeOverSilent takes over each lease whose heartbeat has not moved for
// LeaseTimeout by this process's own clock, since clocks of machines differ.
func (s *supervisor) takeOverSilent(ctx context.Context) error {
	held, err := store.New(s.Pool).HeldLeases(ctx)
	if err != nil {
		s.seen = nil // no heartbeat can be stored while the database is away
		return fmt.Errorf("held leases: %w", err)
	}
	now := time.Now()
	before := s.seen
	s.seen = make(map[place]sighting, len(held))
	for _, lease := range held {
		at := place{lease.System, lease.Slot}
		was, ok := before[at]
		if !ok || was.token != lease.Token || was.heartbeat != lease.Heartbeat {
			was = sighting{lease.Token, lease.Heartbeat, now}
		}
		s.seen[at] = was
		if lease.Holder == "" || now.Sub(was.at) < s.LeaseTimeout {
			continue // a lease that was handed on and not taken: replaceLost sees to its job
		}
		s.Log.Warn("a lease is silent and is taken over", "system", lease.System, "slot", lease.Slot, "step", lease.Step)
		if err := s.takeOver(ctx, lease); err != nil {
			return err
		}
	}
	return nil
}

// takeOver gives the step of a silent lease a new token and a new job. The
// heartbeat is compared again under the lock: only one process takes a lease
// over, and only while its holder is still silent.
func (s *supervisor) takeOver(ctx context.Context, silent store.HeldLeasesRow) error {
	return s.inTx(ctx, func(t *txn) error {
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

// lockRunOf locks the run of a step. It comes before the step in the order of
// locks.
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

// maxTakeovers is how often a step is taken over that brings nothing. A few
// processes may be killed by chance; a step that kills each process that takes
// it up must come to an end.
const maxTakeovers = 30

func (t *txn) takeOver(ctx context.Context, runStep store.RunStep, leases []store.Lease, lease store.Lease) error {
	n, err := t.q.TakenOver(ctx, runStep.ID)
	if err != nil {
		return fmt.Errorf("count the takeover: %w", err)
	}
	if n <= maxTakeovers {
		return t.ready(ctx, runStep, &lease.Slot, "") // not to the one that is silent
	}
	o := failed(runStep, fmt.Errorf("taken over %d times", n))
	o.Reason, o.Detail = "TAKEN_OVER", "each process that took the step up has stopped; see the logs of the workers"
	run, err := t.q.Run(ctx, runStep.Run)
	if err != nil {
		return fmt.Errorf("run: %w", err)
	}
	return t.over(ctx, run, runStep, leases, o)
}

// giveLeases gives free leases to steps whose time to wait is over. A lease that
// is released goes to the next step at once, without this.
func (s *supervisor) giveLeases(ctx context.Context) error {
	systems, err := store.New(s.Pool).WaitingSystems(ctx)
	if err != nil {
		return fmt.Errorf("waiting systems: %w", err)
	}
	for _, system := range systems {
		err := s.inTx(ctx, func(t *txn) error {
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
