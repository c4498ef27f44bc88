package store

import (
	"context"

	"github.com/touchline-sync/touchline/sync/record"
)

// Entity is the entity whose the record is, or whose key it shows while it is
// unmanaged; nil: there is none.
func (r *OwnersOfRow) Entity() *record.Entity {
	if r.Owner == 0 {
		return nil
	}
	return &record.Entity{
		ID: record.EntityID(r.Owner), Kind: record.Kind(r.SyncRecord.Kind), Key: r.OwnerKey, Fields: record.DecodeFields(r.OwnerFields),
		Deleted: record.Reason(r.OwnerDeleted), Version: r.OwnerVersion,
	}
}

// KeyByID returns the keys of the entities to which records with some remote ids are
// bound, by id.
func (q *Queries) KeyByID(ctx context.Context, system, kind string, ids []string) (map[string]string, error) {
	rows, err := q.KeysOfIDs(ctx, system, kind, ids)
	keys := make(map[string]string, len(rows))
	for _, row := range rows {
		keys[*row.ExternalID] = row.Key
	}
	return keys, err
}
