package rondosim

import (
	"cmp"
	"encoding/json"
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
	link := s.site.Home + "/?post_type=person&p=" + key(p.ID)
	guid := object{"rendered": link}
	if !p.Fresh { // what is stored a second time is escaped
		guid["rendered"] = strings.ReplaceAll(link, "&", "&#038;")
	}
	out := object{
		"id": p.ID, "type": "person", "status": p.Status, "slug": p.Slug, "title": title, "link": link, "guid": guid,
		"date": p.Created.Format(stamp), "date_gmt": p.Created.Format(stamp),
		"modified": p.Modified.Format(stamp), "modified_gmt": p.Modified.Format(stamp),
		"author": accountID, "featured_media": s.featured(p.ID), "comment_status": "open", "ping_status": "closed", "template": "",
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

// find refuses what is the id of no post.
func (s *sim) find(r *http.Request) (*person, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return nil, noRoute
	}
	p := s.person(id)
	if p == nil {
		return nil, refuse(http.StatusNotFound, "rest_post_invalid_id", "Invalid post ID.")
	}
	return p, nil
}

// owned is find for an account that may do something with the post.
func (s *sim) owned(r *http.Request, code, message string) (*person, error) {
	p, err := s.find(r)
	return p, cmp.Or(err, s.may(r, code, message))
}

var trashed = refuse(http.StatusNotFound, "rest_forbidden", "This item has been deleted.")

func (s *sim) get(r *http.Request) (int, any, error) {
	p, err := s.find(r)
	err = cmp.Or(err, contextFault(r))
	edit := r.URL.Query().Get("context") == "edit"
	if edit {
		err = cmp.Or(err, s.may(r, "rest_forbidden_context", "Sorry, you are not allowed to edit this post."))
	}
	switch {
	case err != nil:
		return 0, nil, err
	case p.Status == "trash" && !signedIn(r):
		return 0, nil, refuse(http.StatusUnauthorized, "rest_forbidden", "Sorry, you are not allowed to do that.")
	case p.Status == "trash":
		return 0, nil, trashed
	case !signedIn(r) || s.site.Role != administrator:
		return 0, nil, refuse(http.StatusForbidden, "rest_forbidden", "You do not have permission to access this resource.")
	}
	return http.StatusOK, only(r, s.render(p, edit)), nil
}

func (s *sim) create(r *http.Request) (int, any, error) {
	if err := s.may(r, "rest_cannot_create", "Sorry, you are not allowed to create posts as this user."); err != nil {
		return 0, nil, err
	}
	in, err := s.read(r, nil)
	if err != nil {
		return 0, nil, err
	}
	// WordPress stores the post first: a field that the theme refuses leaves a
	// person without a name behind.
	p := s.fresh(cmp.Or(in.status, "draft"))
	was, bad := s.write(p, in)
	if err := cmp.Or(s.people.Insert(r, p), bad); err != nil {
		return 0, nil, err
	}
	at := http.Header{"Location": {s.Address("api") + "/wp-json/wp/v2/people/" + key(p.ID)}}
	return http.StatusCreated, simkit.Headed{Header: at, Body: only(r, s.answer(p, was))}, nil
}

func (s *sim) update(r *http.Request) (int, any, error) {
	p, err := s.owned(r, "rest_cannot_edit", "Sorry, you are not allowed to edit this post.")
	if err != nil {
		return 0, nil, err
	}
	in, err := s.read(r, p)
	if err != nil {
		return 0, nil, err
	}
	if faultsOf(r).swallow {
		in.fields = nil
	}
	var was person
	var bad error // of what is refused the rest is stored all the same
	p, err = s.people.Update(r, key(p.ID), func(p *person) error {
		p.Status = cmp.Or(in.status, p.Status) // also out of the trash
		was, bad = s.write(p, in)
		return nil
	})
	if err = cmp.Or(err, bad); err == nil && p.Status == "trash" {
		err = trashed // but stored (docs/systems/rondoclub.md, measured 7)
	}
	if err != nil {
		return 0, nil, err
	}
	return http.StatusOK, only(r, s.answer(p, was)), nil
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

func (s *sim) remove(r *http.Request) (int, any, error) {
	p, err := s.owned(r, "rest_cannot_delete", "Sorry, you are not allowed to delete this post.")
	if err != nil {
		return 0, nil, err
	}
	force := r.URL.Query().Get("force") == "true"
	if !force {
		var body struct {
			Force bool `json:"force"`
		}
		force = json.NewDecoder(r.Body).Decode(&body) == nil && body.Force
	}
	if force {
		_, err = s.people.Delete(r, key(p.ID))
	}
	switch {
	case err != nil:
	case force && p.Status == "trash":
		err = critical(r)
	case force:
		return http.StatusOK, only(r, object{"deleted": true, "previous": s.render(p, true)}), nil
	case p.Status == "trash":
		err = refuse(http.StatusGone, "rest_already_trashed", "The post has already been deleted.")
	default:
		_, err = s.people.UpdateAs("delete", r, key(p.ID), trash)
		err = cmp.Or(err, trashed) // though it worked (docs/systems/rondoclub.md, measured 7)
	}
	return 0, nil, err
}

func trash(p *person) error {
	p.Status = "trash"
	return nil
}
