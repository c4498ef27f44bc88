package jobs

import (
	"context"
	"errors"
	"fmt"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"github.com/touchline-sync/touchline/sync/store"
)

// replaceLost replaces the jobs of steps that should have begun: River has lost
// the job, its worker died between fetching and beginning, or it waits in the
// queue of a process that has ended.
func (s *supervisor) replaceLost(ctx context.Context) error {
	rows, err := store.New(s.Pool).StaleReady(ctx, s.deadAfter().Seconds())
	if err != nil {
		return fmt.Errorf("ready steps: %w", err)
	}
	for _, row := range rows {
		reachable, err := s.reachable(ctx, row)
		if err != nil {
			return err
		}
		if reachable {
			continue // reportSilence says so when it takes too long
		}
		if err := s.replace(ctx, row); err != nil {
			return err
		}
	}
	return nil
}

// reachable reports whether a process can still begin a step's job.
func (s *supervisor) reachable(ctx context.Context, row store.StaleReadyRow) (bool, error) {
	if row.Job == nil {
		return false, nil
	}
	job, err := s.river.JobGet(ctx, *row.Job)
	if errors.Is(err, river.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read a job: %w", err)
	}
	switch job.State {
	case rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateScheduled:
	default:
		return false, nil
	}
	if job.Queue == row.System {
		return true, nil
	}
	lives, err := store.New(s.Pool).WorkerLives(ctx, job.Queue, s.deadAfter().Seconds())
	if err != nil {
		return false, fmt.Errorf("find a worker: %w", err)
	}
	return lives, nil
}

// leave gives the jobs in this process's own queue to others: it is stopping.
func (s *supervisor) leave(ctx context.Context) error {
	rows, err := store.New(s.Pool).StaleReady(ctx, 0)
	if err != nil {
		return fmt.Errorf("ready steps: %w", err)
	}
	for _, row := range rows {
		if row.Job == nil {
			continue
		}
		job, err := s.river.JobGet(ctx, *row.Job)
		if err != nil && !errors.Is(err, river.ErrNotFound) {
			return fmt.Errorf("read a job: %w", err)
		}
		if err == nil && job.Queue == s.id {
			if err := s.replace(ctx, row); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *supervisor) replace(ctx context.Context, row store.StaleReadyRow) error {
	return s.inTx(ctx, func(t *txn) error {
		leases, err := t.q.LockLeases(ctx, row.System)
		if err != nil {
			return fmt.Errorf("lock leases: %w", err)
		}
		runStep, err := t.q.LockStep(ctx, row.ID)
		if err != nil {
			return fmt.Errorf("lock step: %w", err)
		}
		if runStep.Token != row.Token || StepState(runStep.State) != StepReady {
			return nil
		}
		t.after(func() {
			s.Log.Warn("a job is lost and is replaced", "run", runStep.Run, "step", runStep.Number, "system", row.System)
		})
		for _, lease := range leases {
			if lease.Step != nil && *lease.Step == runStep.ID {
				return t.ready(ctx, runStep, &lease.Slot, "")
			}
		}
		return t.ready(ctx, runStep, nil, "")
	})
}

// endCancelled ends steps of cancelled runs that are not at work.
func (c *core) endCancelled(ctx context.Context) error {
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
			runStep, err := t.q.LockStep(ctx, row.ID)
			if err != nil {
				return fmt.Errorf("lock step: %w", err)
			}
			if s := StepState(runStep.State); runStep.Token != row.Token || (s != StepReady && s != StepWaiting) {
				return nil
			}
			return t.over(ctx, run, runStep, leases, Outcome{State: string(StepCancelled), Reason: "CANCELLED"})
		})
		if err != nil {
			return err
		}
	}
	return nil
}
