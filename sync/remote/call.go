package remote

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/step"
)

// longestThrottle is the longest wait that a step sits out by itself, with its
// lease.
const longestThrottle = 10 * time.Second

// Caller makes the calls of one step to one system.
type Caller struct {
	remotes  *Remotes
	task     step.Task
	system   *System
	op       string
	deadline time.Duration
}

// Caller returns the caller of a step. op names in errors what the step does,
// such as "write". A call may take as long as Settings.Deadline, or deadline
// when that is longer.
func (r *Remotes) Caller(t step.Task, s *System, op string, deadline time.Duration) *Caller {
	return &Caller{remotes: r, task: t, system: s, op: op, deadline: max(r.Settings.Deadline, deadline)}
}

// Deadline returns how long one call may take.
func (c *Caller) Deadline() time.Duration { return c.deadline }

// Expiry returns how long a call may still take effect after it was begun.
func (c *Caller) Expiry() time.Duration { return c.deadline + c.remotes.Settings.Linger }

// Call makes one call: after it has made sure that the step still holds its
// lease, and within the deadline. A panic of the connector becomes a Drifted
// error, so that it costs one record and not the process.
func Call[T any](ctx context.Context, c *Caller, f func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, c.deadline)
	defer cancel()
	if err := c.remotes.store.HoldsLease(ctx, c.task.Step, c.task.Token); err != nil {
		var none T
		return none, err
	}
	return guarded(c.system, c.op, func() (T, error) { return f(ctx) })
}

// Send makes one call as Call does, for a step that has just committed something
// under its lease, such as a row of the journal: the lease is not checked again.
func Send[T any](ctx context.Context, c *Caller, f func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, c.deadline)
	defer cancel()
	return guarded(c.system, c.op, func() (T, error) { return f(ctx) })
}

// Retry makes a call that is safe to repeat: up to Settings.Attempts times, with
// growing waits, as long as the failure is Transient or briefly Throttled.
func Retry[T any](ctx context.Context, c *Caller, f func(context.Context) (T, error)) (T, error) {
	return retried(ctx, c.remotes, func() (T, error) { return Call(ctx, c, f) })
}

// Pages yields the pages of a listing. list begins it, such as with the List of
// a collection. A panic of the connector, at its beginning or between two pages,
// ends the listing with a Drifted error; a panic of who ranges over the pages is
// not touched. Neither lease nor deadline is checked: a listing may be long, and
// what is stored of it is fenced by who stores it.
func (c *Caller) Pages(list func() iter.Seq2[connector.Page, error]) iter.Seq2[connector.Page, error] {
	return func(yield func(connector.Page, error) bool) {
		stopped := false
		if err := c.eachPage(list, func(p connector.Page, err error) bool {
			stopped = stopped || !yield(p, err)
			return !stopped
		}); err != nil && !stopped {
			yield(connector.Page{}, err)
		}
	}
}

func (c *Caller) eachPage(list func() iter.Seq2[connector.Page, error], yield func(connector.Page, error) bool) (err error) {
	yielding, began := false, time.Now()
	defer func() {
		if yielding {
			return // the panic, if there is one, is not the connector's
		}
		if p := recover(); p != nil {
			err = panicked(c.system, c.op, p)
			c.system.Meter.called(began, err)
		}
	}()
	for page, err := range list() {
		c.system.Meter.called(began, err)
		yielding = true
		more := yield(page, err)
		yielding, began = false, time.Now()
		if !more {
			return nil
		}
	}
	return nil
}

// guarded turns a panic of a connector into an error.
func guarded[T any](s *System, op string, f func() (T, error)) (_ T, err error) {
	began := time.Now()
	defer func() {
		if p := recover(); p != nil {
			err = panicked(s, op, p)
		}
		s.Meter.called(began, err)
	}()
	return f()
}

// Contained calls f, and turns a panic of ours into an error: in a goroutine of its own it
// would end the process, and its restart would come to the same record again. Its value may
// hold personal data, so only its type is told, and where it was.
func Contained(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("we broke down (%T)\n%s", p, debug.Stack())
		}
	}()
	return f()
}

// panicked is the error for a panic. Its value may hold personal data, so only
// its type is told.
func panicked(s *System, op string, value any) error {
	return &connector.Error{Class: connector.Drifted, System: s.Name, Op: op, Why: fmt.Sprintf("the connector broke down (%T)", value)}
}

// retried repeats a call as Retry does.
func retried[T any](ctx context.Context, r *Remotes, call func() (T, error)) (T, error) {
	for attempt := 1; ; attempt++ {
		out, err := call()
		if err == nil || attempt >= r.Settings.Attempts || ctx.Err() != nil {
			return out, err
		}
		wait, again := r.RetryAfter(err, attempt)
		if !again {
			return out, err
		}
		if err := Sleep(ctx, wait); err != nil {
			return out, err
		}
	}
}

// RetryAfter reports whether a call that has failed attempt times may be tried
// again in this step, and after how long. It does not count attempts.
func (r *Remotes) RetryAfter(err error, attempt int) (time.Duration, bool) {
	var failure *connector.Error
	if !errors.As(err, &failure) {
		return 0, false
	}
	switch failure.Class {
	case connector.Transient:
		wait := r.Settings.Wait << (attempt - 1)
		return wait + rand.N(wait/4+1), true
	case connector.Throttled:
		return failure.After, failure.After <= longestThrottle
	}
	return 0, false
}

// Sleep waits, or returns early with the context's error.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// AfterThrottle turns a long throttle into a wait without the lease.
func AfterThrottle(err error) (time.Duration, error) {
	var failure *connector.Error
	if errors.As(err, &failure) && failure.Class == connector.Throttled {
		return max(failure.After, time.Second), nil // none would read as done
	}
	return 0, err
}
