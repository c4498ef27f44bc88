package write

import (
	"context"
	"errors"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/journal"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/write/outbox"
	"github.com/touchline-sync/touchline/sync/write/permit"
)

// batches carries out creates in as few calls as the system takes.
type batches struct{ *run }

// sendAll carries out creates and returns what is left to be carried out one by one.
func (w batches) sendAll(ctx context.Context, batch []*outbox.Delivery) ([]*outbox.Delivery, error) {
	if w.host.WriteMany == nil || w.noBatches || w.task.Approved || w.creates.once() {
		return batch, nil
	}
	var right permit.Permit
	var rest, creates []*outbox.Delivery
	for _, d := range batch {
		if its := w.creates.permit(d); its.Holds() && w.fits(d) {
			creates, right = append(creates, d), its
		} else {
			rest = append(rest, d)
		}
	}
	if w.looksFor(creates) {
		return batch, nil
	}
	for len(creates) > 0 {
		n := min(len(creates), max(1, w.host.Batch))
		single, err := w.sendBatch(ctx, creates[:n], right)
		if err != nil {
			return nil, err
		}
		rest = append(rest, single...)
		creates = creates[n:]
		if w.noBatches {
			return append(rest, creates...), nil
		}
	}
	return rest, nil
}

// fits reports whether a record is made with others in one call: it is a create, nothing
// is left to find out of it, and it is not known to fail.
func (w batches) fits(d *outbox.Delivery) bool {
	h := d.Host
	sure := h.Row.UncertainUntil == nil || w.host.IdempotentCreate && h.Ent.Deleted == "" && len(h.Sought) == 0 && !w.creates.sparing(d)
	return h.Row.ExternalID == nil && sure && h.Row.PendingOp == "put" && len(d.PendingParts()) == 1 && h.Pending && !h.Blocked &&
		h.Row.Attempts == 0 && h.MayShow() == ""
}

// fewCreates is up to how many records a search for each is worth it.
const fewCreates = 20

// looksFor reports whether creates are to be made one by one, each looked for just before:
// a few, since a listing may be behind; and without a listing, since a lost answer leaves
// nobody knowing who made them, and only what is ours is ever deleted. Of many, the answer
// alone tells.
func (w batches) looksFor(creates []*outbox.Delivery) bool {
	return len(creates) <= fewCreates && w.host.Find != nil && (w.few || w.host.Delete != nil &&
		slices.ContainsFunc(creates, func(d *outbox.Delivery) bool { return !w.proof(d).Holds() }))
}

// sendBatch makes one call, and where that fails as a whole finds out because of
// which record. It returns what is to be carried out one by one.
func (w batches) sendBatch(ctx context.Context, batch []*outbox.Delivery, right permit.Permit) ([]*outbox.Delivery, error) {
	single, whole, err := w.callBatch(ctx, batch, right)
	switch {
	case err != nil || whole == nil:
		return single, err
	case w.mayIsolate(whole):
		return w.isolate(ctx, batch, whole, right)
	default:
		return nil, w.allFailed(ctx, batch, whole)
	}
}

// allFailed deals with each record of a batch that failed as a whole.
func (w batches) allFailed(ctx context.Context, batch []*outbox.Delivery, whole error) error {
	for _, d := range batch {
		if err := w.failures.failed(ctx, d, whole); err != nil {
			return err
		}
	}
	return nil
}

// callBatch makes one call for a batch. A result that is missing counts as uncertain.
// whole is how the batch failed as a whole: then nothing has been dealt with.
func (w batches) callBatch(ctx context.Context, batch []*outbox.Delivery, right permit.Permit) (single []*outbox.Delivery, whole, err error) {
	if !right.Holds() {
		return batch, nil, nil
	}
	ops := make([]connector.Op, len(batch))
	for i, d := range batch {
		ops[i] = connector.Op{Want: d.Wire()}
	}
	for _, d := range batch {
		d.Host.Tried = d.Host.Tried || d.Host.Row.UncertainUntil != nil // by a call before
	}
	switch err := w.open(ctx, journal.Create, batch...); {
	case errors.Is(err, errOvertaken):
		return batch, nil, nil // each finds out for itself
	case err != nil:
		return nil, nil, err
	}
	var results []connector.Result
	_, whole = remote.Send(ctx, w.caller, func(ctx context.Context) (connector.Item, error) {
		var err error
		results, err = w.host.WriteMany(ctx, ops)
		return connector.Item{}, err
	})
	if connector.ClassOf(whole) == connector.Waiting {
		w.noBatches = true
		return batch, nil, w.creates.takeBack(ctx, batch)
	}
	for _, d := range batch {
		d.Failure = nil
		errors.As(whole, &d.Failure)
	}
	if whole != nil {
		for _, d := range batch {
			d.Host.Tried = d.Host.Tried || d.Unheard()
		}
		return nil, whole, nil
	}
	var done []outbox.Answer
	for i, d := range batch {
		r := connector.Result{Err: &connector.Error{Class: connector.Transient, System: w.system.Name, Op: "write many", Why: "no result for this record"}}
		if i < len(results) && (results[i].Err != nil || results[i].Item.ID != "") {
			r = results[i]
		}
		if sendAlone(r.Err) {
			single = append(single, d)
			continue
		}
		if r.Err == nil {
			done = append(done, outbox.Answer{Delivery: d, Op: "create", Item: r.Item})
		} else if err := w.failures.failed(ctx, d, r.Err); err != nil {
			return nil, nil, errors.Join(err, w.answers.finish(ctx, done...))
		}
	}
	if err := w.answers.finish(ctx, done...); err != nil {
		return nil, nil, err
	}
	return single, nil, w.creates.takeBack(ctx, single)
}

// sendAlone reports whether a record of a batch is to be carried out by itself:
// nothing was done for it, such as when it is there already.
func sendAlone(err error) bool {
	var failure *connector.Error
	return errors.As(err, &failure) && failure.Class == connector.Transient && failure.Unsent
}
