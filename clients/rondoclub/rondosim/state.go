package rondosim

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// row is one row of a repeater. It is replaced, never changed in place.
type row map[string]any

func (r row) id(key string) int64 {
	n, _ := toNumber(r[key])
	return int64(n)
}

// person is one post of the type person.
type person struct {
	ID       int64     `json:"id"`
	Status   string    `json:"status"`
	Slug     string    `json:"slug"`
	Title    string    `json:"title"`
	Created  time.Time `json:"created"`
	Modified time.Time `json:"modified"`
	// Fields are by the keys of the later contract, whichever the site speaks.
	Fields map[string]any `json:"fields"`
	Meta   map[string]any `json:"meta"`
	// Written are the fields that were ever written; under acf a list that was not
	// reads as false.
	Written map[string]bool `json:"written,omitempty"`
	// Fresh is one whose title has not been made of its names yet.
	Fresh bool `json:"fresh,omitempty"`
	// Into is the person that this one was merged into.
	Into int64 `json:"into,omitempty"`

	also []int64 // whose relationships the last save has changed, for the journal
}

func (p *person) rows(key string) []row {
	r, _ := p.Fields[key].([]row)
	return r
}

func (p *person) text(key string) string {
	s, _ := p.Fields[key].(string)
	return s
}

// value is what is stored of a field, also where the theme that wrote the person had no
// such field.
func (p *person) value(key string, def field) any {
	if v := p.Fields[key]; v != nil {
		return v
	}
	return def.empty()
}

// name is what the theme makes the title from.
func (p *person) name() string {
	parts := strings.Fields(p.text("first_name") + " " + p.text("infix") + " " + p.text("last_name"))
	if len(parts) == 0 {
		return "Unnamed Person"
	}
	return strings.Join(parts, " ")
}

// named makes the title and the slug of the names.
func (p *person) named() {
	p.Title, p.Fresh = p.name(), false
	p.Slug = slug(p.Title + "-" + key(p.ID))
}

// UnmarshalJSON reads a person of a dump, in which rows are any objects, and which may
// leave out what can be made.
func (p *person) UnmarshalJSON(data []byte) error {
	type plain person
	in := plain{Fields: object{}, Meta: object{}, Written: map[string]bool{}}
	if err := json.Unmarshal(data, &in); err != nil {
		return err
	}
	*p = person(in)
	for key, v := range p.Fields {
		list, ok := v.([]any)
		if v == nil || !ok && later[key].form != rows && february[key].form != rows {
			continue
		}
		out := make([]row, len(list))
		for i, item := range list {
			out[i], _ = item.(map[string]any)
			ok = ok && out[i] != nil
		}
		if !ok {
			return fmt.Errorf("person %d: %s is no list of rows", p.ID, key)
		}
		p.Fields[key] = out
	}
	if p.Title == "" {
		p.named()
	}
	return nil
}

// rules are those of a site's persons.
func (s *sim) rules() simkit.Rules[person] {
	return simkit.Rules[person]{
		Kit: s.Kit, Collection: "people",
		ID:     func(p *person) string { return key(p.ID) },
		Unique: map[string]func(*person) string{"slug": func(p *person) string { return p.Slug }},
		Clone: func(p *person) *person {
			next := *p
			next.Fields, next.Meta, next.Written, next.also = maps.Clone(p.Fields), maps.Clone(p.Meta), maps.Clone(p.Written), nil
			return &next
		},
		Stamp: func(p *person, now time.Time, made bool) {
			if p.Modified = now; made { // moves also when nothing changes
				p.Created = now
			}
		},
		Tell: func(p *person, after bool) any {
			out := object{"id": p.ID, "status": p.Status, "fields": p.Fields, "meta": p.Meta}
			if after && len(p.also) > 0 {
				out["also"] = p.also
			}
			return out
		},
	}
}

// term is one kind of relationship.
type term struct {
	ID      int64  `json:"id"`
	Name    string `json:"name"`
	Slug    string `json:"slug"`
	Inverse int64  `json:"inverse"`
}

// group is a team or a commissie that a work history row can name.
type group struct {
	ID   int64  `json:"id"`
	Type string `json:"type"` // team or commissie
	Name string `json:"name"`
	// Status is that of the post; "" is publish.
	Status string `json:"status,omitempty"`
	// Fields are the theme's own of a team.
	Fields map[string]any `json:"fields,omitempty"`
}

// site is what a control call can change of the site.
type site struct {
	Home    string    `json:"home"`
	Theme   themeName `json:"theme"`
	Version string    `json:"version"` // "" is the theme's own
	Without []string  `json:"without"` // fields that the theme has, and the site has not; columns behind a dot
	Role    roleName  `json:"role"`    // of the account
}

// key is an id as tables have it.
func key(id int64) string { return strconv.FormatInt(id, 10) }

func (s *sim) person(id int64) *person { return s.people.Get(key(id)) }

// term is a kind of relationship, or an empty one.
func (s *sim) term(id int64) term { return one(s.terms.Get(key(id))) }

func (s *sim) slugged(slug string) int64 { return one(s.terms.By("slug", slug)).ID }

func (s *sim) group(id int64) group { return one(s.groups.Get(key(id))) }

func one[R any](r *R) R {
	if r == nil {
		r = new(R)
	}
	return *r
}

// fresh is an empty post with the next id.
func (s *sim) fresh(status string) *person {
	p := &person{Status: status, Title: "New Person", Fresh: true, Fields: object{}, Meta: object{}, Written: map[string]bool{}}
	for p.ID == 0 || s.person(p.ID) != nil { // a dump may say nothing of its last number
		p.ID = 100 + int64(s.store.Number())
	}
	if status != "draft" && status != "pending" {
		p.Slug = s.unused("new-person")
	}
	for key, def := range s.theme().person {
		p.Fields[key] = def.empty()
	}
	if s.options.Team == "text" {
		p.Meta["team"] = ""
	}
	return p
}

// unused is a slug that no post has.
func (s *sim) unused(slug string) string {
	out := slug
	for n := 2; s.people.By("slug", out) != nil; n++ {
		out = fmt.Sprintf("%s-%d", slug, n)
	}
	return out
}
