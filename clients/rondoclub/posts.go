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

// among looks at all posts of a kind for those that are meant. What goes to the trash
// meanwhile moves all behind it, and one to a page that was read already: where none is
// meant, and fewer are shown than there are, it looks once more. To say then that there is
// none would have it made a second time.
func (s *site) among(ctx context.Context, op, path string, asked asks, meant func(json.RawMessage) bool) ([]json.RawMessage, error) {
	for range 2 {
		if err := s.signedIn(ctx, op); err != nil {
			return nil, err
		}
		found, whole, err := s.through(ctx, op, path, asked, meant)
		if err != nil {
			return nil, err
		}
		if whole || len(found) > 0 {
			return found, s.signedIn(ctx, op)
		}
	}
	return nil, s.fail(op, connector.Transient, "", "fewer are shown than there are")
}

// through reads all pages. whole says that as many posts were seen as the site said that
// there are, when it said most.
func (s *site) through(ctx context.Context, op, path string, asked asks, meant func(json.RawMessage) bool) (found []json.RawMessage, whole bool, err error) {
	seen, total := map[int64]bool{}, 0
	for number, last := 1, false; !last; number++ {
		var rows []json.RawMessage
		var stated int
		if rows, stated, last, err = s.rows(ctx, op, path, asked, number); err != nil {
			return nil, false, err
		}
		total = max(total, stated)
		for _, raw := range rows {
			var p struct{ ID int64 }
			if json.Unmarshal(raw, &p) == nil {
				seen[p.ID] = true
			}
			if meant(raw) {
				found = append(found, raw)
			}
		}
	}
	return found, len(seen) >= total, nil
}
