package rondosim

import (
	"maps"
	"slices"
	"strings"
)

// apply writes fields, by their keys on the wire, to a person and runs what the
// theme runs when a person is saved.
func (s *sim) apply(p *person, fields map[string]any) error {
	t, table := s.theme(), s.schema()
	stored := make(map[string]any, len(fields))
	for _, wire := range sortedKeys(fields) {
		key, def, known := table.under(wire)
		path := t.property + "." + wire
		switch {
		case !known && t.strict:
			return badField(path, path+": Field person."+wire+" is unresolved.")
		case !known:
			continue
		}
		v, err := def.store(t, path, fields[wire], p.Fields[key])
		if err != nil {
			return err
		}
		stored[key] = v
	}
	before := p.rows("relationships")
	maps.Copy(p.Fields, stored)
	for key := range stored {
		p.Written[key] = true
	}
	s.saved(p, before)
	return nil
}

// saved runs what the theme does on each save: the volunteer flag and the
// relationships of the others, of which the person keeps the ids.
func (s *sim) saved(p *person, before []row) {
	p.Fields["huidig_vrijwilliger"] = s.volunteers(p)
	p.Fields["relationships"] = p.tidy()
	s.inverse(p, before)
	s.siblings(p)
	slices.Sort(p.also)
	p.also = slices.Compact(p.also)
}

// playerRoles are the roles that make nobody a volunteer.
var playerRoles = []string{"", "speler", "teamspeler", "keeper", "aanvoerder"}

// volunteers says whether a current row is in a commissie, or in a team with a
// role that is no player's (docs/systems/rondoclub.md, "Fields of a person").
func (s *sim) volunteers(p *person) bool {
	return slices.ContainsFunc(p.rows("work_history"), func(r row) bool {
		if current, _ := r["is_current"].(bool); !current {
			return false
		}
		g := s.group(r.id("team_id"))
		title, _ := r["job_title"].(string)
		return g.ID != 0 && (g.Type == "commissie" || !slices.Contains(playerRoles, strings.ToLower(title)))
	})
}

// tidy drops rows that point at the person itself, at nobody, or at a person
// that has a row before already.
func (p *person) tidy() []row {
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
func (s *sim) inverse(p *person, before []row) {
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
		id, kind := r.id("related_person_id"), r.id("relationship_type_id")
		if was := find(before, id); was != nil && was.id("relationship_type_id") == kind {
			continue
		}
		if t := s.term(kind); t.Inverse != 0 {
			label, _ := r["relationship_label"].(string)
			s.relate(p, id, p.ID, t.Inverse, label)
		}
	}
	for _, r := range before {
		id, t := r.id("related_person_id"), s.term(r.id("relationship_type_id"))
		other := s.person(id)
		if other == nil || id == p.ID || find(now, id) != nil || t.ID == 0 {
			continue
		}
		kept := slices.DeleteFunc(slices.Clone(other.rows("relationships")), func(o row) bool {
			return o.id("related_person_id") == p.ID && o.id("relationship_type_id") == t.Inverse
		})
		if len(kept) != len(other.rows("relationships")) {
			s.lay(p, id, kept)
		}
	}
}

// now is a person as it is while p is being saved.
func (s *sim) now(p *person, id int64) *person {
	if id == p.ID {
		return p
	}
	return s.person(id)
}

// lay gives a person relationships while p is being saved.
func (s *sim) lay(p *person, id int64, list []row) {
	if id == p.ID {
		p.Fields["relationships"] = list
		return
	}
	_, err := s.people.Update(nil, key(id), func(o *person) error {
		o.Fields["relationships"] = list
		return nil
	})
	if err == nil { // it was there
		p.also = append(p.also, id)
	}
}

// relate gives a person a row to another, in place of one that it has, while p is
// being saved.
func (s *sim) relate(p *person, from, to, kind int64, label string) {
	one := s.now(p, from)
	if one == nil || from == to {
		return
	}
	list := slices.Clone(one.rows("relationships"))
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
	s.lay(p, from, list)
}

// siblings makes rows between the children of one parent: of p, and of each
// parent of p.
func (s *sim) siblings(p *person) {
	child, parent, sibling := s.slugged("child"), s.slugged("parent"), s.slugged("sibling")
	if sibling == 0 {
		return
	}
	for _, id := range append([]int64{p.ID}, related(p, parent)...) {
		up := s.now(p, id)
		if up == nil {
			continue
		}
		children := related(up, child)
		for _, a := range children {
			for _, b := range children {
				if one := s.now(p, a); a != b && one != nil && !slices.Contains(related(one, 0), b) {
					s.relate(p, a, b, sibling, "")
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
