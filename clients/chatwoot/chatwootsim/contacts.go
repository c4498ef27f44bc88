package chatwootsim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

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
}

// perPage is fixed at contacts (docs/systems/chatwoot.md, 2026-11).
const perPage = 15

var (
	addressForm = regexp.MustCompile(`\A[^@\s]+@[^@\s]+\z`)
	phoneForm   = regexp.MustCompile(`\A\+[1-9]\d{1,14}\z`)
)

func (s *sim) createContact(r *http.Request) (any, *refusal) {
	var in input
	if no := read(r, &in); no != nil {
		return nil, no
	}
	c, no := s.addContact(in)
	if no != nil {
		return nil, no
	}
	s.accepted(r, "create", nil, c)
	return map[string]any{"payload": map[string]any{
		"contact": contactObject(c), "contact_inbox": map[string]any{"inbox": nil, "source_id": nil},
	}}, nil
}

func (s *sim) addContact(in input) (*contact, *refusal) {
	c := &contact{Additional: map[string]any{}, Custom: map[string]any{}, Created: s.Now()}
	if no := s.assign(c, in); no != nil {
		return nil, no
	}
	c.ID = s.next("contacts")
	s.Contacts = append(s.Contacts, c)
	s.contactEvent("contact_created", nil, c)
	return c, nil
}

func (s *sim) showContact(r *http.Request) (any, *refusal) {
	c := s.theContact(r)
	if c == nil {
		return nil, notFound
	}
	return map[string]any{"payload": contactObject(c)}, nil
}

func (s *sim) updateContact(r *http.Request) (any, *refusal) {
	var in input
	if no := read(r, &in); no != nil {
		return nil, no
	}
	c := s.theContact(r)
	if c == nil {
		return nil, notFound
	}
	before := copyOf(c)
	next, no := s.changeContact(c, in)
	if no != nil {
		return nil, no
	}
	s.accepted(r, "update", before, next)
	return map[string]any{"payload": contactObject(next)}, nil
}

// changeContact puts another contact in the place of c.
func (s *sim) changeContact(c *contact, in input) (*contact, *refusal) {
	next := copyOf(c)
	if no := s.assign(next, in); no != nil {
		return nil, no
	}
	s.replace(c, next)
	return next, nil
}

func (s *sim) replace(old, next *contact) {
	s.Contacts[slices.IndexFunc(s.Contacts, func(c *contact) bool { return c.ID == old.ID })] = next
	s.contactEvent("contact_updated", old, next)
}

// deleteContact answers at once; the contact goes later, with its
// conversations.
func (s *sim) deleteContact(r *http.Request) (any, *refusal) {
	c := s.theContact(r)
	switch {
	case s.Settings.Agent:
		return nil, notAuthorized
	case c == nil:
		return nil, notFound
	case c.Online:
		return nil, &refusal{http.StatusUnprocessableEntity, map[string]string{"message": "Contact is online, please try again later"}}
	}
	next := copyOf(c)
	next.GoneAt = s.Now().Add(time.Duration(s.Settings.DeleteAfter))
	s.Contacts[slices.Index(s.Contacts, c)] = next
	s.accepted(r, "delete", c, nil)
	s.settle()
	return nil, nil
}

// settle carries out the deletes whose time has come.
func (s *sim) settle() {
	now := s.Now()
	s.Contacts = slices.DeleteFunc(s.Contacts, func(c *contact) bool {
		gone := !c.GoneAt.IsZero() && !now.Before(c.GoneAt)
		if gone {
			s.Conversations = slices.DeleteFunc(s.Conversations, func(v *conversation) bool { return v.Contact == c.ID })
		}
		return gone
	})
}

func (s *sim) dropAttributes(r *http.Request) (any, *refusal) {
	var in struct {
		Keys []string `json:"custom_attributes"`
	}
	if no := read(r, &in); no != nil {
		return nil, no
	}
	c := s.theContact(r)
	if c == nil {
		return nil, notFound
	}
	next := copyOf(c)
	for _, key := range in.Keys {
		delete(next.Custom, key)
	}
	s.replace(c, next)
	s.accepted(r, "update", c, next)
	return map[string]any{"payload": contactObject(next)}, nil
}

