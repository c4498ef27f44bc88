package engine

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

// When a system is left alone (flows.md 7.6): after so many records in a row that
// have failed Transient after their retries, or so many cycles in a row that have
// come to nothing; for how long at first, and at most.
const (
	recordsInARow = 5
	cyclesInARow  = 3
	breakerWait   = 5 * time.Minute
	breakerMost   = time.Hour
)

// BreakerOpen is the reason of a step whose system is left alone.
const BreakerOpen = "BREAKER_OPEN"

// mayCall reports whether a system may be called: always, but while its breaker
// is open. When the wait is over one probe decides.
func (e *Engine) mayCall(ctx context.Context, s *system) error {
	b, err := e.store.GetBreaker(ctx, string(s.Name))
	switch {
	case errors.Is(err, pgx.ErrNoRows), err == nil && b.Until == nil:
		return nil
	case err != nil:
		return fmt.Errorf("read the breaker of %s: %w", s.Name, err)
	case e.now().Before(*b.Until):
		return left(s, *b.Until, b.Why)
	}
	if _, err := s.Connector.Check(ctx); err != nil {
		wait := min(2*time.Duration(b.Wait)*time.Second, breakerMost)
		until, err := e.open(ctx, s, wait, "the probe has failed")
		if err != nil {
			return err
		}
		return left(s, until, "the probe has failed")
	}
	if err := e.store.CloseBreaker(ctx, string(s.Name)); err != nil {
		return fmt.Errorf("close the breaker of %s: %w", s.Name, err)
	}
	return nil
}

func left(s *system, until time.Time, why string) error {
	return &step.Stop{Outcome: step.Failed, Reason: BreakerOpen, Detail: fmt.Sprintf(
		"%s is left alone, since %s; it is tried again after %s", s.Name, why, until.UTC().Format(time.RFC3339))}
}

func (e *Engine) open(ctx context.Context, s *system, wait time.Duration, why string) (time.Time, error) {
	now := e.now()
	until := now.Add(wait)
	err := e.store.OpenBreaker(ctx, store.OpenBreakerParams{
		System: string(s.Name), Now: &now, Until: &until, Wait: int32(wait.Seconds()), Why: why,
	})
	if err != nil {
		return until, fmt.Errorf("open the breaker of %s: %w", s.Name, err)
	}
	return until, nil
}

// tripped opens the breaker in the middle of a step.
func (e *Engine) tripped(ctx context.Context, s *system) error {
	why := fmt.Sprintf("%d records in a row have failed", recordsInARow)
	until, err := e.open(ctx, s, breakerWait, why)
	if err != nil {
		return err
	}
	return left(s, until, why)
}

// came notes how a Read came out: well, or to nothing at all. It returns the
// Read's error.
func (e *Engine) came(ctx context.Context, t step.Task, s *system, failure error, anything bool) error {
	failed := connector.ClassOf(failure) == connector.Transient && !anything && ctx.Err() == nil
	if failure != nil && !failed {
		return failure // neither
	}
	return errors.Join(failure, e.cycle(ctx, t, s, failed))
}

// cycle counts the cycles in a row in which every call of a system has failed.
func (e *Engine) cycle(ctx context.Context, t step.Task, s *system, failed bool) error {
	b, err := e.store.GetBreaker(ctx, string(s.Name))
	switch {
	case errors.Is(err, pgx.ErrNoRows) && !failed:
		return nil
	case err != nil && !errors.Is(err, pgx.ErrNoRows):
		return fmt.Errorf("read the breaker of %s: %w", s.Name, err)
	case failed:
		n, err := e.store.CountFailure(ctx, string(s.Name), &t.Run)
		if err == nil && n >= cyclesInARow {
			_, err = e.open(ctx, s, breakerWait, fmt.Sprintf("%d cycles in a row have failed", n))
		}
		if err != nil {
			return fmt.Errorf("count a failure of %s: %w", s.Name, err)
		}
	case b.Until == nil:
		if err := e.store.CloseBreaker(ctx, string(s.Name)); err != nil {
			return fmt.Errorf("forget the failures of %s: %w", s.Name, err)
		}
	}
	return nil
}
