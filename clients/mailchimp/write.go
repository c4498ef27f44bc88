package mailchimp

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
)

// lenient asks MailChimp to take a contact without the merge fields that an
// operator has made compulsory in his forms.
var lenient = url.Values{"skip_merge_validation": {"true"}}

// create adds a contact, or brings one back from the archive.
func (a *audience) create(ctx context.Context, op string, c *contact) (json.RawMessage, error) {
	c.complete()
	there := &contact{}
	if c.Status.Text == subscribed {
		var err error
		if there, err = a.at(ctx, op, c.Email.Text); err != nil {
			return nil, err
		}
	}
	return a.put(ctx, op, c, "", there)
}

// put is the upsert by the address's hash, and the tags, which it would pass
// over. The status of a contact that is there changes only where one is given.
func (a *audience) put(ctx context.Context, op string, c *contact, status string, there *contact) (json.RawMessage, error) {
	now, err := a.settings(ctx)
	if err != nil {
		return nil, err
	}
	now.fit(c)
	c.StatusIfNew, c.Status = mapping.Of(statusIfNew(c.Status.Text, now.doubleOptIn || there.mayHaveOptedOut())), mapping.Value{}
	if status != "" {
		c.Status, c.StatusIfNew = mapping.Of(status), mapping.Of(status)
	}
	raw, err := a.send(ctx, op, http.MethodPut, hash(c.Email.Text), c)
	if err != nil {
		return nil, err
	}
	return a.tag(ctx, op, raw, c.Ours)
}

// mayHaveOptedOut reports whether a contact was archived without being anybody's. Its
// status before is not shown any more, and MailChimp need not refuse to subscribe it
// again: its person is asked. What we archive ourselves has not opted out.
func (c *contact) mayHaveOptedOut() bool { return c.status == archived && c.person() == "" }

// update changes what is sent of a contact, and ends what a move before this one has
// made of it at an address that is not its own any more. Who has opted out there has
// opted out.
func (a *audience) update(ctx context.Context, op string, _ record.ExternalID, ch resource.Change[contact]) (json.RawMessage, error) {
	left, err := a.leftBehind(ctx, op, ch)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(left, func(c *contact) bool { return c.status == unsubscribed }) {
		ch.Set.Status = mapping.Of(unsubscribed)
	}
	raw, held := a.change(ctx, op, ch)
	if held != nil && raw == nil {
		return nil, held
	}
	for _, c := range left {
		if err := a.leave(ctx, op, c); err != nil && !is(err, connector.NotFound) {
			return nil, err
		}
	}
	return raw, held
}

// change changes what is sent of a contact. Who may not be subscribed gets the rest.
func (a *audience) change(ctx context.Context, op string, ch resource.Change[contact]) (json.RawMessage, error) {
	now, err := a.settings(ctx)
	if err != nil {
		return nil, err
	}
	set, raw, stated := ch.Set, ch.Now.raw, ch.Set.Status
	now.fit(set)
	if set.Status.Set {
		status := newStatus(set.Status.Text, ch.Now.status, now.doubleOptIn)
		set.Status = mapping.Value{Set: status != "", Text: status}
	}
	switch {
	case set.empty() && !set.Ours.Set:
		return nil, nil
	case set.Email.Set && set.Email.Text == "":
		return a.release(ctx, op, ch)
	case set.Email.Set && ch.Now.status != subscribed:
		return a.move(ctx, op, ch, stated)
	}
	var held error
	if !set.empty() {
		raw, err = a.send(ctx, op, http.MethodPatch, ch.Now.ContactID, set)
		if is(err, connector.Waiting) && set.Status.Set {
			held, set.Status, raw, err = err, mapping.Value{}, ch.Now.raw, nil
			if !set.empty() {
				raw, err = a.send(ctx, op, http.MethodPatch, ch.Now.ContactID, set)
			}
		}
		if is(err, connector.Rejected) && set.Email.Set {
			return a.merge(ctx, op, ch, stated, err)
		}
		if err != nil {
			return nil, err
		}
	}
	if raw, err = a.tag(ctx, op, raw, set.Ours); err != nil {
		return nil, err
	}
	set.Status = mapping.Value{} // who is asked to confirm shows none
	return raw, held
}

