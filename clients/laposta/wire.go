package laposta

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
)

// member is one entry of a list on the wire. Only what is mapped is read.
type member struct {
	ID     string        `json:"member_id"`
	List   string        `json:"list_id"`
	Email  mapping.Value `json:"email,omitzero"`
	State  mapping.Value `json:"state,omitzero"`
	Custom customFields  `json:"custom_fields"`
	// Modified is when an entry changed last; of one that has opted out nothing else
	// changes, so that it is since then.
	Modified mapping.Value `json:"modified_iso,omitzero"`

	since mapping.Value
}

// customFields are the values by custom_name, only those in columns.
type customFields map[string]*mapping.Value

// custom points a mapping row at a custom field.
func custom(name string) func(*member) *mapping.Value {
	return func(m *member) *mapping.Value {
		if m.Custom == nil {
			m.Custom = customFields{}
		}
		v, ok := m.Custom[name]
		if !ok {
			v = &mapping.Value{}
			m.Custom[name] = v
		}
		return v
	}
}

// UnmarshalJSON reads the mapped fields and passes all others over. No fields
// at all come as an empty array, as PHP writes an empty map.
func (c *customFields) UnmarshalJSON(b []byte) error {
	*c = customFields{}
	var all map[string]json.RawMessage
	if b = bytes.TrimSpace(b); !bytes.Equal(b, []byte("[]")) {
		if err := json.Unmarshal(b, &all); err != nil {
			return err
		}
	}
	for name := range columns {
		raw, ok := all[name]
		if !ok {
			continue
		}
		var v mapping.Value
		if err := v.UnmarshalJSON(raw); err != nil {
			return err
		}
		(*c)[name] = &v
	}
	return nil
}

// fillEmpty makes the fields that the answer left out present and empty. Check
// has shown that they are on the list, so a missing one has no value.
func (c customFields) fillEmpty() {
	for name := range columns {
		if v, ok := c[name]; !ok || !v.Set {
			c[name] = &mapping.Value{Set: true}
		}
	}
}

// form adds what is set to a form, with names in brackets
// (docs/systems/laposta.md, "Connection").
func (m *member) form(f url.Values) {
	if m.Email.Set {
		f.Set("email", m.Email.Text)
	}
	if m.State.Set {
		f.Set("state", m.State.Text)
	}
	for name, v := range m.Custom {
		if v.Set {
			f.Set("custom_fields["+name+"]", v.Text)
		}
	}
}

// object is the answer with one member.
type object struct {
	Member json.RawMessage `json:"member"`
}

// collection is the answer with many. Each member is read by itself, so that
// one that cannot be read does not hide the others.
type collection struct {
	Data *[]object `json:"data"`
}

// listObject is a list as the account shows it.
type listObject struct {
	ID        string  `json:"list_id"`
	AccountID string  `json:"account_id"`
	Members   *counts `json:"members"`
}

type counts struct {
	Active       int `json:"active"`
	Unsubscribed int `json:"unsubscribed"`
	Cleaned      int `json:"cleaned"`
}

// fieldObject is a field of a list.
type fieldObject struct {
	CustomName *string `json:"custom_name"` // null at the address
	Datatype   string  `json:"datatype"`
}

// problem is the body of an error. Nothing of it is quoted but what is in a
// closed list.
type problem struct {
	Error struct {
		Type      string        `json:"type"`
		Message   string        `json:"message"`
		Code      mapping.Value `json:"code"`
		Parameter string        `json:"parameter"`
		MemberID  string        `json:"member_id"`
	} `json:"error"`
}

// basic puts the key on a request, as user without a password.
func basic(key connector.Secret) func(*http.Request) {
	return func(r *http.Request) { r.SetBasicAuth(key.Reveal(), "") }
}

// memberCall is a call to the list's members, or to one of them. The list goes
// into the form of a POST and into the query of all else.
func (l list) memberCall(op, method, id string) rest.Call {
	c := rest.Call{Op: l.op(op), Method: method, Path: "/v2/member"}
	if id != "" {
		c.Path, c.Judge = c.Path+"/"+url.PathEscape(id), judgeEntry
	}
	if method != http.MethodPost {
		c.Query = url.Values{"list_id": {l.id}}
	} else {
		c.Form = url.Values{"list_id": {l.id}}
	}
	return c
}
