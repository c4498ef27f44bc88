package freescout

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"

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
		IDKey: "id", Requires: []string{"_embedded"}, Ready: d.ready, Merges: true,
		// A search shows whom it may be alone, see there.
		Mine: func(_, _ record.Fields) bool { return true },
		// A create with an address that somebody has may fill that customer's fields.
		WritesOver: customer.Email, Exists: exists,
		Calls: resource.Calls[contact]{
			Paged: &resource.Paged{Size: cmp.Or(d.cfg.page, perPage), Orders: len(orders), Page: d.page},
			Get:   d.get, Search: d.search, Create: d.create, Update: d.update,
		},
	}
}

// exists finds in the refusal of a create that the customer may be there already.
func exists(err error) (record.ExternalID, bool) { return "", errors.Is(err, errTaken) }

// page returns one page of all customers.
func (d *desk) page(ctx context.Context, order, n int) (resource.Rows, error) {
	return d.list(ctx, "list customers", url.Values{
		"page": {strconv.Itoa(n)}, "pageSize": {strconv.Itoa(cmp.Or(d.cfg.page, perPage))},
		"sortField": {orders[order]}, "sortOrder": {"asc"},
	}, n)
}

func (d *desk) list(ctx context.Context, op string, q url.Values, n int) (resource.Rows, error) {
	var answer listing
	if _, err := d.api.Do(ctx, rest.Call{Op: op, Path: "/api/customers", Query: q, Into: &answer}); err != nil {
		return resource.Rows{}, err
	}
	if answer.Embedded.Customers == nil || answer.Page.Total == nil || answer.Page.Number != n {
		return resource.Rows{}, wrong(connector.Drifted, op, "an answer without this page, or the number of customers", "")
	}
	return resource.Rows{Records: *answer.Embedded.Customers, Evidence: connector.Evidence{
		SignedIn: true, Filters: true, Stated: true, Count: *answer.Page.Total,
	}}, nil
}

// get fetches one customer. One that was merged into another is not there.
func (d *desk) get(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error) {
	raw, _, err := d.read(ctx, op, id)
	return raw, err
}

func (d *desk) read(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, *contact, error) {
	if n, err := strconv.ParseInt(string(id), 10, 64); err != nil || n <= 0 {
		return nil, nil, wrong(connector.NotFound, op, "not an id", "")
	}
	var raw json.RawMessage
	if _, err := d.api.Do(ctx, rest.Call{Op: op, Path: "/api/customers/" + string(id), Into: &raw}); err != nil {
		return nil, nil, err
	}
	var c contact
	if json.Unmarshal(raw, &c) != nil || c.ID.Text != string(id) {
		return nil, nil, wrong(connector.Drifted, op, "another customer has answered, or none", "")
	}
	return raw, &c, nil
}

// few is how many customers are looked at whom a search for one address shows.
const few = 20

// holders returns who has an address, whole. A search may show more than it was asked
// for, and is believed only as far as the customers themselves show the address.
func (d *desk) holders(ctx context.Context, op, address string) (raws []json.RawMessage, all []*contact, err error) {
	rows, err := d.list(ctx, op, url.Values{"email": {address}, "pageSize": {strconv.Itoa(few)}, "page": {"1"}}, 1)
	if err != nil {
		return nil, nil, err
	}
	if rows.Evidence.Count > len(rows.Records) {
		return nil, nil, wrong(connector.Drifted, op, "a search for one address shows more customers than can be looked at", "")
	}
	for _, row := range rows.Records {
		item, _, _ := d.customers.Decode(row) // its fault is told when it is read
		raw, c, err := d.read(ctx, op, item.ID)
		switch {
		case connector.ClassOf(err) == connector.NotFound:
			continue // gone meanwhile
		case err != nil:
			return nil, nil, err
		case c.has(address):
			raws, all = append(raws, raw), append(all, c)
		}
	}
	return raws, all, nil
}

// search looks for the customer who has a member's address. It is the member's who has
// their relation code, or none and the same name; any other is somebody else's, whom a
// person is to look at.
func (d *desk) search(ctx context.Context, op string, want record.Fields) ([]json.RawMessage, error) {
	if want[customer.Email] == "" {
		return nil, nil
	}
	raws, all, err := d.holders(ctx, op, want[customer.Email])
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		switch code := c.code(d.cfg.FieldPublicPersonID); {
		case code == customer.Key(want) && code != "":
		case code != "":
			return nil, wrong(connector.Rejected, op, "the customer with this address is another member's", customer.Email)
		case !customer.SameName(want, c.name()):
			return nil, wrong(connector.Rejected, op,
				"a customer with another name has this address: write the relation code into its customer field, where it is the member's", customer.Email)
		}
	}
	return raws, nil
}

