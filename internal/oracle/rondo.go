package oracle

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// site is what Rondo Club holds.
type site struct {
	people []*post
	byID   map[string]*post
	child  string // the term of "the other is my child"
	teams  bool   // the site knows meta.team
}

type post struct {
	id, status string
	fields     map[string]any
	team       string
}

func (p *post) get(key string) string { return oneLine(text(p.fields[key])) }

func (p *post) code() string { return strings.ToUpper(p.get("knvb_id")) }

func (p *post) name() string {
	return oneLine(p.get("first_name") + " " + p.get("infix") + " " + p.get("last_name"))
}

func (p *post) rows(key string) []map[string]any {
	list, _ := p.fields[key].([]any)
	var out []map[string]any
	for _, item := range list {
		if r, ok := item.(map[string]any); ok {
			out = append(out, r)
		}
	}
	return out
}

func readRondo(dump []byte) (*site, error) {
	var d struct {
		People []struct {
			ID     any            `json:"id"`
			Status string         `json:"status"`
			Fields map[string]any `json:"fields"`
			Meta   map[string]any `json:"meta"`
		} `json:"people"`
		Terms []struct {
			ID   any    `json:"id"`
			Slug string `json:"slug"`
		} `json:"terms"`
	}
	if err := json.Unmarshal(dump, &d); err != nil {
		return nil, fmt.Errorf("dump of rondo club: %w", err)
	}
	s := &site{byID: map[string]*post{}}
	for _, t := range d.Terms {
		if t.Slug == "child" {
			s.child = text(t.ID)
		}
	}
	if s.child == "" {
		return nil, fmt.Errorf("dump of rondo club: no term for children")
	}
	for _, p := range d.People {
		made := &post{id: text(p.ID), status: p.Status, fields: p.Fields, team: text(p.Meta["team"])}
		s.teams = s.teams || made.team != ""
		s.people = append(s.people, made)
		s.byID[made.id] = made
	}
	return s, nil
}

// volunteers are the relation codes of those with the flag.
func (s *site) volunteers() map[string]bool {
	out := map[string]bool{}
	for _, p := range s.people {
		if p.code() != "" && text(p.fields["huidig_vrijwilliger"]) == "1" {
			out[p.code()] = true
		}
	}
	return out
}

// compareSite compares the people of the site.
func compareSite(members []row, s *site) []Difference {
	byCode, byMailbox := wantedPeople(members)
	known := map[string]row{}
	for _, m := range members {
		known[m.code()] = m
	}
	var out []Difference
	add := func(w *wantedPerson, field, why string) {
		out = append(out, Difference{"rondoclub", "people", w.number, w.role, field, why})
	}
	seen := map[*wantedPerson]bool{}
	for _, p := range s.people {
		if p.status == "trash" {
			continue
		}
		alone := byMailbox[mailbox(p.get("email_1"))+"|"+called(p.name())]
		w := alone
		if p.code() != "" {
			w = byCode[p.code()]
		}
		switch m, current := known[p.code()]; {
		case w != nil && seen[w]:
			add(w, "", Twice)
		case w != nil:
			seen[w] = true
			comparePerson(w, p, s, known, add)
		case p.code() == "":
			add(&wantedPerson{role: "parent"}, "", Extra)
		case current && m.broken: // says nothing
		case p.get("former_member") != "1":
			add(&wantedPerson{role: "member"}, "former_member", Differs)
		case alone != nil && !seen[alone]: // left, and is a parent still
			seen[alone] = true
			compareChildren(alone, p, s, known, add)
		}
	}
	for _, wanted := range []map[string]*wantedPerson{byCode, byMailbox} {
		for _, key := range sortedKeys(wanted) {
			if !seen[wanted[key]] {
				add(wanted[key], "", Missing)
			}
		}
	}
	return out
}

func comparePerson(
	w *wantedPerson, p *post, s *site, known map[string]row,
	add func(w *wantedPerson, field, why string),
) {
	if p.status != "publish" {
		add(w, "status", Differs)
	}
	var at map[string]any
	homes := 0
	for _, r := range p.rows("addresses") {
		if strings.EqualFold(text(r["address_label"]), "Home") {
			at = r
			homes++
		}
	}
	if homes > 1 {
		add(w, "addresses", Twice)
	}
	for _, key := range sortedKeys(w.fields) {
		got := p.get(key)
		if name, ok := strings.CutPrefix(key, "home."); ok {
			got = oneLine(text(at[name]))
		}
		switch want := oneLine(w.fields[key]); {
		case key == "meta.team":
			if s.teams && !slices.Equal(parts(p.team), parts(want)) {
				add(w, key, Differs)
			}
		case key == "former_member" && got == "" && want == "0":
		case (key == "email_1" || key == "email_2") && strings.EqualFold(got, want):
		case got != want:
			add(w, key, Differs)
		}
	}
	compareChildren(w, p, s, known, add)
}

// compareChildren looks at children who are members now; relations to others
// are history.
func compareChildren(
	w *wantedPerson, p *post, s *site, known map[string]row,
	add func(w *wantedPerson, field, why string),
) {
	var children []string
	for _, r := range p.rows("relationships") {
		if text(r["relationship_type_id"]) != s.child {
			continue
		}
		id := text(r["related_person_id"])
		other := s.byID[id]
		if other == nil {
			add(w, "relationships", Extra)
			continue
		}
		if _, ok := known[other.code()]; ok && other.code() != "" {
			children = append(children, other.code())
		}
	}
	slices.Sort(children)
	if len(slices.Compact(slices.Clone(children))) < len(children) {
		add(w, "relationships", Twice)
	}
	if !slices.Equal(slices.Compact(children), w.children) {
		add(w, "relationships", Differs)
	}
	// The site makes the other side itself.
	for _, code := range w.children {
		if n := s.parentRows(code, p.id); n != 1 {
			add(w, "relationships of child "+strconv.Itoa(known[code].number), Differs)
		}
	}
}

// parentRows counts the rows of the member that name the person as anything.
func (s *site) parentRows(code, id string) int {
	n := 0
	for _, p := range s.people {
		if p.code() != code {
			continue
		}
		for _, r := range p.rows("relationships") {
			if text(r["related_person_id"]) == id {
				n++
			}
		}
	}
	return n
}
