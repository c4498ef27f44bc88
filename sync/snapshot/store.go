package snapshot

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/sync/plan"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// put writes the plan of a batch down: rows for people and for Write, staging rows
// for Apply, numbered from seq on.
func put(ctx context.Context, q *store.Queries, run uuid.UUID, now time.Time, c plan.Changes, seq, batch int32) error {
	if err := markPlanned(ctx, q, run, batch, c); err != nil {
		return err
	}
	if len(c.ShownAgain) > 0 {
		if err := q.HoldShownAgain(ctx, run, c.ShownAgain); err != nil {
			return fmt.Errorf("hold what cannot be decided: %w", err)
		}
	}
	if _, err := q.StageEntities(ctx, entityRows(run, seq, batch, c.Entities)); err != nil {
		return fmt.Errorf("stage entities: %w", err)
	}
	if _, err := q.StageSyncRecords(ctx, recordRows(run, seq, batch, c.Records)); err != nil {
		return fmt.Errorf("stage sync records: %w", err)
	}
	for _, a := range c.Aliases {
		err := q.StageAlias(ctx, store.StageAliasParams{Run: run, Kind: string(a.Kind), FromKey: a.From, ToKey: a.To, Reason: string(a.Reason), Component: a.Component, Batch: batch})
		if err != nil {
			return fmt.Errorf("stage aliases: %w", err)
		}
	}
	for _, n := range c.Notify {
		err := q.Notify(ctx, store.NotifyParams{System: string(n.System), Kind: string(n.Kind), Ids: []string{string(n.ID)}, Now: now})
		if err != nil {
			return fmt.Errorf("note what is to be fetched: %w", err)
		}
	}
	if _, err := q.StageConflicts(ctx, conflictRows(run, seq, batch, c.Conflicts)); err != nil {
		return fmt.Errorf("stage conflicts: %w", err)
	}
	if _, err := q.AddPlanRows(ctx, planRows(run, batch, now, c.Rows)); err != nil {
		return fmt.Errorf("store the rows of the plan: %w", err)
	}
	return nil
}

// markPlanned notes which items were dealt with, and keeps what they have shown
// as facts: those hold although nothing should come of the plan.
func markPlanned(ctx context.Context, q *store.Queries, run uuid.UUID, batch int32, c plan.Changes) error {
	marks := map[int32]*store.MarkPlannedParams{}
	for id, p := range c.Planned {
		m := marks[id.Listing]
		if m == nil {
			m = &store.MarkPlannedParams{Run: run, Listing: id.Listing, Batch: batch}
			marks[id.Listing] = m
		}
		m.Ids, m.Components = append(m.Ids, string(id.ID)), append(m.Components, p.Component)
		m.Missed = append(m.Missed, int32(p.Missed)) //nolint:gosec // one or two
	}
	for _, m := range marks {
		if err := q.MarkPlanned(ctx, *m); err != nil {
			return fmt.Errorf("mark what is planned: %w", err)
		}
	}
	again := map[int32][]string{}
	for _, id := range c.Again {
		again[id.Listing] = append(again[id.Listing], string(id.ID))
	}
	for listing, ids := range again {
		if err := q.SeeAgain(ctx, run, listing, ids); err != nil {
			return fmt.Errorf("mark what is to be seen again: %w", err)
		}
	}
	came := map[int32]*store.ShowNewcomersParams{}
	for _, n := range c.Newcomers {
		p := came[n.Listing]
		if p == nil {
			p = &store.ShowNewcomersParams{Run: run, Listing: n.Listing}
			came[n.Listing] = p
		}
		p.Ids, p.Keys = append(p.Ids, string(n.ID)), append(p.Keys, n.Key)
	}
	for _, p := range came {
		if err := q.ShowNewcomers(ctx, *p); err != nil {
			return fmt.Errorf("note what came: %w", err)
		}
	}
	return nil
}

