package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

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

// AskedOf are the entities that a run is for. Found says that what the run has found counts.
type AskedOf struct {
	Run   uuid.UUID
	Kind  record.Kind
	Keys  []string
	Found bool
}

// Asked returns the ids of the records that a system holds of the entities that are asked
// for, each once; where it counts also of those that the run has found there, by the key
// that they show.
func (s *Store) Asked(ctx context.Context, system record.System, of AskedOf, key func(record.Fields) string) ([]string, error) {
	known, err := s.RecordsOfKeys(ctx, string(of.Kind), of.Keys, string(system))
	if err != nil {
		return nil, fmt.Errorf("look for records that are asked for: %w", err)
	}
	ids := make([]string, 0, len(known))
	for _, id := range known {
		ids = append(ids, *id)
	}
	if of.Found {
		found, err := s.StagedAt(ctx, of.Run, string(system))
		if err != nil {
			return nil, fmt.Errorf("look for what was found: %w", err)
		}
		for _, row := range found {
			if slices.Contains(of.Keys, key(record.DecodeFields(row.Fields))) {
				ids = append(ids, row.ExternalID)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}
