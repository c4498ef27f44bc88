package read

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// listed reports whether a slice before this one has seen the end.
func (r *reading) listed() bool { return r.state.Ended && r.state.NextCursor == "" }

// begin finds the listing and how far it has come, after making sure that the
// system may be called and that its account is ours.
func (r *reading) begin(ctx context.Context, s step.Selection) (err error) {
	if err = r.Remotes.MayCall(ctx, r.system); err != nil {
		return err
	}
	if r.fingerprint, err = r.Remotes.Account(ctx, r.task.Run, r.system); err != nil {
		return err
	}
	if err = r.offered(r.coll.Place, r.coll.View); err != nil {
		return err
	}
	key := store.GetListingParams{
		System: string(r.system.Name), Place: r.coll.Place, Scope: r.coll.Scope, View: r.coll.View,
	}
	q := r.Store.Queries
	r.listing, err = q.GetListing(ctx, key)
	if errors.Is(err, pgx.ErrNoRows) {
		if err = q.EnsureListing(ctx, store.EnsureListingParams(key)); err == nil {
			r.listing, err = q.GetListing(ctx, key)
		}
	}
	if err != nil {
		return fmt.Errorf("look up the listing: %w", err)
	}
	err = r.tx(ctx, func(_ pgx.Tx, q *store.Queries) (err error) {
		// A batch that is being applied moves what is read now, and does not know yet
		// that anybody reads.
		if err = q.LockListing(ctx, r.listing.ID); err != nil {
			return err
		}
		if r.since, err = q.CursorOf(ctx, r.listing.ID); err != nil {
			return err
		}
		return r.resume(ctx, q, s)
	})
	if err != nil {
		return err
	}
	if r.state.Complete {
		return nil
	}
	var ok bool
	if r.profile, ok, err = r.profileOf(); err == nil && !ok {
		// The process that has listed so far is gone with what it had compared.
		err = r.tx(ctx, func(_ pgx.Tx, q *store.Queries) (err error) {
			if err = r.restart(ctx, q); err == nil {
				r.state, err = q.GetStagingListing(ctx, r.task.Run, r.listing.ID)
			}
			return err
		})
		if err == nil {
			r.profile, _, err = r.profileOf()
		}
	}
	if err != nil {
		return err
	}
	if r.coll.Ordered && r.state.Whole {
		r.join = &join{
			q: q, listing: r.listing.ID, after: r.state.LastKey,
			absentAfter: r.absentAfter(),
		}
	}
	r.buffer.reset(r.state.NextCursor, r.state.LastKey)
	return nil
}

// resume finds how far the listing has come in this run. One that cannot go on
// where it broke off begins anew, and nothing counts twice; but what a system
// itself said to be gone it may not say again.
func (r *reading) resume(ctx context.Context, q *store.Queries, s step.Selection) (err error) {
	whole := s.Whole(r.since)
	fresh, err := q.EnsureStagingListing(ctx, r.task.Run, r.listing.ID, whole)
	if err != nil {
		return err
	}
	if r.state, err = q.GetStagingListing(ctx, r.task.Run, r.listing.ID); err != nil {
		return err
	}
	if fresh > 0 && (whole || s.Notified) {
		// What was named until now this reading shows, too. One of what has changed since
		// need not: what was named may not have changed, or no time moved with it.
		err = q.TakeNotified(ctx, store.TakeNotifiedParams{
			Run: &r.task.Run, Listing: &r.listing.ID, System: string(r.system.Name), Kind: string(r.coll.Kind),
		})
		if err != nil {
			return fmt.Errorf("take what was named: %w", err)
		}
	}
	if fresh > 0 || r.state.Complete || r.state.NextCursor != "" || r.listed() {
		return nil
	}
	if err := r.restart(ctx, q); err != nil {
		return err
	}
	r.state, err = q.GetStagingListing(ctx, r.task.Run, r.listing.ID)
	return err
}

// restart forgets what the listing has shown in this run.
func (r *reading) restart(ctx context.Context, q *store.Queries) error {
	for _, clear := range []func(context.Context, uuid.UUID, int32) error{
		q.RestartStagingListing, q.RestartStagedKeys, q.RestartStagedItems,
	} {
		if err := clear(ctx, r.task.Run, r.listing.ID); err != nil {
			return fmt.Errorf("begin the listing anew: %w", err)
		}
	}
	return nil
}
