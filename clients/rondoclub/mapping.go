package rondoclub

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/family"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/value"
)

// people ties a person to the theme's fields. Empty scalars are written as null
// (docs/systems/rondoclub.md, "Fields of a person").
var people = mapping.Table[wire]{
	text(person.RelationCode, func(w *wire) *mapping.Value { return &w.KnvbID }),
	text(person.FirstName, func(w *wire) *mapping.Value { return &w.FirstName }),
	text(person.Infix, func(w *wire) *mapping.Value { return &w.Infix }),
	text(person.LastName, func(w *wire) *mapping.Value { return &w.LastName }),
	mapping.Enum(person.Gender, genders, func(w *wire) *mapping.Value { return &w.Gender }).As(mapping.Null).FalseIsEmpty(),
	date(person.BirthDate, func(w *wire) *mapping.Value { return &w.Birthdate }),
	date(person.DeceasedOn, func(w *wire) *mapping.Value { return &w.Deceased }),

	text(person.Email1, func(w *wire) *mapping.Value { return &w.Email1 }),
	text(person.Email2, func(w *wire) *mapping.Value { return &w.Email2 }),
	text(person.Mobile1, func(w *wire) *mapping.Value { return &w.Mobile1 }),
	text(person.Mobile2, func(w *wire) *mapping.Value { return &w.Mobile2 }),
	text(person.Phone1, func(w *wire) *mapping.Value { return &w.Telephone1 }),
	text(person.Phone2, func(w *wire) *mapping.Value { return &w.Telephone2 }),

	date(person.MemberSince, func(w *wire) *mapping.Value { return &w.MemberSince }),
	date(person.MemberUntil, func(w *wire) *mapping.Value { return &w.MemberUntil }),
	text(person.MemberType, func(w *wire) *mapping.Value { return &w.MemberType }),
	text(person.AgeClass, func(w *wire) *mapping.Value { return &w.AgeClass }),
	text(person.GameActivity, func(w *wire) *mapping.Value { return &w.GameActivity }),
	date(person.PhotoDate, func(w *wire) *mapping.Value { return &w.PhotoDate }),
	mapping.Set(person.Teams, ", ", func(w *wire) *mapping.Value { return &w.Team }).FalseIsEmpty(),
	mapping.Flag(person.FormerMember, func(w *wire) *mapping.Value { return &w.FormerMember }),
	// The theme computes it from the work history (docs/systems/rondoclub.md,
	// "Fields of a person").
	mapping.Flag(person.Volunteer, func(w *wire) *mapping.Value { return &w.Volunteer }).ReadOnly(),
}

// genders are the theme's choices (docs/systems/rondoclub.md, "Fields of a
// person"). Only the first two are ours; the others are read as they are, so
// that such a person is no fault.
var genders = map[string]string{
	"male": "male", "female": "female",
	"non_binary": "non_binary", "other": "other", "prefer_not_to_say": "prefer_not_to_say",
}

// addressLabel marks the address row that is ours; others are somebody's own.
const addressLabel = "Home"

// homeKeys are the keys of an address row (docs/systems/rondoclub.md, "Fields
// of a person").
var homeKeys = []string{
	"address_label", "street_name", "house_number", "house_number_addition",
	"postal_code", "city", "state", "country", "country_code",
}

// home ties the fields of an address to the keys of the row labelled Home.
var home = map[record.Field]string{
	person.Street:         "street_name",
	person.HouseNumber:    "house_number",
	person.HouseNumberExt: "house_number_addition",
	person.PostalCode:     "postal_code",
	person.City:           "city",
	person.Country:        "country",
	person.CountryCode:    "country_code",
}

var homeFields = slices.Sorted(maps.Keys(home))

func text(f record.Field, at func(*wire) *mapping.Value) mapping.Row[wire] {
	return mapping.Text(f, at).As(mapping.Null).FalseIsEmpty()
}

// date reads both forms that exist in data, and writes the dashed one.
func date(f record.Field, at func(*wire) *mapping.Value) mapping.Row[wire] {
	return mapping.Date(f, time.DateOnly, at).As(mapping.Null).FalseIsEmpty()
}

// types are the fields of both kinds that a record carries.
var types = func() record.Types {
	all := maps.Clone(person.Types)
	maps.Copy(all, family.Types)
	return all
}()

// delivery is how values are made canonical on the way out; see site.spec.
var delivery = value.Spec{Types: types, Options: value.Options{Region: "NL"}}

// spec is how values are made canonical as they are read: Rondo Club is made for
// Dutch clubs.
func (s *site) spec() value.Spec {
	return value.Spec{Types: types, Options: value.Dutch(s.host.Now())}
}

// terms are the ids of the kinds of relationships, which differ by site.
type terms struct{ child string }

// fields reads a person into canonical fields.
func (c codec) fields(w wire, t terms, s value.Spec) value.Reading {
	raw, wrong := people.Raw(&w)
	if w.Addresses.Set {
		at := homeRow(w.Addresses.Rows)
		for f, key := range home {
			raw[f] = ""
			if w.Addresses.Wrong {
				wrong[f] = whyRows
			}
			if at >= 0 {
				v := w.Addresses.Rows[at].value(key)
				if raw[f] = v.Text; v.Wrong != "" {
					wrong[f] = v.Wrong
				}
			}
		}
	}
	if w.Relationships.Set {
		var ids []string
		for _, r := range w.Relationships.Rows {
			if r.id(c.kind) == t.child {
				ids = append(ids, r.id(c.related))
			}
		}
		raw[family.Children] = record.SetValue(ids)
		if w.Relationships.Wrong {
			wrong[family.Children] = whyRows
		}
	}
	out := s.Fields(raw)
	for f, why := range wrong {
		out.Refuse(f, why)
	}
	return out
}

