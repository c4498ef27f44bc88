package rondosim

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
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
	ID       int64          `json:"id"`
	Status   string         `json:"status"`
	Slug     string         `json:"slug"`
	Created  time.Time      `json:"created"`
	Modified time.Time      `json:"modified"`
	Fields   map[string]any `json:"fields"`
	Meta     map[string]any `json:"meta"`
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
	version string
	nextID  int64
	people  map[int64]*person
	merged  map[int64]int64 // permanently gone: merged into
	terms   []term
	groups  []group
}

// world is a dump.
type world struct {
	Home    string          `json:"home"`
	Version string          `json:"version"`
	NextID  int64           `json:"next_id"`
	People  []*person       `json:"people"`
	Merged  map[int64]int64 `json:"merged"`
	Terms   []term          `json:"terms"`
	Groups  []group         `json:"groups"`
}

// Reset goes back to the state that the simulator started with.
func (s *state) Reset() {
	s.home, s.version = s.options.Home, s.options.Version
	s.nextID = 101
	s.people, s.merged = map[int64]*person{}, map[int64]int64{}
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
		Home: s.home, Version: s.version, NextID: s.nextID,
		People: s.sorted(), Merged: s.merged, Terms: s.terms, Groups: s.groups,
	}
}

// Load takes a dump in place of the state.
func (s *state) Load(data []byte) error {
	var w world
	if err := json.Unmarshal(data, &w); err != nil {
		return fmt.Errorf("dump of a site: %w", err)
	}
	people := make(map[int64]*person, len(w.People))
	for _, p := range w.People {
		if p.Fields == nil {
			p.Fields = map[string]any{}
		}
		for key, def := range personFields {
			v, ok := p.Fields[key]
			if !ok || v == nil {
				p.Fields[key] = def.empty()
				continue
			}
			if def.form != rows {
				continue
			}
			list, ok := v.([]any)
			if !ok {
				return fmt.Errorf("dump of a site: %s of person %d is not a list", key, p.ID)
			}
			out := make([]row, 0, len(list))
			for _, item := range list {
				r, ok := item.(map[string]any)
				if !ok {
					return fmt.Errorf("dump of a site: %s of person %d has a row that is none", key, p.ID)
				}
				out = append(out, r)
			}
			p.Fields[key] = out
		}
		if p.Meta == nil {
			p.Meta = map[string]any{"team": ""}
		}
		people[p.ID] = p
		w.NextID = max(w.NextID, p.ID+1)
	}
	if w.Merged == nil {
		w.Merged = map[int64]int64{}
	}
	s.home, s.version, s.nextID = w.Home, w.Version, w.NextID
	s.people, s.merged, s.terms, s.groups = people, w.Merged, w.Terms, w.Groups
	return nil
}

func (s *state) sorted() []*person {
	return slices.SortedFunc(maps.Values(s.people), func(a, b *person) int { return int(a.ID - b.ID) })
}

// insert makes an empty post with the next id.
func (s *state) insert(status string) *person {
	p := &person{ID: s.nextID, Status: status, Slug: "new-person", Meta: map[string]any{"team": ""}}
	s.nextID++
	p.Created = s.now()
	p.Modified = p.Created
	p.Fields = make(map[string]any, len(personFields))
	for key, f := range personFields {
		p.Fields[key] = f.empty()
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
