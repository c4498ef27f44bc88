package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// The reasons of a step that waits in vain.
const (
	reasonNoWorker = "NO_WORKER"
	reasonNoLease  = "NO_LEASE"
)

// reportSilence says, once, in the run, the log and Stats, why a step does not
// go on, and ends a run that has not gone on for too long.
//
// It speaks only when it has watched for Unserved: steps that grew old while
// all processes or the database were away first get the time to be taken up.
func (s *supervisor) reportSilence(ctx context.Context) error {
	rows, err := store.New(s.Pool).SilentSteps(ctx, s.Unserved.Seconds())
	if err != nil {
		s.watching = time.Time{}
		return fmt.Errorf("silent steps: %w", err)
	}
	if s.watching.IsZero() {
		s.watching = s.Now()
	}
	if s.Now().Sub(s.watching) < s.Unserved {
		return nil
	}
	for _, row := range rows {
		v := s.silence(row)
		switch {
		case v.stalled:
			err = s.endStalled(ctx, row, v)
		case v.reason != "" && v.reason != row.Reason:
			err = s.explain(ctx, row, v)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// silence is why a step waits in vain; no reason: it does not.
type silence struct {
	reason, detail string
	stalled        bool // its run must end
}

// silence judges a step that waits. It asks no clock: the row says how long.
func (o Options) silence(row store.SilentStepsRow) silence {
	waits := time.Duration(row.Silent * float64(time.Second))
	var v silence
	switch {
	case waits < o.Unserved:
		return silence{}
	case StepState(row.State) == StepReady:
		v.reason = reasonNoWorker
		v.detail = fmt.Sprintf("no process has taken up the step at %s for %s: start `touchline worker` for a system "+
			"behind web pages, `touchline serve` for any other, or see in its log what keeps it", row.System, o.Unserved)
	case row.Moving:
		return silence{} // another step is at work, and this one comes after it
	default:
		v.reason = reasonNoLease
		v.detail = fmt.Sprintf("the lease of %s has not moved for %s: its next holder is not carried out; see which run "+
			"has a step at %s with NO_WORKER, and start a process for it or cancel that run", row.System, o.Unserved, row.System)
	}
	idle := time.Duration(row.RunSilent * float64(time.Second))
	v.stalled = !row.Running && idle >= o.Stalled
	return v
}

func (s *supervisor) explain(ctx context.Context, row store.SilentStepsRow, v silence) error {
	told := false
	err := s.inTx(ctx, func(t *txn) error {
		told = false
		if _, err := t.q.LockRun(ctx, row.Run); err != nil {
			return fmt.Errorf("lock run: %w", err)
		}
		runStep, err := t.q.ExplainStep(ctx, store.ExplainStepParams{ID: row.ID, Token: row.Token, Reason: v.reason, Detail: v.detail})
		if errors.Is(err, pgx.ErrNoRows) {
			return nil // it goes on, or another process has said so
		}
		if err != nil {
			return fmt.Errorf("explain step: %w", err)
		}
		told = true
		return t.stepEvent(ctx, runStep)
	})
	if err == nil && told {
		s.unserved.Add(1)
		s.Log.Warn("a step does not go on", "run", row.Run, "step", row.Number, "system", row.System, "reason", v.reason, "detail", v.detail)
	}
	return err
}

// endStalled ends a step whose run has had no progress for Stalled, and the run
// with its last open step.
func (s *supervisor) endStalled(ctx context.Context, row store.SilentStepsRow, v silence) error {
	ended := false
	err := s.inTx(ctx, func(t *txn) error {
		ended = false
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
		if state := StepState(runStep.State); runStep.Token != row.Token || (state != StepReady && state != StepWaiting) {
			return nil
		}
		open, err := t.q.OpenSteps(ctx, row.Run)
		if err != nil {
			return fmt.Errorf("open steps: %w", err)
		}
		ended = true
		return t.over(ctx, run, runStep, leases, Outcome{
			State: string(StepFailed), Word: step.Failed, Reason: v.reason,
			Detail:  fmt.Sprintf("the run has had no progress for %s; %s", s.Stalled, v.detail),
			EndsRun: open.Active == 1,
		})
	})
	if err == nil && ended {
		s.stalled.Add(1)
		s.Log.Error("a run has no progress and its step is ended", "run", row.Run, "step", row.Number, "system", row.System, "reason", v.reason)
	}
	return err
}
