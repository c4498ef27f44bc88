package chatwootsim

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// condition is one line of a filter.
type condition struct {
	Key      string  `json:"attribute_key"`
	Operator string  `json:"filter_operator"`
	Values   []any   `json:"values"`
	Joined   *string `json:"query_operator"`
}

func (s *sim) filterContacts(r *http.Request) (any, *refusal) {
	var in struct {
		Payload []condition `json:"payload"`
	}
	if no := read(r, &in); no != nil {
		return nil, no
	}
	for _, c := range in.Payload {
		if no := s.checkCondition(c); no != nil {
			return nil, no
		}
	}
	hits := slices.DeleteFunc(s.shown(), func(c *contact) bool { return !matches(c, in.Payload) })
	return contactPage(hits, page(r)), nil
}

var standard = []string{"name", "email", "phone_number", "identifier", "city", "country_code"}

// checkCondition refuses what the server refuses: a custom attribute needs a
// definition.
func (s *sim) checkCondition(c condition) *refusal {
	defined := slices.ContainsFunc(s.Definitions, func(d *definition) bool { return d.Model == 1 && d.Key == c.Key })
	switch {
	case !slices.Contains(standard, c.Key) && !defined:
		return failed(http.StatusUnprocessableEntity, fmt.Sprintf("Invalid attribute key - [%s]", c.Key))
	case !slices.Contains([]string{"equal_to", "not_equal_to", "contains", "does_not_contain"}, c.Operator):
		return failed(http.StatusUnprocessableEntity, "Invalid operator")
	case len(c.Values) == 0:
		return failed(http.StatusUnprocessableEntity, "Invalid value")
	}
	return nil
}

// matches joins the conditions from left to right. Case is passed over.
func matches(c *contact, all []condition) bool {
	yes, or := true, false
	for i, one := range all {
		hit := slices.ContainsFunc(one.Values, func(v any) bool {
			want, have := strings.ToLower(fmt.Sprint(v)), strings.ToLower(value(c, one.Key))
			if strings.HasSuffix(one.Operator, "contain") || one.Operator == "contains" {
				return strings.Contains(have, want)
			}
			if one.Key == "phone_number" {
				want = "+" + want // as older versions do, whatever stands there
			}
			return have == want
		})
		if strings.HasPrefix(one.Operator, "not_") || strings.HasPrefix(one.Operator, "does_not") {
			hit = !hit
		}
		switch {
		case i == 0:
			yes = hit
		case or:
			yes = yes || hit
		default:
			yes = yes && hit
		}
		or = one.Joined != nil && strings.EqualFold(*one.Joined, "or")
	}
	return yes
}

func value(c *contact, key string) string {
	switch key {
	case "name":
		return c.Name
	case "email":
		return c.Email
	case "phone_number":
		return c.Phone
	case "identifier":
		return c.Identifier
	case "city", "country_code":
		return text(c.Additional[key])
	}
	return text(c.Custom[key])
}

func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// searchContacts finds parts of texts, also in contacts that no list shows: without
// regard to case, but for the identifier.
func (s *sim) searchContacts(r *http.Request) (any, *refusal) {
	q := r.URL.Query().Get("q")
	if q == "" {
		return nil, failed(http.StatusUnprocessableEntity, "Specify search string with parameter q")
	}
	hits := slices.DeleteFunc(slices.Clone(s.Contacts), func(c *contact) bool {
		return !strings.Contains(c.Identifier, q) && !slices.ContainsFunc([]string{c.Name, c.Email, c.Phone}, func(v string) bool {
			return strings.Contains(strings.ToLower(v), strings.ToLower(q))
		})
	})
	slices.SortStableFunc(hits, func(a, b *contact) int { return b.LastActivity.Compare(a.LastActivity) })
	n := page(r)
	out := contactPage(hits, n)
	// Here the count is that of the page alone.
	out["meta"] = map[string]any{"count": len(part(hits, n, perPage)), "current_page": n, "has_more": n*perPage < len(hits)}
	return out, nil
}

// mergeContacts is the merge by a client; agents do the same.
func (s *sim) mergeContacts(r *http.Request) (any, *refusal) {
	var in struct {
		Base   int `json:"base_contact_id"`
		Mergee int `json:"mergee_contact_id"`
	}
	if no := read(r, &in); no != nil {
		return nil, no
	}
	base, mergee := s.contact(in.Base), s.contact(in.Mergee)
	switch {
	case base == nil || mergee == nil:
		return nil, notFound
	case base == mergee:
		return nil, failed(http.StatusUnprocessableEntity, "contact cannot be merged with itself")
	}
	before := copyOf(base)
	next := s.merge(base, mergee)
	s.accepted(r, "delete", mergee, nil)
	s.accepted(r, "update", before, next)
	return contactObject(next), nil
}

// merge keeps what the base has, takes the rest from the other, and destroys
// that. A key of the attributes that the base has stays, even when it is blank. No webhook
// tells of it; the base's own changes are told.
func (s *sim) merge(base, mergee *contact) *contact {
	next := copyOf(base)
	for _, take := range []struct {
		to   *string
		from string
	}{{&next.Name, mergee.Name}, {&next.Email, mergee.Email}, {&next.Phone, mergee.Phone}, {&next.Identifier, mergee.Identifier}} {
		if *take.to == "" {
			*take.to = take.from
		}
	}
	fillIn(next.Additional, mergee.Additional)
	fillIn(next.Custom, mergee.Custom)
	for _, v := range s.Conversations {
		if v.Contact == mergee.ID { // each is saved, so that it counts as updated; no webhook tells of it
			v.Contact, v.Updated = base.ID, s.Now()
		}
	}
	s.Contacts = slices.DeleteFunc(s.Contacts, func(c *contact) bool { return c.ID == mergee.ID })
	s.replace(base, next)
	return next
}

func fillIn(to, from map[string]any) {
	for key, v := range from {
		if _, has := to[key]; !has {
			to[key] = v
		}
	}
}

// mergeAway merges a contact into a new one without an identifier.
func (s *sim) mergeAway(id string) {
	n, err := strconv.Atoi(id)
	if c := s.contact(n); err == nil && c != nil {
		base := &contact{ID: s.next("contacts"), Additional: map[string]any{}, Custom: map[string]any{}, Created: s.Now()}
		s.Contacts = append(s.Contacts, base)
		s.merge(base, c)
	}
}
