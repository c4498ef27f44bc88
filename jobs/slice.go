package jobs

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

const (
	maxAttempts     = 4  // the first and three more, as the seed has it: after 1, 2 and 4 s
	maxTimeouts     = 3  // slices in a row that had to be broken off
	maxDatabaseGone = 20 // times in one slice that the database went away
)

var errCancelled = errors.New("the run is cancelled")

// sliceResult is what came of a slice. broken says that it was broken off through
// no fault of the step: it goes on where the slice before had stopped.
type sliceResult struct {
	slice   step.Slice
	err     error
	broken  bool
	timeout bool
}

// work is one job: begin, one slice, finish.
func (c *core) work(ctx context.Context, args stepArgs) error {
	mine, err := c.begin(ctx, args)
	if err != nil || mine == nil {
		return err
	}
	// What the slice has done is stored even when the process is told to stop.
	return c.finish(context.WithoutCancel(ctx), mine, c.slice(ctx, mine))
}

// slice calls the engine while a heartbeat keeps the lease. What passes by
// itself is tried again here, with the lease held.
func (c *core) slice(outer context.Context, mine *attempt) sliceResult {
	ctx, cancel := context.WithCancelCause(outer)
	heartbeat := newHeartbeat(c, mine, cancel)
	defer heartbeat.stop()
	defer cancel(nil)

	var sum sliceResult
	attempts, gone := 0, 0
	for {
		heartbeat.from(sum.slice.Counters)
		task := c.task(mine, heartbeat.report)
		if sum.slice.Cursor != "" {
			task.Cursor = sum.slice.Cursor
		}
		slice, err := c.call(ctx, mine, task)
		sum.add(slice, err)
		if err == nil {
			return sum
		}
		switch cause := context.Cause(ctx); {
		case errors.Is(cause, store.ErrLeaseLost), errors.Is(err, store.ErrLeaseLost):
			sum.broken = true
			return sum
		case errors.Is(cause, errCancelled):
			return sum // finish sees that the run is cancelled
		case outer.Err() != nil:
			sum.broken = true
			sum.timeout = errors.Is(outer.Err(), context.DeadlineExceeded)
			return sum
		}
		wait, again := c.again(ctx, err, &attempts, &gone)
		if !again || !sleep(ctx, wait) {
			return sum
		}
	}
}

// again says whether, and after how long, a slice that failed is tried again at
// once.
func (c *core) again(ctx context.Context, err error, attempts, gone *int) (time.Duration, bool) {
	var stop *step.Stop
	if errors.As(err, &stop) {
		return 0, false
	}
	if isDatabase(err) && *gone < maxDatabaseGone {
		*gone++
		for c.Pool.Ping(ctx) != nil {
			if !sleep(ctx, c.Backoff/2) {
				return 0, false
			}
		}
		return c.Backoff / 10, true
	}
	var outside *connector.Error
	switch connector.ClassOf(err) {
	case connector.Throttled:
		if errors.As(err, &outside) && outside.After > 0 && outside.After <= c.ShortWait && *attempts+1 < maxAttempts {
			*attempts++
			return outside.After, true
		}
	case connector.Transient, connector.Unknown, connector.Stale:
		*attempts++
		if *attempts < maxAttempts {
			wait := c.Backoff << (*attempts - 1)
			return wait + rand.N(wait/4+1), true
		}
	}
	return 0, false
}

// add takes in what one call of the engine brought; a failed call may have
// brought something, too.
func (r *sliceResult) add(slice step.Slice, err error) {
	r.err = err
	r.slice.Done, r.slice.After = slice.Done && err == nil, slice.After
	if slice.Cursor != "" || err == nil {
		r.slice.Cursor = slice.Cursor
	}
	r.slice.Counters = addCounters(r.slice.Counters, slice.Counters)
	if r.slice.Detail == nil {
		r.slice.Detail = slice.Detail
		return
	}
	for k, v := range slice.Detail {
		r.slice.Detail[k] = v
	}
}
