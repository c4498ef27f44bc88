package rondosim

import (
	"maps"
	"slices"
	"strings"
)

// apply writes fields, by their keys on the wire, to a person and runs what the
// theme runs when a person is saved. It returns the ids of the other persons whose
// relationships it changed.
func (s *state) apply(p *person, fields map[string]any) ([]int64, error) {
	t, table := s.theme(), s.schema()
	stored := make(map[string]any, len(fields))
	for _, wire := range sortedKeys(fields) {
		key, def, known := table.under(wire)
		path := t.property + "." + wire
		switch {
		case !known && t.strict:
			return nil, &fieldError{path, path + ": Field person." + wire + " is unresolved."}
		case !known:
			continue
		}
		v, err := def.store(t, path, fields[wire], p.Fields[key])
		if err != nil {
			return nil, err
		}
		stored[key] = v
	}
	before := slices.Clone(p.rows("relationships"))
	maps.Copy(p.Fields, stored)
	for key := range stored {
		p.Written[key] = true
	}
	return s.saved(p, before), nil
}

// saved runs what the theme does on each save: the volunteer flag and the
// relationships of the others.
func (s *state) saved(p *person, before []row) []int64 {
	p.Modified = s.now()
	p.Fields["huidig_vrijwilliger"] = s.volunteers(p)
	p.Fields["relationships"] = s.tidy(p)
	touched := map[int64]bool{}
	s.inverse(p, before, touched)
	s.siblings(p, touched)
	delete(touched, p.ID)
	var also []int64
	for id := range touched {
		s.people[id].Modified = s.now()
		also = append(also, id)
	}
	slices.Sort(also)
	return also
}

// playerRoles are the roles that make nobody a volunteer.
var playerRoles = []string{"", "speler", "teamspeler", "keeper", "aanvoerder"}

// volunteers says whether a current row is in a commissie, or in a team with a
// role that is no player's (docs/systems/rondoclub.md, "Fields of a person").
func (s *state) volunteers(p *person) bool {
	return slices.ContainsFunc(p.rows("work_history"), func(r row) bool {
		if current, _ := r["is_current"].(bool); !current {
			return false
		}
		g, ok := s.group(r.id("team_id"))
		if !ok {
			return false
		}
		title, _ := r["job_title"].(string)
		return g.Type == "commissie" || !slices.Contains(playerRoles, strings.ToLower(title))
	})
}

// tidy drops rows that point at the person itself, at nobody, or at a person
// that has a row before already.
func (s *state) tidy(p *person) []row {
	out, seen := []row{}, map[int64]bool{p.ID: true}
	for _, r := range p.rows("relationships") {
		id := r.id("related_person_id")
		if id == 0 || seen[id] {
			continue
		}
		seen[id] = true
		out = append(out, r)
	}
	return out
}

// inverse makes, changes and removes the rows of those that p's relationships
// name or named.
func (s *state) inverse(p *person, before []row, touched map[int64]bool) {
	now := p.rows("relationships")
	find := func(list []row, id int64) row {
		for _, r := range list {
			if r.id("related_person_id") == id {
				return r
			}
		}
		return nil
	}
	for _, r := range now {
		id := r.id("related_person_id")
		was := find(before, id)
		if was != nil && was.id("relationship_type_id") == r.id("relationship_type_id") {
			continue
		}
		if t, ok := s.term(r.id("relationship_type_id")); ok && t.Inverse != 0 {
			label, _ := r["relationship_label"].(string)
			s.relate(id, p.ID, t.Inverse, label, touched)
		}
	}
	for _, r := range before {
		id := r.id("related_person_id")
		other := s.people[id]
		if other == nil || id == p.ID || find(now, id) != nil {
			continue
		}
		t, ok := s.term(r.id("relationship_type_id"))
		if !ok {
			continue
		}
		kept := slices.DeleteFunc(slices.Clone(other.rows("relationships")), func(o row) bool {
			return o.id("related_person_id") == p.ID && o.id("relationship_type_id") == t.Inverse
		})
		if len(kept) != len(other.rows("relationships")) {
			other.Fields["relationships"] = kept
			touched[id] = true
		}
	}
}

// relate gives a person a row to another, in place of one that it has.
func (s *state) relate(from, to, kind int64, label string, touched map[int64]bool) {
	p := s.people[from]
	if p == nil || from == to {
		return
	}
	list := slices.Clone(p.rows("relationships"))
	made := row{"related_person_id": float64(to), "relationship_type_id": float64(kind), "relationship_label": label}
	i := slices.IndexFunc(list, func(r row) bool { return r.id("related_person_id") == to })
	switch {
	case i < 0:
		list = append(list, made)
	case list[i].id("relationship_type_id") == kind:
		return
	default:
		list[i] = made
	}
	p.Fields["relationships"] = list
	touched[from] = true
}

// siblings makes rows between the children of one parent: of p, and of each
// parent of p.
func (s *state) siblings(p *person, touched map[int64]bool) {
	child, parent, sibling := s.slugged("child"), s.slugged("parent"), s.slugged("sibling")
	if sibling == 0 {
		return
	}
	parents := []int64{p.ID}
	parents = append(parents, related(p, parent)...)
	for _, id := range parents {
		up := s.people[id]
		if up == nil {
			continue
		}
		children := related(up, child)
		for _, a := range children {
			for _, b := range children {
				if a != b && s.people[a] != nil && !slices.Contains(related(s.people[a], 0), b) {
					s.relate(a, b, sibling, "", touched)
				}
			}
		}
	}
}

// related returns whom a person's rows of one kind name; kind 0 is all kinds.
func related(p *person, kind int64) []int64 {
	var out []int64
	for _, r := range p.rows("relationships") {
		if kind == 0 || r.id("relationship_type_id") == kind {
			out = append(out, r.id("related_person_id"))
		}
	}
	return out
}
