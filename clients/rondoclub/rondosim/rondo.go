package rondosim

import (
	"net/http"
	"net/mail"
	"slices"
	"strconv"
	"strings"
)

func (s *sim) root(w http.ResponseWriter, r *http.Request) {
	send(w, http.StatusOK, only(r, object{
		"name": "Rondo Club", "description": "", "url": s.home, "home": s.home,
		"namespaces": []string{"rondo/v1", "wp/v2"},
	}))
}

func (s *sim) me(w http.ResponseWriter, r *http.Request) {
	if !signedIn(r) {
		refuse(w, http.StatusUnauthorized, "rest_not_logged_in", "You are not currently logged in.")
		return
	}
	send(w, http.StatusOK, only(r, object{"id": 7, "name": username, "slug": username}))
}

func (s *sim) themeVersion(w http.ResponseWriter, _ *http.Request) {
	send(w, http.StatusOK, object{"version": s.version})
}

func (s *sim) relationshipTypes(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	per, ok := within(w, q.Get("per_page"), "per_page", 10, 100)
	if !ok {
		return
	}
	out := []object{}
	total := 0
	for _, t := range s.terms {
		if want := q.Get("slug"); want != "" && !slices.Contains(strings.Split(want, ","), t.Slug) {
			continue
		}
		total++
		if len(out) < per {
			out = append(out, only(r, object{
				"id": t.ID, "name": t.Name, "slug": t.Slug, "taxonomy": "relationship_type",
				"fields": object{"inverse_relationship_type_id": t.Inverse},
			}))
		}
	}
	w.Header().Set("X-WP-Total", strconv.Itoa(total))
	w.Header().Set("X-WP-TotalPages", strconv.Itoa((total+per-1)/per))
	send(w, http.StatusOK, out)
}

// findByEmail looks in all states: published persons first, then the trash.
func (s *sim) findByEmail(w http.ResponseWriter, r *http.Request) {
	if !signedIn(r) {
		refuse(w, http.StatusForbidden, "rest_forbidden", "Sorry, you are not allowed to do that.")
		return
	}
	email := r.URL.Query().Get("email")
	if a, err := mail.ParseAddress(email); err != nil || a.Address != email {
		badParam(w, "email", "Invalid parameter.")
		return
	}
	type match struct {
		ID     int64  `json:"id"`
		Status string `json:"status"`
	}
	matches := []match{}
	for _, status := range []string{"publish", "trash"} {
		for _, p := range s.sorted() {
			if p.Status == status && (strings.EqualFold(p.text("email_1"), email) || strings.EqualFold(p.text("email_2"), email)) {
				matches = append(matches, match{p.ID, p.Status})
			}
		}
	}
	send(w, http.StatusOK, object{"matches": matches})
}

func (s *sim) mergeTarget(w http.ResponseWriter, r *http.Request) {
	if !signedIn(r) {
		refuse(w, http.StatusUnauthorized, "rest_forbidden", "Sorry, you are not allowed to do that.")
		return
	}
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		noRoute(w)
		return
	}
	out := object{"merged_into_person_id": nil}
	if into, ok := s.merged[id]; ok {
		out["merged_into_person_id"] = into
	}
	send(w, http.StatusOK, out)
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
	var found []*person
	for _, p := range s.query([]string{"publish"}, "", "") {
		flag, _ := p.Fields["huidig_vrijwilliger"].(bool)
		if want := q.Get("huidig_vrijwilliger"); want == "" || (want == "1") == flag {
			found = append(found, p)
		}
	}
	from := min((page-1)*per, len(found))
	out := []object{}
	for _, p := range found[from:min(from+per, len(found))] {
		out = append(out, object{"id": p.ID, "fields": s.render(p, false)["fields"]})
	}
	send(w, http.StatusOK, object{"people": out, "total": len(found), "total_pages": (len(found) + per - 1) / per})
}
