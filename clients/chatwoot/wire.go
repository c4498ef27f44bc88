package chatwoot

import (
	"encoding/json"
	"errors"
	"strconv"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
)

// contact is a contact on the wire. Only what is mapped is read.
type contact struct {
	ID         int64         `json:"id,omitzero"`
	Name       mapping.Value `json:"name,omitzero"`
	Email      mapping.Value `json:"email,omitzero"`
	Phone      mapping.Value `json:"phone_number,omitzero"`
	Identifier mapping.Value `json:"identifier,omitzero"`
	Additional additional    `json:"additional_attributes,omitzero"`
	Custom     custom        `json:"custom_attributes,omitzero"`
}

// additional and custom are bags: a key that is missing has no value. On a
// write they are merged key by key.
type additional struct {
	City    mapping.Value `json:"city,omitzero"`
	Country mapping.Value `json:"country,omitzero"`
	// CountryCode is what ChatWoot's own pages go by; they put the country's
	// name into the other key.
	CountryCode mapping.Value `json:"country_code,omitzero"`
}

type custom struct {
	FirstName  mapping.Value `json:"ems_first_name,omitzero"`
	LastName   mapping.Value `json:"ems_last_name,omitzero"`
	Membership mapping.Value `json:"ems_membership,omitzero"`
	Deleted    mapping.Value `json:"ems_deleted,omitzero"`
}

// parts are the two parts of the name as we wrote them last.
type parts struct{ first, last string }

// settle fills the gaps of the bags and makes the name's parts agree with the
// name itself. It returns the parts as they were.
//
// While the whole name is what we would write of the parts, they are what is
// read. When somebody has changed it, the whole of it is read as the first
// name, with no last name: it is not taken apart, since nobody can tell where,
// and it is seen to have changed, so that it is decided like any other edit.
func (c *contact) settle() parts {
	for _, v := range []*mapping.Value{
		&c.Additional.City, &c.Additional.Country, &c.Additional.CountryCode,
		&c.Custom.FirstName, &c.Custom.LastName, &c.Custom.Membership, &c.Custom.Deleted,
	} {
		v.Set = true
	}
	wrote := parts{c.Custom.FirstName.Text, c.Custom.LastName.Text}
	if name := fullName(c.Name.Text, ""); name != fullName(wrote.first, wrote.last) {
		c.Custom.FirstName, c.Custom.LastName = mapping.Of(name), mapping.Of("")
	}
	if country := &c.Additional.Country; !countryForm.MatchString(country.Text) {
		// A name of a country, or nothing. Without a code it is unknown.
		known := c.Additional.CountryCode
		if known.Text == "" && country.Text != "" {
			known.Set = false
		}
		*country = known
	}
	if c.Identifier.Text != "" && personOf(c.Identifier.Text) == "" {
		c.Identifier.Set = false // somebody else's
	}
	return wrote
}

// person is a decoded contact with what the fields do not show.
type person struct {
	connector.Item
	id        int64
	wrote     parts
	unmanaged bool // it carries an identifier that is not of EMS
}

// decode makes an Item of a contact. The fault names the field that could not
// be read; what could be read is returned with it.
func decode(raw json.RawMessage) (person, *connector.Fault) {
	var c contact
	if json.Unmarshal(raw, &c) != nil || c.ID <= 0 {
		// Try for the id alone, so that the contact counts as present.
		var only struct {
			ID int64 `json:"id"`
		}
		_ = json.Unmarshal(raw, &only)
		return person{}, &connector.Fault{ID: externalID(only.ID), Why: "unexpected form"}
	}
	p := person{Item: connector.Item{ID: externalID(c.ID)}, id: c.ID}
	if !complete(raw) {
		return p, &connector.Fault{ID: p.ID, Why: "no name or no attributes"}
	}
	p.unmanaged = c.Identifier.Text != "" && personOf(c.Identifier.Text) == ""
	p.wrote = c.settle()
	fields, err := contacts.Decode(&c)
	p.Fields = fields
	if err != nil {
		fault := connector.Fault{ID: p.ID, Why: "unreadable"}
		if e, ok := errors.AsType[*mapping.Error](err); ok {
			fault.Field, fault.Why = e.Field, e.Why
		}
		return p, &fault
	}
	return p, nil
}

// complete tells whether a contact has the keys that every contact has.
func complete(raw json.RawMessage) bool {
	var has struct {
		Name       *json.RawMessage `json:"name"`
		Additional *json.RawMessage `json:"additional_attributes"`
		Custom     *json.RawMessage `json:"custom_attributes"`
	}
	return json.Unmarshal(raw, &has) == nil && has.Name != nil && has.Additional != nil && has.Custom != nil
}

// externalID is the record's id with us; none for 0.
func externalID(id int64) record.ExternalID {
	if id <= 0 {
		return ""
	}
	return record.ExternalID(strconv.FormatInt(id, 10))
}

// one is an answer with one contact.
type one struct {
	Payload *json.RawMessage `json:"payload"`
}

// many is an answer with a page of contacts. Each is read by itself, so that
// one that cannot be read does not hide the others.
type many struct {
	Meta *struct {
		Count *int `json:"count"`
	} `json:"meta"`
	Payload *[]json.RawMessage `json:"payload"`
}
