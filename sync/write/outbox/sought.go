package outbox

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// sought notes of records what else a call may have written of which nobody knows what
// became: an address that was corrected since would make a second record, however often
// a create with one address may be repeated. Of a record that is known it matters only
// where a change of such a value makes it anew.
func (o loading) sought(ctx context.Context, all []*Delivery) error {
	unsure := map[int64]*Part{}
	var ids []int64
	for _, d := range all {
		if h := d.Host; h.Row.ExternalID == nil && h.Row.UncertainUntil != nil || h.Row.ExternalID != nil && o.Host.Moves {
			unsure[h.Row.ID], ids = h, append(ids, h.Row.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	rows, err := o.Store.UnheardWrites(ctx, string(o.System), ids)
	if err != nil {
		return fmt.Errorf("read what was sent: %w", err)
	}
	for _, row := range rows {
		sent, err := record.DecodeChange(row.Sent)
		if err != nil {
			return fmt.Errorf("read what was sent for sync record %d: %w", row.SyncRecord, err)
		}
		unsure[row.SyncRecord].sentBefore(sent)
	}
	return nil
}

// sentBefore notes what a call has sent, if that is to be found by other values than the
// record is to have now.
func (b *Part) sentBefore(sent record.Change) {
	other := record.Fields{}
	for _, f := range slices.Concat(b.Coll.Unique, b.Policy.KeyFields) {
		if to, ok := sent[f]; ok && to[1] != b.Ent.Fields[f] {
			other[f] = to[1]
		}
	}
	if len(other) > 0 && !slices.ContainsFunc(b.Sought, func(f record.Fields) bool {
		return maps.Equal(f.Only(other.Names()), other)
	}) {
		b.Sought = append(b.Sought, b.Ent.Fields.Over(other))
	}
}

// Made looks for what a create of the record may have made: with each of the values
// that were sent, where it must show the entity's key, and with those that it has now.
func (d *Delivery) Made(find func(record.Fields) (connector.Item, error)) (connector.Item, error) {
	for _, sent := range d.Host.Sought {
		item, err := find(sent)
		switch class := connector.ClassOf(err); {
		case err == nil && d.Host.Policy.Key(item.Fields) == d.Host.Policy.Key(sent):
			return item, nil
		case err != nil && class != connector.NotFound && class != connector.Rejected:
			return item, err
		}
	}
	return find(d.Host.Ent.Fields)
}
