package runsignup

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// users are the persons behind the registrations of the linked events: RunSignup lists
// none by themselves, and tells of none when one has changed.
func (a *account) users() *resource.Resource[entry] {
	r := &resource.Resource[entry]{
		System:     System,
		Collection: connector.Collection{Kind: eventperson.Kind, Place: Users, View: "all", Complete: true},
		Table:      people, Reading: a.spec(eventperson.Types), Sending: a.spec(eventperson.Types),
		IDKey: "user_key", Requires: []string{"user"}, Overlaps: true, Changed: (*entry).changed,
		Calls: resource.Calls[entry]{Get: a.getUser},
	}
	r.Page = a.sweep(r, a.places(), a.ahead.First, asShown).Page
	return r
}

// getUser fetches one user, which not every key may.
func (a *account) getUser(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error) {
	op += " user"
	if _, err := strconv.ParseUint(string(id), 10, 63); err != nil {
		return nil, wrong(connector.NotFound, op, "not an id", "")
	}
	raw, err := a.api.Fetch(ctx, rest.Call{Op: op, Path: "/user/" + string(id), Judge: judgeUser})
	if err != nil {
		return nil, err
	}
	var got struct {
		ID   json.Number     `json:"user_id"`
		User json.RawMessage `json:"user"`
	}
	if _ = json.Unmarshal(raw, &got); got.User != nil { // some calls wrap what they show
		raw = got.User
		_ = json.Unmarshal(raw, &got)
	}
	if got.ID.String() != string(id) {
		return nil, wrong(connector.Drifted, op, "another user has answered, or none", "")
	}
	return json.Marshal(map[string]any{"user_key": string(id), "user": raw})
}
