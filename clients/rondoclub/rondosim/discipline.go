package rondosim

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// dossier is the post of a discipline case. Fields are by the keys of the later contract.
type dossier struct {
	ID       int64          `json:"id"`
	Status   string         `json:"status"`
	Title    string         `json:"title"`
	Seasons  []int64        `json:"seizoen"`
	Fields   map[string]any `json:"fields"`
	Created  time.Time      `json:"created"`
	Modified time.Time      `json:"modified"`
}

// ofCases are the theme's own fields of a case (docs/systems/rondoclub.md, "Discipline
// cases"): in the later contract, and in the one of February.
var ofCases = map[bool]schema{
	true: {
		"dossier_id": {}, "person_id": {form: ref}, "match_date": {form: date}, "processing_date": {form: date}, "match_description": {},
		"team_name": {}, "charge_codes": {}, "charge_description": {}, "sanction_description": {}, "administrative_fee": {form: number},
		"is_charged":   {form: choice, choices: []string{"sportlink", "rondo", "exception"}},
		"home_team_id": {form: ref}, "away_team_id": {form: ref},
	},
	false: {
		"dossier_id": {}, "person_id": {form: ref, wire: "person"}, "match_date": {form: date}, "processing_date": {form: date},
		"match_description": {}, "team_name": {}, "charge_codes": {}, "charge_description": {}, "sanction_description": {},
		"administrative_fee": {form: number}, "is_charged": {form: flag},
	},
}

func (s *sim) caseRules() simkit.Rules[dossier] {
	return simkit.Rules[dossier]{
		Kit: s.Kit, Collection: "cases",
		ID: func(d *dossier) string { return key(d.ID) },
		Clone: func(d *dossier) *dossier {
			next := *d
			next.Fields, next.Seasons = maps.Clone(d.Fields), slices.Clone(d.Seasons)
			return &next
		},
		Stamp: func(d *dossier, now time.Time, made bool) {
			if d.Modified = now; made {
				d.Created = now
			}
		},
	}
}

// caseCalls are the calls of cases and of their seasons.
func (s *sim) caseCalls() map[string]simkit.Call {
	const cases, seasons = "/wp-json/wp/v2/discipline-cases", "/wp-json/wp/v2/seizoen"
	return map[string]simkit.Call{
		"GET " + cases: s.listCases, "POST " + cases: s.createCase,
		"GET " + cases + "/{id}": s.getCase, "PUT " + cases + "/{id}": s.updateCase, "DELETE " + cases + "/{id}": s.removeCase,
		"GET " + seasons: s.listSeasons, "POST " + seasons: s.createSeason,
	}
}

// asksForPosts is what a list of posts that have no rules of the theme's own is asked for:
// which page, whether to edit, and whether the account may.
func (s *sim) asksForPosts(r *http.Request) (at page, edit, edits bool, err error) {
	q := r.URL.Query()
	at, err = pageOf(q, 10)
	if err = cmp.Or(err, contextFault(r)); err != nil {
		return at, false, false, err
	}
	edit, edits = q.Get("context") == "edit", signedIn(r) && capabilities[s.site.Role]["edit_posts"] == true
	const forbidden = "Sorry, you are not allowed to edit posts in this post type."
	switch {
	case edit && !signedIn(r):
		err = refuse(http.StatusUnauthorized, "rest_forbidden_context", forbidden)
	case edit && !edits:
		err = refuse(http.StatusForbidden, "rest_forbidden_context", forbidden)
	case cmp.Or(q.Get("status"), "publish") != "publish" && !edits:
		err = forbiddenStatus(http.StatusUnauthorized)
	}
	return at, edit, edits, err
}

var pastTheEnd = refuse(http.StatusBadRequest, "rest_post_invalid_page_number", "The page number requested is larger than the number of pages available.")

// listCases is GET wp/v2/discipline-cases: "any" leaves the trash out.
func (s *sim) listCases(r *http.Request) (int, any, error) {
	at, edit, edits, err := s.asksForPosts(r)
	if err != nil {
		return 0, nil, err
	}
	found := s.cases.Select(func(d *dossier) bool { return d.Status != "trash" && (d.Status == "publish" || edits) })
	slices.SortFunc(found, func(a, b *dossier) int { return cmp.Compare(a.ID, b.ID) })
	if r.URL.Query().Get("order") != "asc" {
		slices.Reverse(found)
	}
	total := len(found)
	if at.number > at.pages(total) && total > 0 {
		return 0, nil, pastTheEnd
	}
	if faultsOf(r).short {
		found = found[:total-total/3]
	}
	return paged(s, r, at, found, total, func(d *dossier) object { return only(r, s.renderCase(d, edit)) })
}