// merge goes on after a change of address was refused: there may be a contact with
// the new one already, be it in the archive.
func (a *audience) merge(ctx context.Context, op string, ch resource.Change[contact], stated mapping.Value, refusal error) (json.RawMessage, error) {
	other, err := a.at(ctx, op, ch.Set.Email.Text)
	switch {
	case err != nil:
		return nil, err
	case other.ContactID == "", other.ContactID == ch.Now.ContactID:
		return nil, refusal // the address itself was refused
	}
	return a.move(ctx, op, ch, stated)
}

// send writes a contact by its contact_id or hash. A merge field that was sent and
// does not come back was dropped (docs/systems/mailchimp.md, "Upsert rules").
func (a *audience) send(ctx context.Context, op, method, id string, c *contact) (json.RawMessage, error) {
	var raw json.RawMessage
	call := rest.Call{Op: op, Method: method, Path: a.of(id), Query: lenient, JSON: c, Into: &raw}
	if method == http.MethodPut {
		call.Judge = noList
	}
	if err := a.do(ctx, call); err != nil {
		return nil, err
	}
	if err := a.contacts.Lost(op, c.Merge, read(raw).Merge); err != nil {
		return nil, err
	}
	return a.whole(ctx, op, raw)
}

// delete archives a contact. One that is archived already, or has bounced, is left as
// it is: MailChimp archives neither. One that has opted out is nobody's in the archive,
// which does not show that it has: see mayHaveOptedOut.
func (a *audience) delete(ctx context.Context, op string, id record.ExternalID) error {
	raw, err := a.fetch(ctx, op, string(id))
	if err != nil {
		return err
	}
	switch read(raw).Status.Text {
	case archived, cleaned:
		return nil
	case unsubscribed:
		if err := a.untie(ctx, op, string(id)); err != nil {
			return err
		}
	}
	return a.shelve(ctx, op, id)
}

// erase deletes a contact for good, also one in the archive: by hand alone its address
// comes back. The call takes the address's hash and no other id
// (docs/systems/mailchimp.md, "Calls", 2026-11).
func (a *audience) erase(ctx context.Context, op string, id record.ExternalID, mine func(json.RawMessage) error) error {
	raw, err := a.fetch(ctx, op, string(id))
	if err == nil {
		err = mine(raw)
	}
	if err != nil {
		return err
	}
	return a.silent(ctx, rest.Call{Op: op, Method: http.MethodPost, Path: a.of(hash(read(raw).Email.Text)) + "/actions/delete-permanent"})
}

// shelve archives a contact, or leaves it as delete does. One who has not confirmed
// yet cannot be archived either, and is not asked any more; unless it is asked since it
// has opted out, it is no opt-out.
func (a *audience) shelve(ctx context.Context, op string, id record.ExternalID) error {
	err := a.putAway(ctx, op, id)
	if !is(err, connector.Waiting) {
		return err
	}
	raw, readErr := a.fetch(ctx, op, string(id))
	if readErr != nil {
		return readErr
	}
	switch c := read(raw); c.Status.Text {
	case archived, cleaned:
		return nil
	case pending:
		for _, status := range []string{transactional, unsubscribed} {
			to := mapping.Of(status) // which a PATCH does not take of both
			_, err = a.send(ctx, op, http.MethodPut, hash(c.Email.Text), &contact{Email: c.Email, Status: to, StatusIfNew: to})
			if !is(err, connector.Waiting) {
				break
			}
		}
		if err == nil {
			err = a.putAway(ctx, op, id)
		}
	}
	return err
}

// putAway archives in one call. A contact that MailChimp does not archive is Waiting.
func (a *audience) putAway(ctx context.Context, op string, id record.ExternalID) error {
	return a.silent(ctx, rest.Call{
		Op: op, Method: http.MethodDelete, Path: a.of(string(id)),
		Judge: func(status int, body []byte) *connector.Error {
			if status == http.StatusMethodNotAllowed {
				return &connector.Error{Class: connector.Waiting, Why: "cannot be archived", Unsent: true}
			}
			return judge(status, body)
		},
	})
}

// silent makes a call whose answer has no body (204). A page in its place is no
// answer.
func (a *audience) silent(ctx context.Context, call rest.Call) error {
	var raw rest.Raw
	call.Into = &raw
	err := a.do(ctx, call)
	if err == nil && len(raw.Bytes) > 0 {
		err = wrong(connector.Drifted, call.Op, "a body where there should be none", "")
	}
	return err
}
