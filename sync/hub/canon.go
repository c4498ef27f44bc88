package hub

import (
	"context"
	"fmt"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/value"
)

// canonBatch is how many rows are made canonical in one transaction.
const canonBatch = 1000

// Canonicalise makes the texts of our own tables canonical that were changed since,
// as those of every other system are when they are read. A text that cannot be
// read is left out: what was shown of it stays. Rows that change meanwhile are
// taken the next time.
func (q *Queries) Canonicalise(ctx context.Context, o value.Options) error {
	kind, id := "", int64(0)
	for {
		rows, err := q.Uncanonical(ctx, kind, id, canonBatch)
		if err != nil {
			return fmt.Errorf("read what is to be made canonical: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		var all CanonicalParams
		for _, r := range rows {
			spec := value.Spec{Types: value.TypesOf(record.Kind(r.Kind)), Options: o}
			canon := spec.Fields(record.DecodeFields(r.Fields)).Fields
			all.Kinds, all.Ids, all.Was = append(all.Kinds, r.Kind), append(all.Ids, r.ID), append(all.Was, r.Fields)
			all.Canons = append(all.Canons, canon.Encode())
			kind, id = r.Kind, r.ID
		}
		if err := q.Canonical(ctx, all); err != nil {
			return fmt.Errorf("store what was made canonical: %w", err)
		}
	}
}
