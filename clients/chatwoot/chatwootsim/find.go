package chatwootsim

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// perPage is fixed at contacts (docs/systems/chatwoot.md, 2026-11).
const perPage = 15

// shown are the contacts that lists and filters show, latest activity first;
// those without any come last. Those that rank alike come as the table has them, or,
// under the fault, in another order on each page, as a database may give them.
func (s *sim) shown(r *http.Request) []*contact {
	all := s.contacts.Select(func(c *contact) bool {
		return c.Email != "" || c.Phone != "" || c.Identifier != "" && !s.settings.CRMv2
	})
	if r.PathValue(tied) != "" {
		mix := func(c *contact) int { return (c.ID*7919 + page(r)*104729) % 1009 }
		slices.SortFunc(all, func(a, b *contact) int { return cmp.Compare(mix(a), mix(b)) })
	}
	slices.SortStableFunc(all, byActivity)
	return all
}

func byActivity(a, b *contact) int { return b.LastActivity.Compare(a.LastActivity) }

func (s *sim) listContacts(r *http.Request) (any, error) {
	all := s.shown(r)
	key, desc := strings.CutPrefix(cmp.Or(r.URL.Query().Get("sort"), "-last_activity_at"), "-")
	by := column[key]
	switch {
	case key == "identifier": // not to be sorted by
	case by != nil:
		slices.SortStableFunc(all, func(a, b *contact) int { return strings.Compare(by(a), by(b)) })
		if desc {
			slices.Reverse(all)
		}
	case key == "last_activity_at" && !desc:
		slices.SortStableFunc(all, func(a, b *contact) int { return byActivity(b, a) })
	}
	return contactPage(all, r), nil
}

func contactPage(all []*contact, r *http.Request) map[string]any {
	n := page(r)
	rows, _ := simkit.Window(all, (n-1)*perPage, perPage)
	return map[string]any{"meta": map[string]any{"count": len(all), "current_page": n}, "payload": simkit.Objects(rows, contactObject)}
}

// condition is one line of a filter.
type condition struct {
	Key      string  `json:"attribute_key"`
	Operator string  `json:"filter_operator"`
	Values   []any   `json:"values"`
	Joined   *string `json:"query_operator"`
}

type filter struct {
	Payload []condition `json:"payload"`
}

func (s *sim) filterContacts(r *http.Request, in filter) (any, error) {
	for _, c := range in.Payload {
		if err := s.checkCondition(c); err != nil {
			return nil, err
		}
	}
	return contactPage(slices.DeleteFunc(s.shown(r), func(c *contact) bool { return !matches(c, in.Payload) }), r), nil
}

var standard = []string{"name", "email", "phone_number", "identifier", "city", "country_code"}

// checkCondition refuses what the server refuses: a custom attribute needs a
// definition.
func (s *sim) checkCondition(c condition) error {
	switch {
	case !slices.Contains(standard, c.Key) && s.definitions.By("attribute_key", definitionKey(1, c.Key)) == nil:
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
	if of := column[key]; of != nil {
		return of(c)
	}
	from := c.Custom
	if slices.Contains(standard, key) {
		from = c.Additional
	}
	if v := from[key]; v != nil {
		return fmt.Sprint(v)
	}
	return ""
}

// searchContacts finds parts of texts, also in contacts that no list shows: without
// regard to case, but for the identifier.
func (s *sim) searchContacts(r *http.Request) (any, error) {
	q := r.URL.Query().Get("q")
	if q == "" {
		return nil, failed(http.StatusUnprocessableEntity, "Specify search string with parameter q")
	}
	hits := s.contacts.Select(func(c *contact) bool {
		return strings.Contains(c.Identifier, q) || slices.ContainsFunc([]string{c.Name, c.Email, c.Phone}, func(v string) bool {
			return strings.Contains(strings.ToLower(v), strings.ToLower(q))
		})
	})
	slices.SortStableFunc(hits, byActivity)
	out, n := contactPage(hits, r), page(r)
	rows, more := simkit.Window(hits, (n-1)*perPage, perPage)
	// Here the count is that of the page alone.
	out["meta"] = map[string]any{"count": len(rows), "current_page": n, "has_more": more}
	return out, nil
}

type merger struct {
	Base   int `json:"base_contact_id"`
	Mergee int `json:"mergee_contact_id"`
}

// mergeContacts is the merge by a client; agents do the same.
func (s *sim) mergeContacts(r *http.Request, in merger) (any, error) {
	base, mergee := s.contacts.Get(number(in.Base)), s.contacts.Get(number(in.Mergee))
	switch {
	case base == nil || mergee == nil:
		return nil, notFound
	case base == mergee:
		return nil, failed(http.StatusUnprocessableEntity, "contact cannot be merged with itself")
	}
	next, err := s.merge(r, base, mergee)
	if err != nil {
		return nil, err
	}
	return contactObject(next), nil
}

// merge keeps what the base has, takes the rest from the other, and destroys
// that. A key of the attributes that the base has stays, even when it is blank. No webhook
// tells of it; the base's own changes are told.
func (s *sim) merge(by *http.Request, base, mergee *contact) (*contact, error) {
	for _, v := range s.talksOf(mergee) { // each is saved, so that it counts as updated; no webhook tells of it
		move := func(v *conversation) error { v.Contact = base.ID; return nil }
		if _, err := s.conversations.Update(nil, number(v.ID), move); err != nil {
			return nil, err
		}
	}
	if _, err := s.contacts.Delete(by, number(mergee.ID)); err != nil {
		return nil, err
	}
	return s.contacts.Update(by, number(base.ID), func(next *contact) error {
		for to, from := range map[*string]string{&next.Name: mergee.Name, &next.Email: mergee.Email, &next.Phone: mergee.Phone, &next.Identifier: mergee.Identifier} {
			*to = cmp.Or(*to, from)
		}
		fillIn(next.Additional, mergee.Additional)
		fillIn(next.Custom, mergee.Custom)
		return nil
	})
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
	s.Lock()
	defer s.Unlock()
	if c := s.contacts.Get(id); c != nil {
		base := newContact()
		base.Created = s.Now()
		s.contacts.Fill(base)
		_, _ = s.merge(nil, base, c) // both are there
	}
}
