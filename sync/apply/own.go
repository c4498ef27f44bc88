package apply

import (
	"context"
	"fmt"
	"slices"

	"github.com/touchline-sync/touchline/sync/hub"
	"github.com/touchline-sync/touchline/sync/record"
)

// ours are the changes of entities that our own tables have rows of.
func (b *batchOf) ours(ctx context.Context) ([]hub.OwnChange, error) {
	rows, err := b.q.StagedOfKinds(ctx, b.plan.Run, b.number, hub.OwnKinds())
	if err != nil {
		return nil, fmt.Errorf("read what changes of our own tables: %w", err)
	}
	out := make([]hub.OwnChange, len(rows))
	for i, r := range rows {
		out[i] = hub.OwnChange{
			Kind: record.Kind(r.Kind), Key: r.Key, Is: record.DecodeFields(r.Fields), From: record.DecodeProvenance(r.Provenance), Deleted: record.Reason(r.Deleted),
		}
		if r.Known {
			out[i].Was = record.DecodeFields(r.Was)
		}
	}
	return out, nil
}

// holdOwn holds the rows of our own tables that the batch changes, so that an edit of
// one, also one that is about to be committed, is a change since the plan was made.
func (b *batchOf) holdOwn(ctx context.Context) error {
	ours, err := b.ours(ctx)
	if err != nil {
		return err
	}
	keys, come := map[record.Kind][]string{}, []record.Kind(nil)
	for _, c := range ours {
		if c.Was == nil && !slices.Contains(come, c.Kind) {
			come = append(come, c.Kind)
		}
		keys[c.Kind] = append(keys[c.Kind], c.Key)
	}
	for _, kind := range come {
		if err := b.own.ShowKind(ctx, b.q.Conn(), kind); err != nil {
			return err
		}
	}
	for _, kind := range hub.OwnKinds() {
		if err := b.own.Hold(ctx, b.q.Conn(), record.Kind(kind), keys[record.Kind(kind)]); err != nil {
			return err
		}
	}
	return nil
}
