package rondoclub

import (
	"context"
	"encoding/json"
	"html"
	"net/http"
	"net/url"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/committee"
	"github.com/touchline-sync/touchline/sync/value"
)

// Commissies is the place of the committees' posts.
const Commissies = "commissies"

const commissiesPath = "/wp/v2/commissies"

// commissie is the post of a committee. Its name is the title.
type commissie struct {
	ID     int64  `json:"id"`
	Status string `json:"status"`
	Title  title  `json:"title"`
}

// title is what a post is called: as it was typed, where it may be edited.
type title struct {
	Raw mapping.Value `json:"raw,omitzero"`
}

var commissies = mapping.Table[commissie]{
	mapping.Text(committee.Name, func(c *commissie) *mapping.Value { return &c.Title.Raw }),
}

// committeeSpec is how the names are made canonical.
func committeeSpec() value.Spec { return value.Spec{Types: committee.Types} }

// commissieResource is the committees as the kit takes them. None is ever deleted.
func (s *site) commissieResource() *resource.Resource[commissie] {
	return &resource.Resource[commissie]{
		System: System,
		Collection: connector.Collection{
			Kind: committee.Kind, Place: Commissies, View: "commissies", Complete: true, Required: []record.Field{committee.Name},
		},
		Table: commissies, Reading: committeeSpec, Sending: committeeSpec,
		IDKey: "id", Requires: []string{"title"}, Key: committee.KeyFields, Check: openCommissie,
		Mine: func(want, have record.Fields) bool { return committee.Key(want) == committee.Key(have) },
		Another: func(p connector.Patch, have record.Fields) bool {
			return committee.Key(p.Key) != committee.Key(have) && committee.Key(p.Key.Over(p.Set)) != committee.Key(have)
		},
		Calls: resource.Calls[commissie]{
			Page: func(ctx context.Context, since connector.Cursor) (resource.Rows, error) {
				return s.page(ctx, "list commissies", commissiesPath, editable, since)
			},
			Get: s.fetchCommissie, Search: s.searchCommissies, Create: s.createCommissie, Update: s.updateCommissie,
		},
	}
}

// editable asks for a post as somebody sees it who may edit it.
func editable(context.Context, string) (url.Values, error) {
	return url.Values{"_fields": {"id,status,title"}, "context": {"edit"}}, nil
}

// openCommissie has the name as people read it.
func openCommissie(c *commissie) string {
	if !c.Title.Raw.Set {
		return "a title that is not shown as it was typed"
	}
	c.Title.Raw.Text = html.UnescapeString(c.Title.Raw.Text)
	return ""
}

func (s *site) fetchCommissie(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error) {
	if postID(string(id)) == 0 {
		return nil, s.fail(op, connector.NotFound, "", whyMissing)
	}
	return s.commissie(ctx, rest.Call{Op: op, Path: commissiesPath + "/" + string(id)})
}

// commissie makes a call about one committee. One in the trash is not there.
func (s *site) commissie(ctx context.Context, call rest.Call) (json.RawMessage, error) {
	q, err := editable(ctx, call.Op)
	if err != nil {
		return nil, err
	}
	var raw json.RawMessage
	call.Query, call.Into = q, &raw
	if _, err := s.call(ctx, call); err != nil {
		return nil, err
	}
	var c commissie
	if json.Unmarshal(raw, &c) == nil && c.Status == "trash" {
		return nil, s.fail(call.Op, connector.NotFound, "", whyTrashed)
	}
	return raw, nil
}

// searchCommissies looks for a committee by its name. There are few: all are looked at.
func (s *site) searchCommissies(ctx context.Context, op string, want record.Fields) (found []json.RawMessage, err error) {
	if err := s.signedIn(ctx, op); err != nil {
		return nil, err
	}
	for number, last := 1, false; !last; number++ {
		var rows []json.RawMessage
		if rows, _, last, err = s.rows(ctx, op, commissiesPath, editable, number); err != nil {
			return nil, err
		}
		for _, raw := range rows {
			if item, _, fault := s.commissies.Decode(raw); fault == nil && committee.Key(item.Fields) == committee.Key(want) {
				found = append(found, raw)
			}
		}
	}
	return found, s.signedIn(ctx, op)
}

func (s *site) createCommissie(ctx context.Context, op string, want *commissie) (json.RawMessage, error) {
	return s.commissie(ctx, rest.Call{
		Op: op, Method: http.MethodPost, Path: commissiesPath, JSON: map[string]any{"title": want.Title.Raw.Text, "status": "publish"},
	})
}

// updateCommissie gives a committee another name. The state of its post is its people's.
func (s *site) updateCommissie(ctx context.Context, op string, id record.ExternalID, c resource.Change[commissie]) (json.RawMessage, error) {
	return s.commissie(ctx, rest.Call{
		Op: op, Method: http.MethodPut, Path: commissiesPath + "/" + string(id), JSON: map[string]any{"title": c.Set.Title.Raw.Text},
	})
}
