package chatwoot

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// getContact fetches one contact. One that cannot be read is Rejected.
func (a *account) getContact(ctx context.Context, id record.ExternalID) (connector.Item, error) {
	p, fault, err := a.read(ctx, "get", id)
	if err == nil && fault != nil {
		err = unreadable("get", fault)
	}
	return p.Item, err
}

// unreadable is the error for one record that cannot be read: it is that
// record's own fault, and others can be read.
func unreadable(op string, fault *connector.Fault) error {
	if fault.ID == "" {
		return wrong(connector.Drifted, op, fault.Why, fault.Field)
	}
	return wrong(connector.Rejected, op, fault.Why, fault.Field)
}

func (a *account) read(ctx context.Context, op string, id record.ExternalID) (person, *connector.Fault, error) {
	if !idForm.MatchString(string(id)) {
		return person{}, nil, wrong(connector.NotFound, op, "not an id of a contact", "")
	}
	var answer one
	_, err := a.api.Do(ctx, rest.Call{Op: op, Path: a.path("/contacts/%s", id), Into: &answer, Judge: a.judgeRecord})
	if err != nil {
		return person{}, nil, err
	}
	if answer.Payload == nil {
		return person{}, nil, wrong(connector.Drifted, op, "an answer without a contact", "")
	}
	p, fault := a.decode(*answer.Payload)
	if p.ID != "" && p.ID != id {
		return person{}, nil, wrong(connector.Drifted, op, "another contact has answered", "")
	}
	return p, fault, nil
}

// findContact looks a person's contact up: by identifier, else by address, else
// by phone. One that is another person's is Rejected, never returned.
func (a *account) findContact(ctx context.Context, want record.Fields) (connector.Item, error) {
	p, err := a.find(ctx, "find", want)
	return p.Item, err
}

// anothers is why a contact that was found is not taken.
const anothers = "the contact is another person's"

// natural are the fields by which a contact can be found, best first, and what
// they are at ChatWoot.
var natural = []struct {
	field     record.Field
	attribute string
}{
	{eventperson.ID, "identifier"},
	{eventperson.Email, "email"},
	{eventperson.Phone, "phone_number"},
}

// wire is a value of a natural field as it stands at ChatWoot.
func (a *account) wire(f record.Field, v string) (string, error) {
	v, _, err := a.spec(eventperson.Types).Canon(f, v)
	if err != nil || f != eventperson.ID {
		return v, err
	}
	return writeIdentifier(v)
}

func (a *account) find(ctx context.Context, op string, want record.Fields) (person, error) {
	for _, n := range natural {
		if want[n.field] == "" {
			continue
		}
		value, err := a.wire(n.field, want[n.field])
		if err != nil {
			return person{}, wrong(connector.Rejected, op, err.Error(), n.field)
		}
		hits, err := a.filter(ctx, op, n.field, n.attribute, value)
		if err == nil && len(hits) == 0 && n.field == eventperson.ID && want[eventperson.Email] == "" && want[eventperson.Phone] == "" {
			// With the feature crm_v2 no filter shows a contact that has an
			// identifier alone (docs/systems/chatwoot.md).
			hits, err = a.search(ctx, op, value)
		}
		switch {
		case err != nil:
			return person{}, err
		case len(hits) > 1:
			return person{}, wrong(connector.Rejected, op, "several contacts have it", n.field)
		case len(hits) == 0:
			continue
		}
		id, mine := hits[0].Fields[eventperson.ID], want[eventperson.ID]
		if id != "" && mine != "" && id != mine {
			return person{}, wrong(connector.Rejected, op, anothers, n.field)
		}
		return hits[0], nil
	}
	return person{}, wrong(connector.NotFound, op, "no contact of this person", "")
}

// filter returns the contacts that have just this value.
func (a *account) filter(ctx context.Context, op string, field record.Field, attribute, value string) ([]person, error) {
	var answer many
	_, err := a.api.Do(ctx, rest.Call{
		Op: op, Method: http.MethodPost, Path: a.path("/contacts/filter"), Query: url.Values{"page": {"1"}}, Into: &answer,
		JSON: map[string]any{"payload": []any{map[string]any{
			// The server puts a plus before a phone; older versions do so even where
			// there is one (filter_service.rb of contacts, seen 2026-11).
			"attribute_key": attribute, "filter_operator": "equal_to", "values": []string{strings.TrimPrefix(value, "+")},
		}}},
	})
	if err != nil {
		return nil, err
	}
	return a.exact(op, answer, field, value)
}

// search returns the contacts that have just this identifier. ChatWoot itself
// looks for it as a part of several texts.
func (a *account) search(ctx context.Context, op, identifier string) ([]person, error) {
	var answer many
	_, err := a.api.Do(ctx, rest.Call{
		Op: op, Path: a.path("/contacts/search"), Query: url.Values{"q": {identifier}}, Into: &answer,
	})
	if err != nil {
		return nil, err
	}
	return a.exact(op, answer, eventperson.ID, identifier)
}

// exact keeps the contacts whose value is the one that was asked for. A page of
// them is enough: the values are unique.
func (a *account) exact(op string, answer many, field record.Field, value string) ([]person, error) {
	if answer.Payload == nil {
		return nil, wrong(connector.Drifted, op, "an answer without contacts", "")
	}
	var hits []person
	for _, raw := range *answer.Payload {
		p, fault := a.decode(raw)
		if fault != nil && !a.has(raw, field, value) {
			continue
		}
		if fault != nil {
			return nil, wrong(connector.Drifted, op, fault.Why, fault.Field)
		}
		if a.has(raw, field, value) {
			hits = append(hits, p)
		}
	}
	return hits, nil
}

// has reports whether a contact as it came has a value.
func (a *account) has(raw json.RawMessage, field record.Field, value string) bool {
	var c contact
	if json.Unmarshal(raw, &c) != nil {
		return false
	}
	switch field {
	case eventperson.ID:
		return c.Identifier.Text == value
	case eventperson.Email:
		address, err := a.wire(field, c.Email.Text)
		return err == nil && address == value
	default:
		phone, err := a.wire(field, c.Phone.Text)
		return err == nil && phone == value
	}
}

// successor says what has become of a contact that is not there. Agents merge
// contacts, and so does the widget: the one that is left may carry the
// identifier, the address or the phone (docs/systems/chatwoot.md, "Merge").
// What is left of a merge with another person's contact is Rejected: that must
// be seen by somebody, and no contact be made anew.
func (a *account) successor(ctx context.Context, patch connector.Patch, gone error) error {
	want := record.Fields{}
	for _, n := range natural {
		for _, from := range []record.Fields{patch.Key, patch.Was, patch.Set} {
			if v := from[n.field]; v != "" && want[n.field] == "" {
				want[n.field] = v
			}
		}
	}
	p, err := a.find(ctx, "update", want)
	switch connector.ClassOf(err) {
	case connector.NotFound:
		return gone
	case connector.Rejected:
		if e, ok := errors.AsType[*connector.Error](err); ok && e.Why == anothers {
			e.Why = "remote-merged: " + e.Why
		}
	}
	if err != nil {
		return err
	}
	e := wrong(connector.NotFound, "update", "merged into another contact", "")
	e.Successor = p.ID
	return e
}