// renderCase is a case as REST gives it.
func (s *sim) renderCase(d *dossier, edit bool) object {
	t := s.theme()
	title, fields := object{"rendered": texturize(d.Title)}, object{}
	if edit {
		title["raw"] = d.Title
	}
	for key, def := range ofCases[t.strict] {
		v := d.Fields[key]
		if v == nil {
			v = def.empty()
		}
		fields[def.called(key)] = def.read(t, v)
	}
	seasons := d.Seasons
	if seasons == nil {
		seasons = []int64{}
	}
	return object{"id": d.ID, "type": "discipline_case", "status": d.Status, "title": title, "seizoen": seasons, t.property: fields}
}

// findCase refuses what is the id of no case.
func (s *sim) findCase(r *http.Request) (*dossier, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return nil, noRoute
	}
	d := s.cases.Get(key(id))
	if d == nil {
		return nil, refuse(http.StatusNotFound, "rest_post_invalid_id", "Invalid post ID.")
	}
	return d, nil
}

// getCase shows a case that lies in the trash as well, as was measured.
func (s *sim) getCase(r *http.Request) (int, any, error) {
	d, err := s.findCase(r)
	edit := r.URL.Query().Get("context") == "edit"
	if edit || err == nil && d.Status != "publish" {
		err = cmp.Or(err, s.may(r, "rest_forbidden_context", "Sorry, you are not allowed to edit this post."))
	}
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, only(r, s.renderCase(d, edit)), nil
}

func (s *sim) createCase(r *http.Request) (int, any, error) {
	if err := s.may(r, "rest_cannot_create", "Sorry, you are not allowed to create posts as this user."); err != nil {
		return 0, nil, err
	}
	body, err := s.caseBody(r)
	if err != nil {
		return 0, nil, err
	}
	d := &dossier{Status: "draft", Fields: map[string]any{}}
	for d.ID == 0 || s.person(d.ID) != nil || s.cases.Get(key(d.ID)) != nil {
		d.ID = 100 + int64(s.store.Number())
	}
	bad := s.writeCase(r, d, body)
	if err := cmp.Or(s.cases.Insert(r, d), bad); err != nil {
		return 0, nil, err // what the theme refuses leaves the post behind
	}
	at := http.Header{"Location": {s.Address("api") + "/wp-json/wp/v2/discipline-cases/" + key(d.ID)}}
	return http.StatusCreated, simkit.Headed{Header: at, Body: only(r, s.renderCase(d, true))}, nil
}

func (s *sim) updateCase(r *http.Request) (int, any, error) {
	d, err := s.findCase(r)
	err = cmp.Or(err, s.may(r, "rest_cannot_edit", "Sorry, you are not allowed to edit this post."))
	if err != nil {
		return 0, nil, err
	}
	body, err := s.caseBody(r)
	if err != nil {
		return 0, nil, err
	}
	var bad error
	d, err = s.cases.Update(r, key(d.ID), func(d *dossier) error {
		bad = s.writeCase(r, d, body)
		return nil
	})
	if err = cmp.Or(err, bad); err != nil {
		return 0, nil, err
	}
	return http.StatusOK, only(r, s.renderCase(d, true)), nil
}

// removeCase puts a case into the trash, and says so with 200, as was measured.
func (s *sim) removeCase(r *http.Request) (int, any, error) {
	d, err := s.findCase(r)
	err = cmp.Or(err, s.may(r, "rest_cannot_delete", "Sorry, you are not allowed to delete this post."))
	switch {
	case err != nil:
		return 0, nil, err
	case r.URL.Query().Get("force") == "true":
		_, err = s.cases.Delete(r, key(d.ID))
		return http.StatusOK, only(r, object{"deleted": true, "previous": s.renderCase(d, true)}), err
	case d.Status == "trash":
		return 0, nil, refuse(http.StatusGone, "rest_already_trashed", "The post has already been deleted.")
	}
	d, err = s.cases.UpdateAs("delete", r, key(d.ID), func(d *dossier) error {
		d.Status = "trash"
		return nil
	})
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, only(r, s.renderCase(d, true)), nil
}

