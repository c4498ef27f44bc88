package freescout

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/resource"
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

		Fields []struct {
			ID    mapping.Value `json:"id"`
			Value mapping.Value `json:"value"`
		} `json:"customerFields"`
		Embedded struct {
			Emails *[]struct {
				Value mapping.Value `json:"value"`
			} `json:"emails"`
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
	switch len(c.addresses) {
	case 0:
		c.Email = mapping.Of("")
	case 1:
		c.Email = mapping.Of(c.addresses[0])
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

// listing is a page of customers, each to be read by itself.
type listing struct {
	Embedded struct {
		Customers *[]json.RawMessage `json:"customers"`
	} `json:"_embedded"`
	Page paging `json:"page"`
}

// paging is what a page says of itself.
type paging struct {
	Total  *int `json:"totalElements"`
	Number int  `json:"number"`
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
			Errors []struct {
				Path    string `json:"path"`
				Message string `json:"message"`
			} `json:"errors"`
		} `json:"_embedded"`
	}
	known := json.Unmarshal(bytes.TrimSpace(body), &p) == nil && p.Code != ""
	switch status {
	case http.StatusNotFound:
		if !known {
			return &connector.Error{Class: connector.Drifted, Why: "status 404 of no route: is the module API & Webhooks on, and base_url right?", Err: errNoRoute}
		}
	case http.StatusConflict, http.StatusBadRequest:
		e := &connector.Error{Class: connector.Drifted} // the call itself is wrong
		for _, one := range p.Embedded.Errors {
			if f, ours := paths[one.Path]; ours {
				e.Class, e.Field, e.Why = connector.Rejected, f, "not accepted"
			}
			if strings.Contains(one.Message, "already exist") {
				e.Class, e.Field, e.Why, e.Err = connector.Rejected, customer.Email, errTaken.Error(), errTaken
			}
		}
		if status == http.StatusConflict && e.Err == nil {
			e.Class, e.Field, e.Why, e.Err = connector.Rejected, customer.Email, errTaken.Error(), errTaken
		}
		return e
	case http.StatusPreconditionFailed, http.StatusRequestEntityTooLarge:
		return &connector.Error{Class: connector.Drifted}
	}
	return nil
}
