package read

import (
	"context"
	"fmt"
	"slices"

	"github.com/touchline-sync/touchline/sync/profile"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// holdBatch is how many staged records are looked at together when something of
// a reading is held.
const holdBatch = 1000

// notSeen stands in place of a digest and is that of no record.
var notSeen = []byte{0}

// hold takes the fields that are held out of what was staged. What was last seen
// of such a record does not move, so that the next good reading is seen. A new
// record of which nobody could say who it is waits as a whole.
func (p *profiling) hold(ctx context.Context, q *store.Queries, held *profile.Held) error {
	for after := ""; ; {
		rows, err := q.StagedChanges(ctx, store.StagedChangesParams{Run: p.task.Run, Listing: p.listing.ID, After: after, Most: holdBatch})
		if err != nil {
			return fmt.Errorf("read what was staged: %w", err)
		}
		if len(rows) == 0 {
			return nil
		}
		ids := make([]string, len(rows))
		for i, row := range rows {
			ids[i] = row.ExternalID
		}
		after = ids[len(ids)-1]
		good, err := p.known(ctx, q, ids)
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := p.holdOne(ctx, q, held, row, good[row.ExternalID]); err != nil {
				return fmt.Errorf("hold what was staged: %w", err)
			}
		}
	}
}

func (p *profiling) holdOne(ctx context.Context, q *store.Queries, held *profile.Held, row store.StagedChangesRow, good record.Fields) error {
	id, now := record.ExternalID(row.ExternalID), record.DecodeFields(row.Fields)
	if held.Believed(id, good, now) {
		return nil
	}
	for _, h := range held.Hold(id, good, now) {
		if good == nil && slices.Contains(p.fixed, h.Field) {
			return q.DropStagedChange(ctx, p.task.Run, p.listing.ID, row.ExternalID)
		}
		delete(now, h.Field)
	}
	// Of a record of which something else is taken, what was seen is not what it
	// shows, nor what it showed: no reading is the same.
	digest, taken := row.Digest, false
	for f, v := range now {
		was, known := good[f]
		taken = taken || !known || was != v
	}
	if taken {
		digest = notSeen
	}
	return q.HoldStaged(ctx, store.HoldStagedParams{
		Fields: now.Encode(), Digest: digest, Believed: taken, Run: p.task.Run, Listing: p.listing.ID, ExternalID: row.ExternalID,
	})
}
