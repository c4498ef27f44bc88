package hub

import (
	"context"
	"fmt"

	"github.com/touchline-sync/touchline/sync/hub/ems"
)

// below notes what hangs on rows of a table that have come into the window or left it. What
// was never shown has a ticket of its own.
func (s showing) below(ctx context.Context, t ems.Table, keys []string) error {
	if len(keys) == 0 || len(t.Below) == 0 {
		return nil
	}
	ids, err := s.idsOf(ctx, t.Kind, keys)
	if err != nil {
		return err
	}
	for _, b := range t.Below {
		note := fmt.Sprintf(`select ems.note('%[1]s', array_agg(c.id)) from ems.%[2]s c join entity e on e.kind = '%[1]s' and e.key = c.id::text
			where c.%[3]s = any($1) and c.deleted_on is null`, b.Kind, b.Table, b.By)
		if _, err := s.db.Exec(ctx, note, ids); err != nil {
			return fmt.Errorf("note what hangs on %s: %w", t.Kind, err)
		}
	}
	return nil
}
