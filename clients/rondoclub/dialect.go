package rondoclub

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/family"
	"github.com/touchline-sync/touchline/sync/record/person"
)

const whyDialect = "the theme does not speak this dialect"

// flags are the fields of which the site knows no more than that they are set or not.
var flags = map[record.Field]bool{person.FormerMember: true, person.FinancialBlock: true}

// terms are the ids of the kinds of relationships, which differ by site.
type terms struct{ child string }

// of is the property of a post that the theme's own fields are in.
func (s *shape) of(p *post) json.RawMessage {
	if s.property == "acf" {
		return p.ACF
	}
	return p.Fields
}

// open reads the values of a post. A key in another form than expected is Wrong, and
// no error. It returns why the post is none of this shape, or "".
func (s *shape) open(p *post, t terms) string {
	if json.Unmarshal(s.of(p), &p.theirs) != nil || p.theirs == nil {
		return whyDialect
	}
	for f, ours := range keys {
		if theirs, ok := s.key(ours); ok && p.theirs[theirs] != nil {
			if at(f)(p).UnmarshalJSON(p.theirs[theirs]) != nil {
				return whyDialect
			}
		}
	}
	for _, a := range ourAddresses {
		s.readAddress(a, p)
	}
	s.readContact(p)
	s.readChildren(p, t)
	s.readWork(p)
	var meta struct {
		Team *string `json:"team"`
	}
	if s.has[metaTeam] && json.Unmarshal(p.Meta, &meta) == nil && meta.Team != nil {
		*at(person.Teams)(p) = mapping.Of(*meta.Team)
	}
	return ""
}

// readContact reads the rows of contact_info that are fields of ours.
func (s *shape) readContact(p *post) {
	list, there, wrong := p.rows(contactInfo)
	for f := range contact {
		if !there || !s.listed(f) {
			continue
		}
		v := mapping.Value{Set: true, Wrong: wrong}
		if i := contactRow(list, f); i >= 0 {
			v = list[i].value("contact_value")
		} else if slices.ContainsFunc(list, func(r row) bool { return r.text("contact_type") == contact[f] && labelled(r) }) {
			continue // the row of ours may be the one that got the label
		}
		*at(f)(p) = v
	}
}

// labelled reports whether a row of contact_info is somebody's own: ours have no
// label (docs/systems/rondoclub.md, "Two dialects"). A label that cannot be read is
// one.
func labelled(r row) bool {
	label := r.value("contact_label")
	return label.Wrong != "" || strings.TrimSpace(label.Text) != ""
}

// contactRow finds the row of a field: the first of its type, or the second, among
// those without a label.
func contactRow(list []row, f record.Field) int {
	skip := second[f] != ""
	return slices.IndexFunc(list, func(r row) bool {
		mine := r.text("contact_type") == contact[f] && !labelled(r)
		found := mine && !skip
		skip = skip && !mine
		return found
	})
}

// writeContact writes what is set over the rows of ours that stand there. Other rows,
// those with a label and also a third address, stay; a row that has become empty goes,
// unless one behind it would then be read in its place.
func (s *shape) writeContact(set, now *post) ([]row, error) {
	list, _, wrong := now.rows(contactInfo)
	out := make([]row, 0, len(list))
	for _, r := range list {
		out = append(out, r.with([]string{"contact_type", "contact_label", "contact_value"}))
	}
	for _, f := range contactFields {
		v := set.values[f]
		switch {
		case v == nil || !v.Set || !s.listed(f):
			continue
		case wrong != "":
			return nil, &mapping.Error{Field: f, Why: wrong}
		}
		if first(f) != f && contactRow(out, first(f)) < 0 {
			out = append(out, contactOf(f, ""))
		}
		if i := contactRow(out, f); i >= 0 {
			out[i]["contact_value"] = quoted(v.Text)
		} else {
			out = append(out, contactOf(f, v.Text))
		}
	}
	for _, f := range []record.Field{person.Email2, person.Mobile2, person.Phone2, person.Email1, person.Mobile1, person.Phone1} {
		i := contactRow(out, f)
		if s.listed(f) && i >= 0 && out[i].text("contact_value") == "" &&
			contactRow(out[i+1:], first(f)) < 0 {
			out = slices.Delete(out, i, i+1)
		}
	}
	return out, nil
}

// contactFields are the fields of contact in the order of their rows.
var contactFields = []record.Field{
	person.Email1, person.Email2, person.Mobile1, person.Mobile2, person.Phone1, person.Phone2,
}

