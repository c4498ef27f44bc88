package snapshot

import (
	"context"
	"fmt"

	"github.com/touchline-sync/touchline/sync/plan"
	"github.com/touchline-sync/touchline/sync/store"
)

// storedBatch is what is known of a batch that was stored.
type storedBatch struct {
	sum              plan.Sum
	seqs, components [2]int32 // the first and the last
	items            []int64
}

// decide decides a batch and stores what comes of it, unless another batch
// reaches the same.
func (d *planning) decide(ctx context.Context, b plan.Batch) error {
	if d.packs.Dirty(b.Number) {
		return nil // another one has met it: both are decided together
	}
	in, candidates, numbers := d.in, []candidate(nil), []int64(nil)
	for _, s := range b.Seeds {
		if n := int(s) - len(d.items); n >= 0 {
			candidates = append(candidates, d.candidates[n])
		} else {
			numbers = append(numbers, d.items[s])
		}
	}
	rows, err := d.Store.StagedItemsOf(ctx, d.Run, numbers)
	if err != nil {
		return asked("what was staged", err)
	}
	in.Items = make([]plan.Item, len(rows))
	for i, r := range rows {
		in.Items[i] = stagedItem(r)
	}
	changes, err := d.build(ctx, in, candidates)
	if err != nil {
		return err
	}
	if d.packs.Meets(b, changes.Reached) {
		return nil
	}
	return d.store(ctx, b.Number, changes, numbers)
}

// store stores the changes of a batch, and keeps their sums.
func (d *planning) store(ctx context.Context, number int32, c plan.Changes, items []int64) error {
	batch := d.applyBatch(len(c.Entities) + len(c.Records) + len(c.Planned))
	err := d.InTx(ctx, func(q *store.Queries) error { return put(ctx, q, d.Run, d.Now, c, d.seq, batch) })
	if err != nil {
		return fmt.Errorf("store the plan: %w", err)
	}
	rows := int32(max(len(c.Entities), len(c.Records), len(c.Conflicts))) //nolint:gosec // bounded by the batch
	d.stored[number] = storedBatch{
		sum: c.Sum(), seqs: [2]int32{d.seq, d.seq + rows - 1}, components: [2]int32{d.in.Components + 1, c.Components}, items: items,
	}
	d.seq += rows
	d.in.Components = c.Components
	return nil
}

// applyBatch returns the number of the batch with which Apply takes the next
// changes: as many as are decided together stay together.
func (d *planning) applyBatch(changes int) int32 {
	if d.filled > 0 && d.filled+changes > d.ApplyMost {
		d.batch, d.filled = d.batch+1, 0
	}
	d.filled += changes
	return d.batch
}

// undoDirty takes back what was stored of batches that are decided again.
func (d *planning) undoDirty(ctx context.Context) error {
	for number, b := range d.stored {
		if !d.packs.Dirty(number) {
			continue
		}
		err := d.InTx(ctx, func(q *store.Queries) error {
			for _, undo := range []func() error{
				func() error { return q.UnplanItems(ctx, d.Run, b.items) },
				func() error { return q.UnstageEntities(ctx, d.Run, b.seqs[0], b.seqs[1]) },
				func() error { return q.UnstageSyncRecords(ctx, d.Run, b.seqs[0], b.seqs[1]) },
				func() error { return q.UnstageConflicts(ctx, d.Run, b.seqs[0], b.seqs[1]) },
				func() error { return q.UnstageAliases(ctx, d.Run, b.components[0], b.components[1]) },
				func() error { return q.UnstageRows(ctx, d.Run, b.components[0], b.components[1]) },
			} {
				if err := undo(); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("take back a part of the plan: %w", err)
		}
		delete(d.stored, number)
	}
	return nil
}

// sum adds up what was stored, and keeps as facts what listings miss.
func (d *planning) sum(ctx context.Context) (plan.Sum, error) {
	all := make([]plan.Sum, 0, len(d.stored))
	for _, b := range d.stored {
		all = append(all, b.sum)
	}
	total := plan.Total(all)
	if total.Changes > manyChanges {
		err := d.Store.Analyze(ctx, "staging_item", "staging_entity", "staging_sync_record", "staging_alias", "plan_row", "shown")
		if err != nil {
			return total, err
		}
	}
	err := d.InTx(ctx, func(q *store.Queries) error {
		for _, listing := range total.Missing {
			if err := q.ShowAbsent(ctx, d.Run, listing); err != nil {
				return fmt.Errorf("note what is absent: %w", err)
			}
		}
		return nil
	})
	return total, err
}
