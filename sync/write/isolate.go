package write

import (
	"context"
	"errors"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/write/outbox"
	"github.com/touchline-sync/touchline/sync/write/permit"
)

// isolateCalls is how many further calls a batch that failed as a whole may
// cost.
const isolateCalls = 16

// mayIsolate reports whether the failure of a whole batch may be that of one
// record in it, and it can be found out: what is repeated makes nothing twice,
// and the call is over for certain.
func (w batches) mayIsolate(whole error) bool {
	return w.host.IdempotentCreate && connector.ClassOf(whole) == connector.Transient &&
		!errors.Is(whole, context.DeadlineExceeded) && !errors.Is(whole, context.Canceled)
}

// isolation is a batch in which a record is looked for that spoils it.
type isolation struct {
	batches

	right    permit.Permit
	calls    int                // made so far
	single   []*outbox.Delivery // to be carried out one by one
	doubtful []*outbox.Delivery // not tried since
	whole    error              // how a batch failed last
}

// isolate carries out a batch that has failed as a whole: by halves it finds the
// record because of which it did, and then sends what it left aside, together.
// When the calls are used up the rest waits for the next run.
func (w batches) isolate(ctx context.Context, batch []*outbox.Delivery, whole error, right permit.Permit) ([]*outbox.Delivery, error) {
	in := &isolation{batches: w, whole: whole, right: right}
	for len(batch) > 0 {
		spoilt, err := in.narrow(ctx, batch)
		if err != nil {
			return nil, err
		}
		if in.calls == isolateCalls && len(spoilt) > 1 {
			return in.single, w.untried(ctx, spoilt)
		}
		if err := w.allFailed(ctx, spoilt, in.whole); err != nil {
			return nil, err
		}
		batch, in.doubtful = in.doubtful, nil
		if len(batch) == 0 {
			break
		}
		good, err := in.attempt(ctx, batch)
		if err != nil || good {
			return in.single, err
		}
	}
	return in.single, nil
}

// untried leaves records to the next run for which there were no calls left. They
// have not failed: most of them are whole.
func (w batches) untried(ctx context.Context, batch []*outbox.Delivery) error {
	for _, d := range batch {
		w.tallyParts(d, func(c *step.Counter) { c.Waiting++ })
		if err := w.put(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// narrow halves a batch that fails down to the one record because of which it
// does, or to what there were no calls left for.
func (in *isolation) narrow(ctx context.Context, batch []*outbox.Delivery) ([]*outbox.Delivery, error) {
	for len(batch) > 1 {
		if in.calls == isolateCalls || !in.mayIsolate(in.whole) {
			rest := slices.Concat(batch, in.doubtful)
			in.doubtful = nil
			return rest, nil
		}
		first, second := batch[:len(batch)/2], batch[len(batch)/2:]
		good, err := in.attempt(ctx, first)
		switch {
		case err != nil:
			return nil, err
		case good:
			batch = second
		default:
			batch, in.doubtful = first, append(in.doubtful, second...)
		}
	}
	return batch, nil
}

// attempt makes one call and reports whether the batch went well.
func (in *isolation) attempt(ctx context.Context, batch []*outbox.Delivery) (bool, error) {
	if in.calls == isolateCalls {
		return false, nil
	}
	in.calls++
	single, whole, err := in.callBatch(ctx, batch, in.right)
	if err != nil {
		return false, err
	}
	if whole != nil {
		in.whole = whole
		return false, nil //nolint:nilerr // the caller deals with it
	}
	in.single = append(in.single, single...)
	return true, nil
}
