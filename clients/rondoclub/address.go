package rondoclub

import (
	"regexp"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// address is a row of the addresses that is ours; others are somebody's own.
type address struct {
	label   string
	columns map[record.Field]string // what stands in which column
	street  [3]record.Field         // those that some sites hold as one text
	city    record.Field
	// bare says that a row without a label is it, as where the site has no labels.
	bare bool
	// silent says that a row that is not there says nothing: one that was taken away is no
	// edit of what stood in it. Else it is an empty address.
	silent bool
}

// Our rows: where somebody lives, and where their invoices go.
var (
	atHome = address{
		label: "Home", columns: home, city: person.City, bare: true, silent: true,
		street: [3]record.Field{person.Street, person.HouseNumber, person.HouseNumberExt},
	}
	forInvoices = address{
		label: "Factuur", columns: invoices, city: person.InvoiceCity,
		street: [3]record.Field{person.InvoiceStreet, person.InvoiceHouseNumber, person.InvoiceHouseNumberExt},
	}
	ourAddresses = []address{atHome, forInvoices}
)

// addressOf returns the row in which a field stands; nil for one that stands in none.
func addressOf(f record.Field) *address {
	for i := range ourAddresses {
		if ourAddresses[i].columns[f] != "" {
			return &ourAddresses[i]
		}
	}
	return nil
}

func labelOf(r row) string { return strings.TrimSpace(r.text(addressLabel)) }

// row finds the row with the label, else, of an address that may stand without one, a row
// without a label: the first in which an address stands, else the first of all, as a row reads
// that somebody took away. filled says whether there is an address in it.
func (a address) row(list []row) (at int, filled bool) {
	stands := func(r row) bool {
		return slices.ContainsFunc(append([]string{oneStreet}, columns[1:]...), func(c string) bool { return r.text(c) != "" })
	}
	labels := []string{a.label}
	if a.bare {
		labels = append(labels, "")
	}
	for _, label := range labels {
		is := func(r row) bool { return strings.EqualFold(labelOf(r), label) }
		if at = slices.IndexFunc(list, func(r row) bool { return is(r) && stands(r) }); at >= 0 {
			return at, true
		}
		if at = slices.IndexFunc(list, is); at >= 0 {
			return at, false
		}
	}
	return at, false
}

// readAddress reads an address of ours.
func (s *shape) readAddress(a address, p *post) {
	list, there, wrong := p.rows(addresses)
	i, filled := a.row(list)
	if !there || wrong == "" && !filled && a.silent {
		return
	}
	found := row{}
	if i >= 0 {
		found = list[i]
	}
	for f, column := range a.columns {
		if reads, _ := s.holds(f); !reads {
			continue
		}
		v := mapping.Value{Set: true, Wrong: wrong}
		if wrong == "" {
			v = found.value(column)
		}
		*at(f)(p) = v
	}
	if reads, _ := s.holds(a.street[0]); !reads || !s.joined() || wrong != "" {
		return
	}
	whole := found.value(oneStreet)
	for n, part := range splitStreet(whole.Text) {
		*at(a.street[n])(p) = mapping.Value{Set: true, Text: part, Wrong: whole.Wrong}
	}
}

// writeAddresses makes the rows of all addresses out of what is set over what stands there.
func (s *shape) writeAddresses(set, now *post) ([]row, error) {
	list, _, wrong := now.rows(addresses)
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
	for _, a := range ourAddresses {
		if !set.sets(a.columns) {
			continue
		}
		if wrong != "" {
			return nil, &mapping.Error{Field: a.street[0], Why: wrong}
		}
		var err error
		if out, err = s.writeAddress(a, out, known, set, now); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// writeAddress replaces the row that is ours, labels it and keeps the others. Without a street
// and a city there is no such row (docs/systems/rondoclub.md, "Fields of a person").
func (s *shape) writeAddress(a address, out []row, known []string, set, now *post) ([]row, error) {
	i, _ := a.row(out)
	ours := row{}.with(known)
	if i >= 0 {
		ours = out[i]
	}
	if slices.Contains(known, addressLabel) {
		ours[addressLabel] = quoted(a.label)
	}
	for f, column := range a.columns {
		if v := set.values[f]; v != nil && v.Set && slices.Contains(known, column) {
			ours[column] = quoted(v.Text)
		}
	}
	if s.joined() {
		whole, err := joinStreet(a.street, set, now)
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

// homeless returns the fields of addresses that have no place in a record of these values:
// those of one without a street and a city.
func homeless(all record.Fields) (out []record.Field) {
	for _, a := range ourAddresses {
		if all[a.street[0]] != "" || all[a.city] != "" {
			continue
		}
		for f := range a.columns {
			out = append(out, f)
		}
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
func joinStreet(street [3]record.Field, set, now *post) (string, error) {
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
		return "", &mapping.Error{Field: street[0], Why: "the site has one line for street and number, and they could not be told apart in it"}
	}
	return whole, nil
}
