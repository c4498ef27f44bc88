package mailchimp

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// tag is a tag of a contact, or one line of a tags call.
type tag struct {
	Name   string `json:"name"`
	Status string `json:"status,omitempty"`
}

// ours are the memberships that the tags say. A tag is the same in whatever letters.
func ours(tags []tag) mapping.Value {
	var names []string
	for _, one := range tags {
		if name, ok := strings.CutPrefix(strings.ToLower(one.Name), tagPrefix); ok {
			names = append(names, name)
		}
	}
	return mapping.Of(strings.Join(names, "\n"))
}

// changeTags are the changes from one set of memberships to another.
func changeTags(have, want string) (out []tag) {
	come, gone := resource.Changes(have, want)
	for _, m := range come {
		out = append(out, tag{tagPrefix + m, "active"})
	}
	for _, m := range gone {
		out = append(out, tag{tagPrefix + m, "inactive"})
	}
	return out
}

// tag makes a contact's own tags the memberships that are wanted, where they are,
// and returns the contact with them. No automation starts. Only the hash is
// documented in this path.
func (a *audience) tag(ctx context.Context, op string, raw json.RawMessage, want mapping.Value) (json.RawMessage, error) {
	item, c, fault := a.contacts.Decode(raw)
	if !want.Set || fault != nil { // which is told when it is read
		return raw, nil
	}
	changes := changeTags(item.Fields[eventperson.Memberships], want.Text)
	if len(changes) == 0 {
		return raw, nil
	}
	body := struct {
		Tags    []tag `json:"tags"`
		Syncing bool  `json:"is_syncing"`
	}{changes, true}
	err := a.silent(ctx, rest.Call{Op: op, Method: http.MethodPost, Path: a.of(hash(c.Email.Text)) + "/tags", JSON: body})
	if err != nil {
		return nil, err
	}
	return withTags(raw, changeTags("", want.Text))
}

// withTags is a contact with other tags than it was answered with.
func withTags(raw json.RawMessage, tags []tag) (json.RawMessage, error) {
	var all map[string]any
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, err
	}
	all["tags"], all["tags_count"] = append([]tag{}, tags...), len(tags)
	return json.Marshal(all)
}

// whole is a contact with all its tags: an answer shows at most 50
// (docs/systems/mailchimp.md, "Gotchas").
func (a *audience) whole(ctx context.Context, op string, raw json.RawMessage) (json.RawMessage, error) {
	c := read(raw)
	if c.Tags == nil || c.TagsCount <= len(*c.Tags) {
		return raw, nil
	}
	var all []tag
	for {
		var answer struct {
			Tags  *[]tag `json:"tags"`
			Total int    `json:"total_items"`
		}
		err := a.do(ctx, rest.Call{
			Op: op, Path: a.of(hash(c.Email.Text)) + "/tags", Into: &answer,
			Query: url.Values{"count": {"1000"}, "offset": {strconv.Itoa(len(all))}},
		})
		switch {
		case err != nil:
			return nil, err
		case answer.Tags == nil:
			return nil, wrong(connector.Drifted, op, "an answer without tags", "")
		}
		all = append(all, *answer.Tags...)
		if len(*answer.Tags) == 0 || len(all) >= answer.Total {
			return withTags(raw, all)
		}
	}
}
