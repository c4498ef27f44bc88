package engine

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// Word is a person's word on a plan.
type Word struct {
	Hash string // of the plan that the person looked at
	// SkipStale applies the rest when records have changed since.
	SkipStale bool
	// TakeOver names the places, as system/place, where what a first sync has found
	// counts as made by us from then on; nil is all that the plan names.
	TakeOver *[]string
	// Only are the records that are approved, with what is decided together with them
	// and what they refer to; none is all of the plan. The rest is planned again.
	Only []Named
}

// Approved is what comes of a word.
type Approved struct {
	Left []Moved // records that have changed since, and are left out
	Open int32   // records that the person has not named, and that are planned again
	// Exceeds has the limits that what was approved exceeds, in numbers and names of
	// places and fields only.
	Exceeds []string
}

// refs are the fields by kind that refer, each with the kind that it refers to.
func (e offering) refs() map[record.Kind]map[record.Field]record.Kind {
	out := map[record.Kind]map[record.Field]record.Kind{}
	for _, colls := range e.all() {
		for _, c := range colls {
			for field, ref := range c.Refs {
				if out[c.Kind] == nil {
					out[c.Kind] = map[record.Field]record.Kind{}
				}
				out[c.Kind][field] = ref.Kind
			}
		}
	}
	return out
}

// exceeds holds what is left of a plan against the limits: a person who approves it
// is told which it passes.
func (e judging) exceeds(ctx context.Context, q *store.Queries, run uuid.UUID) ([]string, error) {
	rows, err := q.EffectsPlanned(ctx, run)
	if err != nil {
		return nil, fmt.Errorf("count what is planned: %w", err)
	}
	tallies, now := make([]reconcile.Tally, len(rows)), e.now().UTC()
	for i, r := range rows {
		tallies[i] = reconcile.Tally{
			System: record.System(r.System), Place: r.Place, Kind: record.Kind(r.Kind), Field: record.Field(r.Field),
			Effect: reconcile.Effect(r.Effect), Made: r.Made, N: r.N,
		}
		if err := e.count(ctx, now, &tallies[i]); err != nil {
			return nil, fmt.Errorf("count what is held: %w", err)
		}
	}
	var out []string
	for _, b := range reconcile.Judge(e.settings.Limits, nil, tallies, nil) {
		out = append(out, string(b.Reason)+": "+b.Detail)
	}
	return out, nil
}