// refusedContact is the field, of those that are set, for which a row of contact_info was
// refused: the one that stands in it, else one of its type, else any. Without them the list
// is not sent.
func (s *shape) refusedContact(list []row, i int, set *post) record.Field {
	var alike, other record.Field
	for _, f := range contactFields {
		switch v := set.values[f]; {
		case v == nil || !v.Set || !s.listed(f):
			continue
		case i >= 0 && i == contactRow(list, f):
			return f
		case i >= 0 && i < len(list) && list[i].text("contact_type") == contact[f]:
			alike = cmp.Or(alike, f)
		}
		other = cmp.Or(other, f)
	}
	return cmp.Or(alike, other)
}

// first is the field that the first row of a field's type is.
func first(f record.Field) record.Field { return cmp.Or(second[f], f) }

func contactOf(f record.Field, v string) row {
	return row{"contact_type": quoted(contact[f]), "contact_label": quoted(""), "contact_value": quoted(v)}
}

func (s *shape) readChildren(p *post, t terms) {
	list, there, wrong := p.rows(relationships)
	if !there || !s.has[relationships] {
		return
	}
	whom, kind := s.related()
	var ids []string
	for _, r := range list {
		if r.id(kind) == t.child {
			ids = append(ids, r.id(whom))
		}
	}
	*at(family.Children)(p) = mapping.Value{Set: true, Text: record.SetValue(ids), Wrong: wrong}
}

// writeChildren makes the rows of the child type those of the set. Rows of other
// types stay as they are, without what the theme only adds on read; the person itself
// and repetitions are dropped.
func (s *shape) writeChildren(set, now *post, t terms) ([]row, error) {
	list, _, wrong := now.rows(relationships)
	if wrong != "" {
		return nil, &mapping.Error{Field: family.Children, Why: wrong}
	}
	whom, kind := s.related()
	children := record.SetMembers(set.values[family.Children].Text)
	seen := map[string]bool{strconv.FormatInt(now.ID, 10): true}
	var out []row
	for _, r := range list {
		to := r.id(whom)
		if r.id(kind) == t.child {
			if seen[to] || !slices.Contains(children, to) {
				continue
			}
			seen[to] = true
		}
		kept := r.with([]string{"relationship_label"})
		for _, added := range []string{"person_name", "person_thumbnail", "relationship_name", "relationship_slug"} {
			delete(kept, added)
		}
		kept[kind] = s.term(r.id(kind), r[kind])
		out = append(out, kept)
	}
	for _, to := range children {
		if !seen[to] {
			seen[to] = true
			out = append(out, row{whom: json.RawMessage(to), kind: s.term(t.child, nil), "relationship_label": quoted("")})
		}
	}
	return out, nil
}

// term is a kind of relationship as it is written: ACF has it as a list of one.
func (s *shape) term(id string, as json.RawMessage) json.RawMessage {
	switch {
	case id == "":
		return as
	case s.property == "acf":
		return json.RawMessage("[" + id + "]")
	}
	return json.RawMessage(id)
}

// body makes the body of a request that writes what is set over what stands there.
// The error is a *mapping.Error.
func (s *shape) body(set, now *post, t terms) (map[string]any, error) {
	fields := map[string]any{}
	var err error
	for f, v := range set.values {
		theirs, ok := s.key(keys[f])
		if !v.Set || !ok || s.listed(f) {
			continue
		}
		if flags[f] && v.Text == "" {
			// The schema has no null for flags (public theme, 2026-11).
			v = &mapping.Value{Set: true, Text: "false", Form: mapping.Bool}
		}
		fields[theirs] = v
	}
	if slices.ContainsFunc(ourAddresses, func(a address) bool { return set.sets(a.columns) }) {
		list, failed := s.writeAddresses(set, now)
		fields[addresses], err = written(list), failed
	}
	if err == nil && slices.ContainsFunc(slices.Collect(maps.Keys(contact)), func(f record.Field) bool {
		return s.listed(f) && set.values[f] != nil && set.values[f].Set
	}) {
		list, failed := s.writeContact(set, now)
		fields[contactInfo], err = written(list), failed
	}
	if v := set.values[family.Children]; err == nil && v != nil && v.Set {
		list, failed := s.writeChildren(set, now, t)
		fields[relationships], err = written(list), failed
	}
	if err == nil && set.sets(workFields) {
		list, failed := s.writeWork(set, now)
		fields[workHistory], err = written(list), failed
	}
	if err != nil {
		return nil, err
	}
	out := map[string]any{s.property: fields}
	if v := set.values[person.Teams]; v != nil && v.Set && s.has[metaTeam] {
		out["meta"] = map[string]string{"team": v.Text}
	}
	return out, nil
}