// caseBody reads a body and checks it as WordPress does, before anything is stored.
func (s *sim) caseBody(r *http.Request) (object, error) {
	body, err := bodyOf(r)
	if err != nil {
		return nil, err
	}
	t := s.theme()
	if _, has := body["acf"]; has && t.property != "acf" {
		return nil, refuse(http.StatusBadRequest, "removed_acf_payload", `The "acf" request attribute was removed. Send canonical values under "fields".`)
	}
	if terms, has := body["seizoen"]; has {
		list, ok := listed(terms)
		if !ok {
			return nil, badParam("seizoen", "seizoen is not of type array.")
		}
		for i, v := range list {
			if _, err := toNumber(v); err != nil {
				return nil, badParam("seizoen", "seizoen["+strconv.Itoa(i)+"] is not of type integer.")
			}
		}
	}
	fields, ok := keyed(body[t.property])
	if body[t.property] != nil && !ok {
		return nil, badParam(t.property, t.property+" is not of type object.")
	}
	for _, wire := range sortedKeys(fields) {
		if _, def, known := ofCases[t.strict].under(wire); known {
			if fault := def.typeFault(t, t.property+"["+wire+"]", fields[wire]); fault != "" {
				return nil, badParam(t.property, fault)
			}
		}
	}
	return body, nil
}

// writeCase stores what is WordPress' own, and then the theme's fields.
func (s *sim) writeCase(r *http.Request, d *dossier, body object) error {
	if title, ok := body["title"].(string); ok {
		d.Title = strings.TrimSpace(unslash(title))
	}
	if status, ok := body["status"].(string); ok {
		d.Status = status
	}
	if list, ok := listed(body["seizoen"]); ok {
		d.Seasons = nil
		for _, v := range list {
			if n, err := toNumber(v); err == nil && s.seasons.Get(key(int64(n))) != nil {
				d.Seasons = append(d.Seasons, int64(n)) // others are passed over
			}
		}
	}
	t := s.theme()
	fields, _ := keyed(body[t.property])
	if faultsOf(r).swallow {
		return nil
	}
	for _, wire := range sortedKeys(fields) {
		name, def, known := ofCases[t.strict].under(wire)
		path := t.property + "." + wire
		switch {
		case !known && t.strict:
			return badField(path, path+": Field discipline_case."+wire+" is unresolved.")
		case !known:
			continue
		}
		v, err := def.store(t, path, fields[wire], d.Fields[name])
		if err != nil {
			return err
		}
		if n, ok := v.(float64); ok && name == "person_id" && n > 0 && s.person(int64(n)) == nil {
			return badField(path, path+" must be an existing person.")
		}
		d.Fields[name] = v
	}
	return nil
}

// listSeasons lists the terms of seasons, by name.
func (s *sim) listSeasons(r *http.Request) (int, any, error) {
	q := r.URL.Query()
	at, err := pageOf(q, 10)
	if err != nil {
		return 0, nil, err
	}
	found := s.seasons.Select(func(t *term) bool {
		want := q.Get("slug")
		return want == "" || slices.Contains(strings.Split(want, ","), t.Slug)
	})
	slices.SortFunc(found, func(a, b *term) int { return strings.Compare(a.Name, b.Name) })
	return paged(s, r, at, found, len(found), func(t *term) object { return only(r, renderSeason(t)) })
}

func renderSeason(t *term) object {
	return object{"id": t.ID, "name": t.Name, "slug": t.Slug, "taxonomy": "seizoen"}
}

// createSeason makes a season; of a name there is one.
func (s *sim) createSeason(r *http.Request) (int, any, error) {
	if err := s.may(r, "rest_cannot_create", "Sorry, you are not allowed to create terms in this taxonomy."); err != nil {
		return 0, nil, err
	}
	body, err := bodyOf(r)
	if err != nil {
		return 0, nil, err
	}
	name, _ := body["name"].(string)
	if name = sanitize(name); name == "" {
		return 0, nil, refuse(http.StatusBadRequest, "rest_missing_callback_param", "Missing parameter(s): name", object{"params": []string{"name"}})
	}
	given, _ := body["slug"].(string)
	t := &term{Name: name, Slug: slug(cmp.Or(given, name))}
	if there := s.seasons.By("slug", t.Slug); there != nil {
		return 0, nil, &refusal{
			status: http.StatusBadRequest, code: "term_exists", message: "A term with the name provided already exists in this taxonomy.",
			data: object{"status": http.StatusBadRequest, "term_id": there.ID}, more: object{"additional_data": []int64{there.ID, there.ID}},
		}
	}
	t.ID = int64(6 + s.seasons.Len()) // after those of relationships
	if err := s.seasons.Insert(r, t); err != nil {
		return 0, nil, err
	}
	at := http.Header{"Location": {s.Address("api") + "/wp-json/wp/v2/seizoen/" + key(t.ID)}}
	return http.StatusCreated, simkit.Headed{Header: at, Body: only(r, renderSeason(t))}, nil
}
