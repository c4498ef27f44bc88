package mailchimp

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// lenient asks MailChimp to take a contact without the merge fields that an
// operator has made compulsory in his forms.
var lenient = url.Values{"skip_merge_validation": {"true"}}

// create adds a contact, or brings one back from the archive. An address that
// is on the list already is adopted when it is this person's or nobody's, with
// the consent that stands there, and refused when it is somebody else's. So a
// second create after a lost answer doubles nothing.
func (a *audience) create(ctx context.Context, want record.Fields) (connector.Item, error) {
	want = a.spec().Sent(want)
	if err := a.accepts(want); err != nil {
		return connector.Item{}, err
	}
	t, err := a.read(ctx, "create", hash(want[eventperson.Email]))
	switch {
	case is(err, connector.NotFound) || err == nil && t.status == archived:
		t, err = a.put(ctx, "create", want, "")
		return t.Item, err
	case err != nil:
		return connector.Item{}, err
	case unmanaged(t, want[eventperson.ID]):
		return connector.Item{}, unsent(connector.Rejected, "create", "the address is somebody else's", eventperson.Email)
	}
	item, err := a.write(ctx, "adopt", t, want)
	item.Adopted = true
	return item, err
}

// put is the upsert by the address's hash, and the tags, which it would pass
// over. The status of a contact that is there changes only where one is given.
func (a *audience) put(ctx context.Context, op string, want record.Fields, status string) (there, error) {
	now, err := a.settings(ctx)
	if err != nil {
		return there{}, err
	}
	c, err := a.encode(op, want, now)
	if err != nil {
		return there{}, err
	}
	c.StatusIfNew = mapping.Of(statusIfNew(want[eventperson.Consent], now.doubleOptIn))
	if status != "" {
		c.Status, c.StatusIfNew = mapping.Of(status), mapping.Of(status)
	}
	var raw json.RawMessage
	err = a.do(ctx, rest.Call{
		Op: op, Method: http.MethodPut, Path: a.of(hash(want[eventperson.Email])), Query: lenient, JSON: c, Into: &raw, Judge: noList,
	})
	if err != nil {
		return there{}, err
	}
	t, err := a.written(ctx, op, raw, c)
	if err != nil {
		return t, err
	}
	return a.tag(ctx, op, t, want)
}

// update carries out a patch: one read, and what differs of it written.
func (a *audience) update(ctx context.Context, id record.ExternalID, p connector.Patch) (connector.Item, error) {
	t, err := a.read(ctx, "update", string(id))
	if err == nil {
		err = t.gone("update")
	}
	if err != nil {
		return connector.Item{}, err
	}
	if key := p.Key[eventperson.ID]; key != "" && unmanaged(t, key) {
		return connector.Item{}, unsent(connector.Stale, "update", "the contact is somebody else's now", "")
	}
	return a.write(ctx, "update", t, p.Set)
}

// write sends what differs of set, and nothing when nothing does. A contact whose
// status cannot be read may have opted out: it is held.
func (a *audience) write(ctx context.Context, op string, t there, set record.Fields) (connector.Item, error) {
	set = a.spec().Sent(set)
	if address, ok := set[eventperson.Email]; ok {
		switch address = mailbox(address); {
		case address == "" && len(set) == 1:
			return a.release(ctx, op, t)
		case address == "":
			return t.Item, unsent(connector.Waiting, op, noMailReason, "")
		case !validAddress(address):
			return t.Item, unsent(connector.Rejected, op, "not an address", eventperson.Email)
		}
	}
	if _, bad := t.Unreadable[eventperson.Consent]; bad {
		return t.Item, unsent(connector.Waiting, op, "its status cannot be read", "")
	}
	c, now, err := a.differing(ctx, op, t, set)
	if err != nil {
		return t.Item, err
	}
	var held error
	if !c.empty() {
		next, err := a.patch(ctx, op, t.ID, c)
		if is(err, connector.Waiting) && c.Status.Set {
			// He may not be subscribed; the rest can be written.
			held, c.Status = err, mapping.Value{}
			if next, err = t, nil; !c.empty() {
				next, err = a.patch(ctx, op, t.ID, c)
			}
		}
		if is(err, connector.Rejected) && c.Email.Set {
			return a.moved(ctx, op, t, set, now, err)
		}
		if err != nil {
			return next.Item, err
		}
		t = next
	}
	t, err = a.tag(ctx, op, t, set)
	if err == nil {
		err = held
	}
	return t.Item, err
}

// differing puts on the wire what a contact does not hold yet. What it holds is
// compared in the form in which it reads back.
func (a *audience) differing(ctx context.Context, op string, t there, set record.Fields) (*contact, setup, error) {
	back, err := a.normal(set)
	if err != nil {
		return nil, setup{}, refused(op, err)
	}
	diff := record.Fields{}
	for f, v := range back {
		if have, known := t.Fields[f]; !known || have != v {
			diff[f] = set[f]
		}
	}
	_, asked := set[eventperson.Consent]
	asked = asked && newStatus(set[eventperson.Consent], t.status, false) != ""
	if len(diff) == 0 && !asked {
		return &contact{}, setup{}, nil
	}
	now, err := a.settings(ctx)
	if err != nil {
		return nil, setup{}, err
	}
	c, err := a.encode(op, diff, now)
	if err != nil {
		return nil, setup{}, err
	}
	if asked {
		c.Status = mapping.Of(newStatus(set[eventperson.Consent], t.status, now.doubleOptIn))
	}
	return c, now, nil
}

// patch changes what is sent of a contact.
func (a *audience) patch(ctx context.Context, op string, id record.ExternalID, c *contact) (there, error) {
	var raw json.RawMessage
	err := a.do(ctx, rest.Call{Op: op, Method: http.MethodPatch, Path: a.of(string(id)), Query: lenient, JSON: c, Into: &raw})
	if err != nil {
		return there{}, err
	}
	return a.written(ctx, op, raw, c)
}

// encode puts fields on the wire. A list without a field for phones gets none.
func (a *audience) encode(op string, set record.Fields, now setup) (*contact, error) {
	if !now.phone {
		set = set.Clone()
		delete(set, eventperson.Phone)
	}
	var c contact
	if err := table.Encode(set, &c, a.spec()); err != nil {
		return nil, refused(op, err)
	}
	return &c, nil
}

// refused is a value that does not fit.
func refused(op string, err error) error {
	if fault, ok := errors.AsType[*mapping.Error](err); ok {
		return unsent(connector.Rejected, op, fault.Why, fault.Field)
	}
	return err
}

// written reads the answer to a write. A merge field that was sent and does not
// come back was dropped (docs/systems/mailchimp.md, "Upsert rules").
func (a *audience) written(ctx context.Context, op string, raw json.RawMessage, sent *contact) (there, error) {
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
	return t, dropped(op, t, sent)
}

func dropped(op string, t there, sent *contact) error {
	var lost []record.Field
	for name, v := range sent.Merge {
		if got := t.merge[name]; v.Set && v.Text != "" && (got == nil || !got.Set) {
			lost = append(lost, columns[name].field)
		}
	}
	if len(lost) == 0 {
		return nil
	}
	return wrong(connector.Drifted, op, "the list has no merge field for it any more", slices.Min(lost))
}
