package write

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/store"
)

// errNotMade says that a create that was broken off has made nothing, and that
// nothing is to be made any more.
var errNotMade = errors.New("not made")

// errNotYet says that a record cannot be created in this run.
var errNotYet = errors.New("not yet")

// creates makes records, and finds out what broken-off creates have made.
type creates struct{ *run }

// permit is the right to make a record that is not known: a certificate that it
// is not there, or a create that makes no second one. The zero permit permits
// nothing; creates.permit alone makes another.
type permit struct {
	certificate reconcile.Certificate
	idempotent  bool
	asked       bool // a Find of our own has not found it
}

func (p permit) holds() bool { return p.certificate.Holds() || p.idempotent || p.asked }

// permit returns the right to make records at the place in this run.
func (w creates) permit() permit { return permit{w.certificate, w.host.IdempotentCreate, false} }

// create makes a record: its intent is stored first, and an intent that is open
// already is resolved before.
func (w creates) create(ctx context.Context, d *delivery) (connector.Item, error) {
	h, right := d.host, w.permit()
	if h.row.Intent != "" {
		h.tried = true
		if h.row.IntentUntil != nil && w.Now().Before(*h.row.IntentUntil) {
			return connector.Item{}, errNotYet
		}
		item, found, err := w.findMade(ctx, d)
		switch {
		case err != nil || found:
			return item, err
		case h.ent.Deleted != "":
			return item, errNotMade
		}
		right.asked = w.host.Find != nil
	}
	return w.make(ctx, d, right)
}

// make makes a record, and repeats what may be repeated. Without the right to it
// the record waits for the next run.
func (w creates) make(ctx context.Context, d *delivery, right permit) (connector.Item, error) {
	if !right.holds() {
		return connector.Item{}, errNotYet
	}
	for attempt := 1; ; attempt++ {
		if err := w.intend(ctx, d); err != nil {
			return connector.Item{}, err
		}
		item, err := remote.Call(ctx, w.caller, func(ctx context.Context) (connector.Item, error) { return w.host.Create(ctx, d.wire()) })
		var failure *connector.Error
		if err == nil || !errors.As(err, &failure) || attempt >= w.Remotes.Settings.Attempts {
			return item, err
		}
		wait, again := w.Remotes.RetryAfter(err, attempt)
		if !again || failure.Class == connector.Transient && !failure.Unsent && !w.host.IdempotentCreate {
			return item, err
		}
		d.host.tried = d.host.tried || !failure.Unsent
		if err := remote.Sleep(ctx, wait); err != nil {
			return item, err
		}
	}
}

// intend commits that creates may be under way.
func (w creates) intend(ctx context.Context, all ...*delivery) error {
	until := w.Now().Add(w.caller.Expiry())
	ids := make([]int64, len(all))
	for i, d := range all {
		d.host.row.Intent, d.host.row.IntentUntil = "create", &until
		ids[i] = d.host.row.ID
	}
	return w.tx(ctx, func(_ pgx.Tx, q *store.Queries) error {
		return q.OpenIntents(ctx, store.OpenIntentsParams{
			Intent: "create", Until: &until, System: string(w.system.Name), Ids: ids,
		})
	})
}

// findMade looks for the record that a broken-off create may have made.
func (w creates) findMade(ctx context.Context, d *delivery) (connector.Item, bool, error) {
	switch {
	case w.host.Find != nil:
	case w.certificate.Holds() && w.began(*d.host.row.IntentUntil):
		return connector.Item{}, false, nil // a later full listing has not shown it
	case w.doubted:
		return connector.Item{}, false, errNotYet // a listing that is certified will show it
	default:
		return connector.Item{}, false, &connector.Error{
			Class: connector.Rejected, System: w.system.Name, Op: findOp,
			Why: "the system cannot be asked; a person must look whether the record is there",
		}
	}
	item, err := remote.Retry(ctx, w.caller, func(ctx context.Context) (connector.Item, error) {
		return w.host.Find(ctx, d.host.ent.Fields)
	})
	switch {
	case connector.ClassOf(err) == connector.NotFound:
		d.host.row.Intent = ""
		return connector.Item{}, false, nil
	case err != nil:
		return connector.Item{}, false, err
	}
	id := string(item.ID)
	d.host.row.ExternalID = &id
	patch := d.patch()
	patch.Was = record.Fields{}
	item, err = remote.Call(ctx, w.caller, func(ctx context.Context) (connector.Item, error) { return w.host.Update(ctx, item.ID, patch) })
	return item, true, err
}

// takeBackIntents takes back the intents of calls that were certainly not carried
// out.
func (w creates) takeBackIntents(ctx context.Context, batch []*delivery) error {
	if len(batch) == 0 {
		return nil
	}
	ids := make([]int64, len(batch))
	for i, d := range batch {
		ids[i] = d.host.row.ID
	}
	err := w.tx(ctx, func(_ pgx.Tx, q *store.Queries) error {
		return q.OpenIntents(ctx, store.OpenIntentsParams{System: string(w.system.Name), Ids: ids})
	})
	if err != nil {
		return fmt.Errorf("take back the intents: %w", err)
	}
	for _, d := range batch {
		d.host.row.Intent, d.host.row.IntentUntil = "", nil
	}
	return nil
}
