package chatwoot

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// natural are the fields by which a contact can be found, best first, what they are
// at ChatWoot, and where they stand.
var natural = []struct {
	field     record.Field
	attribute string
	of        func(contact) string
}{
	{eventperson.ID, "identifier", func(c contact) string { return c.Identifier.Text }},
	{eventperson.Email, "email", func(c contact) string { return c.Email.Text }},
	{eventperson.Phone, "phone_number", func(c contact) string { return c.Phone.Text }},
}

// search looks a person's contact up: by identifier, else by address, else by phone.
// One that is another person's is Rejected, never returned: somebody must see that,
// and no contact be made anew.
func (a *account) search(ctx context.Context, op string, want record.Fields) ([]json.RawMessage, error) {
	op += " contact"
	for _, n := range natural {
		if want[n.field] == "" {
			continue
		}
		value, _, err := a.spec(eventperson.Types).Canon(n.field, want[n.field])
		if err == nil && n.field == eventperson.ID {
			value, err = writeIdentifier(value)
		}
		if err != nil {
			return nil, a.api.Fault(connector.Rejected, op, err.Error(), n.field)
		}
		found, err := a.filter(ctx, op, n.attribute, value)
		if err == nil && len(found) == 0 && n.field == eventperson.ID && want[eventperson.Email] == "" && want[eventperson.Phone] == "" {
			// With the feature crm_v2 no filter shows a contact that has an
			// identifier alone (docs/systems/chatwoot.md).
			found, err = a.hits(ctx, rest.Call{Op: op, Path: a.path("/contacts/search"), Query: url.Values{"q": {value}}})
		}
		if err != nil {
			return nil, err
		}
		// ChatWoot passes over case, and looks for parts of texts.
		var hits []json.RawMessage
		for _, raw := range found {
			var c contact
			if json.Unmarshal(raw, &c) != nil || !a.is(n.field, n.of(c), value) {
				continue
			}
			if id := personOf(c.Identifier.Text); id != "" && want[eventperson.ID] != "" && id != want[eventperson.ID] {
				return nil, a.api.Fault(connector.Rejected, op, "the contact is another person's", n.field)
			}
			hits = append(hits, raw)
		}
		if len(hits) > 0 {
			return hits, nil
		}
	}
	return nil, nil
}

// is reports whether what stands at ChatWoot is a value.
func (a *account) is(f record.Field, there, value string) bool {
	if f == eventperson.ID {
		return there == value
	}
	canon, _, err := a.spec(eventperson.Types).Canon(f, there)
	return err == nil && canon == value
}

// mine is true of all that search returns.
func mine(_, _ record.Fields) bool { return true }

func (a *account) filter(ctx context.Context, op, attribute, value string) ([]json.RawMessage, error) {
	return a.hits(ctx, rest.Call{
		Op: op, Method: http.MethodPost, Path: a.path("/contacts/filter"), Query: url.Values{"page": {"1"}},
		JSON: map[string]any{"payload": []any{map[string]any{
			// The server puts a plus before a phone; older versions do so even where
			// there is one (filter_service.rb of contacts, seen 2026-11).
			"attribute_key": attribute, "filter_operator": "equal_to", "values": []string{strings.TrimPrefix(value, "+")},
		}}},
	})
}

// hits returns the first page, which is enough: the values are unique.
func (a *account) hits(ctx context.Context, call rest.Call) ([]json.RawMessage, error) {
	var answer many
	call.Into = &answer
	if _, err := a.do(ctx, call); err != nil {
		return nil, err
	}
	if answer.Payload == nil {
		return nil, a.api.Fault(connector.Drifted, call.Op, "an answer without contacts", "")
	}
	return *answer.Payload, nil
}
