package rondosim

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
)

const stamp = "2006-01-02T15:04:05"

// render is a person as REST gives it.
func (s *sim) render(p *person, edit bool) object {
	t := s.theme()
	title := object{"rendered": texturize(p.Title)}
	link := s.site.Home + "/?post_type=person&p=" + key(p.ID)
	guid := object{"rendered": link}
	if !p.Fresh { // what is stored a second time is escaped
		guid["rendered"] = strings.ReplaceAll(link, "&", "&#038;")
	}
	out := object{
		"id": p.ID, "type": "person", "status": p.Status, "slug": p.Slug, "title": title, "link": link, "guid": guid,
		"date": p.Created.Format(stamp), "date_gmt": p.Created.Format(stamp),
		"modified": p.Modified.Format(stamp), "modified_gmt": p.Modified.Format(stamp),
		"author": accountID, "featured_media": 0, "comment_status": "open", "ping_status": "closed", "template": "",
		"relationship_type": []int64{},
		t.property:          s.renderFields(p), "is_deceased": p.text("datum_overlijden") != "", "birth_year": nil,
	}
	if edit {
		title["raw"], guid["raw"], out["password"] = p.Title, guid["rendered"], ""
	}
	if s.options.Team != "" {
		out["meta"] = p.Meta
	}
	if born := p.text("birthdate"); len(born) >= 4 {
		if year, err := strconv.Atoi(born[:4]); err == nil {
			out["birth_year"] = year
		}
	}
	return out
}

func (s *sim) renderFields(p *person) object {
	t, fields := s.theme(), object{}
	for key, def := range s.schema() {
		if def.form != rows {
			fields[def.called(key)] = def.read(t, p.value(key, def))
			continue
		}
		list := []object{}
		for _, r := range p.rows(key) {
			if o := s.renderRow(p, key, def, r); o != nil {
				list = append(list, o)
			}
		}
		switch {
		case len(list) > 0 || t.strict:
			fields[def.called(key)] = list
		case p.Written[key]:
			fields[def.called(key)] = nil
		default:
			fields[def.called(key)] = false
		}
	}
	return fields
}

// renderRow adds what the theme adds on read. A relationship with somebody who
// cannot be seen is left out.
func (s *sim) renderRow(p *person, key string, def field, r row) object {
	o := object{}
	for name, sub := range def.sub {
		o[sub.called(name)] = sub.read(s.theme(), r[name])
	}
	switch key {
	case "relationships":
		other := s.person(r.id("related_person_id"))
		if other == nil || other.ID == p.ID || other.Status == "trash" {
			return nil
		}
		t := s.term(r.id("relationship_type_id"))
		for i, v := range []string{texturize(other.Title), "", t.Name, t.Slug} {
			o[added[i]] = v
		}
	case "work_history":
		o["entity_type"] = s.group(r.id("team_id")).Type
	}
	return o
}

// find answers for the post that is not there, or may not be seen.
func (s *sim) find(w http.ResponseWriter, r *http.Request) *person {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		noRoute(w)
		return nil
	}
	p := s.person(id)
	if p == nil {
		refuse(w, http.StatusNotFound, "rest_post_invalid_id", "Invalid post ID.")
	}
	return p
}

func trashed(w http.ResponseWriter) {
	refuse(w, http.StatusNotFound, "rest_forbidden", "This item has been deleted.")
}

func (s *sim) get(w http.ResponseWriter, r *http.Request) {
	p := s.find(w, r)
	edit := r.URL.Query().Get("context") == "edit"
	switch {
	case p == nil, contextFault(w, r):
	case edit && !s.may(w, r, "rest_forbidden_context", "Sorry, you are not allowed to edit this post."):
	case p.Status == "trash" && !signedIn(r):
		refuse(w, http.StatusUnauthorized, "rest_forbidden", "Sorry, you are not allowed to do that.")
	case p.Status == "trash":
		trashed(w)
	case !signedIn(r) || s.site.Role != administrator:
		refuse(w, http.StatusForbidden, "rest_forbidden", "You do not have permission to access this resource.")
	default:
		send(w, http.StatusOK, only(r, s.render(p, edit)))
	}
}

