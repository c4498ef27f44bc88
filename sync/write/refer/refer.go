// Package refer has what refers to a record told again, as what becomes of the record
// wants it.
package refer

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// To is a record that others at the system may refer to.
type To struct {
	System      record.System
	Collections []connector.Collection // of all places of the system
	Kind        record.Kind
	Key         string
}

// MadeAnew has all that refers to the record told again, since it gets another remote
// id. Where the reference is required, it waits for that.
func (to To) MadeAnew(ctx context.Context, q *store.Queries) error {
	return to.each(func(kind record.Kind, f record.Field, _ connector.Ref) error { return to.again(ctx, q, kind, f) })
}

// Leaving has what can be without the record told again: it is to be removed, and the
// system keeps it as long as it is referred to.
func (to To) Leaving(ctx context.Context, q *store.Queries) error {
	return to.each(func(kind record.Kind, f record.Field, ref connector.Ref) error {
		if !ref.LetsGo {
			return nil
		}
		return to.again(ctx, q, kind, f)
	})
}

// Back has what can be without the record, and was, told again, since it is there once
// more.
func (to To) Back(ctx context.Context, q *store.Queries) error {
	return to.each(func(kind record.Kind, f record.Field, ref connector.Ref) error {
		if !ref.LetsGo {
			return nil
		}
		return q.ReferBack(ctx, store.ReferBackParams{Field: string(f), System: string(to.System), Kind: string(kind), Key: to.Key})
	})
}

func (to To) again(ctx context.Context, q *store.Queries, kind record.Kind, f record.Field) error {
	return q.ReferAgain(ctx, store.ReferAgainParams{Field: string(f), System: string(to.System), Kind: string(kind), Key: to.Key})
}

// each goes over the references to records of the kind.
func (to To) each(by func(kind record.Kind, f record.Field, ref connector.Ref) error) error {
	for i := range to.Collections {
		for f, ref := range to.Collections[i].Refs {
			if ref.Kind != to.Kind {
				continue
			}
			if err := by(to.Collections[i].Kind, f, ref); err != nil {
				return err
			}
		}
	}
	return nil
}

// From is a record that is to be removed, and what it refers to.
type From struct {
	System record.System
	ID     int64 // of its sync record
	Refs   map[record.Field]connector.Ref
	Shown  record.Fields // what stands there, as far as it is known
	Has    record.Fields // what our copy has
}

// Empty has the references emptied to records that are to be removed as well, and that the
// record can be without: of records that refer to each other in a circle none could be
// removed first.
func (from From) Empty(ctx context.Context, q *store.Queries, empty func(record.Field) error) error {
	for _, f := range slices.Sorted(maps.Keys(from.Refs)) {
		there, known := from.Shown[f]
		if !known {
			there = from.Has[f]
		}
		keys := record.SetMembers(there)
		if !from.Refs[f].LetsGo || len(keys) == 0 {
			continue
		}
		rows, err := q.BoundIDs(ctx, string(from.System), string(from.Refs[f].Kind), keys)
		if err != nil {
			return fmt.Errorf("read what it refers to: %w", err)
		}
		if !slices.ContainsFunc(rows, func(r store.BoundIDsRow) bool { return r.Leaves }) {
			continue
		}
		if err := empty(f); err != nil {
			return err
		}
	}
	return nil
}

// Forget drops what was agreed of a field before it is emptied, since the record may come
// back, also when the answer is lost.
func (from From) Forget(ctx context.Context, q *store.Queries, f record.Field) error {
	return q.ForgetField(ctx, string(f), string(from.System), from.ID)
}
