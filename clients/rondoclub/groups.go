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
	"github.com/touchline-sync/touchline/sync/record/team"
	"github.com/touchline-sync/touchline/sync/value"
)

// The places of the posts of what people work in.
const (
	Commissies = "commissies"
	Teams      = "teams"
)

// grouping is a kind of what people work in, and its posts, whose title is its name.
type grouping struct {
	place string
	kind  record.Kind
	name  record.Field
	keyBy []record.Field
	key   func(record.Fields) string
	types record.Types
	own   map[record.Field]string // by field, the theme's keys of what a post has besides
	table mapping.Table[post]
}

var groupings = []grouping{
	{
		place: Commissies, kind: committee.Kind, name: committee.Name, keyBy: committee.KeyFields, key: committee.Key, types: committee.Types,
		table: mapping.Table[post]{titled(committee.Name)},
	},
	{
		place: Teams, kind: team.Kind, name: team.Name, keyBy: team.KeyFields, key: team.Key, types: team.Types,
		own: map[record.Field]string{team.Number: "publicteamid", team.Activity: "activiteit", team.Gender: "gender"},
		table: mapping.Table[post]{
			titled(team.Name), text(team.Number), text(team.Activity),
			mapping.Enum(team.Gender, map[string]string{"male": "male", "female": "female"}, at(team.Gender)).As(mapping.Null).FalseIsEmpty(),
		},
	},
}

func titled(f record.Field) mapping.Row[post] {
	return mapping.Text(f, func(p *post) *mapping.Value { return &p.Title.Raw })
}

// groups are the posts of one grouping at a site.
type groups struct {
	*site
	grouping
	kit *resource.Resource[post]
}

// groups returns those of a grouping as the kit takes them. None is ever deleted.
func (s *site) groups(of grouping) *groups {
	g := &groups{site: s, grouping: of}
	spec := func() value.Spec { return value.Spec{Types: of.types} }
	g.kit = &resource.Resource[post]{
		System: System,
		Collection: connector.Collection{
			Kind: of.kind, Place: of.place, View: of.place, Complete: true, Required: []record.Field{of.name},
		},
		Table: of.table, Reading: spec, Sending: spec,
		IDKey: "id", Requires: []string{"title"}, Key: of.keyBy, Check: g.open,
		Mine: func(want, have record.Fields) bool { return of.key(want) == of.key(have) },
		Another: func(p connector.Patch, have record.Fields) bool {
			return of.key(p.Key) != of.key(have) && of.key(p.Key.Over(p.Set)) != of.key(have)
		},
		Calls: resource.Calls[post]{
			Page: func(ctx context.Context, since connector.Cursor) (resource.Rows, error) {
				return s.page(ctx, "list "+of.place, g.path(), g.editable, since)
			},
			Get: g.fetch, Search: g.search, Create: g.create, Update: g.update,
		},
	}
	return g
}

func (g *groups) path() string { return "/wp/v2/" + g.place }

// editable asks for a post as somebody sees it who may edit it.
func (g *groups) editable(ctx context.Context, op string) (url.Values, error) {
	fields := "id,status,title"
	if g.own != nil {
		known, _, err := g.ready(ctx, op)
		if err != nil {
			return nil, err
		}
		fields += "," + known.property
	}
	return url.Values{"_fields": {fields}, "context": {"edit"}}, nil
}

// open has the name as people read it, and what else stands in the post.
func (g *groups) open(p *post) string {
	if !p.Title.Raw.Set {
		return "a title that is not shown as it was typed"
	}
	p.Title.Raw.Text = html.UnescapeString(p.Title.Raw.Text)
	known, _ := g.known()
	if g.own == nil {
		return ""
	}
	if known == nil || json.Unmarshal(known.of(p), &p.theirs) != nil || p.theirs == nil {
		return whyDialect
	}
	for f, key := range g.own {
		if raw, there := p.theirs[key]; there && at(f)(p).UnmarshalJSON(raw) != nil {
			return whyDialect
		}
	}
	return ""
}

func (g *groups) fetch(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error) {
	if postID(string(id)) == 0 {
		return nil, g.fail(op, connector.NotFound, "", whyMissing)
	}
	return g.about(ctx, rest.Call{Op: op, Path: g.path() + "/" + string(id)}, g.editable)
}

// search looks for a post by its key. There are few: all are looked at.
func (g *groups) search(ctx context.Context, op string, want record.Fields) ([]json.RawMessage, error) {
	return g.among(ctx, op, g.path(), g.editable, func(raw json.RawMessage) bool {
		item, _, fault := g.kit.Decode(raw)
		return fault == nil && g.key(item.Fields) == g.key(want)
	})
}

func (g *groups) create(ctx context.Context, op string, want *post) (json.RawMessage, error) {
	body, err := g.body(ctx, op, want)
	if err != nil {
		return nil, err
	}
	body["status"] = "publish"
	return g.about(ctx, rest.Call{Op: op, Method: http.MethodPost, Path: g.path(), JSON: body}, g.editable)
}

// update writes what differs. The state of a post is its people's.
func (g *groups) update(ctx context.Context, op string, id record.ExternalID, c resource.Change[post]) (json.RawMessage, error) {
	body, err := g.body(ctx, op, c.Set)
	if err != nil {
		return nil, err
	}
	return g.about(ctx, rest.Call{Op: op, Method: http.MethodPut, Path: g.path() + "/" + string(id), JSON: body}, g.editable)
}

// body is what is set, as it is written.
func (g *groups) body(ctx context.Context, op string, set *post) (map[string]any, error) {
	out, fields := map[string]any{}, map[string]any{}
	if set.Title.Raw.Set {
		out["title"] = set.Title.Raw.Text
	}
	for f, key := range g.own {
		if v := set.values[f]; v != nil && v.Set {
			fields[key] = v
		}
	}
	if len(fields) == 0 {
		return out, nil
	}
	known, _, err := g.ready(ctx, op)
	if err != nil {
		return nil, err
	}
	out[known.property] = fields
	return out, nil
}
