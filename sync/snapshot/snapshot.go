// Package snapshot stands between the plan, which is a function, and the
// database: it loads what the plan asks for, and stores what it came to. It
// decides nothing.
package snapshot

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/plan"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// rounds is how often a plan may ask for more. Each round answers all that the
// one before asked for; a plan that still asks is a fault of the program.
const rounds = 50

// Taker loads and stores by these queries.
type Taker struct {
	Store *store.Queries
	Hub   *hub.Queries
	Now   time.Time
}

// Take fills an input with what a run has listed.
func (t Taker) Take(ctx context.Context, run uuid.UUID, in *plan.Input) error {
	listings, err := t.Store.AllListings(ctx)
	if err != nil {
		return fmt.Errorf("read the listings: %w", err)
	}
	readings, err := t.Store.StagingListings(ctx, run)
	if err != nil {
		return fmt.Errorf("read what was listed: %w", err)
	}
	read := map[int32]*plan.Reading{}
	for _, r := range readings {
		reading := &plan.Reading{Complete: r.Complete, Whole: r.Whole, Why: r.Why, Held: r.Held, BegunAt: r.BegunAt, Count: r.Count, Absent: r.Absent}
		if err := json.Unmarshal(r.Certificate, &reading.Certificate); err != nil {
			return fmt.Errorf("read what was listed: %w", err)
		}
		read[r.Listing] = reading
	}
	fetched, err := t.Store.FetchedBy(ctx, &run)
	if err != nil {
		return fmt.Errorf("read what was asked for by itself: %w", err)
	}
	for _, f := range fetched {
		if r := read[f.Listing]; r != nil && !r.Whole {
			if r.Fetched == nil {
				r.Fetched = map[record.ExternalID]bool{}
			}
			r.Fetched[record.ExternalID(f.ExternalID)] = true
		}
	}
	for _, l := range listings {
		in.Listings = append(in.Listings, plan.Listing{
			ID: l.ID, System: record.System(l.System), Place: l.Place, Scope: l.Scope, View: l.View,
			Initialised: l.InitialisedOn != nil, Reading: read[l.ID],
		})
	}
	if err := t.accepted(ctx, run, in); err != nil {
		return err
	}
	return nil
}

// accepted fills an input with the fields of which a person has accepted a change.
func (t Taker) accepted(ctx context.Context, run uuid.UUID, in *plan.Input) error {
	rows, err := t.Store.AcceptedIn(ctx, run)
	if err != nil {
		return fmt.Errorf("read what was accepted: %w", err)
	}
	for _, row := range rows {
		var f struct {
			Fields []record.Field `json:"fields"`
		}
		if err := json.Unmarshal(row.Finding, &f); err != nil {
			return fmt.Errorf("read what was accepted: %w", err)
		}
		for _, l := range in.Listings {
			if l.ID != row.Listing {
				continue
			}
			for _, c := range in.Systems[l.System].At(l.Place, l.View) {
				if in.Accepted == nil {
					in.Accepted = map[record.Kind][]record.Field{}
				}
				in.Accepted[c.Kind] = append(in.Accepted[c.Kind], f.Fields...)
			}
		}
	}
	return nil
}

// Build plans, and answers what the plan asks for until it asks no more.
func (t Taker) Build(ctx context.Context, in plan.Input) (plan.Changes, error) {
	for range rounds {
		changes, need := plan.Build(in)
		if len(need) == 0 {
			return changes, nil
		}
		if err := t.answer(ctx, in.Snapshot, need); err != nil {
			return plan.Changes{}, err
		}
	}
	return plan.Changes{}, fmt.Errorf("the plan asks for more after %d rounds", rounds)
}
