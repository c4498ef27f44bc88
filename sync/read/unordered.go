package read

import (
	"context"
	"fmt"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// comparePage compares one page of a listing without an order: what was seen of its
// records is looked up, and their ids are kept, because only the last page
// tells which records are absent.
func (r comparing) comparePage(ctx context.Context, p connector.Page) error {
	ids := make([]string, 0, len(p.Items)+len(p.Faults))
	for _, it := range p.Items {
		ids = append(ids, string(it.ID))
	}
	ids = faultIDs(ids, p)
	seen, err := r.lastSeen(ctx, ids)
	if err != nil {
		return err
	}
	left, err := r.leftOut(ctx, ids)
	if err != nil {
		return err
	}
	var same, differ []connector.Item
	for _, it := range p.Items {
		digest := r.digests.Of(left[string(it.ID)].Over(it.Fields))
		if s, known := seen[string(it.ID)]; differs(known, s.Missing, s.Digest, digest) {
			r.buffer.rows = append(r.buffer.rows, r.changed(it, digest, known))
			differ = append(differ, it)
		} else {
			same = append(same, it)
		}
	}
	if err := r.profile.take(ctx, same, differ); err != nil {
		return err
	}
	for _, f := range p.Faults {
		s, known := seen[string(f.ID)]
		r.fault(f, s, known)
	}
	r.buffer.keys = append(r.buffer.keys, ids...)
	return nil
}

// leftOut has what is known of records whose visit may leave out what the listing shows:
// as it is known, and as this run has read it in other views. So a visit without news is
// no difference, and neither is the next listing. It has nothing where all is shown.
func (r comparing) leftOut(ctx context.Context, ids []string) (map[string]record.Fields, error) {
	if r.state.Whole || r.coll.Visit == nil {
		return nil, nil
	}
	out, err := r.known(ctx, r.Store.Queries, ids)
	if err != nil {
		return nil, err
	}
	rows, err := r.Store.StagedElsewhere(ctx, store.StagedElsewhereParams{
		Run: r.task.Run, System: string(r.system.Name), Place: r.coll.Place, Scope: r.coll.Scope, Listing: r.listing.ID, Ids: ids,
	})
	if err != nil {
		return nil, fmt.Errorf("read what other views have shown: %w", err)
	}
	for _, row := range rows {
		out[row.ExternalID] = out[row.ExternalID].Over(record.DecodeFields(row.Fields))
	}
	return out, nil
}

// known has by id what bound records are known to hold.
func (r *reading) known(ctx context.Context, q *store.Queries, ids []string) (map[string]record.Fields, error) {
	return q.Known(ctx, r.system.Name, r.system.Collections().At(r.coll.Place, r.coll.View), ids)
}

// faultIDs adds the ids of a page's faults, as far as they could be read.
func faultIDs(ids []string, p connector.Page) []string {
	for _, f := range p.Faults {
		if f.ID != "" {
			ids = append(ids, string(f.ID))
		}
	}
	return ids
}
