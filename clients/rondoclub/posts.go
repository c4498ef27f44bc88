package rondoclub

import (
	"context"
	"encoding/json"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
)

// about makes a call about one post, and returns what is asked for of it. One in the trash
// is not there.
func (s *site) about(ctx context.Context, call rest.Call, asked asks) (json.RawMessage, error) {
	q, err := asked(ctx, call.Op)
	if err != nil {
		return nil, err
	}
	var raw json.RawMessage
	call.Query, call.Into = q, &raw
	if _, err := s.call(ctx, call); err != nil {
		return nil, err
	}
	var p struct{ Status string }
	if json.Unmarshal(raw, &p) == nil && p.Status == "trash" {
		return nil, s.fail(call.Op, connector.NotFound, "", whyTrashed)
	}
	return raw, nil
}

// among looks at all posts of a kind, of which there are few, for those that are meant.
func (s *site) among(ctx context.Context, op, path string, asked asks, meant func(json.RawMessage) bool) (found []json.RawMessage, err error) {
	if err := s.signedIn(ctx, op); err != nil {
		return nil, err
	}
	for number, last := 1, false; !last; number++ {
		var rows []json.RawMessage
		if rows, _, last, err = s.rows(ctx, op, path, asked, number); err != nil {
			return nil, err
		}
		for _, raw := range rows {
			if meant(raw) {
				found = append(found, raw)
			}
		}
	}
	return found, s.signedIn(ctx, op)
}
