package freescoutsim

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// input is the body of a create and of an update; nil is not sent. A key that is not
// known is passed over.
type input struct {
	FirstName *string  `json:"firstName"`
	LastName  *string  `json:"lastName"`
	Company   *string  `json:"company"`
	JobTitle  *string  `json:"jobTitle"`
	Notes     *string  `json:"notes"`
	Emails    *[]mail  `json:"emails"`
	EmailsAdd []string `json:"emails_add"`
	Phones    *[]entry `json:"phones"`
	Websites  *[]entry `json:"websites"`
}

// mail is an address of a list: a text, or with its type.
type mail struct{ Value, Type string }

func (m *mail) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, &m.Value) == nil {
		m.Type = "work"
		return nil
	}
	var whole struct{ Value, Type string }
	err := json.Unmarshal(b, &whole)
	*m = mail(whole)
	return err
}

// read decodes a body and looks at what is refused of it.
func read(r *http.Request) (in input, err error) {
	if err = json.NewDecoder(r.Body).Decode(&in); err != nil {
		return in, invalid("", "malformed", "")
	}
	for _, limited := range []struct {
		path  string
		value *string
		most  int
	}{
		{"firstName", in.FirstName, 40}, {"lastName", in.LastName, 40}, {"company", in.Company, 60}, {"jobTitle", in.JobTitle, 60},
	} {
		if limited.value != nil && utf8.RuneCountInString(*limited.value) > limited.most {
			return in, invalid(limited.path, "too long", *limited.value)
		}
	}
	if in.Emails != nil {
		for i, m := range *in.Emails {
			if (*in.Emails)[i].Value = canonical(m.Value); canonical(m.Value) == "" {
				return in, invalid("emails", "invalid email", m.Value)
			}
		}
	}
	for i, a := range in.EmailsAdd {
		if in.EmailsAdd[i] = canonical(a); in.EmailsAdd[i] == "" {
			return in, invalid("emails_add", "invalid email", a)
		}
	}
	return in, nil
}

var tags = regexp.MustCompile(`<[^>]*>?`)

// put lays what was sent over a customer. FreeScout takes tags out of every text.
func (in input) put(c *customer) {
	for to, from := range map[*string]*string{
		&c.FirstName: in.FirstName, &c.LastName: in.LastName, &c.Company: in.Company, &c.JobTitle: in.JobTitle, &c.Notes: in.Notes,
	} {
		if from != nil {
			*to = tags.ReplaceAllString(*from, "")
		}
	}
	if in.Phones != nil {
		c.Phones = *in.Phones
	}
	if in.Websites != nil {
		c.Websites = *in.Websites
	}
}

func (s *sim) get(r *http.Request) (int, any, error) {
	if c := s.customers.Get(r.PathValue("id")); c != nil {
		return http.StatusOK, s.shown(c, true), nil
	}
	return 0, nil, missing
}

// create makes a customer. Addresses that somebody has are left out; where that is all
// of them nobody is made.
func (s *sim) create(r *http.Request) (int, any, error) {
	in, err := read(r)
	if err != nil {
		return 0, nil, err
	}
	c := &customer{Fields: map[string]string{}}
	in.put(c)
	var known *customer
	if in.Emails != nil {
		for _, m := range *in.Emails {
			switch holder := s.holder(m.Value); {
			case holder != nil:
				known = holder
			case !slices.Contains(c.addresses(), m.Value):
				s.give(c, m.Value, m.Type)
			}
		}
	}
	switch {
	case known != nil && len(c.Emails) == 0 && s.settings.Returns:
		_, err := s.customers.Update(r, strconv.Itoa(known.ID), func(k *customer) error {
			if k.FirstName == "" && k.LastName == "" {
				k.FirstName, k.LastName = c.FirstName, c.LastName
			}
			return nil
		})
		return made(known.ID, err)
	case known != nil && len(c.Emails) == 0:
		return 0, nil, invalid("emails", "Customers with such email(s) already exist", known.Emails[0].Value)
	case c.FirstName == "" && len(c.Emails) == 0:
		return 0, nil, invalid("firstName", "firstName or emails is required", "")
	}
	err = s.customers.Insert(r, c)
	return made(c.ID, err)
}

// made answers a create: the id is in a header, and there is no body.
func made(id int, err error) (int, any, error) {
	return http.StatusCreated, simkit.Headed{Header: http.Header{"Resource-Id": {strconv.Itoa(id)}}}, err
}

// update changes what is sent. The addresses of a list are taken from whoever has them,
// and so are those that are added.
func (s *sim) update(r *http.Request) (int, any, error) {
	id := r.PathValue("id")
	before := s.customers.Get(id)
	if before == nil {
		return 0, nil, missing
	}
	in, err := read(r)
	if err != nil {
		return 0, nil, err
	}
	for _, a := range in.takes() {
		if err := s.takeAway(r, a, before.ID); err != nil {
			return 0, nil, err
		}
	}
	_, err = s.customers.Update(r, id, func(c *customer) error {
		in.put(c)
		if in.Emails != nil {
			c.Emails = nil
		}
		for _, a := range in.takes() {
			if !slices.Contains(c.addresses(), a) {
				s.give(c, a, "work")
			}
		}
		return nil
	})
	if err != nil {
		return 0, nil, err
	}
	for _, e := range before.Emails {
		if s.holder(e.Value) == nil && slices.Contains(s.settings.Talked, e.Value) {
			// Its conversations need somebody.
			if err := s.customers.Insert(r, &customer{Emails: []email{e}, Fields: map[string]string{}}); err != nil {
				return 0, nil, err
			}
		}
	}
	return http.StatusNoContent, nil, nil
}

// takes are the addresses that the customer is to have. Beside a list those to be added
// have no effect.
func (in input) takes() []string {
	if in.Emails == nil {
		return in.EmailsAdd
	}
	var all []string
	for _, m := range *in.Emails {
		all = append(all, m.Value)
	}
	return all
}

// updateFields sets customer fields. One that there is not is passed over.
func (s *sim) updateFields(r *http.Request) (int, any, error) {
	var in struct {
		Fields *[]struct {
			ID    int     `json:"id"`
			Value *string `json:"value"`
		} `json:"customerFields"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil || in.Fields == nil {
		return 0, nil, invalid("customerFields", "required", "")
	}
	_, err := s.customers.Update(r, r.PathValue("id"), func(c *customer) error {
		for _, f := range *in.Fields {
			if s.settings.Fields[f.ID] != "" && f.Value != nil {
				c.Fields[strconv.Itoa(f.ID)] = tags.ReplaceAllString(*f.Value, "")
			}
		}
		return nil
	})
	return http.StatusNoContent, nil, err
}
