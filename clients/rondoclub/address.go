package rondoclub

import (
	"regexp"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// addressLabel marks the address row that is ours; others are somebody's own.
const addressLabel = "Home"

// street are the fields that some sites hold as one text.
var street = []record.Field{person.Street, person.HouseNumber, person.HouseNumberExt}

// homeRow finds the row labelled Home, else one without a label, as ours are where the
// site has no labels: the first in which an address stands, else the first of all, as a
// row reads that somebody took away. filled says whether there is an address in it.
func (s *shape) homeRow(list []row) (at int, filled bool) {
	label := func(r row) string { return strings.TrimSpace(r.text("address_label")) }
	stands := func(r row) bool {
		return slices.ContainsFunc(append([]string{oneStreet}, columns[1:]...), func(c string) bool { return r.text(c) != "" })
	}
	for _, is := range []func(row) bool{
		func(r row) bool { return strings.EqualFold(label(r), addressLabel) },
		func(r row) bool { return label(r) == "" && stands(r) },
		func(r row) bool { return label(r) == "" },
	} {
		if at = slices.IndexFunc(list, is); at >= 0 {
			return at, stands(list[at])
		}
	}
	return at, false
}

// readHome reads the address. Where there is none nothing is said of it: a row that
// was taken away is no edit of what stood in it.
func (s *shape) readHome(p *post) {
	list, there, wrong := p.rows(addresses)
	i, filled := s.homeRow(list)
	if !there || wrong == "" && !filled {
		return
	}
	for f, column := range home {
		if reads, _ := s.holds(f); !reads {
			continue
		}
		v := mapping.Value{Set: true, Wrong: wrong}
		if wrong == "" {
			v = list[i].value(column)
		}
		*at(f)(p) = v
	}
	if !s.joined() || wrong != "" {
		return
	}
	whole := list[i].value(oneStreet)
	for n, part := range splitStreet(whole.Text) {
		*at(street[n])(p) = mapping.Value{Set: true, Text: part, Wrong: whole.Wrong}
	}
}

// writeHome replaces the row that is ours, labels it Home and keeps the others. Without a street
// and a city there is no such row (docs/systems/rondoclub.md, "Fields of a person").
func (s *shape) writeHome(set, now *post) ([]row, error) {
	list, _, wrong := now.rows(addresses)
	if wrong != "" {
		return nil, &mapping.Error{Field: person.Street, Why: wrong}
	}
	var known []string
	for _, c := range append([]string{oneStreet}, columns...) {
		if _, ok := s.column(c); ok {
			known = append(known, c)
		}
	}
	var out []row
	for _, r := range list {
		out = append(out, r.with(known))
	}
	i, _ := s.homeRow(list)
	ours := row{}.with(known)
	if i >= 0 {
		ours = out[i]
	}
	if slices.Contains(known, "address_label") {
		ours["address_label"] = quoted(addressLabel)
	}
	for f, column := range home {
		if v := set.values[f]; v != nil && v.Set && slices.Contains(known, column) {
			ours[column] = quoted(v.Text)
		}
	}
	if s.joined() {
		whole, err := joinStreet(set, now)
		if err != nil {
			return nil, err
		}
		ours[oneStreet] = quoted(whole)
	}
	empty := ours.text("street_name") == "" && ours.text(oneStreet) == "" && ours.text("city") == ""
	switch {
	case empty && i >= 0:
		out = slices.Delete(out, i, i+1)
	case !empty && i >= 0:
		out[i] = ours
	case !empty:
		out = append(out, ours)
	}
	return out, nil
}

// homeless returns the fields of an address that have no place in a record of these
// values: those of one without a street and a city.
func homeless(all record.Fields) []record.Field {
	if all[person.Street] != "" || all[person.City] != "" {
		return nil
	}
	out := make([]record.Field, 0, len(home))
	for f := range home {
		out = append(out, f)
	}
	return out
}

// An addition that begins with a digit stands behind a dash, others do not: "Laan 7
// a", "Kade 7-2", "Plein 1944 12".
var (
	withDash  = regexp.MustCompile(`^(.+?)\s+(\d+)-(\d\S*)$`)
	withBlank = regexp.MustCompile(`^(.+?)\s+(\d+)(?:\s*([^\d\s-].*|-\D.*))?$`)
)

// splitStreet takes a street, a number and an addition out of one text. A text
// without a number at its end is all street.
func splitStreet(whole string) [3]string {
	whole = strings.Join(strings.Fields(whole), " ")
	for _, form := range []*regexp.Regexp{withDash, withBlank} {
		if m := form.FindStringSubmatch(whole); m != nil {
			return [3]string(m[1:])
		}
	}
	return [3]string{whole}
}

// joinStreet makes the one text of what is set over what stands there. One that would
// not be read as what it was made of is refused: the next change of one part of it
// would break the others.
func joinStreet(set, now *post) (string, error) {
	var parts [3]string
	for n, f := range street {
		for _, p := range []*post{now, set} {
			if v := p.values[f]; v != nil && v.Set {
				parts[n] = v.Text
			}
		}
	}
	number := parts[1]
	if ext := parts[2]; ext != "" && ext[0] >= '0' && ext[0] <= '9' {
		number += "-" + ext
	} else if ext != "" {
		number += " " + ext
	}
	whole := strings.TrimSpace(parts[0] + " " + number)
	if splitStreet(whole) != parts {
		return "", &mapping.Error{Field: person.Street, Why: "the site has one line for street and number, and they could not be told apart in it"}
	}
	return whole, nil
}
