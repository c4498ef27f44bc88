package rondosim

import (
	"fmt"
	"maps"
	"strings"
)

// The themes that a site can have: the later contract, the one of February 2026
// (25.2.0, measured), and one between them, which speaks acf and has most of the
// later fields (docs/systems/rondoclub.md, "Two dialects").
const (
	Fields    = "fields"
	ACF       = "acf"
	ACFBefore = "acf-newer"
)

// themeName is one of them.
type themeName string

// UnmarshalText refuses what is none.
func (n *themeName) UnmarshalText(text []byte) error {
	*n = themeName(text)
	if _, ok := themes[*n]; !ok {
		return fmt.Errorf("no theme %q", text)
	}
	return nil
}

// theme is what a version of the theme does its own way. What is stored goes by the
// keys of the later contract; a theme that calls a key otherwise says so in the
// field's wire.
type theme struct {
	property string
	version  string
	person   schema
	merged   bool // rows are merged by index
	strict   bool // unknown keys are refused
	typed    bool // dates are kept as they were typed
	named    bool // a person without a name is refused
	required bool // first_name goes with every write of the property
	columns  bool // OPTIONS tells the columns of a repeater
	matches  bool // find-by-email answers with all who match
	roles    bool // functions give roles
}

var themes = map[themeName]theme{
	Fields:    {property: "fields", version: "31.2.0", person: later, strict: true, named: true, matches: true, roles: true},
	ACF:       {property: "acf", version: "25.2.0", person: february, merged: true, typed: true, required: true, columns: true},
	ACFBefore: {property: "acf", version: "29.1.0", person: between, merged: true, typed: true, named: true, required: true, columns: true, roles: true},
}

// later is the field table of the later contract (docs/systems/rondoclub.md, "Fields
// of a person"; names and error shapes as in the public theme, read 2026-11).
var later = schema{
	"first_name": {}, "infix": {}, "last_name": {}, "nickname": {}, "pronouns": {},
	"gender":        {form: choice, choices: []string{"male", "female", "non_binary", "other", "prefer_not_to_say"}},
	"birthdate":     {form: date},
	"former_member": {form: flag},
	"lid_sinds":     {form: date}, "lid_tot": {form: date}, "datum_overlijden": {form: date},
	"datum_foto": {form: date}, "datum_vog": {form: date}, "datum_iva": {form: date},
	"email_1": {form: mail}, "email_2": {form: mail},
	"mobile_1": {form: tel}, "mobile_2": {form: tel}, "telephone_1": {form: tel}, "telephone_2": {form: tel},
	"knvb_id": {}, "type_lid": {}, "leeftijdsgroep": {}, "spelactiviteit": {},
	"isparent":                  {form: flag},
	"huidig_vrijwilliger":       {form: flag},
	"financiele_blokkade":       {form: flag},
	"freescout_id":              {form: number},
	"vog_email_sent_date":       {form: moment},
	"vog_justis_submitted_date": {form: moment},
	"vog_reminder_sent_date":    {form: moment},
	"person_type":               {form: choice, choices: []string{"member", "contact"}},
	"is_sponsor":                {form: flag},
	"company_name":              {},
	"_nikki_2022_total":         {form: number}, "_nikki_2022_saldo": {form: number}, "_nikki_2022_status": {},
	"_nikki_2023_total": {form: number}, "_nikki_2023_saldo": {form: number}, "_nikki_2023_status": {},
	"_nikki_2024_total": {form: number}, "_nikki_2024_saldo": {form: number}, "_nikki_2024_status": {},
	"_nikki_2025_total": {form: number}, "_nikki_2025_saldo": {form: number}, "_nikki_2025_status": {},
	"addresses": {form: rows, sub: schema{
		"address_label": {}, "street_name": {}, "house_number": {}, "house_number_addition": {},
		"postal_code": {}, "city": {}, "state": {}, "country": {}, "country_code": {},
	}},
	"relationships": {form: rows, sub: schema{
		"related_person_id": {form: ref}, "relationship_type_id": {form: ref}, "relationship_label": {},
	}},
	"work_history": {form: rows, sub: schema{
		"team_id": {form: ref}, "entity_type": {}, "team_name_text": {},
		"job_title": {}, "description": {},
		"start_date": {form: date}, "end_date": {form: date}, "is_current": {form: flag},
	}},
}

// added is what the theme adds to a row of a relationship when it is read.
var added = []string{"person_name", "person_thumbnail", "relationship_name", "relationship_slug"}

// dashed are the keys that have dashes under acf.
var dashed = map[string]string{
	"lid_sinds": "lid-sinds", "lid_tot": "lid-tot", "datum_overlijden": "datum-overlijden", "datum_foto": "datum-foto",
	"datum_vog": "datum-vog", "datum_iva": "datum-iva", "knvb_id": "knvb-id", "type_lid": "type-lid",
	"huidig_vrijwilliger": "huidig-vrijwilliger", "financiele_blokkade": "financiele-blokkade", "freescout_id": "freescout-id",
}

