package freescout

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/customer"
)

// orders are those in which the customers are read. Many are made in the same second
// where they were imported, and rank alike.
var orders = []string{"createdAt", "lastName", "updatedAt"}

// resource is the customers as the kit takes them. There is no delete. Two that are
// written at once could ask for one address: there is one write at a time.
func (d *desk) resource() *resource.Resource[contact] {
	return &resource.Resource[contact]{
		System: System,
		Collection: connector.Collection{
			Kind: customer.Kind, Place: Customers, View: "all", Complete: true, Parallel: 1,
			Required: []record.Field{customer.RelationCode, customer.Email}, Assigns: []record.Field{customer.HelpdeskID},
		},
		Table: d.cfg.table(), Reading: spec, Sending: spec,
		IDKey: "id", NumberIDs: true, Requires: []string{"_embedded"}, Ready: d.ready, Merges: true,
		// A search shows whom it may be alone, see there.
		Mine: func(_, _ record.Fields) bool { return true },
		// A create with an address that somebody has may fill that customer's fields.
		WritesOver: customer.Email, Exists: func(err error) (record.ExternalID, bool) { return "", errors.Is(err, errTaken) },
		Calls: resource.Calls[contact]{
			Paged: &resource.Paged{Orders: len(orders), Page: func(ctx context.Context, order, n int) (resource.Rows, error) {
				return d.page(ctx, "list", Customers, n, d.cfg.page, url.Values{"sortField": {orders[order]}, "sortOrder": {"asc"}})
			}},
			Get: d.get, Search: d.search, Create: d.create, Update: d.update,
		},
	}
}

// get fetches one customer. One that was merged into another is not there.
func (d *desk) get(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error) {
	return d.api.Fetch(ctx, rest.Call{Op: op, Path: "/api/customers/" + string(id)})
}

// few is how many customers are looked at whom a search for one address shows.
const few = 20

// holders returns who has an address, whole. A search may show more than it was asked
// for, and is believed only as far as the customers themselves show the address. The
// error of one who may not have it ends the search.
func (d *desk) holders(ctx context.Context, op, address string, may func(*contact) error) (all []json.RawMessage, err error) {
	rows, err := d.page(ctx, op, Customers, 1, few, url.Values{"email": {address}})
	if err != nil {
		return nil, err
	}
	if rows.Evidence.Count > len(rows.Records) {
		return nil, d.api.Fault(connector.Drifted, op, "a search for one address shows more customers than can be looked at", "")
	}
	for _, row := range rows.Records {
		item, _, _ := d.customers.Decode(row) // its fault is told when it is read
		c, raw, err := d.customers.Fetch(ctx, op, item.ID)
		if connector.ClassOf(err) == connector.NotFound || err == nil && !c.has(address) {
			continue // gone meanwhile, or shown for something else
		}
		if err == nil {
			err = may(c)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, raw)
	}
	return all, nil
}

// search looks for the customer who has a member's address. It is the member's who has
// their relation code, or none and the same name; any other is somebody else's, whom a
// person is to look at.
func (d *desk) search(ctx context.Context, op string, want record.Fields) ([]json.RawMessage, error) {
	if want[customer.Email] == "" {
		return nil, nil
	}
	return d.holders(ctx, op, want[customer.Email], func(c *contact) error {
		switch code := c.code(d.cfg.FieldPublicPersonID); {
		case code != "" && code != customer.Key(want):
			return d.api.Fault(connector.Rejected, op, "the customer with this address is another member's", customer.Email)
		case code == "" && !customer.SameName(want, c.name()):
			return d.api.Fault(connector.Rejected, op,
				"a customer with another name has this address: write the relation code into its customer field, where it is the member's", customer.Email)
		}
		return nil
	})
}

// create makes a customer, writes its fields and looks at it. Where it breaks off
// between the two the search finds it by its name.
func (d *desk) create(ctx context.Context, op string, c *contact) (json.RawMessage, error) {
	body := c.body()
	body["emails"] = []map[string]string{{"value": c.Email.Text, "type": "home"}}
	got, err := d.api.Do(ctx, rest.Call{Op: op, Method: http.MethodPost, Path: "/api/customers", JSON: body, Into: rest.Nothing})
	if err != nil {
		return nil, err
	}
	id := cmp.Or(got.Header.Get("Resource-ID"), path.Base(got.Header.Get("Location")))
	now, _, err := d.customers.Written(ctx, op, record.ExternalID(id))
	if err != nil {
		return nil, resource.Made(err)
	}
	if !now.has(c.Email.Text) || now.code(d.cfg.FieldPublicPersonID) != "" || !customer.SameName(c.name(), now.name()) {
		// Somebody else got the address since it was looked for, and is returned.
		return nil, d.api.Fault(connector.Rejected, op, errTaken.Error(), customer.Email)
	}
	raw, err := d.put(ctx, op, now, c, nil)
	return raw, resource.Made(err)
}

