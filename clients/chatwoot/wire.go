package chatwoot

import (
	"github.com/touchline-sync/touchline/sync/mapping"
)

// contact is a contact on the wire. Only what is mapped is read.
type contact struct {
	ID         mapping.Value `json:"id,omitzero"`
	Name       mapping.Value `json:"name,omitzero"`
	Email      mapping.Value `json:"email,omitzero"`
	Phone      mapping.Value `json:"phone_number,omitzero"`
	Identifier mapping.Value `json:"identifier,omitzero"`
	Additional additional    `json:"additional_attributes,omitzero"`
	Custom     custom        `json:"custom_attributes,omitzero"`

	wrote parts // the name as we wrote it last
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

// parts are the two parts of the name.
type parts struct{ first, last string }

// bags are the values in the two bags, values all of them.
func (c *contact) bags() []*mapping.Value {
	return []*mapping.Value{
		&c.Additional.City, &c.Additional.Country, &c.Additional.CountryCode,
		&c.Custom.FirstName, &c.Custom.LastName, &c.Custom.Membership, &c.Custom.Deleted,
	}
}

func (c *contact) values() []*mapping.Value {
	return append(c.bags(), &c.Name, &c.Email, &c.Phone, &c.Identifier)
}

// settle fills the gaps of the bags and makes the name's parts agree with the
// name itself.
//
// While the whole name is what we would write of the parts, they are what is
// read. When somebody has changed it, the whole of it is read as the first
// name, with no last name: it is not taken apart, since nobody can tell where,
// and it is seen to have changed, so that it is decided like any other edit.
func (c *contact) settle() (why string) {
	for _, v := range c.bags() {
		v.Set = true
	}
	if wrong := c.Name.Wrong; wrong != "" {
		c.Custom.FirstName.Wrong, c.Custom.LastName.Wrong = wrong, wrong
		c.Name = mapping.Of(fullName(c.Custom.FirstName.Text, c.Custom.LastName.Text))
	}
	c.wrote = parts{c.Custom.FirstName.Text, c.Custom.LastName.Text}
	if name := fullName(c.Name.Text, ""); name != fullName(c.wrote.first, c.wrote.last) {
		c.Custom.FirstName, c.Custom.LastName = mapping.Of(name), mapping.Of("")
	}
	// The code counts, where there is one beside a name.
	if code := c.Additional.CountryCode; !countryForm.MatchString(c.Additional.Country.Text) && code.Text != "" {
		c.Additional.Country = code
	}
	if c.Identifier.Text != "" && personOf(c.Identifier.Text) == "" {
		c.Identifier.Set = false // somebody else's
	}
	return ""
}

// complete adds to what is written what follows from it. wrote are the parts of
// the name that stay where only one of them is given.
func (c *contact) complete(wrote parts) {
	first, last := &c.Custom.FirstName, &c.Custom.LastName
	if first.Set || last.Set {
		if !first.Set {
			*first = mapping.Of(wrote.first)
		}
		if !last.Set {
			*last = mapping.Of(wrote.last)
		}
		c.Name = mapping.Of(fullName(first.Text, last.Text))
	}
	if c.Additional.Country.Set {
		c.Additional.CountryCode = c.Additional.Country
	}
}
