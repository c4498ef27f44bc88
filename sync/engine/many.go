package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/store"
)

// many carries out the creates of a batch in as few calls as the system takes.
// It returns what is left to be carried out one by one.
func (w *writer) many(ctx context.Context, batch []*delivery) ([]*delivery, error) {
	if w.host.WriteMany == nil || w.noBulk || !w.listed && !w.host.IdempotentCreate || w.t.Approved {
		return batch, nil
	}
	var rest, creates []*delivery
	for _, o := range batch {
		h := o.host
		if h.row.ExternalID == nil && h.row.Intent == "" && h.row.PendingOp == "put" && len(o.all()) == 1 && h.pending && !h.blocked && h.row.Attempts == 0 {
			creates = append(creates, o)
		} else {
			rest = append(rest, o)
		}
	}
	for len(creates) > 0 {
		n := min(len(creates), max(1, w.host.Batch))
		single, err := w.bulk(ctx, creates[:n])
		if err != nil {
			return nil, err
		}
		rest = append(rest, single...)
		creates = creates[n:]
		if w.noBulk {
			return append(rest, creates...), nil
		}
	}
	return rest, nil
}

// bulk makes one call, and where that fails as a whole finds out because of
// whom. It returns what is to be carried out one by one.
func (w *writer) bulk(ctx context.Context, batch []*delivery) ([]*delivery, error) {
	single, whole, err := w.once(ctx, batch)
	switch {
	case err != nil || whole == nil:
		return single, err
	case w.mayIsolate(whole):
		return w.isolate(ctx, batch, whole)
	default:
		return nil, w.allFailed(ctx, batch, whole)
	}
}

// allFailed deals with each record of a batch that failed as a whole.
func (w *writer) allFailed(ctx context.Context, batch []*delivery, whole error) error {
	for _, o := range batch {
		if err := w.failed(ctx, o, whole); err != nil {
			return err
		}
	}
	return nil
}

// once makes one call for a batch. A result that is missing counts as uncertain.
// whole is how the batch failed as a whole: then nothing has been dealt with.
func (w *writer) once(ctx context.Context, batch []*delivery) (single []*delivery, whole, err error) {
	ops := make([]connector.Op, len(batch))
	for i, o := range batch {
		ops[i] = connector.Op{Want: o.wire()}
	}
	if err := w.intend(ctx, batch...); err != nil {
		return nil, nil, err
	}
	var results []connector.Result
	_, whole = remote.Call(ctx, w.caller, func(ctx context.Context) (connector.Item, error) {
		var err error
		results, err = w.host.WriteMany(ctx, ops)
		return connector.Item{}, err
	})
	if connector.ClassOf(whole) == connector.Waiting {
		w.noBulk = true
		return batch, nil, w.release(ctx, batch)
	}
	if whole != nil {
		return nil, whole, nil
	}
	for i, o := range batch {
		r := connector.Result{Err: &connector.Error{Class: connector.Transient, System: w.sys.Name, Op: "write many", Why: "no result for this record"}}
		if i < len(results) && (results[i].Err != nil || results[i].Item.ID != "") {
			r = results[i]
		}
		if alone(r.Err) {
			single = append(single, o)
			continue
		}
		if err := w.result(ctx, o, r); err != nil {
			return nil, nil, err
		}
	}
	return single, nil, w.release(ctx, single)
}

func (w *writer) result(ctx context.Context, o *delivery, r connector.Result) error {
	if r.Err != nil {
		return w.failed(ctx, o, r.Err)
	}
	return w.finish(ctx, o, "create", r.Item)
}

// alone reports whether a record of a batch is to be carried out by itself:
// nothing was done for it, such as when it is there already.
func alone(err error) bool {
	var failure *connector.Error
	return errors.As(err, &failure) && failure.Class == connector.Transient && failure.Unsent
}

// release takes back the intents of calls that were certainly not carried out.
func (w *writer) release(ctx context.Context, batch []*delivery) error {
	if len(batch) == 0 {
		return nil
	}
	ids := make([]int64, len(batch))
	for i, o := range batch {
		ids[i] = o.host.row.ID
	}
	err := w.e.tx(ctx, w.t, func(_ pgx.Tx, q *store.Queries) error {
		return q.OpenIntents(ctx, store.OpenIntentsParams{System: string(w.sys.Name), Ids: ids})
	})
	if err != nil {
		return fmt.Errorf("take back the intents: %w", err)
	}
	for _, o := range batch {
		o.host.row.Intent, o.host.row.IntentUntil = "", nil
	}
	return nil
}
