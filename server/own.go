package server

import (
	"context"

	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// resolution is a choice between two values that our own tables take.
func (b Backend) resolution(c store.Resolution) store.Resolution {
	c.Hold = func(ctx context.Context, db store.DBTX, kind, key string) error {
		return b.Own.Hold(ctx, db, record.Kind(kind), []string{key})
	}
	c.Accept = func(ctx context.Context, db store.DBTX, was, is store.Entity) error {
		return b.Own.Accept(ctx, db, []hub.OwnChange{{
			Kind: record.Kind(is.Kind), Key: is.Key, Was: record.DecodeFields(was.Fields), Is: record.DecodeFields(is.Fields),
			From: record.DecodeProvenance(is.Provenance), Deleted: record.Reason(is.Deleted),
		}})
	}
	return c
}
