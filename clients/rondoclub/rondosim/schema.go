package rondosim

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// form is how a field is checked, stored and read.
type form int

const (
	text form = iota
	date
	moment // date-time, RFC 3339 with offset
	number
	flag
	choice
	ref // id of a post or a term
	rows
)

// field is one line of the field table of a person, or of a repeater's row.
type field struct {
	form     form
	choices  []string
	readOnly bool // 400 in a request
	dropped  bool // added on read, passed over in a request
	sub      schema
}

type schema map[string]field

// personFields is the field table of the later contract
// (docs/systems/rondoclub.md, "Fields of a person"; names and error shapes as
// in the public theme, read 2026-11).
var personFields = schema{
	"first_name": {}, "infix": {}, "last_name": {}, "nickname": {}, "pronouns": {},
	"gender":        {form: choice, choices: []string{"male", "female", "non_binary", "other", "prefer_not_to_say"}},
	"birthdate":     {form: date},
	"former_member": {form: flag},
	"lid_sinds":     {form: date}, "lid_tot": {form: date}, "datum_overlijden": {form: date},
	"datum_foto": {form: date}, "datum_vog": {form: date}, "datum_iva": {form: date},
	"email_1": {}, "email_2": {}, "mobile_1": {}, "mobile_2": {}, "telephone_1": {}, "telephone_2": {},
	"knvb_id": {}, "type_lid": {}, "leeftijdsgroep": {}, "spelactiviteit": {},
	"isparent":                  {form: flag},
	"huidig_vrijwilliger":       {form: flag, readOnly: true},
	"financiele_blokkade":       {form: flag},
	"freescout_id":              {form: number},
	"vog_email_sent_date":       {form: moment},
	"vog_justis_submitted_date": {form: moment},
	"vog_reminder_sent_date":    {form: moment},
	"person_type":               {form: choice, choices: []string{"member", "contact"}},
	"is_sponsor":                {form: flag},
	"company_name":              {},
	"addresses": {form: rows, sub: schema{
		"address_label": {}, "street_name": {}, "house_number": {}, "house_number_addition": {},
		"postal_code": {}, "city": {}, "state": {}, "country": {}, "country_code": {},
	}},
	"relationships": {form: rows, sub: schema{
		"related_person_id": {form: ref}, "relationship_type_id": {form: ref}, "relationship_label": {},
		"person_name": {dropped: true}, "person_thumbnail": {dropped: true},
		"relationship_name": {dropped: true}, "relationship_slug": {dropped: true},
	}},
	"work_history": {form: rows, sub: schema{
		"team_id": {form: ref}, "entity_type": {dropped: true}, "team_name_text": {},
		"job_title": {}, "description": {},
		"start_date": {form: date}, "end_date": {form: date}, "is_current": {form: flag},
	}},
}

// typeFault is what WordPress itself says of a value before anything is
// stored, or "". Path is "fields[first_name]".
func (f field) typeFault(path string, v any) string {
	wants := ""
	switch f.form {
	case rows:
		if _, ok := v.([]any); !ok {
			wants = "array"
		}
	case flag:
		// Without null: booleans and arrays take no null (public theme, 2026-11).
		if _, ok := boolean(v); !ok {
			wants = "boolean"
		}
	case number:
		if v != nil && !isNumber(v) {
			wants = "number,null"
		}
	case ref:
		if v != nil && !isNumber(v) {
			wants = "integer,null"
		}
	default:
		if _, ok := v.(string); !ok && v != nil {
			wants = "string,null"
		}
	}
	if wants == "" {
		return ""
	}
	return path + " is not of type " + wants + "."
}

// fieldError is a value or key that the theme refuses, after WordPress has
// already stored the post itself.
type fieldError struct{ path, detail string }

func (e *fieldError) Error() string { return e.detail }

