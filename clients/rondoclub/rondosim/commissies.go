package rondosim

import (
	"cmp"
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

const aCommissie = "commissie"

// listCommissies is GET wp/v2/commissies.
func (s *sim) listCommissies(r *http.Request) (int, any, error) {
	q := r.URL.Query()
	at, err := pageOf(q, 10)
	if err = cmp.Or(err, contextFault(r)); err != nil {
		return 0, nil, err
	}
	edits := signedIn(r) && capabilities[s.site.Role]["edit_posts"] == true
	edit := q.Get("context") == "edit"
	switch {
	case edit && !signedIn(r):
		return 0, nil, refuse(http.StatusUnauthorized, "rest_forbidden_context", "Sorry, you are not allowed to edit posts in this post type.")
	case edit && !edits:
		return 0, nil, refuse(http.StatusForbidden, "rest_forbidden_context", "Sorry, you are not allowed to edit posts in this post type.")
	case cmp.Or(q.Get("status"), "publish") != "publish" && !edits:
		return 0, nil, forbiddenStatus(http.StatusUnauthorized)
	}
	found := s.groups.Select(func(g *group) bool { return g.Type == aCommissie && (g.Status == "" || edits) })
	slices.SortFunc(found, func(a, b *group) int { return int(a.ID - b.ID) })
	if q.Get("order") != "asc" { // the newest first, as WordPress has it
		slices.Reverse(found)
	}
	if at.number > at.pages(len(found)) && len(found) > 0 {
		return 0, nil, refuse(http.StatusBadRequest, "rest_post_invalid_page_number", "The page number requested is larger than the number of pages available.")
	}
	return paged(s, r, at, found, len(found), func(g *group) object { return only(r, g.render(edit)) })
}

// render is a commissie as REST gives it.
func (g *group) render(edit bool) object {
	title := object{"rendered": texturize(g.Name)}
	if edit {
		title["raw"] = g.Name
	}
	return object{"id": g.ID, "type": aCommissie, "status": cmp.Or(g.Status, "publish"), "slug": slug(g.Name), "title": title}
}

// findCommissie refuses what is the id of no commissie.
func (s *sim) findCommissie(r *http.Request) (*group, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return nil, noRoute
	}
	g := s.groups.Get(key(id))
	if g == nil || g.Type != aCommissie {
		return nil, refuse(http.StatusNotFound, "rest_post_invalid_id", "Invalid post ID.")
	}
	return g, nil
}

func (s *sim) getCommissie(r *http.Request) (int, any, error) {
	g, err := s.findCommissie(r)
	edit := r.URL.Query().Get("context") == "edit"
	if edit {
		err = cmp.Or(err, s.may(r, "rest_forbidden_context", "Sorry, you are not allowed to edit this post."))
	}
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, only(r, g.render(edit)), nil
}

// titled is what a request says of a commissie. One that does not say that it is JSON is
// passed over.
func titled(r *http.Request) (title string, given bool, err error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/json" {
		return "", false, nil
	}
	var in struct {
		Title  any
		Status string
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil {
		return "", false, refuse(http.StatusBadRequest, "rest_invalid_json", "Invalid JSON body passed.")
	}
	if o, ok := in.Title.(map[string]any); ok {
		in.Title = o["raw"]
	}
	title, given = in.Title.(string)
	return strings.TrimSpace(unslash(title)), given, nil
}

func (s *sim) createCommissie(r *http.Request) (int, any, error) {
	if err := s.may(r, "rest_cannot_create", "Sorry, you are not allowed to create posts as this user."); err != nil {
		return 0, nil, err
	}
	title, _, err := titled(r)
	switch {
	case err != nil:
		return 0, nil, err
	case title == "":
		return 0, nil, refuse(http.StatusBadRequest, "empty_content", "Content, title, and excerpt are empty.")
	}
	g := s.commissie(title)
	if err := s.groups.Insert(r, g); err != nil {
		return 0, nil, err
	}
	at := http.Header{"Location": {s.Address("api") + "/wp-json/wp/v2/commissies/" + key(g.ID)}}
	return http.StatusCreated, simkit.Headed{Header: at, Body: only(r, g.render(true))}, nil
}

// commissie is a new one with the next id.
func (s *sim) commissie(name string) *group {
	g := &group{Type: aCommissie, Name: name}
	for g.ID == 0 || s.person(g.ID) != nil || s.groups.Get(key(g.ID)) != nil {
		g.ID = 100 + int64(s.store.Number())
	}
	return g
}

func (s *sim) updateCommissie(r *http.Request) (int, any, error) {
	g, err := s.findCommissie(r)
	err = cmp.Or(err, s.may(r, "rest_cannot_edit", "Sorry, you are not allowed to edit this post."))
	if err != nil {
		return 0, nil, err
	}
	title, given, err := titled(r)
	if err != nil {
		return 0, nil, err
	}
	g, err = s.groups.Update(r, key(g.ID), func(g *group) error {
		if given {
			g.Name = title
		}
		return nil
	})
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, only(r, g.render(true)), nil
}
