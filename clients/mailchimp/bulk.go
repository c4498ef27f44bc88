package mailchimp

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

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

// bulkAnswer is its answer. What is wrong with one member is told here, beside
// a status of 200.
type bulkAnswer struct {
	New     *[]json.RawMessage `json:"new_members"`
	Updated []json.RawMessage  `json:"updated_members"`
	Errors  []bulkError        `json:"errors"`
}

type bulkError struct {
	Email string `json:"email_address"`
	Code  string `json:"error_code"`
	Text  string `json:"error"`
	Field string `json:"field"`
}

// addMany adds contacts whose addresses are not on the list, with their merge
// fields and tags in one call. One that is there is answered Transient and
// Unsent: nothing was done, it is to be created by itself.
func (a *audience) addMany(ctx context.Context, ops []connector.Op) ([]connector.Result, error) {
	const op = "add many"
	results := make([]connector.Result, len(ops))
	index := map[string]int{} // mailbox to op
	var body bulkBody
	now, err := a.settings(ctx)
	if err != nil {
		return nil, err
	}
	for i, one := range ops {
		m, err := a.newBulkMember(op, one.Want, now)
		box := mailbox(one.Want[eventperson.Email])
		if _, twice := index[box]; err == nil && twice {
			err = unsent(connector.Rejected, op, "the address is in the batch twice", eventperson.Email)
		}
		if err != nil {
			results[i].Err = err
			continue
		}
		index[box] = i
		body.Members = append(body.Members, m)
		// Until the answer names it, nobody knows.
		results[i].Err = wrong(connector.Transient, op, "not in the answer", "")
	}
	if len(body.Members) == 0 {
		return results, nil
	}
	var answer bulkAnswer
	err = a.do(ctx, rest.Call{
		Op: op, Method: http.MethodPost, Path: a.path(""), Query: lenient, JSON: body, Into: &answer, Timeout: longTimeout, Judge: noList,
	})
	if err != nil {
		return nil, err
	}
	if answer.New == nil {
		return nil, wrong(connector.Drifted, op, "an answer without the new members", "")
	}
	for _, raw := range append(*answer.New, answer.Updated...) {
		t, fault := a.decode(raw)
		if i, ok := index[t.address]; ok {
			results[i] = a.added(ctx, op, t, fault, ops[i].Want, now)
		}
	}
	for _, line := range answer.Errors {
		// The address has been seen in quotation marks.
		if i, ok := index[mailbox(strings.Trim(line.Email, `"`))]; ok {
			results[i] = connector.Result{Err: line.judge(op)}
		}
	}
	return results, nil
}

func (a *audience) newBulkMember(op string, want record.Fields, now setup) (bulkMember, error) {
	want = a.spec().Sent(want)
	if err := a.accepts(want); err != nil {
		return bulkMember{}, err
	}
	c, err := a.encode(op, want, now)
	if err != nil {
		return bulkMember{}, err
	}
	c.Status = mapping.Of(statusIfNew(want[eventperson.Consent], now.doubleOptIn))
	m := bulkMember{contact: *c}
	for _, name := range record.SetMembers(want[eventperson.Memberships]) {
		m.Tags = append(m.Tags, tagPrefix+name)
	}
	return m, nil
}

// added makes a member of the answer the result of an op. The description of
// 3.0.55 shows neither contact_id nor tags here, that of 2026 shows both: what
// is missing is asked for, or made good.
func (a *audience) added(ctx context.Context, op string, t there, fault *connector.Fault, want record.Fields, now setup) connector.Result {
	var err error
	switch {
	case fault != nil && fault.Why == noID:
		if t, err = a.read(ctx, op, hash(want[eventperson.Email])); err != nil {
			return connector.Result{Err: err}
		}
	case fault != nil:
		return connector.Result{Item: t.Item, Err: wrong(connector.Drifted, op, fault.Why, fault.Field)}
	}
	sent, err := a.encode(op, want, now)
	if err == nil {
		err = dropped(op, t, sent)
	}
	if err == nil {
		t, err = a.tag(ctx, op, t, want)
	}
	return connector.Result{Item: t.Item, Err: err}
}

// judge says what is wrong with one member of a bulk call.
func (b bulkError) judge(op string) error {
	switch {
	case b.Code == "ERROR_CONTACT_EXISTS":
		return unsent(connector.Transient, op, existsReason, "")
	case strings.Contains(b.Text, "compliance state"):
		return unsent(connector.Waiting, op, optedOutReason, "")
	case strings.Contains(b.Text, "permanently deleted"):
		return unsent(connector.Waiting, op, forgottenReason, "")
	}
	e := unsent(connector.Rejected, op, "refused in a bulk call", fieldOf(b.Field))
	if e.Field == "" && aboutAddress(b.Text) {
		e.Field = eventperson.Email
	}
	return e
}
