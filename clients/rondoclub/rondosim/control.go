package rondosim

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

func (s *sim) controls() {
	simkit.Patch(s.Kit, "/site", func(*http.Request) *site { return s.site })
	people := simkit.EditsOf("/people", s.people)
	people.New = func() *person { return s.fresh("publish") }
	people.Edit = s.edit
	people.Delete = func(r *http.Request, t *simkit.Table[person], p *person) (err error) {
		if r.URL.Query().Get("force") == "true" {
			_, err = t.Delete(nil, key(p.ID))
		} else {
			_, err = t.Update(nil, key(p.ID), trash)
		}
		return err
	}
	people.Serve(s.Kit)
	for kind, base := range bases {
		s.Control("POST /"+base, func(w http.ResponseWriter, r *http.Request) {
			var in struct{ Name string }
			if simkit.Read(w, r, &in) {
				s.Lock()
				defer s.Unlock()
				g := s.newGroup(kind, in.Name)
				s.groups.Fill(g)
				simkit.Write(w, g)
			}
		})
	}
	simkit.EditsOf("/activities", s.activities).Serve(s.Kit)
	simkit.EditsOf("/todos", s.todos).Serve(s.Kit)
	simkit.EditsOf("/media", s.files).Serve(s.Kit)
	simkit.EditsOf("/accounts", s.accounts).Serve(s.Kit)
	simkit.Patch(s.Kit, "/roles", func(*http.Request) *roleMap { return s.roles })
	cases := simkit.EditsOf("/cases", s.cases)
	cases.Edit = editCase
	cases.Serve(s.Kit)
	people.Act(s.Kit, "POST /people/{id}/restore", func(_ *simkit.Table[person], p *person, _ []byte) error {
		p.Status = "publish"
		return nil
	})
	people.Act(s.Kit, "POST /people/{id}/merge", func(t *simkit.Table[person], p *person, body []byte) error {
		var in struct{ Into int64 }
		if err := simkit.Strict(body, &in); err != nil {
			return err
		}
		if in.Into == p.ID {
			return errors.New("a person cannot be merged into itself")
		}
		p.Into, p.Status = in.Into, "trash"
		_, err := t.Update(nil, key(in.Into), func(*person) error { return nil }) // is saved, too
		return err
	})
	people.Act(s.Kit, "POST /people/{id}/work", s.work)
	people.Act(s.Kit, "DELETE /people/{id}/work", func(_ *simkit.Table[person], p *person, _ []byte) error {
		p.Fields["work_history"] = []row{}
		s.saved(p, p.rows("relationships"))
		return nil
	})
}

// edit is what another user does to a person.
func (s *sim) edit(_ *simkit.Table[person], p *person, body []byte) error {
	in := struct {
		Status       string
		Fields, Meta object
	}{Status: p.Status}
	if err := simkit.Strict(body, &in); err != nil {
		return err
	}
	p.Status = in.Status
	maps.Copy(p.Meta, in.Meta)
	if err := s.apply(p, in.Fields); err != nil {
		return err
	}
	p.named()
	return nil
}

// editCase is what another user does to a case; fields are by the keys of the later contract.
func editCase(_ *simkit.Table[dossier], d *dossier, body []byte) error {
	in := struct {
		Status string
		Fields object
	}{Status: d.Status}
	if err := simkit.Strict(body, &in); err != nil {
		return err
	}
	d.Status = in.Status
	maps.Copy(d.Fields, in.Fields)
	return nil
}

// work gives a person a row of work history.
func (s *sim) work(_ *simkit.Table[person], p *person, body []byte) error {
	in := struct {
		EntityType string `json:"entity_type"`
		JobTitle   string `json:"job_title"`
	}{"commissie", "Lid"}
	if err := simkit.Strict(body, &in); err != nil {
		return err
	}
	groups := s.groups.Select(func(g *group) bool { return g.Type == in.EntityType })
	if len(groups) == 0 {
		return errors.New("no group of that type")
	}
	p.Fields["work_history"] = append(slices.Clip(p.rows("work_history")), row{
		"team_id": float64(groups[0].ID), "team_name_text": "", "job_title": in.JobTitle, "description": "",
		"start_date": s.Now().Format(time.DateOnly), "end_date": "", "is_current": true,
	})
	s.saved(p, p.rows("relationships"))
	return nil
}
