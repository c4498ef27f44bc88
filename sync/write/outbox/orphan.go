package outbox

import (
	"context"
	"fmt"
	"strconv"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// orphans adds the unmanaged records among those to be removed. None of them is an
// entity's, so each stands for itself: its key begins as no entity's may.
func (o loading) orphans(ctx context.Context, rows []store.PendingSyncRecordsRow, keys []string, byKey map[string]*Delivery) ([]string, error) {
	var ids []int64
	for _, row := range rows {
		if row.Entity == nil {
			ids = append(ids, row.ID)
		}
	}
	if len(ids) == 0 {
		return keys, nil
	}
	found, err := o.Store.SyncRecordsOf(ctx, string(o.System), ids)
	if err != nil {
		return nil, fmt.Errorf("read sync records: %w", err)
	}
	for _, row := range found {
		if row.Entity != nil || row.PendingOp != "remove" || record.Kind(row.Kind) != o.Host.Kind {
			continue // it is somebody's by now
		}
		ent := &Entity{Entity: record.Entity{
			Kind: record.Kind(row.Kind), Key: row.NaturalKey, Fields: record.DecodeFields(row.Remote), Deleted: record.Unmade,
		}}
		d := &Delivery{Key: "\x00" + strconv.FormatInt(row.ID, 10), Host: o.newPart(row, o.Host, ent)}
		d.Host.Pending = true
		byKey[d.Key], keys = d, append(keys, d.Key)
	}
	return keys, nil
}

// seen notes of records what they must still show to be removed, as their plan has it.
func (o loading) seen(ctx context.Context, all []*Delivery) error {
	byID := make(map[int64]*Part, len(all))
	ids := make([]int64, len(all))
	for i, d := range all {
		ids[i], byID[d.Host.Row.ID] = d.Host.Row.ID, d.Host
	}
	rows, err := o.Store.OpenRowsOf(ctx, ids)
	if err != nil {
		return fmt.Errorf("read the plan: %w", err)
	}
	for _, row := range rows { // the newest is the last
		byID[*row.SyncRecord].Seen = row.Seen
	}
	for _, d := range all {
		if d.Host.Row.Entity == nil && d.Host.Seen == nil {
			d.Host.Seen = []byte{} // no plan says that it may be removed
		}
	}
	return nil
}
