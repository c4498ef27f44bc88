package resource

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
)

// Index finds the records of a listing by a text that a system cannot be asked for, such
// as a name. It says which records have had it: the record itself says who it is. It may be
// used by several callers.
type Index struct {
	Recall

	// Text is what a record is found by.
	Text func(json.RawMessage) (record.ExternalID, string)

	mu  sync.Mutex
	ids map[string]map[record.ExternalID]bool
}

// Find reads what is new in the listing, and returns the records that have had a text.
func (x *Index) Find(ctx context.Context, now time.Time, text string) (ids []record.ExternalID, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	err = x.Update(ctx, now, func() { x.ids = map[string]map[record.ExternalID]bool{} }, func(raw json.RawMessage) {
		id, text := x.Text(raw)
		if x.ids[text] == nil {
			x.ids[text] = map[record.ExternalID]bool{}
		}
		x.ids[text][id] = true
	})
	if err != nil {
		return nil, err
	}
	for id := range x.ids[text] {
		ids = append(ids, id)
	}
	return ids, nil
}
