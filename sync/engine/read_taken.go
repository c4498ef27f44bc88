package engine

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/store"
)

// A listing in order stores what it has taken in when so many rows have come
// together, or so much time has gone by: pages without a difference need no
// transaction of their own.
const (
	takenRows  = 1000
	takenEvery = 250 * time.Millisecond
)

// taken is what a Read has taken in since it last stored anything.
type taken struct {
	rows     []store.StageItemParams
	keys     []string
	progress store.AdvanceStagingListingParams
	pages    int
	since    time.Time
}

// reset begins anew where the listing has come to.
func (t *taken) reset(cursor, last string) {
	*t = taken{
		rows: t.rows[:0], keys: t.keys[:0], since: time.Now(),
		progress: store.AdvanceStagingListingParams{SignedIn: true, Filters: true, NextCursor: cursor, LastKey: last},
	}
}

// note adds up what a page states about itself.
func (t *taken) note(p connector.Page) {
	a := &t.progress
	a.SignedIn = a.SignedIn && p.Evidence.SignedIn
	a.Filters = a.Filters && p.Evidence.Filters
	a.Ended = a.Ended || p.Evidence.End
	a.Count += int64(len(p.Faults))
	for _, f := range p.Faults {
		a.Absent += b2i(f.ID == "")
	}
	if p.Evidence.Stated {
		n := int32(p.Evidence.Count) //nolint:gosec // no system holds so many
		a.Stated = &n
	}
	a.NextCursor = string(p.Next)
	t.pages++
}

// due reports whether it is time to store.
func (t *taken) due() bool {
	return len(t.rows)+len(t.keys) >= takenRows || time.Since(t.since) >= takenEvery
}

// flush stores what was taken in, cursor included, in one transaction.
func (r *reading) flush(ctx context.Context) error {
	if r.taken.pages == 0 && (r.join == nil || !r.join.moved()) {
		return nil
	}
	err := r.e.tx(ctx, r.t, func(_ pgx.Tx, q *store.Queries) error { return r.store(ctx, q) })
	if err != nil {
		return err
	}
	if r.join != nil {
		r.join.missed, r.join.known = r.join.missed[:0], 0
	}
	r.taken.reset(r.taken.progress.NextCursor, r.taken.progress.LastKey)
	return nil
}

func (r *reading) store(ctx context.Context, q *store.Queries) error {
	t := &r.taken
	if len(t.keys) > 0 {
		if err := q.StageKeys(ctx, r.t.Run, r.listing.ID, t.keys); err != nil {
			return err
		}
	}
	if err := stage(ctx, q, t.rows); err != nil {
		return err
	}
	a := t.progress
	a.Run, a.Listing = r.t.Run, r.listing.ID
	if r.join != nil {
		if len(r.join.missed) > 0 {
			if err := q.StageMissed(ctx, r.t.Run, r.listing.ID, r.join.missed); err != nil {
				return err
			}
		}
		a.Known = r.join.known
	}
	return q.AdvanceStagingListing(ctx, a)
}

func stage(ctx context.Context, q *store.Queries, rows []store.StageItemParams) error {
	if len(rows) == 0 {
		return nil
	}
	var first error
	q.StageItem(ctx, rows).Exec(func(_ int, err error) {
		if err != nil && first == nil {
			first = err
		}
	})
	return first
}
