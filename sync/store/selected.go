package store

import (
	"context"
	"fmt"

	"github.com/touchline-sync/touchline/sync/record"
)

// selectedTogether is how many records are looked at together.
const selectedTogether = 1000

// Selected returns the ids of the records at a place, sorted, of whose living entities
// finds says that they are wanted.
func (s *Store) Selected(ctx context.Context, at BoundRecordsParams, finds func(record.Fields) bool) (ids []string, err error) {
	for at.Most = selectedTogether; ; {
		rows, err := s.BoundRecords(ctx, at)
		if err != nil {
			return nil, fmt.Errorf("look for records that are wanted: %w", err)
		}
		for _, row := range rows {
			at.After = *row.ExternalID
			if finds(record.DecodeFields(row.Fields)) {
				ids = append(ids, at.After)
			}
		}
		if len(rows) < selectedTogether {
			return ids, nil
		}
	}
}
