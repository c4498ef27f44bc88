package engine

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
)

// shortThrottle is the longest wait that a step sits out by itself.
const shortThrottle = 10 * time.Second

// retried makes a call that is safe to repeat: up to Attempts times, with
// growing waits, as long as the failure is Transient or briefly Throttled.
func retried[T any](ctx context.Context, e *Engine, call func() (T, error)) (T, error) {
	for attempt := 1; ; attempt++ {
		out, err := call()
		if err == nil || attempt >= e.settings.Attempts || ctx.Err() != nil {
			return out, err
		}
		wait, again := e.patience(err, attempt)
		if !again {
			return out, err
		}
		if err := sleep(ctx, wait); err != nil {
			return out, err
		}
	}
}

// patience says how long to wait before the next attempt, if there should be
// one.
func (e *Engine) patience(err error, attempt int) (time.Duration, bool) {
	var failure *connector.Error
	if !errors.As(err, &failure) {
		return 0, false
	}
	switch failure.Class {
	case connector.Transient:
		wait := e.settings.Wait << (attempt - 1)
		return wait + rand.N(wait/4+1), true
	case connector.Throttled:
		return failure.After, failure.After <= shortThrottle
	}
	return 0, false
}

// sleep waits, or returns early with the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
