// Package refer has what refers to a record told again, as what becomes of the record
// wants it.
package refer

import (
	"context"

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
