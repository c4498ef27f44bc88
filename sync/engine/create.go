package engine

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/store"
)

// errNotMade says that a create that was broken off has made nothing, and that
// nothing is to be made any more.
var errNotMade = errors.New("not made")

// errNotYet says that a record cannot be created in this run.
var errNotYet = errors.New("not yet")

// create makes a record: its intent is stored first, and an intent that is open
// already is resolved before.
func (w *writer) create(ctx context.Context, o *delivery) (connector.Item, error) {
	h := o.host
	if h.row.Intent != "" {
		h.tried = true
		if h.row.IntentUntil != nil && w.e.now().Before(*h.row.IntentUntil) {
			return connector.Item{}, errNotYet
		}
		item, found, err := w.resolve(ctx, o)
		switch {
		case err != nil || found:
			return item, err
		case h.ent.Deleted != "":
			return item, errNotMade
		}
	} else if !w.listed && !w.host.IdempotentCreate {
		return connector.Item{}, errNotYet
	}
	for attempt := 1; ; attempt++ {
		if err := w.intend(ctx, o); err != nil {
			return connector.Item{}, err
		}
		item, err := remote.Call(ctx, w.caller, func(ctx context.Context) (connector.Item, error) { return w.host.Create(ctx, o.wire()) })
		var failure *connector.Error
		if err == nil || !errors.As(err, &failure) || attempt >= w.e.settings.Attempts {
			return item, err
		}
		wait, again := w.e.remotes.RetryAfter(err, attempt)
		if !again || failure.Class == connector.Transient && !failure.Unsent && !w.host.IdempotentCreate {
			return item, err
		}
		h.tried = h.tried || !failure.Unsent
		if err := remote.Sleep(ctx, wait); err != nil {
			return item, err
		}
	}
}

// intend commits that creates may be under way.
func (w *writer) intend(ctx context.Context, all ...*delivery) error {
	until := w.e.now().Add(w.caller.Expiry())
	ids := make([]int64, len(all))
	for i, o := range all {
		o.host.row.Intent, o.host.row.IntentUntil = "create", &until
		ids[i] = o.host.row.ID
	}
	return w.e.tx(ctx, w.t, func(_ pgx.Tx, q *store.Queries) error {
		return q.OpenIntents(ctx, store.OpenIntentsParams{
			Intent: "create", Until: &until, System: string(w.sys.Name), Ids: ids,
		})
	})
}

// resolve looks for the record that a broken-off create may have made.
func (w *writer) resolve(ctx context.Context, o *delivery) (connector.Item, bool, error) {
	switch {
	case w.host.Find != nil:
	case w.listed && w.began(*o.host.row.IntentUntil):
		return connector.Item{}, false, nil // a later full listing has not shown it
	default:
		return connector.Item{}, false, &connector.Error{
			Class: connector.Rejected, System: w.sys.Name, Op: findOp,
			Why: "the system cannot be asked; a person must look whether the record is there",
		}
	}
	item, err := remote.Retry(ctx, w.caller, func(ctx context.Context) (connector.Item, error) {
		return w.host.Find(ctx, o.host.ent.Fields)
	})
	switch {
	case connector.ClassOf(err) == connector.NotFound:
		o.host.row.Intent = ""
		return connector.Item{}, false, nil
	case err != nil:
		return connector.Item{}, false, err
	}
	id := string(item.ID)
	o.host.row.ExternalID = &id
	patch := o.patch(w)
	patch.Was = record.Fields{}
	item, err = remote.Call(ctx, w.caller, func(ctx context.Context) (connector.Item, error) { return w.host.Update(ctx, item.ID, patch) })
	return item, true, err
}

// began reports whether the run began after a time.
func (w *writer) began(after time.Time) bool {
	if w.t.Run.Version() != 7 {
		return false
	}
	sec, nsec := w.t.Run.Time().UnixTime()
	return time.Unix(sec, nsec).After(after)
}
