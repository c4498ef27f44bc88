package chatwoot

import (
	"encoding/json"
	"strconv"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/value"
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
	if wrong := c.Name.Wrong; wrong != "" {
		c.Custom.FirstName.Wrong, c.Custom.LastName.Wrong = wrong, wrong
		c.Name = mapping.Of(fullName(c.Custom.FirstName.Text, c.Custom.LastName.Text))
	}
	wrote := parts{c.Custom.FirstName.Text, c.Custom.LastName.Text}
	if name := fullName(c.Name.Text, ""); name != fullName(wrote.first, wrote.last) {
		c.Custom.FirstName, c.Custom.LastName = mapping.Of(name), mapping.Of("")
	}
	// The code counts, where there is one beside a name.
	if code := c.Additional.CountryCode; !countryForm.MatchString(c.Additional.Country.Text) && code.Text != "" {
		c.Additional.Country = code
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

// decode makes an Item of a contact. A field that cannot be read is told in it;
// a fault is an answer that is no contact, or one of whom nobody can tell whose it
// is.
func (a *account) decode(raw json.RawMessage) (person, *connector.Fault) {
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
	p.Item = itemOf(p.ID, contacts.Decode(&c, a.spec(eventperson.Types)))
	if why, bad := p.Unreadable[eventperson.ID]; bad {
		return p, &connector.Fault{ID: p.ID, Field: eventperson.ID, Why: why}
	}
	return p, nil
}

func itemOf(id record.ExternalID, r value.Reading) connector.Item {
	return connector.Item{ID: id, Fields: r.Fields, Unreadable: r.Unreadable, Notes: r.Notes}
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
