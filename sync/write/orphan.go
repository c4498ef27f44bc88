package write

import (
	"bytes"
	"cmp"
	"context"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
	"github.com/touchline-sync/touchline/sync/write/outbox"
)

// stillOrphan looks at an orphan once more before it is removed. It reports false when
// an entity wants it by now, or when it does not show what it showed as its removal was
// planned: then somebody has edited it, or its id is another's, and it stays.
func (w removals) stillOrphan(ctx context.Context, d *outbox.Delivery) (bool, error) {
	why, err := w.place.Wanted(ctx, d)
	if err != nil {
		return false, err
	}
	if why != "" {
		return false, w.letStay(ctx, d, why)
	}
	item, err := remote.Retry(ctx, w.caller, func(ctx context.Context) (connector.Item, error) {
		return w.host.Get(ctx, d.ID())
	})
	switch {
	case connector.ClassOf(err) == connector.NotFound: // by a call that was broken off, or by somebody
		return true, nil
	case err != nil:
		return false, w.failures.failed(ctx, d, err)
	case !bytes.Equal(w.place.Digest(item.Fields), d.Host.Seen):
		return false, cmp.Or(w.letStay(ctx, d, "it is not as it was when its removal was planned"), w.another())
	}
	w.reassigned.Same()
	return true, nil
}

// letStay leaves an orphan as it is.
func (w removals) letStay(ctx context.Context, d *outbox.Delivery, why string) error {
	w.mu.Lock()
	w.letStays++
	w.mu.Unlock()
	w.tally(w.host.Kind, func(c *step.Counter) { c.Waiting++ })
	return w.tx(ctx, func(_ store.DBTX, q *store.Queries) error { return w.place.LetStay(ctx, q, d, why) })
}
