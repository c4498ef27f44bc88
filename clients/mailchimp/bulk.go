package mailchimp

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// bulkBody is the body of the bulk call. It never updates: that would set the
// status of those who are there as well (docs/systems/mailchimp.md, "Upsert
// rules").
type bulkBody struct {
	Members []bulkMember `json:"members"`
	Update  bool         `json:"update_existing"`
}

type bulkMember struct {
	contact

	Tags []string `json:"tags,omitempty"`
}

// bulkError is what is wrong with one member, beside a status of 200.
type bulkError struct {
	Email string `json:"email_address"`
	Code  string `json:"error_code"`
	Text  string `json:"error"`
	Field string `json:"field"`
}

// addMany adds contacts whose addresses are not on the list, with their merge
// fields and tags in one call.
func (a *audience) addMany(ctx context.Context, op string, all []*contact) (map[int]resource.Answer, error) {
	now, err := a.settings(ctx)
	if err != nil {
		return nil, err
	}
	var doubtful map[string]bool
	if slices.ContainsFunc(all, func(c *contact) bool { return c.Status.Text == subscribed }) {
		if !now.left { // somebody may have, since it was asked
			now, err = a.ask(ctx, leftAge)
		}
		if err == nil && now.left {
			doubtful, err = a.doubtful(ctx)
		}
		if err != nil {
			return nil, err
		}
	}
	index := map[string]int{} // mailbox to contact
	var body bulkBody
	for i, c := range all {
		c.complete()
		now.fit(c)
		m := bulkMember{contact: *c}
		m.Status = mapping.Of(statusIfNew(c.Status.Text, now.doubleOptIn || doubtful[hash(c.Email.Text)]))
		for _, name := range record.SetMembers(c.Ours.Text) {
			m.Tags = append(m.Tags, tagPrefix+name)
		}
		c.Status = mapping.Value{} // who is asked to confirm shows none
		index[mailbox(c.Email.Text)] = i
		body.Members = append(body.Members, m)
	}
	var answer struct {
		New     *[]json.RawMessage `json:"new_members"`
		Updated []json.RawMessage  `json:"updated_members"`
		Errors  []bulkError        `json:"errors"`
	}
	err = a.do(ctx, rest.Call{
		Op: op, Method: http.MethodPost, Path: a.path(""), Query: lenient, JSON: body, Into: &answer, Timeout: longTimeout, Judge: noList,
	})
	switch {
	case err != nil:
		return nil, err
	case answer.New == nil:
		return nil, wrong(connector.Drifted, op, "an answer without the new members", "")
	}
	out := map[int]resource.Answer{}
	for _, raw := range append(*answer.New, answer.Updated...) {
		if i, ok := index[mailbox(read(raw).Email.Text)]; ok {
			raw, err := a.added(ctx, op, raw, all[i])
			out[i] = resource.Answer{Record: raw, Err: err}
		}
	}
	for _, line := range answer.Errors {
		// The address has been seen in quotation marks.
		if i, ok := index[mailbox(strings.Trim(line.Email, `"`))]; ok {
			out[i] = resource.Answer{Err: line.judge(op)}
		}
	}
	return out, nil
}

// added makes good what the answer does not show: the description of 3.0.55 has
// neither contact_id nor tags here, that of 2026 both.
func (a *audience) added(ctx context.Context, op string, raw json.RawMessage, sent *contact) (json.RawMessage, error) {
	if read(raw).ContactID == "" {
		var err error
		if raw, err = a.fetch(ctx, op, hash(sent.Email.Text)); err != nil {
			return nil, err
		}
	}
	if err := a.contacts.Lost(op, sent.Merge, read(raw).Merge); err != nil {
		return nil, err
	}
	return a.tag(ctx, op, raw, sent.Ours)
}

// judge says what is wrong with one member of a bulk call. One that is there already
// is to be created by itself.
func (b bulkError) judge(op string) error {
	switch {
	case b.Code == "ERROR_CONTACT_EXISTS":
		return unsent(connector.Transient, op, existsReason, "")
	case strings.Contains(b.Text, "compliance state"):
		return unsent(connector.Waiting, op, optedOutReason, "")
	case strings.Contains(b.Text, "permanently deleted"):
		return unsent(connector.Waiting, op, forgottenReason, "")
	case tooOften(b.Text):
		return unsent(connector.Waiting, op, tooOftenReason, "")
	}
	e := unsent(connector.Rejected, op, "refused in a bulk call", fieldOf(b.Field))
	if e.Field == "" && aboutAddress(b.Text) {
		e.Field = eventperson.Email
	}
	return e
}
