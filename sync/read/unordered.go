package read

import (
	"context"

	"github.com/touchline-sync/touchline/sync/connector"
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
	var same, differ []connector.Item
	for _, it := range p.Items {
		digest := r.digests.Of(it.Fields)
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

// faultIDs adds the ids of a page's faults, as far as they could be read.
func faultIDs(ids []string, p connector.Page) []string {
	for _, f := range p.Faults {
		if f.ID != "" {
			ids = append(ids, string(f.ID))
		}
	}
	return ids
}
