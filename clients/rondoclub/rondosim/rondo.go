package rondosim

import (
	"cmp"
	"fmt"
	"net/http"
	netmail "net/mail"
	"slices"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

func (s *sim) root(r *http.Request) (int, any, error) {
	return http.StatusOK, only(r, object{
		"name": "Rondo Club", "description": "", "url": s.site.Home, "home": s.site.Home,
		"namespaces": []string{"rondo/v1", "wp/v2"},
	}), nil
}

// The roles that the account may have. The theme shows a role without rights over
// people nobody, with 200, and lets it edit nobody.
const administrator = "administrator"

type roleName string

// UnmarshalText refuses what is none.
func (n *roleName) UnmarshalText(text []byte) error {
	*n = roleName(text)
	if capabilities[*n] == nil {
		return fmt.Errorf("no role %q", text)
	}
	return nil
}

var capabilities = map[roleName]object{
	administrator: {
		"read": true, "edit_posts": true, "edit_others_posts": true, "edit_published_posts": true, "publish_posts": true,
		"delete_posts": true, "manage_options": true,
	},
	"editor": {
		"read": true, "edit_posts": true, "edit_others_posts": true, "edit_published_posts": true, "publish_posts": true, "delete_posts": true,
	},
	"author":     {"read": true, "edit_posts": true, "edit_published_posts": true, "publish_posts": true},
	"subscriber": {"read": true},
}

// accountID is the id of the sync's account.
const accountID = 7

// manages refuses an account that may not manage the site.
func (s *sim) manages(r *http.Request) error {
	return s.holds(r, s.site.Role == administrator, "rest_forbidden", "Sorry, you are not allowed to do that.")
}

// may refuses an account that may not write people.
func (s *sim) may(r *http.Request, code, message string) error {
	creates := code == "rest_cannot_create" && capabilities[s.site.Role]["publish_posts"] == true
	return s.holds(r, creates || s.site.Role == administrator, code, message)
}

func (s *sim) holds(r *http.Request, right bool, code, message string) error {
	switch {
	case !signedIn(r):
		return refuse(http.StatusUnauthorized, code, message)
	case !right:
		return refuse(http.StatusForbidden, code, message)
	}
	return nil
}

func (s *sim) me(r *http.Request) (int, any, error) {
	if err := s.holds(r, true, "rest_not_logged_in", "You are not currently logged in."); err != nil {
		return 0, nil, err
	}
	out := object{"id": accountID, "name": username, "slug": username}
	if r.URL.Query().Get("context") == "edit" {
		out["roles"], out["capabilities"] = []roleName{s.site.Role}, capabilities[s.site.Role]
	}
	return http.StatusOK, only(r, out), nil
}

// ask is OPTIONS wp/v2/people, which anybody may ask.
func (s *sim) ask(r *http.Request) (int, any, error) {
	allowed := "GET"
	if signedIn(r) && capabilities[s.site.Role]["publish_posts"] == true {
		allowed = "GET, POST"
	}
	return http.StatusOK, simkit.Headed{Header: http.Header{"Allow": {allowed}}, Body: only(r, object{
		"namespace": "wp/v2", "methods": []string{"GET", "POST"}, "endpoints": []object{}, "schema": s.describe(),
	})}, nil
}

func (s *sim) themeVersion(*http.Request) (int, any, error) {
	return http.StatusOK, object{"version": cmp.Or(s.site.Version, s.theme().version)}, nil
}

func (s *sim) relationshipTypes(r *http.Request) (int, any, error) {
	q := r.URL.Query()
	at, err := pageOf(q, 10)
	if err != nil {
		return 0, nil, err
	}
	found := s.terms.Select(func(t *term) bool {
		want := q.Get("slug")
		return want == "" || slices.Contains(strings.Split(want, ","), t.Slug)
	})
	slices.SortFunc(found, func(a, b *term) int { return strings.Compare(a.Name, b.Name) })
	return paged(s, r, at, found, len(found), func(t *term) object {
		return only(r, object{
			"id": t.ID, "name": t.Name, "slug": t.Slug, "taxonomy": "relationship_type",
			s.theme().property: object{s.inverseKey(): t.Inverse},
		})
	})
}

// inverseKey is the key of the term that a kind of relationship makes on the other
// side.
func (s *sim) inverseKey() string {
	if s.theme().strict {
		return "inverse_relationship_type_id"
	}
	return "inverse_relationship_type"
}

// findByEmail looks in all states: published persons first, then the trash. The
// old theme names the first published person, or null.
func (s *sim) findByEmail(r *http.Request) (int, any, error) {
	email := r.URL.Query().Get("email")
	a, err := netmail.ParseAddress(email)
	switch {
	case !r.URL.Query().Has("email"):
		return 0, nil, refuse(http.StatusBadRequest, "rest_missing_callback_param", "Missing parameter(s): email", object{"params": []string{"email"}})
	case err != nil || a.Address != email || !strings.Contains(email, "."):
		return 0, nil, badParam("email", "Invalid email address.")
	}
	if err := s.manages(r); err != nil {
		return 0, nil, err
	}
	matches, first := []object{}, object{"id": nil}
	for _, status := range []string{"publish", "trash"} {
		for _, p := range s.people.Select(func(p *person) bool { return p.Status == status && p.at(email) }) {
			if status == "publish" && len(matches) == 0 {
				first["id"] = p.ID
			}
			matches = append(matches, object{"id": p.ID, "status": status})
		}
	}
	if s.theme().matches {
		return http.StatusOK, object{"matches": matches}, nil
	}
	return http.StatusOK, first, nil
}

// at reports whether a person has an address.
func (p *person) at(email string) bool {
	for _, r := range p.rows("contact_info") {
		if value, _ := r["contact_value"].(string); r["contact_type"] == "email" && strings.EqualFold(value, email) {
			return true
		}
	}
	return strings.EqualFold(p.text("email_1"), email) || strings.EqualFold(p.text("email_2"), email)
}

// mergeTarget names who a person was merged into, up to 20 one after the other.
// Only the later theme has the route.
func (s *sim) mergeTarget(r *http.Request) (int, any, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || !s.theme().matches {
		return 0, nil, noRoute
	}
	if err := s.manages(r); err != nil {
		return 0, nil, err
	}
	at := s.person(id)
	for n := 0; n < 20 && at != nil && at.Into != 0; n++ {
		if at = s.person(at.Into); at != nil && at.Status == "publish" {
			return http.StatusOK, object{"person_id": id, "merged_into_person_id": at.ID}, nil
		}
	}
	return 0, nil, refuse(http.StatusNotFound, "rondo_person_merge_target_not_found", "Voor deze persoon is geen actief samengevoegd profiel gevonden.")
}

// filtered is only there with the filter on volunteers.
func (s *sim) filtered(r *http.Request) (int, any, error) {
	q := r.URL.Query()
	at, err := pageOf(q, 20)
	if err := cmp.Or(s.holds(r, true, "rest_forbidden", "Sorry, you are not allowed to do that."), err); err != nil {
		return 0, nil, err
	}
	found := s.people.Select(func(p *person) bool {
		flag, _ := p.Fields["huidig_vrijwilliger"].(bool)
		want := q.Get("huidig_vrijwilliger")
		return p.Status == "publish" && (want == "" || (want == "1") == flag)
	})
	people := shownOn(at, found, func(p *person) object { return object{"id": p.ID, s.theme().property: s.renderFields(p)} })
	return http.StatusOK, object{"people": people, "total": len(found), "total_pages": at.pages(len(found))}, nil
}
