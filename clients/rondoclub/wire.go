package rondoclub

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"strconv"

	"github.com/touchline-sync/touchline/sync/mapping"
)

// post is a person as WordPress gives it. Fields and ACF are the property that
// the dialects have for the theme's own fields.
type post struct {
	ID     int64           `json:"id"`
	Status string          `json:"status"`
	Meta   json.RawMessage `json:"meta"`
	Fields json.RawMessage `json:"fields"`
	ACF    json.RawMessage `json:"acf"`
}

// wire has the fields of a person that touchline reads or writes, under the
// keys of the dialect `fields` (docs/systems/rondoclub.md, "Fields of a
// person"). A key that is not set is not sent.
type wire struct {
	KnvbID    mapping.Value `json:"knvb_id,omitzero"`
	FirstName mapping.Value `json:"first_name,omitzero"`
	Infix     mapping.Value `json:"infix,omitzero"`
	LastName  mapping.Value `json:"last_name,omitzero"`
	Gender    mapping.Value `json:"gender,omitzero"`
	Birthdate mapping.Value `json:"birthdate,omitzero"`
	Deceased  mapping.Value `json:"datum_overlijden,omitzero"`

	Email1     mapping.Value `json:"email_1,omitzero"`
	Email2     mapping.Value `json:"email_2,omitzero"`
	Mobile1    mapping.Value `json:"mobile_1,omitzero"`
	Mobile2    mapping.Value `json:"mobile_2,omitzero"`
	Telephone1 mapping.Value `json:"telephone_1,omitzero"`
	Telephone2 mapping.Value `json:"telephone_2,omitzero"`

	MemberSince  mapping.Value `json:"lid_sinds,omitzero"`
	MemberUntil  mapping.Value `json:"lid_tot,omitzero"`
	MemberType   mapping.Value `json:"type_lid,omitzero"`
	AgeClass     mapping.Value `json:"leeftijdsgroep,omitzero"`
	GameActivity mapping.Value `json:"spelactiviteit,omitzero"`
	PhotoDate    mapping.Value `json:"datum_foto,omitzero"`
	FormerMember mapping.Value `json:"former_member,omitzero"`
	Volunteer    mapping.Value `json:"huidig_vrijwilliger,omitzero"`

	// Team lies outside the theme's fields: meta.team, a comma list. It is not
	// set where the site does not know it as text (docs/systems/rondoclub.md,
	// "Fields of a person").
	Team mapping.Value `json:"-"`

	Addresses     repeater `json:"addresses,omitzero"`
	Relationships repeater `json:"relationships,omitzero"`
}

// repeater is a list of rows. WordPress replaces it as a whole but merges its
// rows by index, so that every key of a row must be sent
// (docs/systems/rondoclub.md, measured 3).
type repeater struct {
	Set   bool
	Rows  []row
	Wrong bool // it is no list of rows: nothing of it can be read or kept
}

const whyRows = "not a list of rows"

// IsZero reports whether the repeater is not set.
func (r repeater) IsZero() bool { return !r.Set }

// MarshalJSON writes the rows; none is [], never null, which is refused.
func (r repeater) MarshalJSON() ([]byte, error) {
	if r.Rows == nil {
		return []byte("[]"), nil
	}
	return json.Marshal(r.Rows)
}

// UnmarshalJSON reads a list. A missing one may read as false, "" or null; one
// that is no list is no error, but Wrong.
func (r *repeater) UnmarshalJSON(b []byte) error {
	*r = repeater{Set: true}
	switch string(bytes.TrimSpace(b)) {
	case "null", "false", `""`:
		return nil
	}
	if json.Unmarshal(b, &r.Rows) != nil {
		r.Rows, r.Wrong = nil, true
	}
	return nil
}

// row is one row of a repeater. What touchline does not know in it goes back
// as it came.
type row map[string]json.RawMessage

// value reads a scalar of the row; what is missing, or false, is empty.
func (r row) value(key string) mapping.Value {
	var v mapping.Value
	if raw, ok := r[key]; ok && v.UnmarshalJSON(raw) != nil {
		v.Wrong = "unexpected form"
	}
	return v.NoFalse()
}

// text is the text of value; what is no scalar has none.
func (r row) text(key string) string { return r.value(key).Text }

// id reads a reference: a number, a text, or a list of one of them.
func (r row) id(key string) string {
	raw := bytes.TrimSpace(r[key])
	if len(raw) > 0 && raw[0] == '[' {
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) != nil || len(list) != 1 {
			return ""
		}
		raw = list[0]
	}
	var v mapping.Value
	if v.UnmarshalJSON(raw) != nil || v.Wrong != "" || v.Text == "0" {
		return ""
	}
	return v.Text
}

// with returns a copy of the row with every key named, empty where it was
// missing.
func (r row) with(keys []string) row {
	out := make(row, len(r)+len(keys))
	maps.Copy(out, r)
	for _, key := range keys {
		if v, ok := out[key]; !ok || string(v) == "null" {
			out[key] = quoted("")
		}
	}
	return out
}

func quoted(s string) json.RawMessage {
	b, err := json.Marshal(s)
	if err != nil { // a string always marshals
		return json.RawMessage(`""`)
	}
	return b
}

// postID reads an id of a post as the wire wants it: a plain number.
func postID(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 {
		return 0, errors.New("not the id of a post")
	}
	return n, nil
}
