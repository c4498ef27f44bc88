package laposta

import (
	"context"
	"errors"
	"net/http"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
)

// create adds an entry. It never updates by itself: an address that is there
// already is adopted when the entry is the wanted one, and refused when it is
// somebody else's. So a second create after a lost answer doubles nothing.
func (l list) create(ctx context.Context, want record.Fields) (connector.Item, error) {
	if err := accepts(want); err != nil {
		return connector.Item{}, err
	}
	want = delivery.Sent(want)
	var m member
	if err := l.encode(want, &m, "create"); err != nil {
		return connector.Item{}, err
	}
	m.State = mapping.Value{} // a new entry is active
	var o object
	call := l.memberCall("create", http.MethodPost, "")
	m.form(call.Form)
	call.Form.Set("ip", l.cfg.IP)
	if l.cfg.SourceURL != "" {
		call.Form.Set("source_url", l.cfg.SourceURL)
	}
	call.Form.Set("options[suppress_reactivation]", "true")
	call.Form.Set("options[suppress_email_notification]", "true")
	call.Form.Set("options[ignore_doubleoptin]", "true")
	call.Into = &o
	_, err := l.api.Do(ctx, call)
	if id, ok := exists(err); ok {
		return l.adopt(ctx, id, want, err)
	}
	if err != nil {
		return connector.Item{}, err
	}
	return l.written("create", o, &m, want)
}

// adopt takes the entry that holds the wanted address. Who has opted out is
// returned as he stands.
func (l list) adopt(ctx context.Context, id string, want record.Fields, refused error) (connector.Item, error) {
	if id == "" {
		id = mailbox(want[subscriber.Email])
	}
	item, _, err := l.read(ctx, "adopt", id)
	switch {
	case err != nil && item.Fields == nil:
		return connector.Item{}, err
	case !ours(want, item.Fields):
		return connector.Item{}, refused
	case !optedOut(item.Fields[subscriber.State]):
		item, err = l.write(ctx, "adopt", item, want)
	}
	item.Adopted = true
	return item, err
}

// update carries out a patch: one read, and one write if anything differs.
func (l list) update(ctx context.Context, id record.ExternalID, p connector.Patch) (connector.Item, error) {
	item, _, err := l.read(ctx, "update", string(id))
	if err != nil && item.Fields == nil {
		return connector.Item{}, err
	}
	if another(p, item.Fields) {
		return connector.Item{}, l.wrong(connector.Stale, "update", "the entry is somebody else's now", "")
	}
	return l.write(ctx, "update", item, p.Set)
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

// write sends what differs of set, and nothing when nothing does. An entry
// that has opted out is held: it is answered as it stands, with Waiting; one
// whose state cannot be read may have.
func (l list) write(ctx context.Context, op string, item connector.Item, set record.Fields) (connector.Item, error) {
	set = delivery.Sent(set)
	diff := record.Fields{}
	for _, f := range members.Writes() {
		v, ok := set[f]
		if !ok {
			continue
		}
		if have, known := item.Fields[f]; !known || have != v {
			diff[f] = v
		}
	}
	if len(diff) == 0 {
		return item, nil
	}
	if optedOut(item.Fields[subscriber.State]) {
		return item, l.wrong(connector.Waiting, op, optedOutReason, "")
	}
	if _, bad := item.Unreadable[subscriber.State]; bad {
		return item, l.wrong(connector.Waiting, op, unknownState, "")
	}
	if state, ok := diff[subscriber.State]; ok && state != unsubscribed {
		// Only the subscriber himself can confirm; the rest can be written.
		if delete(diff, subscriber.State); len(diff) == 0 {
			return item, l.wrong(connector.Waiting, op, "not confirmed yet", "")
		}
	}
	if address, ok := diff[subscriber.Email]; ok && !validAddress(mailbox(address)) {
		return item, l.wrong(connector.Rejected, op, "not an address", subscriber.Email)
	}
	var m member
	if err := l.encode(diff, &m, op); err != nil {
		return item, err
	}
	var o object
	call := l.memberCall(op, http.MethodPost, string(item.ID))
	m.form(call.Form)
	call.Into = &o
	if _, err := l.api.Do(ctx, call); err != nil {
		return connector.Item{}, err
	}
	return l.written(op, o, &m, diff)
}

// encode puts fields on the wire. What does not fit is Rejected.
func (l list) encode(fields record.Fields, m *member, op string) error {
	err := members.Encode(fields, m, delivery)
	if fault, ok := errors.AsType[*mapping.Error](err); ok {
		e := l.wrong(connector.Rejected, op, fault.Why, fault.Field)
		e.Unsent = true
		return e
	}
	return err
}

// written reads the answer to a write. A field that was sent and does not come
// back was dropped: Laposta says nothing about names that it does not know
// (docs/systems/laposta.md, 2026-04).
func (l list) written(op string, o object, sent *member, fields record.Fields) (connector.Item, error) {
	item, got, fault := l.decode(o.Member)
	if fault != nil {
		return item, joined(l.wrong(connector.Drifted, op, fault.Why, fault.Field), fields)
	}
	for name, v := range sent.Custom {
		if there, ok := got.Custom[name]; !v.Set || v.Text == "" || ok && there.Set {
			continue
		}
		done := fields.Clone()
		delete(done, columns[name].field)
		return item, joined(l.wrong(connector.Rejected, op, "the field was dropped", columns[name].field), done)
	}
	return item, nil
}
