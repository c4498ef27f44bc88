// Package outbox holds what is pending at a place, remote record by remote record:
// what each is to be told, and what both sides agree on of it, loaded from the
// store and stored there. It knows no remote system and makes no calls.
package outbox

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// Gaps are the waits before a refused record is tried again.
type Gaps []time.Duration

// After returns how long a record waits that was tried so often.
func (g Gaps) After(attempts int32) time.Duration {
	return g[min(int(attempts), len(g)-1)]
}

// Place is the outbox of one place at a system, for one slice of a Write. It is safe
// for use while records are carried out at once, but for Next.
type Place struct {
	Store       *store.Store
	Hub         *hub.Queries
	Policies    policy.Set
	Gaps        Gaps
	Now         func() time.Time
	System      record.System
	Host        *connector.Collection
	Collections []*connector.Collection // host and parts
	All         connector.Collections   // of the system: what may refer to records of the place
	Listings    []store.Listing         // of the place
	Approved    bool                    // only what a person has approved is written
	Restored    bool                    // the database is RESTORED: what is looser waits

	Handled Handled // in this slice
	Digests *record.Digester

	mu sync.Mutex // guards Digests
}

// UnderWay returns how long a call may still take effect that was broken off.
func (o *Place) UnderWay(ctx context.Context) (time.Duration, error) {
	at, err := o.Store.NextUncertain(ctx, store.NextUncertainParams{
		System: string(o.System), Place: o.Host.Place, Now: o.Now(), Repeatable: o.Host.IdempotentCreate,
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look for open calls: %w", err)
	}
	if wait := at.Sub(o.Now()); wait > 0 && wait < time.Minute {
		return wait, nil
	}
	return 0, nil
}

// Pending counts by kind what is pending: of what is to be removed and of what is to be
// there, that which part has.
func (o *Place) Pending(ctx context.Context, part func(removal bool) bool) (map[record.Kind]int64, error) {
	rows, err := o.Store.CountPending(ctx, string(o.System), o.Host.Place)
	if err != nil {
		return nil, fmt.Errorf("count what is pending: %w", err)
	}
	out := map[record.Kind]int64{}
	for _, r := range rows {
		if part(r.Removal) {
			out[record.Kind(r.Kind)] += r.Count
		}
	}
	return out, nil
}

// Digest returns the digest that the listing of the place will show.
func (o *Place) Digest(f record.Fields) []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]byte(nil), o.Digests.Of(f)...)
}

// PutLastSeen notes what the listing of the place will show of records.
func (o *Place) PutLastSeen(ctx context.Context, q *store.Queries, ids []string, digests [][]byte) error {
	for _, l := range o.Listings {
		if l.View == o.Host.View && l.Scope == o.Host.Scope && len(ids) > 0 {
			return q.PutLastSeen(ctx, l.ID, ids, digests)
		}
	}
	return nil
}

// DropLastSeen forgets what the listings of the place have shown of a record.
func (o *Place) DropLastSeen(ctx context.Context, q *store.Queries, id string) error {
	var listings []int32
	for _, l := range o.Listings {
		listings = append(listings, l.ID)
	}
	return q.DropLastSeen(ctx, listings, id)
}

// DropUnmanaged forgets that records were seen as nobody's, since they are about to
// be of parts.
func (o *Place) DropUnmanaged(ctx context.Context, q *store.Queries, parts []*Part, ids []string) error {
	p := store.DropUnmanagedParams{System: string(o.System), Place: o.Host.Place, ExternalIds: ids}
	for _, b := range parts {
		p.ForIds, p.Scopes, p.Kinds = append(p.ForIds, b.Row.ID), append(p.Scopes, b.Row.Scope), append(p.Kinds, b.Row.Kind)
	}
	return q.DropUnmanaged(ctx, p)
}

// FindOp names the search for a record that may be there although it is to be made.
const FindOp = "find what may be there"

// ShownUnderKey finds the record that the place has shown under the key of one that is to
// be made, where Plan has not looked for it. Several are Rejected: none is taken, and none
// made beside them.
func (o *Place) ShownUnderKey(ctx context.Context, d *Delivery) (connector.Item, bool, error) {
	key := d.Host.MayShow()
	open := d.Host.Row.UncertainUntil != nil && o.Now().Before(*d.Host.Row.UncertainUntil)
	if key == "" || open || o.Host.IdempotentCreate || o.Host.Update == nil || d.Host.Ent.Deleted != "" {
		return connector.Item{}, false, nil
	}
	ids, err := o.Store.ShownUnderKey(ctx, store.ShownUnderKeyParams{
		System: string(o.System), Kind: string(o.Host.Kind), Key: key, Place: o.Host.Place, Scope: o.Host.Scope,
	})
	if err != nil {
		return connector.Item{}, false, fmt.Errorf("look for records with a key: %w", err)
	}
	switch {
	case len(ids) == 0:
		return connector.Item{}, false, nil
	case len(ids) == 1 && o.Host.Get != nil: // what stands there is looked at first
		return connector.Item{ID: record.ExternalID(ids[0])}, true, nil
	}
	return connector.Item{}, false, &connector.Error{
		Class: connector.Rejected, System: o.System, Op: FindOp,
		Why: fmt.Sprintf("%d records show the key that it is to have; a person must look whose they are", len(ids)),
	}
}
