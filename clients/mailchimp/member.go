package mailchimp

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// get fetches one contact. One that is archived is gone: archiving is how this
// system deletes.
func (a *audience) get(ctx context.Context, id record.ExternalID) (connector.Item, error) {
	t, err := a.read(ctx, "get", string(id))
	if err != nil {
		return t.Item, err
	}
	return t.Item, t.gone("get")
}

// read fetches one contact in any status, with all of our tags.
func (a *audience) read(ctx context.Context, op, id string) (there, error) {
	var raw json.RawMessage
	if err := a.do(ctx, rest.Call{Op: op, Path: a.of(id), Into: &raw}); err != nil {
		return there{}, err
	}
	t, fault := a.decode(raw)
	if fault != nil {
		return t, wrong(connector.Drifted, op, fault.Why, fault.Field)
	}
	if t.cut {
		all, err := a.allTags(ctx, op, t)
		if err != nil {
			return t, err
		}
		t.tagged(all)
	}
	return t, nil
}

// find looks a contact up by its address, in all its statuses but archived. One
// that is somebody else's is NotFound: there is none of ours.
func (a *audience) find(ctx context.Context, want record.Fields) (connector.Item, error) {
	address := mailbox(want[eventperson.Email])
	if !validAddress(address) {
		return connector.Item{}, wrong(connector.Rejected, "find", "not an address", eventperson.Email)
	}
	t, err := a.read(ctx, "find", hash(address))
	switch {
	case err != nil:
		return connector.Item{}, err
	case unmanaged(t, want[eventperson.ID]):
		return connector.Item{}, wrong(connector.NotFound, "find", "the address is somebody else's", "")
	}
	return t.Item, t.gone("find")
}

// foreign reports whether a contact is tied to another person than the one with
// the id. One without an id is free.
func unmanaged(t there, id string) bool {
	held := t.Fields[eventperson.ID]
	return held != "" && held != id
}

// delete archives a contact. One that is archived already, or has bounced, is
// left as it is: MailChimp archives neither. One who has not confirmed yet is
// unsubscribed first, for the same reason.
func (a *audience) delete(ctx context.Context, id record.ExternalID) error {
	err := a.archive(ctx, id)
	if !is(err, connector.Waiting) {
		return err
	}
	t, readErr := a.read(ctx, "delete", string(id))
	switch {
	case is(readErr, connector.NotFound):
		return nil
	case readErr != nil:
		return readErr
	case t.status == archived || t.status == cleaned:
		return nil
	case t.status != pending:
		return err
	}
	var c contact
	c.Status.Set, c.Status.Text = true, unsubscribed
	if _, err := a.patch(ctx, "delete", id, &c); err != nil {
		if is(err, connector.NotFound) {
			return nil
		}
		return err
	}
	return a.archive(ctx, id)
}

// archive is one call. A contact that is not there is done; one that MailChimp
// does not archive is Waiting.
func (a *audience) archive(ctx context.Context, id record.ExternalID) error {
	err := a.silent(ctx, rest.Call{
		Op: "delete", Method: http.MethodDelete, Path: a.of(string(id)),
		Judge: func(status int, body []byte) *connector.Error {
			if status == http.StatusMethodNotAllowed {
				return &connector.Error{Class: connector.Waiting, Why: "cannot be archived", Unsent: true}
			}
			return judge(status, body)
		},
	})
	if is(err, connector.NotFound) {
		return nil
	}
	return err
}

// silent makes a call whose answer has no body (204). A page in its place is no
// answer.
func (a *audience) silent(ctx context.Context, call rest.Call) error {
	var raw rest.Raw
	call.Into = &raw
	if err := a.do(ctx, call); err != nil {
		return err
	}
	if len(raw.Bytes) > 0 {
		return wrong(connector.Drifted, call.Op, "a body where there should be none", "")
	}
	return nil
}
