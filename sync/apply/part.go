package apply

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// Part is the part of a plan that a person approves.
type Part struct {
	// Records are those that the person names. What is decided together with one of
	// them goes along, and so does what it refers to and the plan makes.
	Records []Named
	// Refs has by kind the fields that refer, each with the kind that it refers to.
	Refs map[record.Kind]map[record.Field]record.Kind
}

// Named names a record by its kind and natural key. The key is personal data.
type Named struct{ Kind, Key string }

// NotPlanned is the answer to a word that names records about which the plan has
// nothing.
type NotPlanned struct{ Records []Named }

// Error returns the text, without keys.
func (n NotPlanned) Error() string {
	return fmt.Sprintf("the plan has nothing about %d of the records that are named", len(n.Records))
}

// narrow leaves the rest of a plan to the next run, which plans it again: nothing of
// it counts as seen, no cursor moves, and no place is taken up. It returns how many
// records that is.
func (a *Applier) narrow(ctx context.Context, q *store.Queries, run uuid.UUID, part Part) (int32, error) {
	all, err := q.RecordsPlanned(ctx, run)
	if err != nil {
		return 0, fmt.Errorf("count what is planned: %w", err)
	}
	wanted, err := components(ctx, q, run, part)
	if err != nil {
		return 0, err
	}
	batch, err := q.NextBatch(ctx, run, 0)
	for ; err == nil && batch != 0; batch, err = q.NextBatch(ctx, run, batch) {
		rest, err := others(ctx, q, run, batch, wanted)
		if err != nil {
			return 0, err
		}
		if err := rest.drop(ctx, q, run, batch); err != nil {
			return 0, err
		}
	}
	if err != nil {
		return 0, fmt.Errorf("find the batches of the plan: %w", err)
	}
	if err := q.HoldStill(ctx, run); err != nil {
		return 0, fmt.Errorf("hold what was read: %w", err)
	}
	left, err := q.RecordsPlanned(ctx, run)
	if err != nil {
		return 0, fmt.Errorf("count what is planned: %w", err)
	}
	return all - left, nil
}

// others are what a batch has besides these components.
func others(ctx context.Context, q *store.Queries, run uuid.UUID, batch int32, wanted map[int32]bool) (staleness, error) {
	var s staleness
	in, err := q.ComponentsOfBatch(ctx, run, batch)
	if err != nil {
		return s, fmt.Errorf("find what is decided together: %w", err)
	}
	s.components = slices.DeleteFunc(in, func(c int32) bool { return wanted[c] })
	if s.seqs, err = q.UnmanagedOfBatch(ctx, run, batch); err != nil {
		return s, fmt.Errorf("find what is unmanaged: %w", err)
	}
	return s, nil
}

// components are those of the records named, with those that make what they refer to.
func components(ctx context.Context, q *store.Queries, run uuid.UUID, part Part) (map[int32]bool, error) {
	kinds, keys := kindsAndKeys(part.Records)
	rows, err := q.ComponentsAbout(ctx, kinds, keys, run)
	if err != nil {
		return nil, fmt.Errorf("find the records in the plan: %w", err)
	}
	found := map[Named]bool{}
	var next []int32
	for _, r := range rows {
		found[Named{r.Kind, r.Key}] = true
		next = append(next, r.Component)
	}
	if missing := slices.DeleteFunc(slices.Clone(part.Records), func(n Named) bool { return found[n] }); len(missing) > 0 {
		return nil, NotPlanned{missing}
	}
	out := map[int32]bool{}
	for len(next) > 0 {
		for _, c := range next {
			out[c] = true
		}
		if next, err = makers(ctx, q, run, next, part.Refs); err != nil {
			return nil, err
		}
		next = slices.DeleteFunc(next, func(c int32) bool { return out[c] })
	}
	return out, nil
}

// makers are the components that make what these refer to.
func makers(ctx context.Context, q *store.Queries, run uuid.UUID, of []int32, refs map[record.Kind]map[record.Field]record.Kind) ([]int32, error) {
	rows, err := q.ChangesOfComponents(ctx, run, of)
	if err != nil {
		return nil, fmt.Errorf("read the plan: %w", err)
	}
	var referents []Named
	for _, r := range rows {
		change, err := record.DecodeChange(r.Fields)
		if err != nil {
			return nil, fmt.Errorf("read the plan: %w", err)
		}
		for field, kind := range refs[record.Kind(r.Kind)] {
			for _, key := range record.Referents(change[field][1]) {
				referents = append(referents, Named{string(kind), key})
			}
		}
	}
	kinds, keys := kindsAndKeys(referents)
	out, err := q.ComponentsMaking(ctx, kinds, keys, run)
	if err != nil {
		return nil, fmt.Errorf("find what the plan makes: %w", err)
	}
	return out, nil
}

func kindsAndKeys(names []Named) (kinds, keys []string) {
	kinds, keys = make([]string, len(names)), make([]string, len(names))
	for i, n := range names {
		kinds[i], keys[i] = n.Kind, n.Key
	}
	return kinds, keys
}
