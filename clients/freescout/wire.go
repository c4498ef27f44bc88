package freescout

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/customer"
)

// contact is what is mapped of a customer.
type contact struct {
	ID        mapping.Value `json:"id,omitzero"`
	FirstName mapping.Value `json:"firstName,omitzero"`
	LastName  mapping.Value `json:"lastName,omitzero"`
	// Email is the customer's only address. Of several nothing tells which is meant, and
	// it is not set.
	Email mapping.Value `json:"-"`
	// Custom are customer fields by number, as they are to be written.
	Custom resource.Named `json:"-"`

	addresses []string
	shown     map[string]string // customer fields by number, where an answer has them
}

// UnmarshalJSON reads a customer.
func (c *contact) UnmarshalJSON(b []byte) error {
	type plain contact
	in := struct {
		*plain

		Fields   []struct{ ID, Value mapping.Value } `json:"customerFields"`
		Embedded struct {
			Emails *[]struct{ Value mapping.Value }
		} `json:"_embedded"`
	}{plain: (*plain)(c)}
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	if in.Embedded.Emails == nil {
		return errors.New("no addresses")
	}
	c.shown = map[string]string{}
	for _, f := range in.Fields {
		c.shown[f.ID.Text] = strings.TrimSpace(f.Value.Text)
	}
	for _, e := range *in.Embedded.Emails {
		c.addresses = append(c.addresses, strings.ToLower(strings.TrimSpace(e.Value.Text)))
	}
	if len(c.addresses) <= 1 {
		c.Email = mapping.Of(strings.Join(c.addresses, ""))
	}
	return nil
}

func (c *contact) has(address string) bool {
	return slices.Contains(c.addresses, strings.ToLower(address))
}

// code is the relation code that an answer shows.
func (c *contact) code(number int) string { return strings.ToUpper(c.shown[strconv.Itoa(number)]) }

// name are the fields of the name.
func (c *contact) name() record.Fields {
	return record.Fields{customer.FirstName: c.FirstName.Text, customer.LastName: c.LastName.Text}
}

// page asks for a page of what stands in a place, and for how many there are in all. A
// module that passes pageSize over says how many it gives (docs/systems/freescout.md).
func (d *desk) page(ctx context.Context, op, place string, n, size int, q url.Values) (resource.Rows, error) {
	var answer struct {
		Embedded map[string]json.RawMessage `json:"_embedded"`
		Page     struct {
			Total        *int `json:"totalElements"`
			Number, Size int
		} `json:"page"`
	}
	q.Set("page", strconv.Itoa(n))
	q.Set("pageSize", strconv.Itoa(size))
	got, err := d.api.Do(ctx, rest.Call{Op: op + " " + place, Path: "/api/" + place, Query: q, Into: &answer})
	if err != nil {
		return resource.Rows{}, err
	}
	var records *[]json.RawMessage
	if json.Unmarshal(answer.Embedded[place], &records) != nil || records == nil || answer.Page.Total == nil || answer.Page.Number != n {
		return resource.Rows{}, d.api.Fault(connector.Drifted, op+" "+place, "an answer without this page, or how many there are in all", "")
	}
	return resource.Rows{Records: *records, Clock: got.Clock(), Size: answer.Page.Size, Evidence: connector.Evidence{
		SignedIn: true, Filters: true, Stated: true, Count: *answer.Page.Total,
	}}, nil
}

var (
	// errNoRoute is behind a 404 of Laravel, which knows no such path.
	errNoRoute = errors.New("no such route")
	// errTaken is behind the refusal of an address that another customer has.
	errTaken = errors.New("another customer has the address")
)

var paths = map[string]record.Field{
	"firstName": customer.FirstName, "lastName": customer.LastName, "emails": customer.Email, "emails_add": customer.Email,
}

// judge says what FreeScout's refusals mean (docs/systems/freescout.md, "Errors"). A
// message is never quoted, since it may repeat a value. A 404 is a record's only where
// the module itself says so.
func judge(status int, body []byte) *connector.Error {
	var p struct {
		Code     string `json:"errorCode"`
		Embedded struct {
			Errors []struct{ Path, Message string }
		} `json:"_embedded"`
	}
	_ = json.Unmarshal(bytes.TrimSpace(body), &p)
	switch status {
	case http.StatusNotFound:
		if p.Code == "" {
			return &connector.Error{Class: connector.Drifted, Why: "status 404 of no route: is the module API & Webhooks on, and base_url right?", Err: errNoRoute}
		}
	case http.StatusPreconditionFailed, http.StatusRequestEntityTooLarge:
		return &connector.Error{Class: connector.Drifted}
	case http.StatusConflict, http.StatusBadRequest:
		e := &connector.Error{Class: connector.Drifted} // the call itself is wrong
		taken := status == http.StatusConflict
		for _, one := range p.Embedded.Errors {
			if f, ours := paths[one.Path]; ours {
				e.Class, e.Field, e.Why = connector.Rejected, f, "not accepted"
			}
			taken = taken || strings.Contains(one.Message, "already exist")
		}
		if taken {
			e.Class, e.Field, e.Why, e.Err = connector.Rejected, customer.Email, errTaken.Error(), errTaken
		}
		return e
	}
	return nil
}