func (s *sim) create(w http.ResponseWriter, r *http.Request) {
	if !s.may(w, r, "rest_cannot_create", "Sorry, you are not allowed to create posts as this user.") {
		return
	}
	in, ok := s.read(w, r, nil)
	if !ok {
		return
	}
	if in.status == "" {
		in.status = "draft"
	}
	// WordPress stores the post first: a field that the theme refuses leaves a
	// person without a name behind.
	p := s.fresh(in.status)
	was, bad := s.write(p, in)
	if failed(w, s.people.Insert(r, p), bad) {
		return
	}
	w.Header().Set("Location", s.Address("api")+"/wp-json/wp/v2/people/"+key(p.ID))
	send(w, http.StatusCreated, only(r, s.answer(p, was)))
}

func (s *sim) update(w http.ResponseWriter, r *http.Request) {
	p := s.find(w, r)
	if p == nil || !s.may(w, r, "rest_cannot_edit", "Sorry, you are not allowed to edit this post.") {
		return
	}
	in, ok := s.read(w, r, p)
	if !ok {
		return
	}
	if faultsOf(r).swallow {
		in.fields = nil
	}
	var was person
	var bad error // of what is refused the rest is stored all the same
	p, err := s.people.Update(r, key(p.ID), func(p *person) error {
		if in.status != "" {
			p.Status = in.status // also out of the trash
		}
		was, bad = s.write(p, in)
		return nil
	})
	switch {
	case failed(w, err, bad):
	case p.Status == "trash":
		trashed(w) // but stored (docs/systems/rondoclub.md, measured 7)
	default:
		send(w, http.StatusOK, only(r, s.answer(p, was)))
	}
}

// answer is a person after a write. The title is made after the answer is put
// together (docs/systems/rondoclub.md, measured 5): but for its rendered form
// the answer has the one of before.
func (s *sim) answer(p *person, was person) object {
	shown := *p
	shown.Title, shown.Slug, shown.Fresh = was.Title, was.Slug, was.Fresh
	out := s.render(&shown, true)
	title, _ := out["title"].(object)
	title["rendered"] = texturize(p.Title)
	return out
}

// write returns the person as it was before it got its title.
func (s *sim) write(p *person, in payload) (was person, err error) {
	err = s.teach(p, in)
	if err == nil && in.fields != nil {
		err = s.apply(p, in.fields)
	}
	if was = *p; err == nil {
		p.named()
	}
	return was, err
}

// failed answers for what is refused of a write that was done.
func failed(w http.ResponseWriter, unable, err error) bool {
	if unable != nil {
		refuse(w, http.StatusInternalServerError, "internal_server_error", unable.Error())
		return true
	}
	bad, ok := errors.AsType[*fieldError](err)
	if ok {
		refuse(w, http.StatusBadRequest, "rondo_invalid_field", "Invalid field value.", object{"field": bad.path, "detail": bad.detail})
	}
	if meta, isMeta := errors.AsType[*metaError](err); isMeta {
		send(w, http.StatusBadRequest, object{
			"code": "rest_invalid_type", "message": meta.message, "data": object{"status": http.StatusBadRequest},
			"additional_data": []object{{"param": "meta.team"}},
		})
		return true
	}
	return ok
}

func (s *sim) remove(w http.ResponseWriter, r *http.Request) {
	p := s.find(w, r)
	if p == nil || !s.may(w, r, "rest_cannot_delete", "Sorry, you are not allowed to delete this post.") {
		return
	}
	force := r.URL.Query().Get("force") == "true"
	if !force {
		var body struct {
			Force bool `json:"force"`
		}
		force = json.NewDecoder(r.Body).Decode(&body) == nil && body.Force
	}
	if force {
		_, _ = s.people.Delete(r, key(p.ID)) // it is there
	}
	switch {
	case force && p.Status == "trash":
		critical(w, r)
	case force:
		send(w, http.StatusOK, only(r, object{"deleted": true, "previous": s.render(p, true)}))
	case p.Status == "trash":
		refuse(w, http.StatusGone, "rest_already_trashed", "The post has already been deleted.")
	default:
		_, _ = s.people.UpdateAs("delete", r, key(p.ID), trash)
		trashed(w) // though it worked (docs/systems/rondoclub.md, measured 7)
	}
}

func trash(p *person) error {
	p.Status = "trash"
	return nil
}