// create makes a customer, writes its fields and looks at it. Where it breaks off
// between the two the search finds it by its name.
func (d *desk) create(ctx context.Context, op string, c *contact) (json.RawMessage, error) {
	body := c.body()
	body["emails"] = []map[string]string{{"value": c.Email.Text, "type": "home"}}
	got, err := d.send(ctx, rest.Call{Op: op, Method: http.MethodPost, Path: "/api/customers", JSON: body})
	if err != nil {
		return nil, err
	}
	id := cmp.Or(got.Header.Get("Resource-ID"), path.Base(got.Header.Get("Location")))
	_, now, err := d.read(ctx, op, record.ExternalID(id))
	if connector.ClassOf(err) == connector.NotFound {
		return nil, wrong(connector.Transient, op, "made without an id", "")
	}
	if err != nil {
		return nil, err
	}
	if !now.has(c.Email.Text) || now.code(d.cfg.FieldPublicPersonID) != "" || !customer.SameName(c.name(), now.name()) {
		// Somebody else got the address since it was looked for, and is returned.
		return nil, wrong(connector.Rejected, op, errTaken.Error(), customer.Email)
	}
	if err := d.writeFields(ctx, op, now, c); err != nil {
		return nil, err
	}
	return d.written(ctx, op, now, c)
}

// update writes what differs. An address is only added, and only where a search has
// shown that nobody has it: FreeScout would take it away from them without a word.
func (d *desk) update(ctx context.Context, op string, id record.ExternalID, ch resource.Change[contact]) (json.RawMessage, error) {
	code, there := customer.Key(ch.Key), ch.Now.code(d.cfg.FieldPublicPersonID)
	if code != "" && there != "" && there != code {
		return nil, wrong(connector.Stale, op, "the customer is another member's now", "")
	}
	body := ch.Set.body()
	if address := ch.Set.Email.Text; address != "" && !ch.Now.has(address) {
		_, all, err := d.holders(ctx, op, address)
		if err != nil {
			return nil, err
		}
		if len(all) > 0 {
			return nil, wrong(connector.Rejected, op, errTaken.Error(), customer.Email)
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
	if err := d.writeFields(ctx, op, ch.Now, ch.Set); err != nil {
		return nil, err
	}
	if len(body) > 0 {
		if _, err := d.send(ctx, rest.Call{Op: op, Method: http.MethodPut, Path: "/api/customers/" + string(id), JSON: body}); err != nil {
			return nil, err
		}
	}
	return d.written(ctx, op, ch.Now, ch.Set)
}

// send makes a call that writes. Its answer has no body; a page in its place is none.
func (d *desk) send(ctx context.Context, call rest.Call) (rest.Answer, error) {
	var raw rest.Raw
	call.Into = &raw
	got, err := d.api.Do(ctx, call)
	if err == nil && len(bytes.TrimSpace(raw.Bytes)) > 0 && !json.Valid(raw.Bytes) {
		err = wrong(connector.Drifted, call.Op, "a page in place of an answer", "")
	}
	return got, err
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
	type field struct {
		ID    int    `json:"id"`
		Value string `json:"value"`
	}
	var all []field
	for number, v := range set.Custom {
		if n, err := strconv.Atoi(number); err == nil && v.Set {
			all = append(all, field{n, v.Text})
		}
	}
	if len(all) == 0 {
		return nil
	}
	slices.SortFunc(all, func(a, b field) int { return cmp.Compare(a.ID, b.ID) })
	_, err := d.send(ctx, rest.Call{
		Op: op, Method: http.MethodPut, Path: "/api/customers/" + now.ID.Text + "/customer_fields",
		JSON: map[string][]field{"customerFields": all},
	})
	if connector.ClassOf(err) == connector.NotFound || errors.Is(err, errNoRoute) {
		if _, _, gone := d.read(ctx, op, record.ExternalID(now.ID.Text)); gone != nil {
			return gone
		}
		return noFields(op)
	}
	return err
}

// written looks at what was stored, and takes out of what was sent what its answer does
// not show as a field.
func (d *desk) written(ctx context.Context, op string, now, set *contact) (json.RawMessage, error) {
	raw, after, err := d.read(ctx, op, record.ExternalID(now.ID.Text))
	if err != nil {
		return nil, err
	}
	for number, v := range set.Custom {
		if v.Set && after.shown[number] != v.Text {
			return nil, wrong(connector.Drifted, op, "customer field "+number+" did not take its value: there must be one with this number, and it must be a text", "")
		}
	}
	if address := set.Email.Text; address != "" && !after.has(address) {
		return nil, wrong(connector.Rejected, op, "accepted but not stored", customer.Email)
	}
	set.Custom, set.Email.Set = nil, false
	return raw, nil
}
