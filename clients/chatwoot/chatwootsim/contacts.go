package chatwootsim

import (
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// contact is one contact. An empty text is null in the database, but for an
// identifier that was said to be "".
type contact struct {
	ID           int            `json:"id"`
	Name         string         `json:"name"`
	Email        string         `json:"email"`
	Phone        string         `json:"phone_number"`
	Identifier   string         `json:"identifier"`
	NoIdentifier bool           `json:"no_identifier,omitempty"` // it is "", and not null
	Blocked      bool           `json:"blocked"`
	Additional   map[string]any `json:"additional_attributes"`
	Custom       map[string]any `json:"custom_attributes"`
	Labels       []string       `json:"labels,omitempty"`
	Online       bool           `json:"online,omitempty"`
	LastActivity time.Time      `json:"last_activity_at"`
	Created      time.Time      `json:"created_at"`
	GoneAt       time.Time      `json:"gone_at"` // a delete is under way
}

// input is what may be said of a contact. A missing key leaves the value.
type input struct {
	Name       json.RawMessage `json:"name,omitempty"`
	Email      json.RawMessage `json:"email,omitempty"`
	Phone      json.RawMessage `json:"phone_number,omitempty"`
	Identifier json.RawMessage `json:"identifier,omitempty"`
	Blocked    *bool           `json:"blocked,omitempty"`
	Additional map[string]any  `json:"additional_attributes,omitempty"`
	Custom     map[string]any  `json:"custom_attributes,omitempty"`

	raced bool // another write with the same phone is under way, and not seen
}

var (
	addressForm = regexp.MustCompile(`\A[^@\s]+@[^@\s]+\z`)
	phoneForm   = regexp.MustCompile(`\A\+[1-9]\d{1,14}\z`)
)

// column are the texts of a contact that are asked for by name.
var column = map[string]func(*contact) string{
	"name":         func(c *contact) string { return c.Name },
	"email":        func(c *contact) string { return c.Email },
	"phone_number": func(c *contact) string { return c.Phone },
	"identifier":   func(c *contact) string { return c.Identifier },
}

// blank names the one identifier that is "", which is unique as well.
const blank = "no_identifier"

func (s *sim) contactRules() simkit.Rules[contact] {
	return simkit.Rules[contact]{
		Kit: s.Kit, Collection: "contacts", Changed: s.contactChanged,
		ID:       func(c *contact) string { return number(c.ID) },
		Identify: func(c *contact) { c.ID = next(&s.ids.Contacts) },
		Unique: map[string]func(*contact) string{
			"email": column["email"], "identifier": column["identifier"],
			blank: func(c *contact) string {
				if c.NoIdentifier {
					return blank
				}
				return ""
			},
		},
		// A phone is unique by validation alone: the table has no index of it, and two
		// contacts that are made at once may both have it (docs/systems/chatwoot.md).
		Index: func(c *contact) []string {
			if c.Phone == "" {
				return nil
			}
			return []string{c.Phone}
		},
		Clone: func(c *contact) *contact {
			n := *c
			n.Additional, n.Custom = maps.Clone(c.Additional), maps.Clone(c.Custom)
			return &n
		},
		Stamp: func(c *contact, now time.Time, made bool) {
			if made {
				c.Created = now
			}
		},
	}
}

func newContact() *contact { return &contact{Additional: map[string]any{}, Custom: map[string]any{}} }

func (s *sim) createContact(r *http.Request, in input) (any, error) {
	c := newContact()
	in.raced = r.PathValue(raced) != ""
	if err := s.assign(c, in); err != nil {
		return nil, err
	}
	if err := s.contacts.Insert(r, c); err != nil {
		return nil, err
	}
	return map[string]any{"payload": map[string]any{
		"contact": contactObject(c), "contact_inbox": map[string]any{"inbox": nil, "source_id": nil},
	}}, nil
}

func (s *sim) theContact(r *http.Request) (*contact, error) {
	if c := s.contacts.Get(r.PathValue("id")); c != nil {
		return c, nil
	}
	return nil, notFound
}

func (s *sim) showContact(r *http.Request) (any, error) { return oneContact(s.theContact(r)) }

// oneContact is the answer with one contact.
func oneContact(c *contact, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return map[string]any{"payload": contactObject(c)}, nil
}

func (s *sim) updateContact(r *http.Request, in input) (any, error) {
	return oneContact(s.contacts.Update(r, r.PathValue("id"), func(c *contact) error { return s.assign(c, in) }))
}

// deleteContact answers at once; the contact goes later, with its
// conversations.
func (s *sim) deleteContact(r *http.Request) (any, error) {
	c, err := s.theContact(r)
	if err != nil {
		return nil, err
	}
	if c.Online {
		const text = "Contact is online, please try again later"
		return nil, &refusal{http.StatusUnprocessableEntity, text, map[string]string{"message": text}}
	}
	if _, err = s.contacts.Update(nil, number(c.ID), func(c *contact) error {
		c.GoneAt = s.Now().Add(time.Duration(s.settings.DeleteAfter))
		return nil
	}); err != nil {
		return nil, err
	}
	s.Accepted(simkit.Change{By: r, Op: "delete", Collection: "contacts", ID: number(c.ID), Before: c})
	s.settle()
	return nil, nil
}

// settle carries out the deletes whose time has come.
func (s *sim) settle() {
	now := s.Now()
	for _, c := range s.contacts.Select(func(c *contact) bool { return !c.GoneAt.IsZero() && !now.Before(c.GoneAt) }) {
		_, _ = s.contacts.Delete(nil, number(c.ID)) // it is there
	}
}

type keys struct {
	Keys []string `json:"custom_attributes"`
}

func (s *sim) dropAttributes(r *http.Request, in keys) (any, error) {
	return oneContact(s.contacts.Update(r, r.PathValue("id"), func(c *contact) error {
		for _, key := range in.Keys {
			delete(c.Custom, key)
		}
		return nil
	}))
}

// assign puts what is said on a contact and looks whether it can be saved.
func (s *sim) assign(c *contact, in input) error {
	for to, raw := range map[*string]json.RawMessage{&c.Name: in.Name, &c.Email: in.Email, &c.Phone: in.Phone, &c.Identifier: in.Identifier} {
		if raw == nil {
			continue
		}
		*to = "" // and null leaves it so
		if json.Unmarshal(raw, to) != nil {
			return badRequest
		}
	}
	if in.Identifier != nil {
		c.NoIdentifier = string(in.Identifier) == `""`
	}
	c.Email = strings.ToLower(c.Email)
	if in.Blocked != nil {
		c.Blocked = *in.Blocked
	}
	maps.Copy(c.Additional, in.Additional) // key by key; null stays as a value
	maps.Copy(c.Custom, in.Custom)
	return s.valid(c, in.raced)
}

// valid names all that is wrong at once, where the table would name one that is taken.
func (s *sim) valid(c *contact, raced bool) error {
	var wrong, messages []string
	fault := func(attribute, message string) {
		wrong, messages = append(wrong, attribute), append(messages, message)
	}
	for _, a := range []struct {
		name, message string
		form          *regexp.Regexp
	}{{"email", "Invalid email", addressForm}, {"identifier", "", nil}, {"phone_number", "Phone number should be in e164 format", phoneForm}} {
		v := column[a.name](c)
		others := s.contacts.Sharing(v)
		if a.name != "phone_number" {
			others = []*contact{s.contacts.By(a.name, v)}
		}
		switch {
		case slices.ContainsFunc(others, func(o *contact) bool { return o != nil && o.ID != c.ID }) && !(raced && a.name == "phone_number"):
			fault(a.name, taken(a.name))
		case v != "" && a.form != nil && !a.form.MatchString(v):
			fault(a.name, a.message)
		}
	}
	for _, attribute := range []string{"name", "email", "identifier"} {
		if utf8.RuneCountInString(column[attribute](c)) > 255 {
			fault(attribute, attribute+" is too long (maximum is 255 characters)")
		}
	}
	if len(wrong) > 0 {
		return invalid(strings.Join(messages, ", "), wrong...)
	}
	return nil
}

// contactObject is a contact on the wire. There is no updated_at.
func contactObject(c *contact) map[string]any {
	o := senderObject(c)
	o["contact_inboxes"] = []any{}
	return o
}

func senderObject(c *contact) map[string]any {
	o := map[string]any{
		"additional_attributes": maps.Clone(c.Additional), "availability_status": "offline", "email": null(c.Email), "id": c.ID, "name": c.Name,
		"phone_number": null(c.Phone), "blocked": c.Blocked, "identifier": identifier(c), "thumbnail": "",
		"custom_attributes": maps.Clone(c.Custom), "created_at": c.Created.Unix(),
	}
	if c.Online {
		o["availability_status"] = "online"
	}
	if !c.LastActivity.IsZero() {
		o["last_activity_at"] = c.LastActivity.Unix()
	}
	return o
}

func identifier(c *contact) any {
	if c.NoIdentifier {
		return ""
	}
	return null(c.Identifier)
}

func null(text string) any {
	if text == "" {
		return nil
	}
	return text
}
