package engine

import (
	"context"
	"fmt"

	"github.com/touchline-sync/touchline/sync/record"
)

// stranger marks a reference to a remote record that is not ours.
const stranger = "?"

// translate turns remote ids into keys of ours; known has those not in the
// store yet. An id that is nobody's stays, marked.
func (e *Engine) translate(ctx context.Context, s record.System, kind record.Kind, ids []string, known map[string]string) (string, error) {
	var ask []string
	for _, id := range ids {
		if known[id] == "" {
			ask = append(ask, id)
		}
	}
	out := make([]string, 0, len(ids))
	if len(ask) > 0 {
		rows, err := e.store.KeysOfIDs(ctx, string(s), string(kind), ask)
		if err != nil {
			return "", fmt.Errorf("read whose records they are: %w", err)
		}
		if known == nil {
			known = map[string]string{}
		}
		for _, r := range rows {
			known[*r.ExternalID] = r.Key
		}
	}
	for _, id := range ids {
		if k := known[id]; k != "" {
			out = append(out, k)
		} else {
			out = append(out, stranger+id)
		}
	}
	return record.SetValue(out), nil
}

// resolve turns keys of ours into remote ids at a system. Missing are those
// that have none yet.
func (e *Engine) resolve(ctx context.Context, s record.System, kind record.Kind, keys []string) (value string, missing int, err error) {
	rows, err := e.store.BoundIDs(ctx, string(s), string(kind), keys)
	if err != nil {
		return "", 0, fmt.Errorf("read what references stand for: %w", err)
	}
	ids := make([]string, 0, len(rows))
	for _, r := range rows {
		ids = append(ids, *r.ExternalID)
	}
	return record.SetValue(ids), len(keys) - len(rows), nil
}
