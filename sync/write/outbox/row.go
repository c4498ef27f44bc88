package outbox

import (
	"time"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// Matches reports whether the part is to be told what a row of the plan says.
func (b *Part) Matches(row store.PlanRow) bool {
	change, err := record.DecodeChange(row.Fields)
	if err != nil || len(change) != len(b.Set) {
		return false
	}
	for f, v := range b.Set {
		if c, ok := change[f]; !ok || c[1] != v {
			return false
		}
	}
	return true
}

// Closed says how the open plan rows of the part have ended.
func (b *Part) Closed(state, why string, now time.Time) store.CloseRowsOfParams {
	id := b.Row.ID
	return store.CloseRowsOfParams{State: state, Now: &now, Error: why, SyncRecord: &id}
}
