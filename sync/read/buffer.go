package read

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/store"
)

// A listing in order stores its buffer when so many rows have come
// together, or so much time has gone by: pages without a difference need no
// transaction of their own.
const (
	bufferRows  = 1000
	bufferEvery = 250 * time.Millisecond
)

// buffer is what a Read has taken in since it last stored anything.
type buffer struct {
	rows     []store.StageItemParams
	keys     []string
	progress store.AdvanceStagingListingParams
	pages    int
	since    time.Time
}

// reset begins anew where the listing has come to.
func (b *buffer) reset(cursor, last string) {
	*b = buffer{
		rows: b.rows[:0], keys: b.keys[:0], since: time.Now(),
		progress: store.AdvanceStagingListingParams{SignedIn: true, Filters: true, NextCursor: cursor, LastKey: last},
	}
}

// note adds up what a page states about itself.
func (b *buffer) note(p connector.Page) {
	a := &b.progress
	a.SignedIn = a.SignedIn && p.Evidence.SignedIn
	a.Filters = a.Filters && p.Evidence.Filters
	a.Ended = a.Ended || p.Evidence.End
	a.Count += int64(len(p.Faults))
	for _, f := range p.Faults {
		if f.ID == "" {
			a.Absent++
		}
	}
	if p.Evidence.Stated {
		n := int32(p.Evidence.Count) //nolint:gosec // no system holds so many
		a.Moved = a.Moved || a.Stated != nil && *a.Stated != n
		a.Stated = &n
	}
	a.NextCursor = string(p.Next)
	b.pages++
}

// due reports whether it is time to store.
func (b *buffer) due() bool {
	return len(b.rows)+len(b.keys) >= bufferRows || time.Since(b.since) >= bufferEvery
}

// flush stores the buffer, cursor included, in one transaction and empties it.
func (r comparing) flush(ctx context.Context) error {
	if r.buffer.pages == 0 && (r.join == nil || !r.join.moved()) && (r.profile == nil || !r.profile.keep) {
		return nil
	}
	err := r.tx(ctx, func(_ pgx.Tx, q *store.Queries) error { return r.store(ctx, q) })
	if err != nil {
		return err
	}
	if r.join != nil {
		r.join.absent, r.join.known = r.join.absent[:0], 0
	}
	r.buffer.reset(r.buffer.progress.NextCursor, r.buffer.progress.LastKey)
	return nil
}

// flushLast stores the buffer when the slice ends, with all that the next one
// goes on with.
func (r comparing) flushLast(ctx context.Context) error {
	if r.profile != nil {
		r.profile.keep = true
	}
	return r.flush(ctx)
}

// store stores the buffer and how far the listing has come.
func (r comparing) store(ctx context.Context, q *store.Queries) error {
	b := &r.buffer
	if len(b.keys) > 0 {
		if err := q.StageKeys(ctx, r.task.Run, r.listing.ID, b.keys); err != nil {
			return err
		}
	}
	if err := stage(ctx, q, b.rows); err != nil {
		return err
	}
	a := b.progress
	a.Run, a.Listing = r.task.Run, r.listing.ID
	if r.join != nil {
		if len(r.join.absent) > 0 {
			if err := q.StageMissed(ctx, r.task.Run, r.listing.ID, r.join.absent); err != nil {
				return err
			}
		}
		a.Known = r.join.known
	}
	if err := q.AdvanceStagingListing(ctx, a); err != nil {
		return err
	}
	return r.profile.keepProfile(ctx, q)
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