// between is the later table under the keys of acf.
var between = func() schema {
	out := maps.Clone(later)
	for key, wire := range dashed {
		f := out[key]
		f.wire = wire
		out[key] = f
	}
	for key, f := range out { // what is typed is kept, but for the case of an address
		if f.form == tel {
			f.form = text
			out[key] = f
		}
	}
	out["relationships"] = field{form: rows, sub: schema{
		"related_person_id":    {form: ref, wire: "related_person"},
		"relationship_type_id": {form: ref, wire: "relationship_type"}, "relationship_label": {},
	}}
	out["work_history"] = field{form: rows, sub: schema{
		"team_id": {form: ref, wire: "team"}, "entity_type": {}, "job_title": {}, "description": {},
		"start_date": {form: date}, "end_date": {form: date}, "is_current": {form: flag},
	}}
	return out
}()

// february is the table of 25.2.0, measured.
var february = func() schema {
	out := maps.Clone(between)
	for _, key := range []string{
		"email_1", "email_2", "mobile_1", "mobile_2", "telephone_1", "telephone_2", "spelactiviteit",
		"datum_iva", "person_type", "is_sponsor", "company_name",
	} {
		delete(out, key)
	}
	out["contact_info"] = field{form: rows, sub: schema{
		// A choice, but nobody looks at it inside a repeater.
		"contact_type": {}, "contact_label": {}, "contact_value": {},
	}}
	out["addresses"] = field{form: rows, sub: schema{
		"address_label": {}, "street": {}, "postal_code": {}, "city": {}, "state": {}, "country": {},
	}}
	return out
}()

// under returns a field by its key on the wire.
func (s schema) under(wire string) (key string, f field, ok bool) {
	for key, f := range s {
		if f.called(key) == wire {
			return key, f, true
		}
	}
	return "", field{}, false
}

// called is a field's key on the wire.
func (f field) called(key string) string {
	if f.wire != "" {
		return f.wire
	}
	return key
}

// schema is the table of the site's theme, without what the site has not: a field, or
// a column of a repeater behind a dot.
func (s *sim) schema() schema {
	out := maps.Clone(s.theme().person)
	for _, key := range s.site.Without {
		key, column, within := strings.Cut(key, ".")
		f, ok := out[key]
		switch {
		case !within:
			delete(out, key)
		case ok:
			f.sub = maps.Clone(f.sub)
			delete(f.sub, column)
			out[key] = f
		}
	}
	return out
}

func (s *sim) theme() theme { return themes[s.site.Theme] }

// describe is the schema of a person as OPTIONS shows it.
func (s *sim) describe() object {
	t := s.theme()
	properties := object{
		"id": object{"type": "integer", "readonly": true}, "status": object{"type": "string"},
		"title": object{"type": "object"}, "featured_media": object{"type": "integer"}, t.property: object{"type": "object", "context": []string{"view", "edit"}, "properties": s.schema().describe(t)},
	}
	if kind, ok := map[string]string{"text": "string", "number": "integer"}[s.options.Team]; ok {
		properties["meta"] = object{"type": "object", "properties": object{"team": object{"type": kind}}}
	}
	return object{"$schema": "http://json-schema.org/draft-04/schema#", "title": "person", "type": "object", "properties": properties}
}

func (s schema) describe(t theme) object {
	out := object{}
	for key, f := range s {
		o := object{"type": f.types(t), "readonly": f.readOnly}
		if !t.strict {
			o = object{"type": f.types(t), "required": t.required && key == "first_name"}
		}
		if f.form == rows && t.columns {
			o["items"] = object{"type": "object", "properties": f.sub.describe(t)}
		}
		if len(f.choices) > 0 && !t.strict {
			o["enum"] = f.enum()
		}
		out[f.called(key)] = o
	}
	return out
}

// enum are the choices as the schema of ACF has them.
func (f field) enum() []any {
	var out []any
	for _, c := range f.choices {
		out = append(out, c)
	}
	return append(out, "", nil)
}

func (f field) types(t theme) any {
	switch {
	case f.form == rows:
		return "array"
	case f.form == flag && t.strict:
		return "boolean" // without null: booleans and arrays take none (public theme, 2026-11)
	case f.form == flag:
		return []string{"boolean", "null"}
	case f.form == number:
		return []string{"number", "null"}
	case f.form == ref && !t.strict:
		return []string{"integer", "array", "null"}
	case f.form == ref:
		return []string{"integer", "null"}
	default:
		return []string{"string", "null"}
	}
}
