package snapshot

import (
	"encoding/json"

	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/plan"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

func entityIDs(ids []int64) []record.EntityID {
	out := make([]record.EntityID, len(ids))
	for i, id := range ids {
		out[i] = record.EntityID(id)
	}
	return out
}

func entityNumbers(ids []record.EntityID) []int64 {
	out := make([]int64, len(ids))
	for i, id := range ids {
		out[i] = int64(id)
	}
	return out
}

func entity(row *hub.Entity) *plan.Entity {
	return &plan.Entity{
		Entity: record.Entity{
			ID: record.EntityID(row.ID), Kind: record.Kind(row.Kind), Key: row.Key, Fields: record.DecodeFields(row.Fields),
			Deleted: record.Reason(row.Deleted), Version: row.Version, ModifiedOn: row.ModifiedOn,
		},
		From: record.DecodeProvenance(row.Provenance), Rule: row.MadeRule, Group: row.MadeGroup, Made: record.DecodeFields(row.Made),
		PlannedVersion: row.PlannedVersion,
	}
}

func syncRecord(row *store.SyncRecord) *plan.SyncRecord {
	out := &plan.SyncRecord{
		ID: row.ID, System: record.System(row.System), Place: row.Place, Scope: row.Scope, Kind: record.Kind(row.Kind),
		NaturalKey: row.NaturalKey, CreatedBy: row.CreatedBy, Remote: record.DecodeFields(row.Remote),
		BaseLocal: record.DecodeFields(row.BaseLocal), BaseRemote: record.DecodeFields(row.BaseRemote),
		Echo: reconcile.DecodeEcho(row.Echo), WrittenAt: row.WrittenAt, Held: reconcile.DecodeHeld(row.Held), PendingOp: row.PendingOp, Pending: row.DesiredVersion > row.AppliedVersion,
		Uncertain: row.UncertainUntil != nil, Paused: row.PausedOn != nil, Quarantine: row.Quarantine, RecreatedOn: row.RecreatedOn, Version: row.Version,
		ConfirmAt: row.ConfirmAt, ConfirmWhy: row.ConfirmWhy, Decided: row.Decided, DecidedOn: row.DecidedOn,
	}
	_ = json.Unmarshal(row.ConfirmBy, &out.ConfirmBy)
	if row.ExternalID != nil {
		out.ExternalID = record.ExternalID(*row.ExternalID)
	}
	if row.Entity != nil {
		out.Entity = record.EntityID(*row.Entity)
	}
	for _, f := range row.Pinned {
		out.Pinned = append(out.Pinned, record.Field(f))
	}
	return out
}

func encodeCauses(all []plan.Cause) []byte {
	if len(all) == 0 {
		return []byte("[]")
	}
	b, _ := json.Marshal(all)
	return b
}

func encodeGroups(groups []plan.GroupName) []byte {
	pairs := make([][2]string, len(groups))
	for i, g := range groups {
		pairs[i] = [2]string{g.Rule, g.Key}
	}
	b, _ := json.Marshal(pairs)
	return b
}

// optional returns nil for the zero value: null in the database.
func optional[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}
