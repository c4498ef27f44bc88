package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// Known returns by remote id what bound records are known to hold, as a reading shows it:
// what good readings have shown of them, and what was written there since. The collections
// are those of the records, their host and its parts.
func (q *Queries) Known(ctx context.Context, system record.System, of []*connector.Collection, ids []string) (map[string]record.Fields, error) {
	out := map[string]record.Fields{}
	if len(ids) == 0 {
		return out, nil
	}
	for _, c := range of {
		rows, err := q.SyncRecordsByID(ctx, SyncRecordsByIDParams{
			System: string(system), Place: c.Place, Scope: c.Scope, Kind: string(c.Kind), Ids: ids,
		})
		if err != nil {
			return nil, fmt.Errorf("read what is known of the records: %w", err)
		}
		part := map[string]record.Fields{}
		for _, row := range rows {
			if row.Entity != nil {
				part[*row.ExternalID] = record.DecodeFields(row.Remote)
			}
		}
		if err := q.asRead(ctx, system, c.Refs, part); err != nil {
			return nil, err
		}
		for id, fields := range part {
			out[id] = out[id].Over(fields)
		}
	}
	return out, nil
}

// asRead has references that are known say what a reading says: the ids of the records
// there, where what is kept are our keys.
func (q *Queries) asRead(ctx context.Context, system record.System, refs map[record.Field]connector.Ref, known map[string]record.Fields) error {
	for f, ref := range refs {
		var keys []string
		for _, fields := range known {
			keys = append(keys, record.Referents(fields[f])...)
		}
		if len(keys) == 0 {
			continue
		}
		slices.Sort(keys)
		rows, err := q.BoundIDs(ctx, string(system), string(ref.Kind), slices.Compact(keys))
		if err != nil {
			return fmt.Errorf("read what references stand for: %w", err)
		}
		ids := map[string]string{}
		for _, row := range rows {
			ids[row.Key] = *row.ExternalID
		}
		for _, fields := range known {
			if v := fields[f]; v != "" {
				fields[f] = record.IDSet(v, ids)
			}
		}
	}
	return nil
}
