package engine

import (
	"context"
	"fmt"
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
)

// unmanagedMark marks a reference to a remote record that is not ours.
const unmanagedMark = "?"

// translate turns remote ids into keys of ours.
func (e *Engine) translate(ctx context.Context, s record.System, kind record.Kind, ids []string) (string, error) {
	known := map[string]string{}
	if err := e.keysOf(ctx, s, kind, ids, known); err != nil {
		return "", err
	}
	return named(ids, known), nil
}

// keysOf adds the keys of remote ids that are not known yet.
func (e *Engine) keysOf(ctx context.Context, s record.System, kind record.Kind, ids []string, known map[string]string) error {
	var ask []string
	for _, id := range ids {
		if known[id] == "" {
			ask = append(ask, id)
		}
	}
	if len(ask) == 0 {
		return nil
	}
	slices.Sort(ask)
	rows, err := e.store.KeysOfIDs(ctx, string(s), string(kind), slices.Compact(ask))
	if err != nil {
		return fmt.Errorf("read whose records they are: %w", err)
	}
	for _, r := range rows {
		known[*r.ExternalID] = r.Key
	}
	return nil
}

// named is a set of references by key. An id that is nobody's stays, marked.
func named(ids []string, known map[string]string) string {
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		if k := known[id]; k != "" {
			out = append(out, k)
		} else {
			out = append(out, unmanagedMark+id)
		}
	}
	return record.SetValue(out)
}

// resolve turns keys of ours into remote ids at a system. Those that have none
// yet are missing; there are the keys of the others.
func (e *Engine) resolve(ctx context.Context, s record.System, kind record.Kind, keys []string) (value, there string, missing int, err error) {
	rows, err := e.store.BoundIDs(ctx, string(s), string(kind), keys)
	if err != nil {
		return "", "", 0, fmt.Errorf("read what references stand for: %w", err)
	}
	ids, known := make([]string, 0, len(rows)), make([]string, 0, len(rows))
	for _, r := range rows {
		ids, known = append(ids, *r.ExternalID), append(known, r.Key)
	}
	there = record.SetValue(known)
	return record.SetValue(ids), there, len(keys) - len(record.SetMembers(there)), nil
}
