package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// maxTimeouts is how many slices in a row may have to be broken off.
const maxTimeouts = 3

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

// slice calls the engine while a heartbeat keeps the lease. A call that failed
// because the database was away is repeated, with the lease held. Nothing else
// is: the engine has repeated what may be repeated at a system, and repeating
// it here once more would make its 3 calls 12.
func (c *core) slice(outer context.Context, mine *attempt) sliceResult {
	ctx, cancel := context.WithCancelCause(store.ForRun(outer, mine.run.ID))
	heartbeat := newHeartbeat(c, mine, cancel)
	defer heartbeat.stop()
	defer cancel(nil)

	var sum sliceResult
	var outage outage
	for {
		heartbeat.from(sum.slice.Counters)
		task := c.task(mine, heartbeat.report)
		if sum.slice.Cursor != "" {
			task.Cursor = sum.slice.Cursor
		}
		began := time.Now()
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
		if !isDatabase(err) && c.Pool.Ping(ctx) == nil {
			return sum
		}
		if time.Since(began) > time.Second {
			outage.reset() // the database was there in between
		}
		if !c.awaitDatabase(ctx, &outage) {
			return sum
		}
	}
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
	r.slice.Asides = append(r.slice.Asides, slice.Asides...)
	if r.slice.Detail == nil {
		r.slice.Detail = slice.Detail
		return
	}
	for k, v := range slice.Detail {
		r.slice.Detail[k] = v
	}
}
