package store

import "github.com/touchline-sync/touchline/sync/record"

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
