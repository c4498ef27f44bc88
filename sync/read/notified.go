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
	if len(ids) > 200 && r.coll.List != nil { // so many are fetched one by one; above it a listing costs less
		return r.through(ctx, r.pages(ctx, connector.Cursor(r.state.NextCursor)))
	}
	return r.through(ctx, r.fetch(ctx, ids))
}

// through takes the pages in, and ends the reading where they have come to an end.
func (r fetching) through(ctx context.Context, pages iter.Seq2[connector.Page, error]) (done, skipped bool, err error) {
	if over, err := r.list(ctx, pages); err != nil || !over {
		return false, false, err
	}
	return true, false, r.certifying.end(ctx)
}

// fetch yields each record as a page, from where an earlier slice has come to.
func (r fetching) fetch(ctx context.Context, ids []string) iter.Seq2[connector.Page, error] {
	var left []record.ExternalID
	for _, id := range ids {
		if id > r.state.NextCursor {
			left = append(left, record.ExternalID(id))
		}
	}
	if r.coll.Visit != nil {
		return r.caller.Pages(func() iter.Seq2[connector.Page, error] { return r.coll.Visit(ctx, left) })
	}
	return func(yield func(connector.Page, error) bool) {
		for _, id := range left {
			page, err := r.one(ctx, id)
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
	r.tellUnreadable(item)
	return connector.Page{Items: []connector.Item{item}, Evidence: connector.Evidence{SignedIn: true, Filters: true}}, err
}
