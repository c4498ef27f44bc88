package chatwoot

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/conversation"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/value"
)

// conversations are which conversations there are, to be read only. What was updated
// within an hour comes in one answer; a change that leaves no trace in the last
// activity can be missed only when more than that lies between two listings. All are
// listed in the order in which they began, which nothing moves.
func (a *account) conversations() *resource.Resource[talk] {
	return &resource.Resource[talk]{
		System: System,
		Collection: connector.Collection{
			Kind: conversation.Kind, Place: Conversations, View: "all", Scope: a.scope(), Complete: true,
			Refs: map[record.Field]connector.Ref{conversation.Person: {Kind: eventperson.Kind}},
		},
		Table: talks, Reading: func() value.Spec { return a.spec(conversation.Types) },
		IDKey: "id", NumberIDs: true, Check: (*talk).settle,
		Calls: resource.Calls[talk]{
			Get: a.talk,
			Paged: &resource.Paged{
				Orders: 1, // and how many are on a page is the server's setting
				Page: func(ctx context.Context, _, n int) (resource.Rows, error) {
					return a.talks(ctx, url.Values{"page": {strconv.Itoa(n)}, "sort_by": {"created_at_asc"}})
				},
				Since: &resource.Since{
					Overlap: 2 * time.Minute, Widest: time.Hour, Now: func() time.Time { return a.host.Now() },
					Within: func(ctx context.Context, window time.Duration) (resource.Rows, error) {
						seconds := int(window.Round(time.Second).Seconds()) + 1
						return a.talks(ctx, url.Values{"updated_within": {strconv.Itoa(seconds)}})
					},
					Latest: func(ctx context.Context, n int) (resource.Rows, error) {
						return a.talks(ctx, url.Values{"page": {strconv.Itoa(n)}, "sort_by": {"last_activity_at_desc"}})
					},
				},
			},
		},
	}
}

// talks lists conversations in all states and everybody's: left out, ChatWoot shows
// only those that are open.
func (a *account) talks(ctx context.Context, q url.Values) (resource.Rows, error) {
	const op = "list conversations"
	q.Set("status", "all")
	q.Set("assignee_type", "all")
	var answer struct {
		Data struct {
			Meta struct {
				Count *int `json:"all_count"`
			} `json:"meta"`
			Payload *[]json.RawMessage `json:"payload"`
		} `json:"data"`
	}
	got, err := a.do(ctx, rest.Call{Op: op, Path: a.path("/conversations"), Query: q, Into: &answer})
	if err != nil {
		return resource.Rows{}, err
	}
	if answer.Data.Payload == nil {
		return resource.Rows{}, a.api.Fault(connector.Drifted, op, "an answer without conversations", "")
	}
	rows := resource.Rows{Records: *answer.Data.Payload, Clock: got.Clock(), Evidence: connector.Evidence{SignedIn: true, Filters: true}}
	if n := answer.Data.Meta.Count; n != nil {
		rows.Evidence.Stated, rows.Evidence.Count = true, *n
	}
	for _, raw := range rows.Records {
		var t struct {
			Activity int64 `json:"last_activity_at"`
		}
		if json.Unmarshal(raw, &t) == nil && t.Activity > 0 {
			rows.Oldest = time.Unix(t.Activity, 0)
		}
	}
	return rows, nil
}

func (a *account) talk(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error) {
	var raw json.RawMessage
	err := a.named(ctx, rest.Call{Op: op + " conversation", Path: "/conversations/", Into: &raw}, id)
	return raw, err
}