func entityRows(run uuid.UUID, seq, batch int32, all []plan.EntityChange) []store.StageEntitiesParams {
	out := make([]store.StageEntitiesParams, len(all))
	for i, e := range all {
		out[i] = store.StageEntitiesParams{
			Run: run, Seq: seq + int32(i), Entity: optional(int64(e.ID)), Kind: string(e.Kind), Key: e.Key, Fields: e.Fields.Encode(),
			Provenance: record.EncodeProvenance(e.From), Deleted: string(e.Deleted), MadeRule: e.Rule, MadeGroup: e.Group,
			Made: e.Made.Encode(), Version: e.Version, Groups: encodeGroups(e.Groups), Component: e.Component, Batch: batch,
			Came: e.Came, Alike: entityNumbers(e.Alike),
		}
	}
	return out
}

func recordRows(run uuid.UUID, seq, batch int32, all []plan.RecordChange) []store.StageSyncRecordsParams {
	out := make([]store.StageSyncRecordsParams, len(all))
	for i, r := range all {
		out[i] = store.StageSyncRecordsParams{
			Run: run, Seq: seq + int32(i), SyncRecord: optional(r.ID), System: string(r.System), Place: r.Place, Scope: r.Scope, Kind: string(r.Kind),
			ExternalID: optional(string(r.ExternalID)), EntityKind: string(r.EntityKind), Key: r.EntityKey, NaturalKey: r.NaturalKey,
			Quarantine: r.Quarantine, Held: r.Held.Encode(), Remote: r.Remote.Encode(), BaseLocal: r.BaseLocal.Encode(), BaseRemote: r.BaseRemote.Encode(),
			Echo: r.Echo.Encode(), PendingOp: r.PendingOp, Bump: r.Bump, Drop: r.Drop, Recreated: r.Recreate, TakenOver: r.TakeOver, CreatedBy: r.CreatedBy,
			ConfirmAt: r.ConfirmAt, ConfirmWhy: r.ConfirmWhy, ConfirmBy: encodeCauses(r.ConfirmBy), Version: r.Version,
			Groups: encodeGroups(r.Groups), Component: r.Component, Batch: batch, SeeAgain: r.SeeAgain,
		}
	}
	return out
}

func conflictRows(run uuid.UUID, seq, batch int32, all []plan.Conflict) []store.StageConflictsParams {
	out := make([]store.StageConflictsParams, len(all))
	for i, c := range all {
		out[i] = store.StageConflictsParams{
			Run: run, Seq: seq + int32(i), Kind: string(c.Kind), Key: c.Key, Field: string(c.Field), System: string(c.System),
			HubValue: c.Hub, RemoteValue: c.Remote, WonBy: string(c.WonBy), Why: string(c.Why), Component: c.Component, Batch: batch,
		}
	}
	return out
}

func planRows(run uuid.UUID, batch int32, now time.Time, all []plan.Row) []store.AddPlanRowsParams {
	out := make([]store.AddPlanRowsParams, len(all))
	for i, r := range all {
		fields, _ := json.Marshal(r.Fields)
		emptied := make([]string, len(r.Emptied))
		for j, f := range r.Emptied {
			emptied[j] = string(f)
		}
		out[i] = store.AddPlanRowsParams{
			Run: run, Kind: string(r.Kind), Key: r.Key, Entity: optional(int64(r.Entity)), System: string(r.System), Place: r.Place, Scope: r.Scope,
			SyncRecord: optional(r.SyncRecord), SyncRecordVersion: r.SyncRecordVersion, Op: r.Op, Fields: fields, Reason: r.Reason,
			Actor: "sync", EntityVersion: r.EntityVersion, Component: r.Component, Batch: batch,
			Effect: string(r.Effect), Emptied: emptied, Approved: r.Approved, Made: r.Made, State: "planned", PlannedOn: now, Seen: r.Seen,
		}
	}
	return out
}
