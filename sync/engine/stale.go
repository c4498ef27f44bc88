package engine

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// stale deals with a record that is not as it was believed: it is looked at, and
// the next Plan decides it again. Where it cannot be looked at, what was seen
// of it is forgotten, so that the next listing brings it back.
func (w *writer) stale(ctx context.Context, o *delivery, f *connector.Error) error {
	w.each1(o, func(c *step.Counter) { c.Waiting++ })
	looked, err := w.look(ctx, o)
	if err != nil {
		return err
	}
	next := w.e.now()
	if !looked {
		gaps := w.e.settings.Gaps
		next = next.Add(gaps[min(int(o.host.row.Attempts), len(gaps)-1)])
		err := w.e.tx(ctx, w.t, func(_ pgx.Tx, q *store.Queries) error {
			return q.DropLastSeen(ctx, w.listings(), *o.host.row.ExternalID)
		})
		if err != nil {
			return fmt.Errorf("forget what was seen: %w", err)
		}
	}
	return w.hold(ctx, o, f, next, "", false, nil)
}

// look fetches a record, and notes what stands there for the next Plan. It
// reports false when that cannot be had, or is somebody else's record.
func (w *writer) look(ctx context.Context, o *delivery) (bool, error) {
	if w.host.Get == nil || w.t.Approved {
		return false, nil
	}
	item, err := remote.Call(ctx, w.caller, func(ctx context.Context) (connector.Item, error) {
		return w.host.Get(ctx, record.ExternalID(*o.host.row.ExternalID))
	})
	if err != nil {
		return false, nil //nolint:nilerr // the failure that brought us here is told
	}
	for f, key := range o.patch(w).Key {
		if v, ok := item.Fields[f]; ok && v != key {
			return false, nil
		}
	}
	remote := map[*part]record.Fields{}
	for _, b := range o.everything() {
		if remote[b], err = b.shown(ctx, w, item); err != nil {
			return false, err
		}
	}
	digest := w.digest(item.Fields)
	err = w.e.tx(ctx, w.t, func(tx pgx.Tx, q *store.Queries) error {
		if err := hub.New(tx).AskAgain(ctx, []int64{int64(o.host.ent.ID)}); err != nil {
			return err
		}
		for b, shown := range remote {
			if err := q.NoteRemote(ctx, encode(shown), b.row.System, b.row.ID); err != nil {
				return err
			}
		}
		return w.putLastSeen(ctx, q, item, digest)
	})
	if err != nil {
		return false, fmt.Errorf("note what stands there: %w", err)
	}
	return true, nil
}
