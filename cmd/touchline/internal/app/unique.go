package app

import (
	"context"
	"slices"

	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// indexUnique gives Postgres an index for each field whose values only one record of
// a system may hold, so that its holder is found among however many. The systems have
// tables of their own by now.
func indexUnique(ctx context.Context, st *store.Store, eng *engine.Engine) error {
	for _, name := range eng.Systems() {
		var fields []record.Field
		for _, c := range eng.Collections(name) {
			fields = append(fields, c.Unique...)
		}
		slices.Sort(fields)
		if err := st.IndexUnique(ctx, name, slices.Compact(fields)); err != nil {
			return err
		}
	}
	return nil
}
