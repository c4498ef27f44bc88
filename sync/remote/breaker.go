package remote

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// The breaker of a system opens after so many records in a row that have failed
// Transient after their retries, or so many cycles in a row that have come to
// nothing. It stays open for Settings.BreakerWait at first, twice as long after each
// probe that fails, and Settings.BreakerMost at most.
const (
	// RecordsInARow is how many records in a row may fail before Trip.
	RecordsInARow = 5
	cyclesInARow  = 3
)

// BreakerOpen is the reason of a step whose system is left alone.
const BreakerOpen = "BREAKER_OPEN"

// MayCall returns nil when the system may be called: always, but while its
// breaker is open. When the wait is over one probe decides.
func (r *Remotes) MayCall(ctx context.Context, s *System) error {
	b, err := r.store.GetBreaker(ctx, string(s.Name))
	switch {
	case errors.Is(err, pgx.ErrNoRows), err == nil && b.Until == nil:
		return nil
	case err != nil:
		return fmt.Errorf("read the breaker of %s: %w", s.Name, err)
	case r.now().Before(*b.Until):
		return breakerOpen(s, *b.Until, b.Why)
	}
	if _, err := check(ctx, s); err != nil {
		wait := min(2*time.Duration(b.Wait)*time.Second, r.Settings.BreakerMost)
		until, err := r.openBreaker(ctx, s, wait, "the probe has failed")
		if err != nil {
			return err
		}
		return breakerOpen(s, until, "the probe has failed")
	}
	if err := r.store.CloseBreaker(ctx, string(s.Name)); err != nil {
		return fmt.Errorf("close the breaker of %s: %w", s.Name, err)
	}
	return nil
}

func breakerOpen(s *System, until time.Time, why string) error {
	return &step.Stop{Outcome: step.Failed, Reason: BreakerOpen, Detail: fmt.Sprintf(
		"%s is left alone, since %s; it is tried again after %s", s.Name, why, until.UTC().Format(time.RFC3339))}
}

func (r *Remotes) openBreaker(ctx context.Context, s *System, wait time.Duration, why string) (time.Time, error) {
	now := r.now()
	until := now.Add(wait)
	err := r.store.OpenBreaker(ctx, store.OpenBreakerParams{
		System: string(s.Name), Now: &now, Until: &until, Wait: int32(wait.Seconds()), Why: why,
	})
	if err != nil {
		return until, fmt.Errorf("open the breaker of %s: %w", s.Name, err)
	}
	return until, nil
}

// Trip opens the breaker in the middle of a step, because RecordsInARow records
// have failed. It returns the error with which the step ends.
func (r *Remotes) Trip(ctx context.Context, s *System) error {
	why := fmt.Sprintf("%d records in a row have failed", RecordsInARow)
	until, err := r.openBreaker(ctx, s, r.Settings.BreakerWait, why)
	if err != nil {
		return err
	}
	return breakerOpen(s, until, why)
}

// NoteOutcome counts how a step's calls ended: well, or with a failure before
// anything came of them. A failure that says nothing about the system's health,
// such as a cancelled run, counts for neither. It returns the step's failure.
func (r *Remotes) NoteOutcome(ctx context.Context, t step.Task, s *System, failure error, anything bool) error {
	failed := connector.ClassOf(failure) == connector.Transient && !anything && ctx.Err() == nil
	if failure != nil && !failed {
		return failure
	}
	return errors.Join(failure, r.NoteCycle(ctx, t, s, failed))
}

// NoteCycle counts the cycles in a row in which every call of a system has
// failed; after too many its breaker opens for the steps to come. A cycle that
// went well starts the count anew.
func (r *Remotes) NoteCycle(ctx context.Context, t step.Task, s *System, failed bool) error {
	b, err := r.store.GetBreaker(ctx, string(s.Name))
	switch {
	case errors.Is(err, pgx.ErrNoRows) && !failed:
		return nil
	case err != nil && !errors.Is(err, pgx.ErrNoRows):
		return fmt.Errorf("read the breaker of %s: %w", s.Name, err)
	case failed:
		n, err := r.store.CountFailure(ctx, string(s.Name), &t.Run)
		if err == nil && n >= cyclesInARow {
			_, err = r.openBreaker(ctx, s, r.Settings.BreakerWait, fmt.Sprintf("%d cycles in a row have failed", n))
		}
		if err != nil {
			return fmt.Errorf("count a failure of %s: %w", s.Name, err)
		}
	case b.Until == nil:
		if err := r.store.CloseBreaker(ctx, string(s.Name)); err != nil {
			return fmt.Errorf("forget the failures of %s: %w", s.Name, err)
		}
	}
	return nil
}
