package rondosim

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// row is one row of a repeater.
type row map[string]any

func (r row) clone() row { return maps.Clone(r) }

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
}

func (p *person) rows(key string) []row {
	r, _ := p.Fields[key].([]row)
	return r
}

func (p *person) text(key string) string {
	s, _ := p.Fields[key].(string)
	return s
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
	p.Slug = slug(p.Title + "-" + strconv.FormatInt(p.ID, 10))
}

// snapshot is a copy for the journal.
func (p *person) snapshot() map[string]any {
	fields := maps.Clone(p.Fields)
	for key, v := range fields {
		if list, ok := v.([]row); ok {
			copied := make([]row, len(list))
			for i, r := range list {
				copied[i] = r.clone()
			}
			fields[key] = copied
		}
	}
	return map[string]any{
		"id": p.ID, "status": p.Status, "fields": fields, "meta": maps.Clone(p.Meta),
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
}

// state is the site. It is guarded by the kit's mutex.
type state struct {
	options Options
	now     func() time.Time

	home    string
	speaks  string // the theme
	version string
	without []string // fields that the theme has, and the site has not
	role    string   // of the account
	nextID  int64
	people  map[int64]*person
	terms   []term
	groups  []group
}

// world is a dump.
type world struct {
	Home    string    `json:"home"`
	Theme   string    `json:"theme"`
	Version string    `json:"version"`
	Without []string  `json:"without,omitempty"`
	NextID  int64     `json:"next_id"`
	People  []*person `json:"people"`
	Terms   []term    `json:"terms"`
	Groups  []group   `json:"groups"`
}

// Reset goes back to the state that the simulator started with.
func (s *state) Reset() {
	s.home, s.speaks, s.without, s.role = s.options.Home, s.options.Theme, nil, administrator
	s.version = cmp.Or(s.options.Version, s.theme().version)
	s.nextID = 101
	s.people = map[int64]*person{}
	// The ids of a fresh site (docs/systems/rondoclub.md, measured 9).
	s.terms = []term{
		{2, "Parent", "parent", 3},
		{3, "Child", "child", 2},
		{4, "Sibling", "sibling", 4},
		{5, "Friend", "friend", 5},
	}
	s.groups = []group{
		{11, "team", "JO11-2"}, {12, "commissie", "Jeugdcommissie"},
	}
	s.fill()
}

// Dump returns the whole site, persons by id.
func (s *state) Dump() any {
	return world{
		Home: s.home, Theme: s.speaks, Version: s.version, Without: s.without, NextID: s.nextID,
		People: s.sorted(), Terms: s.terms, Groups: s.groups,
	}
}

// Load takes a dump in place of the state.
func (s *state) Load(data []byte) error {
	var w world
	if err := json.Unmarshal(data, &w); err != nil {
		return fmt.Errorf("dump of a site: %w", err)
	}
	w.Theme = cmp.Or(w.Theme, s.options.Theme)
	if !known(w.Theme) {
		return fmt.Errorf("dump of a site: no theme %q", w.Theme)
	}
	people := make(map[int64]*person, len(w.People))
	for _, p := range w.People {
		if p.Fields == nil {
			p.Fields = map[string]any{}
		}
		if err := p.complete(themes[w.Theme].person); err != nil {
			return fmt.Errorf("dump of a site: person %d: %w", p.ID, err)
		}
		if p.Meta == nil {
			p.Meta = map[string]any{}
		}
		if p.Title == "" {
			p.named()
		}
		people[p.ID] = p
		w.NextID = max(w.NextID, p.ID+1)
	}
	s.home, s.speaks, s.without, s.nextID = w.Home, w.Theme, w.Without, w.NextID
	s.version = cmp.Or(w.Version, s.theme().version)
	s.people, s.terms, s.groups = people, w.Terms, w.Groups
	return nil
}

// complete gives a person all fields of a theme, and its rows the form that they
// have here.
func (p *person) complete(table schema) error {
	if p.Written == nil {
		p.Written = map[string]bool{}
	}
	for key, def := range table {
		v, ok := p.Fields[key]
		if !ok || v == nil {
			p.Fields[key] = def.empty()
			continue
		}
		if list, ok := v.([]any); def.form == rows && ok {
			out := make([]row, 0, len(list))
			for _, item := range list {
				r, ok := item.(map[string]any)
				if !ok {
					return fmt.Errorf("%s has a row that is none", key)
				}
				out = append(out, r)
			}
			p.Fields[key] = out
		} else if _, ok := v.([]row); def.form == rows && !ok {
			return fmt.Errorf("%s is not a list", key)
		}
	}
	return nil
}

func (s *state) sorted() []*person {
	return slices.SortedFunc(maps.Values(s.people), func(a, b *person) int { return int(a.ID - b.ID) })
}

// insert makes an empty post with the next id.
func (s *state) insert(status string) *person {
	p := &person{ID: s.nextID, Status: status, Title: "New Person", Fresh: true, Fields: map[string]any{}, Meta: map[string]any{}}
	if status != "draft" && status != "pending" {
		p.Slug = s.unused("new-person")
	}
	s.nextID++
	p.Created = s.now()
	p.Modified = p.Created
	_ = p.complete(s.theme().person) // an empty one has no list that is none
	if s.options.Team == "text" {
		p.Meta["team"] = ""
	}
	s.people[p.ID] = p
	return p
}

func (s *state) term(id int64) (term, bool) {
	i := slices.IndexFunc(s.terms, func(t term) bool { return t.ID == id })
	if i < 0 {
		return term{}, false
	}
	return s.terms[i], true
}

func (s *state) slugged(slug string) int64 {
	for _, t := range s.terms {
		if t.Slug == slug {
			return t.ID
		}
	}
	return 0
}

func (s *state) group(id int64) (group, bool) {
	i := slices.IndexFunc(s.groups, func(g group) bool { return g.ID == id })
	if i < 0 {
		return group{}, false
	}
	return s.groups[i], true
}
