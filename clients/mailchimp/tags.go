package mailchimp

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// tagChange is one line of a tags call.
type tagChange struct {
	Name   string `json:"name"`
	Status string `json:"status"`
}

// changeTags are the changes from one set of memberships to another.
func changeTags(have, want string) []tagChange {
	before, after := record.SetMembers(have), record.SetMembers(want)
	var out []tagChange
	for _, m := range after {
		if !slices.Contains(before, m) {
			out = append(out, tagChange{tagPrefix + m, "active"})
		}
	}
	for _, m := range before {
		if !slices.Contains(after, m) {
			out = append(out, tagChange{tagPrefix + m, "inactive"})
		}
	}
	return out
}

// tag makes a contact's own tags those of want, where want has memberships, and
// returns the contact with them. No automation starts. Only the hash is
// documented in this path.
func (a *audience) tag(ctx context.Context, op string, t there, want record.Fields) (there, error) {
	value, asked := want[eventperson.Memberships]
	changes := changeTags(t.Fields[eventperson.Memberships], value)
	if !asked || len(changes) == 0 {
		return t, nil
	}
	body := struct {
		Tags    []tagChange `json:"tags"`
		Syncing bool        `json:"is_syncing"`
	}{changes, true}
	err := a.silent(ctx, rest.Call{
		Op: op, Method: http.MethodPost, Path: a.of(hash(t.address)) + "/tags", JSON: body,
	})
	if err != nil {
		return t, err
	}
	t.Fields = t.Fields.Clone()
	t.Fields[eventperson.Memberships] = value
	return t, nil
}

// allTags reads the tags of a contact that has more than it shows: 50
// (docs/systems/mailchimp.md, "Gotchas").
func (a *audience) allTags(ctx context.Context, op string, t there) ([]tag, error) {
	var all []tag
	for {
		var answer struct {
			Tags  *[]tag `json:"tags"`
			Total int    `json:"total_items"`
		}
		err := a.do(ctx, rest.Call{
			Op: op, Path: a.of(hash(t.address)) + "/tags", Into: &answer,
			Query: url.Values{"count": {"1000"}, "offset": {strconv.Itoa(len(all))}},
		})
		if err != nil {
			return nil, err
		}
		if answer.Tags == nil {
			return nil, wrong(connector.Drifted, op, "an answer without tags", "")
		}
		all = append(all, *answer.Tags...)
		if len(*answer.Tags) == 0 || len(all) >= answer.Total {
			return all, nil
		}
	}
}
