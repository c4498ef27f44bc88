package read

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// aside is a record that could not be read, and could before. Its id is the
// system's, which may be somebody's number there and is told to nobody.
type aside struct {
	id  record.ExternalID // "" when not even that could be read
	why string
}

func (r *reading) putAside(id record.ExternalID, why string) {
	if len(r.asides) < step.AsidesMost {
		r.asides = append(r.asides, aside{id, why})
	}
}

// tellUnreadable counts a record that was asked for by itself and of which something could
// not be read, and says of the first such field why.
func (r *reading) tellUnreadable(it connector.Item) {
	if len(it.Unreadable) == 0 {
		return
	}
	f := slices.Min(slices.Collect(maps.Keys(it.Unreadable)))
	r.counter.Held, r.counter.Faults = r.counter.Held+1, r.counter.Faults+1
	r.putAside(it.ID, fmt.Sprintf("field %s: %s", f, it.Unreadable[f]))
}

// named are the records that were put aside, by our ids. Where these cannot be
// looked up the records stay without: what was read counts, not how it is told.
func (r *reading) named(ctx context.Context) []step.Aside {
	if len(r.asides) == 0 {
		return nil
	}
	ids := make([]string, len(r.asides))
	for i, a := range r.asides {
		ids[i] = string(a.id)
	}
	known := map[string]store.SyncRecord{}
	rows, err := r.Store.SyncRecordsByID(ctx, store.SyncRecordsByIDParams{
		System: string(r.system.Name), Place: r.coll.Place, Scope: r.coll.Scope, Kind: string(r.coll.Kind), Ids: ids,
	})
	if err == nil {
		for _, row := range rows {
			known[*row.ExternalID] = row
		}
	}
	out := make([]step.Aside, len(r.asides))
	for i, a := range r.asides {
		row := known[string(a.id)]
		out[i] = step.Aside{Kind: r.coll.Kind, Record: row.ID, State: step.Unreadable, Why: a.why}
		if row.Entity != nil {
			out[i].Entity = *row.Entity
		}
	}
	return out
}