// assign puts what is said on a contact and looks whether it can be saved.
func (s *sim) assign(c *contact, in input) *refusal {
	for _, set := range []struct {
		to  *string
		raw json.RawMessage
	}{{&c.Name, in.Name}, {&c.Email, in.Email}, {&c.Phone, in.Phone}, {&c.Identifier, in.Identifier}} {
		if set.raw == nil {
			continue
		}
		var text *string
		if json.Unmarshal(set.raw, &text) != nil {
			return failed(http.StatusBadRequest, "Bad Request")
		}
		if *set.to = ""; text != nil {
			*set.to = *text
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
	return s.valid(c)
}

func (s *sim) valid(c *contact) *refusal {
	var wrong, messages []string
	fault := func(attribute, message string) {
		wrong, messages = append(wrong, attribute), append(messages, message)
	}
	taken := func(same func(*contact) bool) bool {
		return slices.ContainsFunc(s.Contacts, func(o *contact) bool { return o.ID != c.ID && same(o) })
	}
	switch {
	case c.Email == "":
	case taken(func(o *contact) bool { return o.Email == c.Email }):
		fault("email", "Email has already been taken")
	case !addressForm.MatchString(c.Email):
		fault("email", "Invalid email")
	}
	if c.Identifier != "" && taken(func(o *contact) bool { return o.Identifier == c.Identifier }) {
		fault("identifier", "Identifier has already been taken")
	}
	switch {
	case c.Phone == "":
	case taken(func(o *contact) bool { return o.Phone == c.Phone }):
		fault("phone_number", "Phone number has already been taken")
	case !phoneForm.MatchString(c.Phone):
		fault("phone_number", "Phone number should be in e164 format")
	}
	for attribute, v := range map[string]string{"name": c.Name, "email": c.Email, "identifier": c.Identifier} {
		if len([]rune(v)) > 255 {
			fault(attribute, fmt.Sprintf("%s is too long (maximum is 255 characters)", attribute))
		}
	}
	if len(wrong) > 0 {
		return invalid(strings.Join(messages, ", "), wrong...)
	}
	if c.NoIdentifier && taken(func(o *contact) bool { return o.NoIdentifier }) {
		// Only the index of the database minds, and nothing handles its error.
		return &refusal{http.StatusInternalServerError, map[string]any{"status": 500, "error": "Internal Server Error"}}
	}
	return nil
}

func (s *sim) theContact(r *http.Request) *contact {
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil {
		return nil
	}
	return s.contact(id)
}

func (s *sim) contact(id int) *contact {
	for _, c := range s.Contacts {
		if c.ID == id {
			return c
		}
	}
	return nil
}

// copyOf is a contact that later changes leave alone.
func copyOf(c *contact) *contact {
	n := *c
	n.Additional, n.Custom = maps.Clone(c.Additional), maps.Clone(c.Custom)
	return &n
}

// accepted keeps the journal.
func (s *sim) accepted(r *http.Request, op string, before, after *contact) {
	change := simkit.Change{By: r, Op: op, Collection: "contacts"}
	if before != nil {
		change.ID, change.Before = strconv.Itoa(before.ID), copyOf(before)
	}
	if after != nil {
		change.ID, change.After = strconv.Itoa(after.ID), copyOf(after)
	}
	s.Accepted(change)
}

// shown are the contacts that lists and filters show, latest activity first;
// those without any come last.
func (s *sim) shown() []*contact {
	all := slices.DeleteFunc(slices.Clone(s.Contacts), func(c *contact) bool {
		return c.Email == "" && c.Phone == "" && (c.Identifier == "" || s.Settings.CRMv2)
	})
	slices.SortStableFunc(all, func(a, b *contact) int { return b.LastActivity.Compare(a.LastActivity) })
	return all
}

// unsettle gives contacts that rank alike another order, as a database may.
func (s *sim) unsettle(page int) {
	mix := func(c *contact) int { return (c.ID*7919 + page*104729) % 1009 }
	slices.SortFunc(s.Contacts, func(a, b *contact) int { return cmp.Compare(mix(a), mix(b)) })
}

func (s *sim) listContacts(r *http.Request) (any, *refusal) {
	all := s.shown()
	key, desc := strings.CutPrefix(cmp.Or(r.URL.Query().Get("sort"), "-last_activity_at"), "-")
	by := map[string]func(*contact) string{
		"name":         func(c *contact) string { return c.Name },
		"email":        func(c *contact) string { return c.Email },
		"phone_number": func(c *contact) string { return c.Phone },
	}[key]
	switch {
	case by != nil:
		slices.SortStableFunc(all, func(a, b *contact) int { return strings.Compare(by(a), by(b)) })
		if desc {
			slices.Reverse(all)
		}
	case key == "last_activity_at" && !desc:
		slices.SortStableFunc(all, func(a, b *contact) int { return a.LastActivity.Compare(b.LastActivity) })
	}
	return contactPage(all, page(r)), nil
}

func contactPage(all []*contact, n int) map[string]any {
	payload := []any{}
	for _, c := range part(all, n, perPage) {
		payload = append(payload, contactObject(c))
	}
	return map[string]any{"meta": map[string]any{"count": len(all), "current_page": n}, "payload": payload}
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
