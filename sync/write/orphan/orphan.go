// Package orphan looks at orphans once more before a Write removes them: whether they
// are what they were when a person approved that.
package orphan

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
	"github.com/touchline-sync/touchline/sync/write/outbox"
)

// Look looks at the orphans of a place, in one slice of a Write. It is safe for use while
// records are carried out at once.
type Look struct {
	Place  *outbox.Place
	Caller *remote.Caller
	// InTx runs a function in one transaction of the step.
	InTx func(context.Context, func(store.DBTX, *store.Queries) error) error

	mu    sync.Mutex
	stays int // that were not removed after all
}

// Still reports whether a record is an orphan still, and shows what it showed when its
// removal was planned, or nothing any more. Otherwise somebody has edited it, or its id
// is another's by now, or an entity wants it: then it is stored that it stays, and why.
func (l *Look) Still(ctx context.Context, d *outbox.Delivery) (bool, error) {
	why, err := l.stored(ctx, d)
	if err != nil {
		return false, err
	}
	if why == "" {
		item, err := remote.Retry(ctx, l.Caller, func(ctx context.Context) (connector.Item, error) { return l.Place.Host.Get(ctx, d.ID()) })
		if connector.ClassOf(err) == connector.NotFound { // by a call that was broken off, or by somebody
			return true, nil
		}
		if err != nil {
			return false, err
		}
		if bytes.Equal(l.Place.Digest(item.Fields), d.Host.Seen) {
			return true, nil
		}
		why = "it is not as it was when its removal was planned"
	}
	l.mu.Lock()
	l.stays++
	l.mu.Unlock()
	return false, l.InTx(ctx, func(_ store.DBTX, q *store.Queries) error {
		if err := q.CloseRowsOf(ctx, d.Host.Closed("left", why, l.Place.Now())); err != nil {
			return err
		}
		return q.LetStay(ctx, d.Host.Row.System, d.Host.Row.ID)
	})
}

// stored says why a record is not to be removed any more, by what is stored now; "" is
// that it still is.
func (l *Look) stored(ctx context.Context, d *outbox.Delivery) (string, error) {
	rows, err := l.Place.Store.OwnersOf(ctx, 0, d.Host.Row.System, []int64{d.Host.Row.ID})
	if err != nil {
		return "", fmt.Errorf("read whose record it is: %w", err)
	}
	if len(rows) == 0 || rows[0].SyncRecord.DesiredVersion != d.Host.Row.DesiredVersion || rows[0].SyncRecord.PendingOp != "remove" {
		return "another plan has decided about it since", nil
	}
	row := &rows[0]
	is := reconcile.OrphanOf(d.Host.Policy, reconcile.Made{
		System: l.Place.System, Place: l.Place.Host.Place, Shown: record.DecodeFields(row.SyncRecord.Remote),
		Entity: row.Entity(), Own: row.SyncRecord.Entity != nil, Beside: row.Beside,
	})
	switch {
	case !row.Planned:
		return "its entity has changed since", nil
	case is.Why == "":
		return "an entity wants it by now", nil
	}
	return is.Stays, nil
}

// Notes are what the step notes of those that have stayed.
func (l *Look) Notes() map[string]string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stays == 0 {
		return map[string]string{}
	}
	return map[string]string{
		step.PartialNote: "PLAN_STALE",
		"left":           fmt.Sprintf("%d records that were to be removed have changed since that was planned, or are wanted, and stay", l.stays),
	}
}
