package laposta

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
)

// create adds an entry, active. It never updates by itself: an address that is there
// already is refused.
func (l list) create(ctx context.Context, op string, m *member) (json.RawMessage, error) {
	if err := l.unasked(op, m); err != nil {
		return nil, err
	}
	m.State = mapping.Value{}
	call := l.memberCall(op, http.MethodPost, "")
	m.form(call.Form)
	call.Form.Set("ip", l.cfg.IP)
	if l.cfg.SourceURL != "" {
		call.Form.Set("source_url", l.cfg.SourceURL)
	}
	call.Form.Set("options[suppress_reactivation]", "true")
	call.Form.Set("options[suppress_email_notification]", "true")
	call.Form.Set("options[ignore_doubleoptin]", "true")
	var o object
	call.Into = &o
	_, err := l.api.Do(ctx, call)
	return o.Member, err
}

// unasked holds back a new entry for somebody who has not confirmed. The API makes no
// entry that waits: ignore_doubleoptin makes it active, and without it a list that asks
// for a confirmation mails the person, and any other list makes it active all the same.
func (l list) unasked(op string, m *member) error {
	if m.State.Text != unconfirmed {
		return nil
	}
	e := l.wrong(connector.Waiting, op, notConfirmed, "")
	e.Unsent = true
	return e
}

func (l list) update(ctx context.Context, op string, id record.ExternalID, c resource.Change[member]) (json.RawMessage, error) {
	call := l.memberCall(op, http.MethodPost, string(id))
	c.Set.form(call.Form)
	var o object
	call.Into = &o
	_, err := l.api.Do(ctx, call)
	return o.Member, err
}

// another reports whether an entry is not the one that the patch means. Only
// what the patch itself is about to change may differ from the key.
func another(p connector.Patch, have record.Fields) bool {
	differs := func(f record.Field, same func(string) string) bool {
		key, known := p.Key[f]
		there := same(have[f])
		if !known || key == "" || there == "" || there == same(key) {
			return false
		}
		next, changing := p.Set[f]
		return !changing || there != same(next)
	}
	if p.Key[subscriber.RelationCode] != "" && have[subscriber.RelationCode] != "" {
		return differs(subscriber.RelationCode, person.NormalCode)
	}
	return differs(subscriber.Email, mailbox)
}

// holds leaves an entry that has opted out as it stands, and one whose state cannot
// be read: it may have. Only the subscriber can confirm; the rest can be written.
func (l list) holds(op string, item connector.Item, set record.Fields) error {
	_, unknown := item.Unreadable[subscriber.State]
	switch out := optedOut(item.Fields[subscriber.State]); {
	case out && op == "adopt":
		clear(set) // it is taken as it stands
		return nil
	case out:
		return l.wrong(connector.Waiting, op, optedOutReason, "")
	case unknown:
		return l.wrong(connector.Waiting, op, unknownState, "")
	}
	if state, ok := set[subscriber.State]; ok && state != unsubscribed {
		if delete(set, subscriber.State); len(set) == 0 {
			return l.wrong(connector.Waiting, op, notConfirmed, "")
		}
	}
	if address, ok := set[subscriber.Email]; ok && !validAddress(mailbox(address)) {
		return l.wrong(connector.Rejected, op, "not an address", subscriber.Email)
	}
	return nil
}
