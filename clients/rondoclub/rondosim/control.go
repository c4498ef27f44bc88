package rondosim

import (
	"fmt"
	"maps"
	"net/http"
	"strconv"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// edit is what another user does to a person.
type edit struct {
	Status *string        `json:"status,omitempty"`
	Fields map[string]any `json:"fields,omitempty"`
	Meta   map[string]any `json:"meta,omitempty"`
}

func (s *sim) controls() {
	s.Control("POST /people", func(w http.ResponseWriter, r *http.Request) {
		var in edit
		if !simkit.Read(w, r, &in) {
			return
		}
		s.Kit.Lock()
		defer s.Kit.Unlock()
		s.change(w, s.insert("publish"), in)
	})
	s.person("PATCH /people/{id}", func(w http.ResponseWriter, r *http.Request, p *person) {
		var in edit
		if simkit.Read(w, r, &in) {
			s.change(w, p, in)
		}
	})
	s.person("DELETE /people/{id}", func(w http.ResponseWriter, r *http.Request, p *person) {
		if r.URL.Query().Get("force") == "true" {
			delete(s.people, p.ID)
		} else {
			p.Status, p.Modified = "trash", s.Now()
		}
		w.WriteHeader(http.StatusNoContent)
	})
	s.person("POST /people/{id}/restore", func(w http.ResponseWriter, _ *http.Request, p *person) {
		p.Status, p.Modified = "publish", s.Now()
		w.WriteHeader(http.StatusNoContent)
	})
	s.person("POST /people/{id}/merge", func(w http.ResponseWriter, r *http.Request, p *person) {
		var in struct{ Into int64 }
		if !simkit.Read(w, r, &in) {
			return
		}
		if s.people[in.Into] == nil || in.Into == p.ID {
			simkit.Fail(w, http.StatusBadRequest, fmt.Errorf("no person to merge into"))
			return
		}
		p.Into, p.Status, p.Modified = in.Into, "trash", s.Now()
		s.people[in.Into].Modified = s.Now()
		w.WriteHeader(http.StatusNoContent)
	})
	s.person("POST /people/{id}/work", func(w http.ResponseWriter, r *http.Request, p *person) {
		in := struct {
			EntityType string `json:"entity_type"`
			JobTitle   string `json:"job_title"`
		}{"commissie", "Lid"}
		if !simkit.Read(w, r, &in) {
			return
		}
		for _, g := range s.groups {
			if g.Type == in.EntityType {
				p.Fields["work_history"] = append(p.rows("work_history"), row{
					"team_id": float64(g.ID), "team_name_text": "", "job_title": in.JobTitle, "description": "",
					"start_date": s.Now().Format("2006-01-02"), "end_date": "", "is_current": true,
				})
				s.saved(p, p.rows("relationships"))
				simkit.Write(w, s.render(p, true))
				return
			}
		}
		simkit.Fail(w, http.StatusBadRequest, fmt.Errorf("no group of that type"))
	})
	s.person("DELETE /people/{id}/work", func(w http.ResponseWriter, _ *http.Request, p *person) {
		p.Fields["work_history"] = []row{}
		s.saved(p, p.rows("relationships"))
		w.WriteHeader(http.StatusNoContent)
	})
	s.Control("PATCH /site", func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Home, Version, Theme, Role *string
			Without                    *[]string
		}
		if !simkit.Read(w, r, &in) {
			return
		}
		s.Kit.Lock()
		defer s.Kit.Unlock()
		if in.Theme != nil && !known(*in.Theme) || in.Role != nil && capabilities[*in.Role] == nil {
			simkit.Fail(w, http.StatusBadRequest, fmt.Errorf("no such theme or role"))
			return
		}
		if in.Home != nil {
			s.home = *in.Home
		}
		if in.Theme != nil {
			s.speaks, s.version = *in.Theme, themes[*in.Theme].version
			for _, p := range s.people {
				_ = p.complete(s.theme().person)
			}
		}
		if in.Version != nil {
			s.version = *in.Version
		}
		if in.Role != nil {
			s.role = *in.Role
		}
		if in.Without != nil {
			s.without = *in.Without
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

// person is a control call about one person, with the kit locked.
func (s *sim) person(pattern string, h func(http.ResponseWriter, *http.Request, *person)) {
	s.Control(pattern, func(w http.ResponseWriter, r *http.Request) {
		s.Kit.Lock()
		defer s.Kit.Unlock()
		id, _ := strconv.ParseInt(r.PathValue("id"), 10, 64)
		p := s.people[id]
		if p == nil {
			simkit.Fail(w, http.StatusNotFound, fmt.Errorf("no such person"))
			return
		}
		h(w, r, p)
	})
}

func (s *sim) change(w http.ResponseWriter, p *person, in edit) {
	if in.Status != nil {
		p.Status = *in.Status
	}
	maps.Copy(p.Meta, in.Meta)
	if _, err := s.apply(p, in.Fields); err != nil {
		simkit.Fail(w, http.StatusBadRequest, err)
		return
	}
	p.named()
	simkit.Write(w, s.render(p, true))
}
