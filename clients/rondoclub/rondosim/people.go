package rondosim

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

const stamp = "2006-01-02T15:04:05"

// render is a person as REST gives it.
func (s *sim) render(p *person, edit bool) object {
	t := s.theme()
	title := object{"rendered": texturize(p.Title)}
	link := s.home + "/?post_type=person&p=" + strconv.FormatInt(p.ID, 10)
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
			fields[def.called(key)] = def.read(t, p.Fields[key])
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
		other := s.people[r.id("related_person_id")]
		if other == nil || other.ID == p.ID || other.Status == "trash" {
			return nil
		}
		t, _ := s.term(r.id("relationship_type_id"))
		for i, v := range []string{texturize(other.Title), "", t.Name, t.Slug} {
			o[added[i]] = v
		}
	case "work_history":
		g, _ := s.group(r.id("team_id"))
		o["entity_type"] = g.Type
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
	p := s.people[id]
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
	case !signedIn(r) || s.role != administrator:
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
	p := s.insert(in.status)
	also, err := s.write(p, in)
	s.Accepted(simkit.Change{By: r, Op: "create", Collection: "people", ID: strconv.FormatInt(p.ID, 10), After: after(p, also)})
	if refuseField(w, err) {
		return
	}
	out := s.answer(p)
	w.Header().Set("Location", s.Address("api")+"/wp-json/wp/v2/people/"+strconv.FormatInt(p.ID, 10))
	send(w, http.StatusCreated, only(r, out))
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
	before := p.snapshot()
	if in.status != "" {
		p.Status = in.status // also out of the trash
	}
	p.Modified = s.Now() // moves also when nothing changes
	also, err := s.write(p, in)
	s.Accepted(simkit.Change{By: r, Op: "update", Collection: "people", ID: strconv.FormatInt(p.ID, 10), Before: before, After: after(p, also)})
	switch {
	case refuseField(w, err):
	case p.Status == "trash":
		p.named()
		trashed(w) // but stored (docs/systems/rondoclub.md, measured 7)
	default:
		send(w, http.StatusOK, only(r, s.answer(p)))
	}
}

// answer is a person after a write. The title is made after the answer is put
// together (docs/systems/rondoclub.md, measured 5): but for its rendered form
// the answer has the one of before.
func (s *sim) answer(p *person) object {
	out := s.render(p, true)
	p.named()
	title, _ := out["title"].(object)
	title["rendered"] = texturize(p.Title)
	return out
}

func (s *sim) write(p *person, in payload) ([]int64, error) {
	if err := s.teach(p, in); err != nil || in.fields == nil {
		return nil, err
	}
	return s.apply(p, in.fields)
}

func refuseField(w http.ResponseWriter, err error) bool {
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

func after(p *person, also []int64) object {
	o := p.snapshot()
	if len(also) > 0 {
		o["also"] = also
	}
	return o
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
	was := p.Status
	change := simkit.Change{By: r, Op: "delete", Collection: "people", ID: strconv.FormatInt(p.ID, 10), Before: p.snapshot()}
	switch {
	case force && was == "trash":
		delete(s.people, p.ID)
		s.Accepted(change)
		critical(w, r)
	case force:
		delete(s.people, p.ID)
		s.Accepted(change)
		send(w, http.StatusOK, only(r, object{"deleted": true, "previous": s.render(p, true)}))
	case was == "trash":
		refuse(w, http.StatusGone, "rest_already_trashed", "The post has already been deleted.")
	default:
		p.Status, p.Modified = "trash", s.Now()
		change.After = p.snapshot()
		s.Accepted(change)
		trashed(w) // though it worked (docs/systems/rondoclub.md, measured 7)
	}
}
