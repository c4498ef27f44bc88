package engine

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/store"
)

// many carries out the creates of a batch in as few calls as the system takes.
// It returns what is left to be carried out one by one.
func (w *writing) many(ctx context.Context, batch []*outgoing) ([]*outgoing, error) {
	if w.host.WriteMany == nil || w.noBulk || !w.listed && !w.host.Keyed || w.t.Approved {
		return batch, nil
	}
	var rest, creates []*outgoing
	for _, o := range batch {
		h := o.host
		if h.row.ExternalID == nil && h.row.Intent == "" && h.row.Wish == "put" && len(o.all()) == 1 && h.pending && !h.blocked {
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

// bulk makes one call. A result that is missing counts as uncertain.
func (w *writing) bulk(ctx context.Context, batch []*outgoing) ([]*outgoing, error) {
	ops := make([]connector.Op, len(batch))
	for i, o := range batch {
		ops[i] = connector.Op{Want: o.wire()}
		if err := w.intend(ctx, o); err != nil {
			return nil, err
		}
	}
	var results []connector.Result
	_, err := w.call(ctx, func(ctx context.Context) (connector.Item, error) {
		var err error
		results, err = w.host.WriteMany(ctx, ops)
		return connector.Item{}, err
	})
	if connector.ClassOf(err) == connector.Waiting {
		w.noBulk = true
		return batch, w.release(ctx, batch)
	}
	for i, o := range batch {
		failure := err
		switch {
		case i < len(results) && results[i].Err == nil && results[i].Item.ID != "":
			if err := w.finish(ctx, o, "create", results[i].Item); err != nil {
				return nil, err
			}
			continue
		case i < len(results) && results[i].Err != nil:
			failure = results[i].Err
		case failure == nil:
			failure = &connector.Error{Class: connector.Transient, System: w.sys.Name, Op: "write many", Why: "no result for this record"}
		}
		if err := w.failed(ctx, o, failure); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// release takes back the intents of calls that were certainly not carried out.
func (w *writing) release(ctx context.Context, batch []*outgoing) error {
	err := w.e.tx(ctx, w.t, func(_ pgx.Tx, q *store.Queries) error {
		for _, o := range batch {
			o.host.row.Intent = ""
			err := q.OpenIntent(ctx, store.OpenIntentParams{System: o.host.row.System, ID: o.host.row.ID})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("take back the intents: %w", err)
	}
	return nil
}
