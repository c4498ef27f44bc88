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

func (s *sim) root(w http.ResponseWriter, r *http.Request) {
	send(w, http.StatusOK, only(r, object{
		"name": "Rondo Club", "description": "", "url": s.site.Home, "home": s.site.Home,
		"namespaces": []string{"rondo/v1", "wp/v2"},
	}))
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

// manages reports whether the account may manage the site, and has answered if
// not.
func (s *sim) manages(w http.ResponseWriter, r *http.Request) bool {
	status := http.StatusForbidden
	switch {
	case !signedIn(r):
		status = http.StatusUnauthorized
	case s.site.Role == administrator:
		return true
	}
	refuse(w, status, "rest_forbidden", "Sorry, you are not allowed to do that.")
	return false
}

// may reports whether the account may write people, and has answered if not.
func (s *sim) may(w http.ResponseWriter, r *http.Request, code, message string) bool {
	switch {
	case !signedIn(r):
		refuse(w, http.StatusUnauthorized, code, message)
	case code == "rest_cannot_create" && capabilities[s.site.Role]["publish_posts"] == true, s.site.Role == administrator:
		return true
	default:
		refuse(w, http.StatusForbidden, code, message)
	}
	return false
}

func (s *sim) me(w http.ResponseWriter, r *http.Request) {
	if !signedIn(r) {
		refuse(w, http.StatusUnauthorized, "rest_not_logged_in", "You are not currently logged in.")
		return
	}
	out := object{"id": accountID, "name": username, "slug": username}
	if r.URL.Query().Get("context") == "edit" {
		out["roles"], out["capabilities"] = []roleName{s.site.Role}, capabilities[s.site.Role]
	}
	send(w, http.StatusOK, only(r, out))
}

// ask is OPTIONS wp/v2/people, which anybody may ask.
func (s *sim) ask(w http.ResponseWriter, r *http.Request) {
	allowed := "GET"
	if signedIn(r) && capabilities[s.site.Role]["publish_posts"] == true {
		allowed = "GET, POST"
	}
	w.Header().Set("Allow", allowed)
	send(w, http.StatusOK, only(r, object{
		"namespace": "wp/v2", "methods": []string{"GET", "POST"}, "endpoints": []object{}, "schema": s.describe(),
	}))
}

func (s *sim) themeVersion(w http.ResponseWriter, _ *http.Request) {
	send(w, http.StatusOK, object{"version": cmp.Or(s.site.Version, s.theme().version)})
}

func (s *sim) relationshipTypes(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	per, ok := within(w, q.Get("per_page"), "per_page", 10, 100)
	if !ok {
		return
	}
	page, ok := within(w, q.Get("page"), "page", 1, 1<<31)
	if !ok {
		return
	}
	found := s.terms.Select(func(t *term) bool {
		want := q.Get("slug")
		return want == "" || slices.Contains(strings.Split(want, ","), t.Slug)
	})
	slices.SortFunc(found, func(a, b *term) int { return strings.Compare(a.Name, b.Name) })
	out := []object{}
	part, _ := simkit.Window(found, (page-1)*per, per)
	for _, t := range part {
		out = append(out, only(r, object{
			"id": t.ID, "name": t.Name, "slug": t.Slug, "taxonomy": "relationship_type",
			s.theme().property: object{s.inverseKey(): t.Inverse},
		}))
	}
	pages := (len(found) + per - 1) / per
	w.Header().Set("X-WP-Total", strconv.Itoa(len(found)))
	w.Header().Set("X-WP-TotalPages", strconv.Itoa(pages))
	s.links(w, r, page, pages)
	send(w, http.StatusOK, out)
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
func (s *sim) findByEmail(w http.ResponseWriter, r *http.Request) {
	email := r.URL.Query().Get("email")
	a, err := netmail.ParseAddress(email)
	switch {
	case !r.URL.Query().Has("email"):
		refuse(w, http.StatusBadRequest, "rest_missing_callback_param", "Missing parameter(s): email", object{"params": []string{"email"}})
		return
	case err != nil || a.Address != email || !strings.Contains(email, "."):
		badParam(w, "email", "Invalid email address.")
		return
	case !s.manages(w, r):
		return
	}
	type match struct {
		ID     int64  `json:"id"`
		Status string `json:"status"`
	}
	matches := []match{}
	for _, status := range []string{"publish", "trash"} {
		for p := range s.people.All() {
			if p.Status == status && p.at(email) {
				matches = append(matches, match{p.ID, p.Status})
			}
		}
	}
	switch {
	case s.theme().matches:
		send(w, http.StatusOK, object{"matches": matches})
	case len(matches) > 0 && matches[0].Status == "publish":
		send(w, http.StatusOK, object{"id": matches[0].ID})
	default:
		send(w, http.StatusOK, object{"id": nil})
	}
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
func (s *sim) mergeTarget(w http.ResponseWriter, r *http.Request) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	switch {
	case err != nil || !s.theme().matches:
		noRoute(w)
		return
	case !s.manages(w, r):
		return
	}
	at := s.person(id)
	for n := 0; n < 20 && at != nil && at.Into != 0; n++ {
		if at = s.person(at.Into); at != nil && at.Status == "publish" {
			send(w, http.StatusOK, object{"person_id": id, "merged_into_person_id": at.ID})
			return
		}
	}
	refuse(w, http.StatusNotFound, "rondo_person_merge_target_not_found", "Voor deze persoon is geen actief samengevoegd profiel gevonden.")
}

// filtered is only there with the filter on volunteers.
func (s *sim) filtered(w http.ResponseWriter, r *http.Request) {
	if !signedIn(r) {
		refuse(w, http.StatusUnauthorized, "rest_forbidden", "Sorry, you are not allowed to do that.")
		return
	}
	q := r.URL.Query()
	page, ok := within(w, q.Get("page"), "page", 1, 1<<31)
	if !ok {
		return
	}
	per, ok := within(w, q.Get("per_page"), "per_page", 20, 100)
	if !ok {
		return
	}
	found := s.people.Select(func(p *person) bool {
		flag, _ := p.Fields["huidig_vrijwilliger"].(bool)
		want := q.Get("huidig_vrijwilliger")
		return p.Status == "publish" && (want == "" || (want == "1") == flag)
	})
	out := []object{}
	part, _ := simkit.Window(found, (page-1)*per, per)
	for _, p := range part {
		out = append(out, object{"id": p.ID, s.theme().property: s.renderFields(p)})
	}
	send(w, http.StatusOK, object{"people": out, "total": len(found), "total_pages": (len(found) + per - 1) / per})
}
