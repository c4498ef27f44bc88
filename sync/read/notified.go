package read

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/remote"
	"github.com/touchline-sync/touchline/sync/step"
)

// fetching reads records that a system has named, each by itself.
type fetching struct{ *reading }

// runNotified reads what the system has named. A place that was never read whole
// waits for that: what it holds is not known yet.
func (r fetching) runNotified(ctx context.Context) (done, skipped bool, err error) {
	initialised, err := r.Store.PlaceTaken(ctx, string(r.system.Name), r.coll.Place)
	if err != nil || !initialised {
		return err == nil, err == nil, err
	}
	waiting, err := r.Store.AnyNotified(ctx, string(r.system.Name), string(r.coll.Kind))
	if err != nil || !waiting {
		return err == nil, err == nil, err
	}
	if err := r.begin(ctx, step.Notified); err != nil || r.state.Complete {
		return err == nil, false, err
	}
	// The first slice has taken the names; a later one goes on with the same.
	ids, err := r.Store.NotifiedFor(ctx, &r.task.Run, &r.listing.ID)
	if err != nil {
		return false, false, fmt.Errorf("read what was named: %w", err)
	}
	pages := r.fetch(ctx, ids)
	if len(ids) > notifiedAtMost && r.coll.List != nil {
		pages = r.pages(ctx, connector.Cursor(r.state.NextCursor))
	}
	if over, err := r.list(ctx, pages); err != nil || !over {
		return false, false, err
	}
	return true, false, r.certifying.end(ctx)
}

// notifiedAtMost is how many records are fetched one by one; above it a listing
// costs less.
const notifiedAtMost = 200

// fetch yields each record as a page of its own, from where an earlier slice has
// come to.
func (r fetching) fetch(ctx context.Context, ids []string) iter.Seq2[connector.Page, error] {
	return func(yield func(connector.Page, error) bool) {
		for _, id := range ids {
			if id <= r.state.NextCursor {
				continue
			}
			page, err := r.one(ctx, record.ExternalID(id))
			page.Next = connector.Cursor(id)
			if !yield(page, err) || err != nil {
				return
			}
		}
	}
}

// one fetches a record. One that is gone is the system's own word; one that
// cannot be read is a fault of its own.
func (r fetching) one(ctx context.Context, id record.ExternalID) (connector.Page, error) {
	item, err := remote.Retry(ctx, r.caller, func(ctx context.Context) (connector.Item, error) { return r.coll.Get(ctx, id) })
	var failure *connector.Error
	if errors.As(err, &failure) {
		switch failure.Class {
		case connector.NotFound:
			return connector.Page{Removed: []connector.Removal{{ID: id, Reason: record.Removed, Successor: failure.Successor}}}, nil
		case connector.Rejected, connector.Waiting:
			return connector.Page{Faults: []connector.Fault{{ID: id, Field: failure.Field, Why: failure.Why}}}, nil
		}
	}
	return connector.Page{Items: []connector.Item{item}, Evidence: connector.Evidence{SignedIn: true, Filters: true}}, err
}