// encodeScalars writes all but the repeaters, and refuses an address that could
// not be written either. The theme's schema has no null for flags (public theme,
// 2026-11): an empty one is false.
func encodeScalars(set record.Fields, w *wire) error {
	address := delivery.Fields(set.Only(homeFields))
	for _, f := range homeFields {
		if why, bad := address.Unreadable[f]; bad {
			return &mapping.Error{Field: f, Why: why}
		}
	}
	if err := people.Encode(set, w, delivery); err != nil {
		return err
	}
	if v := &w.FormerMember; v.Set && v.Text == "" {
		*v = mapping.Value{Set: true, Text: "false", Form: mapping.Bool}
	}
	return nil
}

func homeRow(rows []row) int {
	return slices.IndexFunc(rows, func(r row) bool {
		return strings.EqualFold(strings.TrimSpace(r.text("address_label")), addressLabel)
	})
}

// merge writes set over what the record id holds now; id is empty for one that
// is still to be made. The error is a *mapping.Error.
func (c codec) merge(now wire, id string, set record.Fields, t terms) (wire, error) {
	next := now
	if err := encodeScalars(set, &next); err != nil {
		return next, err
	}
	for _, f := range homeFields {
		if _, ok := set[f]; !ok {
			continue
		}
		if now.Addresses.Wrong {
			return next, &mapping.Error{Field: f, Why: whyRows}
		}
		next.Addresses = mergeHome(now.Addresses, delivery.Sent(set))
		break
	}
	if children, ok := set[family.Children]; ok {
		rel, err := c.mergeChildren(now.Relationships, id, record.SetMembers(children), t)
		if err != nil {
			return next, &mapping.Error{Field: family.Children, Why: err.Error()}
		}
		next.Relationships = rel
	}
	return next, nil
}

// mergeHome replaces the row labelled Home and keeps the others. Without a
// street and a city there is no such row (docs/systems/rondoclub.md, "Fields of
// a person").
func mergeHome(now repeater, set record.Fields) repeater {
	out := repeater{Set: true}
	at := homeRow(now.Rows)
	ours := row{}
	for i, r := range now.Rows {
		if i == at {
			ours = r
		}
		out.Rows = append(out.Rows, r.with(homeKeys))
	}
	ours = ours.with(homeKeys)
	ours["address_label"] = quoted(addressLabel)
	for f, key := range home {
		if v, ok := set[f]; ok {
			ours[key] = quoted(v)
		}
	}
	empty := ours.text(home[person.Street]) == "" && ours.text(home[person.City]) == ""
	switch {
	case empty && at >= 0:
		out.Rows = slices.Delete(out.Rows, at, at+1)
	case empty:
	case at >= 0:
		out.Rows[at] = ours
	default:
		out.Rows = append(out.Rows, ours)
	}
	return out
}

// mergeChildren makes the rows of the child type those of the set. Rows of
// other types stay as they are; the person itself and repetitions are dropped.
func (c codec) mergeChildren(now repeater, id string, children []string, t terms) (repeater, error) {
	if now.Wrong {
		return repeater{}, errors.New(whyRows)
	}
	child, err := postID(t.child)
	if err != nil {
		return repeater{}, err
	}
	out := repeater{Set: true}
	seen := map[string]bool{id: true}
	for _, r := range now.Rows {
		to := r.id(c.related)
		if r.id(c.kind) == t.child {
			if seen[to] || !slices.Contains(children, to) {
				continue
			}
			seen[to] = true
		}
		out.Rows = append(out.Rows, c.kept(r))
	}
	for _, to := range children {
		n, err := postID(to)
		if err != nil {
			return repeater{}, err
		}
		if !seen[to] {
			seen[to] = true
			out.Rows = append(out.Rows, c.relation(n, child))
		}
	}
	return out, nil
}

// payload has of next only what makes the named fields so, and always the
// names: a write without them empties the record (docs/systems/rondoclub.md,
// "Fields of a person").
func payload(next wire, fields record.Fields, changed []record.Field) (wire, error) {
	var out wire
	names := []record.Field{person.FirstName, person.LastName}
	if err := encodeScalars(fields.Only(append(names, changed...)), &out); err != nil {
		return out, err
	}
	// A name that could not be read goes back as it stands.
	if !out.FirstName.Set {
		out.FirstName = next.FirstName
	}
	if !out.LastName.Set {
		out.LastName = next.LastName
	}
	for _, f := range changed {
		if _, ok := home[f]; ok {
			out.Addresses = next.Addresses
		}
		if f == family.Children {
			out.Relationships = next.Relationships
		}
	}
	return out, nil
}

// personFields are the fields of club.person that a record carries: read and
// written.
func personFields() (reads, writes []record.Field) {
	reads, writes = people.Reads(), people.Writes()
	for f := range home {
		reads, writes = append(reads, f), append(writes, f)
	}
	slices.Sort(reads)
	slices.Sort(writes)
	return reads, writes
}