// update writes what differs. An address is only added, and only where a search has
// shown that nobody has it: FreeScout would take it away from them without a word.
func (d *desk) update(ctx context.Context, op string, _ record.ExternalID, ch resource.Change[contact]) (json.RawMessage, error) {
	code, there := customer.Key(ch.Key), ch.Now.code(d.cfg.FieldPublicPersonID)
	if code != "" && there != "" && there != code {
		return nil, d.api.Fault(connector.Stale, op, "the customer is another member's now", "")
	}
	body := ch.Set.body()
	if address := ch.Set.Email.Text; address != "" && !ch.Now.has(address) {
		taken := func(*contact) error { return d.api.Fault(connector.Rejected, op, errTaken.Error(), customer.Email) }
		if _, err := d.holders(ctx, op, address, taken); err != nil {
			return nil, err
		}
		body["emails_add"] = []string{address}
	}
	for number, v := range ch.Set.Custom {
		if v.Set && v.Text == ch.Now.shown[number] {
			v.Set = false
		}
	}
	if len(body) == 0 && ch.Set.Custom.IsZero() {
		return nil, nil
	}
	return d.put(ctx, op, ch.Now, ch.Set, body)
}

// body are the names, as far as they are set. No list of addresses is ever in it.
func (c *contact) body() map[string]any {
	out := map[string]any{}
	for key, v := range map[string]mapping.Value{"firstName": c.FirstName, "lastName": c.LastName} {
		if v.Set {
			out[key] = v.Text
		}
	}
	return out
}

// writeFields writes customer fields. A route that there is not, for a customer who is
// there, is one of the CRM module.
func (d *desk) writeFields(ctx context.Context, op string, now, set *contact) error {
	var all []map[string]any
	for _, number := range slices.Sorted(maps.Keys(set.Custom)) {
		if v := set.Custom[number]; v.Set {
			all = append(all, map[string]any{"id": json.Number(number), "value": v.Text})
		}
	}
	if len(all) == 0 {
		return nil
	}
	_, err := d.api.Do(ctx, rest.Call{
		Op: op, Method: http.MethodPut, Path: "/api/customers/" + now.ID.Text + "/customer_fields",
		JSON: map[string]any{"customerFields": all}, Into: rest.Nothing,
	})
	if connector.ClassOf(err) == connector.NotFound || errors.Is(err, errNoRoute) {
		if _, _, gone := d.customers.Fetch(ctx, op, record.ExternalID(now.ID.Text)); gone != nil {
			return gone
		}
		return d.noFields(op)
	}
	return err
}

// put writes customer fields, what else there is of a customer, and looks at what was
// stored. It takes out of what was sent what its answer does not show as a field.
func (d *desk) put(ctx context.Context, op string, now, set *contact, body map[string]any) (json.RawMessage, error) {
	if err := d.writeFields(ctx, op, now, set); err != nil {
		return nil, err
	}
	if len(body) > 0 {
		call := rest.Call{Op: op, Method: http.MethodPut, Path: "/api/customers/" + now.ID.Text, JSON: body, Into: rest.Nothing}
		if _, err := d.api.Do(ctx, call); err != nil {
			return nil, err
		}
	}
	after, raw, err := d.customers.Written(ctx, op, record.ExternalID(now.ID.Text))
	if err != nil {
		return nil, err
	}
	for number, v := range set.Custom {
		if v.Set && after.shown[number] != v.Text {
			return nil, d.api.Fault(connector.Drifted, op, "customer field "+number+" did not take its value: there must be one with this number, and it must be a text", "")
		}
	}
	if address := set.Email.Text; address != "" && !after.has(address) {
		return nil, d.api.Fault(connector.Rejected, op, "accepted but not stored", customer.Email)
	}
	set.Custom, set.Email.Set = nil, false
	return raw, nil
}
