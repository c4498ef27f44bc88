package write

import (
	"context"
	"fmt"
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
)

// keysOf turns remote ids of a kind into keys of ours. An id that is nobody's
// stays, marked.
func (w *run) keysOf(ctx context.Context, kind record.Kind, ids []string) (string, error) {
	rows, err := w.Store.KeysOfIDs(ctx, string(w.system.Name), string(kind), slices.Compact(slices.Sorted(slices.Values(ids))))
	if err != nil {
		return "", fmt.Errorf("read whose records they are: %w", err)
	}
	known := make(map[string]string, len(rows))
	for _, r := range rows {
		known[*r.ExternalID] = r.Key
	}
	return record.KeySet(ids, known), nil
}

// remoteIDs turns keys of a kind into remote ids. Those that have none yet are
// missing; there are the keys of the others.
func (w *run) remoteIDs(ctx context.Context, kind record.Kind, keys []string) (ids, there string, missing int, err error) {
	rows, err := w.Store.BoundIDs(ctx, string(w.system.Name), string(kind), keys)
	if err != nil {
		return "", "", 0, fmt.Errorf("read what references stand for: %w", err)
	}
	remote, known := make([]string, 0, len(rows)), make([]string, 0, len(rows))
	for _, r := range rows {
		remote, known = append(remote, *r.ExternalID), append(known, r.Key)
	}
	there = record.SetValue(known)
	return record.SetValue(remote), there, len(keys) - len(record.SetMembers(there)), nil
}
