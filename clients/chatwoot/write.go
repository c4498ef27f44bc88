package chatwoot

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// unsent makes an error say that the write itself was not begun.
func unsent(err error) error {
	if e, ok := errors.AsType[*connector.Error](err); ok {
		e.Unsent = true
	}
	return err
}

// createContact makes a contact. ChatWoot has no upsert: where a value is taken
// the contact that has it is looked up, and taken over when it is nobody
// else's. So a second create after a lost answer doubles nothing.
func (a *account) createContact(ctx context.Context, want record.Fields) (connector.Item, error) {
	want = a.spec(eventperson.Types).Sent(want)
	if err := a.accepts(want); err != nil {
		return connector.Item{}, err
	}
	var c contact
	if err := a.encode(filled(want), parts{}, &c, "create"); err != nil {
		return connector.Item{}, err
	}
	if err := a.define(ctx); err != nil {
		return connector.Item{}, err
	}
	var answer struct {
		Payload *struct {
			Contact json.RawMessage `json:"contact"`
		} `json:"payload"`
	}
	_, err := a.api.Do(ctx, rest.Call{Op: "create", Method: http.MethodPost, Path: a.path("/contacts"), JSON: &c, Into: &answer})
	if connector.ClassOf(err) == connector.Rejected {
		return a.adopt(ctx, want, err)
	}
	if err != nil {
		return connector.Item{}, err
	}
	if answer.Payload == nil {
		return connector.Item{}, wrong(connector.Drifted, "create", "an answer without a contact", "")
	}
	p, err := a.written("create", answer.Payload.Contact, 0)
	return p.Item, err
}

// adopt takes over the contact that holds a unique value of want. Fields that
// we do not know keep what stands there.
func (a *account) adopt(ctx context.Context, want record.Fields, refused error) (connector.Item, error) {
	p, err := a.find(ctx, "adopt", want)
	if connector.ClassOf(err) == connector.NotFound {
		return connector.Item{}, refused // the value itself is at fault
	}
	if err != nil {
		return connector.Item{}, err
	}
	item, err := a.write(ctx, "adopt", p, taken(want))
	item.Adopted = true
	return item, err
}

// filled are the fields that have a value.
func filled(want record.Fields) record.Fields {
	out := want.Clone()
	maps.DeleteFunc(out, func(_ record.Field, v string) bool { return v == "" })
	return out
}

// taken is filled for a contact that is there already: whoever it was marked as
// deleted for, it is somebody's again.
func taken(want record.Fields) record.Fields {
	out := filled(want)
	out[eventperson.Deleted] = want[eventperson.Deleted]
	return out
}

// updateContact carries out a patch: one read, and one write if anything
// differs.
func (a *account) updateContact(ctx context.Context, id record.ExternalID, patch connector.Patch) (connector.Item, error) {
	item, err := a.patch(ctx, id, patch)
	if connector.ClassOf(err) == connector.NotFound {
		err = a.successor(ctx, patch, err)
	}
	return item, err
}

func (a *account) patch(ctx context.Context, id record.ExternalID, patch connector.Patch) (connector.Item, error) {
	p, fault, err := a.read(ctx, "update", id)
	if err != nil {
		return connector.Item{}, err
	}
	if fault != nil && p.Fields == nil {
		return connector.Item{}, wrong(connector.Drifted, "update", fault.Why, "")
	}
	patch.Set = a.spec(eventperson.Types).Sent(patch.Set)
	key, have := patch.Key[eventperson.ID], p.Fields[eventperson.ID]
	if key != "" && have != "" && have != key && have != patch.Set[eventperson.ID] {
		return connector.Item{}, wrong(connector.Stale, "update", "the contact is somebody else's now", "")
	}
	for f, set := range patch.Set {
		was, believed := patch.Was[f]
		if there, ok := p.Fields[f]; believed && ok && there != was && there != set {
			// Somebody has edited it since it was read: that must be seen first.
			return connector.Item{}, wrong(connector.Stale, "update", "the contact was edited meanwhile", f)
		}
	}
	return a.write(ctx, "update", p, patch.Set)
}

// write sends what differs of set, and nothing when nothing does.
func (a *account) write(ctx context.Context, op string, p person, set record.Fields) (connector.Item, error) {
	diff := record.Fields{}
	for _, f := range contacts.Writes() {
		v, ok := set[f]
		if have, known := p.Fields[f]; ok && (!known || have != v) {
			diff[f] = v
		}
	}
	if p.unmanaged {
		// The widget of somebody's own site knows the contact by it.
		delete(diff, eventperson.ID)
	}
	if len(diff) == 0 {
		return p.Item, nil
	}
	if err := a.accepts(diff); err != nil {
		return connector.Item{}, err
	}
	var c contact
	if err := a.encode(diff, p.wrote, &c, op); err != nil {
		return connector.Item{}, err
	}
	if err := a.define(ctx); err != nil {
		return connector.Item{}, err
	}
	var answer one
	_, err := a.api.Do(ctx, rest.Call{
		Op: op, Method: http.MethodPut, Path: a.path("/contacts/%d", p.id), JSON: &c, Into: &answer, Judge: a.judgeRecord,
	})
	if err != nil {
		return connector.Item{}, err
	}
	if answer.Payload == nil {
		return connector.Item{}, wrong(connector.Drifted, op, "an answer without a contact", "")
	}
	next, err := a.written(op, *answer.Payload, p.id)
	return next.Item, err
}

// encode puts fields on the wire. wrote are the parts of the name that stay
// where only one of them is given.
func (a *account) encode(fields record.Fields, wrote parts, c *contact, op string) error {
	err := contacts.Encode(fields, c, a.spec(eventperson.Types))
	if fault, ok := errors.AsType[*mapping.Error](err); ok {
		e := wrong(connector.Rejected, op, fault.Why, fault.Field)
		e.Unsent = true
		return e
	}
	first, named := fields[eventperson.FirstName]
	last, also := fields[eventperson.LastName]
	if !named {
		first = wrote.first
	}
	if !also {
		last = wrote.last
	}
	if named || also {
		c.Custom.FirstName, c.Custom.LastName = mapping.Of(first), mapping.Of(last)
		c.Name = mapping.Of(fullName(first, last))
	}
	if c.Additional.Country.Set {
		c.Additional.CountryCode = c.Additional.Country
	}
	return err
}

// written reads the answer to a write. It must be the contact that was written
// to, where there was one.
func (a *account) written(op string, raw json.RawMessage, id int64) (person, error) {
	p, fault := a.decode(raw)
	switch {
	case fault != nil:
		return p, wrong(connector.Drifted, op, fault.Why, fault.Field)
	case id != 0 && p.id != id:
		return p, wrong(connector.Stale, op, "another contact has answered", "")
	}
	return p, nil
}