// store turns a wire value into the stored one.
func (f field) store(path string, v any, old any) (any, error) {
	if f.readOnly {
		return nil, &fieldError{path, path + " is read-only."}
	}
	if v == nil {
		return f.empty(), nil
	}
	switch f.form {
	case rows:
		return f.storeRows(path, v, old)
	case date:
		s, _ := v.(string)
		if s == "" {
			return nil, &fieldError{path, path + " must use YYYY-MM-DD."}
		}
		for _, layout := range []string{time.DateOnly, "20060102"} {
			if d, err := time.Parse(layout, s); err == nil {
				return d.Format(time.DateOnly), nil
			}
		}
		return nil, &fieldError{path, path + " must use YYYY-MM-DD."}
	case moment:
		s, _ := v.(string)
		if _, err := time.Parse(time.RFC3339, s); err != nil {
			return nil, &fieldError{path, path + " must be RFC 3339 with an explicit timezone."}
		}
		return s, nil
	case flag:
		b, ok := boolean(v)
		if !ok {
			return nil, &fieldError{path, path + " must be boolean."}
		}
		return b, nil
	case number, ref:
		n, err := toNumber(v)
		if err != nil || f.form == ref && n < 0 {
			return nil, &fieldError{path, path + " must be numeric."}
		}
		return n, nil
	case choice:
		s, _ := v.(string)
		if s != "" && !slices.Contains(f.choices, s) {
			return nil, &fieldError{path, path + " contains an unknown choice."}
		}
		return s, nil
	}
	s, _ := v.(string)
	return sanitize(s), nil
}

// storeRows merges by index, as was measured: a key left out of a row keeps its
// old value, rows beyond those sent are removed (docs/systems/rondoclub.md,
// measured 3).
func (f field) storeRows(path string, v, old any) (any, error) {
	before, _ := old.([]row)
	list, ok := v.([]any)
	if !ok {
		return nil, &fieldError{path, path + " must be an array."}
	}
	out := []row{}
	for i, item := range list {
		at := fmt.Sprintf("%s.%d", path, i)
		in, ok := item.(map[string]any)
		if !ok {
			return nil, &fieldError{at, at + " must be an object."}
		}
		r := row{}
		if i < len(before) {
			r = before[i].clone()
		}
		for key, sub := range f.sub {
			if _, has := r[key]; !has && !sub.dropped {
				r[key] = sub.empty()
			}
		}
		for key, value := range in {
			sub, known := f.sub[key]
			sub.readOnly = false
			switch {
			case !known:
				return nil, &fieldError{at + "." + key, at + "." + key + ": unresolved."}
			case sub.dropped:
				continue
			}
			s, err := sub.store(at+"."+key, value, nil)
			if err != nil {
				return nil, err
			}
			r[key] = s
		}
		out = append(out, r)
	}
	return out, nil
}

// empty is the stored value of a field that was never written or is cleared.
func (f field) empty() any {
	switch f.form {
	case rows:
		return []row{}
	case flag:
		return false
	case number, ref:
		return nil
	}
	return ""
}

// wire is how a stored value is read: empty dates and choices are null.
func (f field) wire(v any) any {
	if s, ok := v.(string); ok && s == "" && (f.form == date || f.form == moment || f.form == choice) {
		return nil
	}
	return v
}

func boolean(v any) (bool, bool) {
	switch v {
	case true, "true", "1", float64(1):
		return true, true
	case false, "false", "0", float64(0):
		return false, true
	}
	return false, false
}

func isNumber(v any) bool {
	_, err := toNumber(v)
	return err == nil
}

func toNumber(v any) (float64, error) {
	switch n := v.(type) {
	case float64:
		return n, nil
	case int64:
		return float64(n), nil
	case string:
		f, err := strconv.ParseFloat(strings.TrimSpace(n), 64)
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return 0, strconv.ErrSyntax
		}
		return f, err
	}
	return 0, strconv.ErrSyntax
}

var (
	tags   = regexp.MustCompile(`<[^>]*>`)
	octets = regexp.MustCompile(`(?i)%[a-f0-9]{2}`)
)

// sanitize does to a text what sanitize_text_field of WordPress does.
func sanitize(s string) string {
	s = tags.ReplaceAllString(s, "")
	s = octets.ReplaceAllString(s, "")
	s = strings.ReplaceAll(s, `\`, "") // backslashes get lost (docs/systems/rondoclub.md, measured 6)
	return strings.Join(strings.Fields(s), " ")
}
