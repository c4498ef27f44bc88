package rondosim

import (
	"fmt"
	"maps"
	"math"
	"net/http"
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
	mail // a text, kept in lower case
	tel  // a text, kept in the international form
	ref  // id of a post or a term
	rows
)

// field is one line of the field table of a person, or of a repeater's row.
type field struct {
	form     form
	wire     string // the key on the wire, where it is another one
	choices  []string
	readOnly bool // 400 in a request
	sub      schema
}

type schema map[string]field

// typeFault is what WordPress itself says of a value before anything is
// stored, or "". Path is "fields[first_name]".
func (f field) typeFault(t theme, path string, v any) string {
	fits := v == nil
	switch f.form {
	case rows:
		list, ok := listed(v)
		if ok && t.columns {
			return f.rowFault(t, path, list)
		}
		fits = ok
	case flag:
		_, ok := boolean(v)
		fits = ok || fits && !t.strict
	case number:
		fits = fits || isNumber(v)
	case ref:
		_, list := v.([]any)
		fits = fits || isNumber(v) || list && !t.strict
	default:
		_, ok := v.(string)
		fits = fits || ok
	}
	if !fits {
		wants, _ := f.types(t).(string)
		if list, ok := f.types(t).([]string); ok {
			wants = strings.Join(list, ",")
		}
		return path + " is not of type " + wants + "."
	}
	// The schema of ACF has the choices; the later theme looks at them itself.
	if v, ok := v.(string); ok && f.form == choice && v != "" && !t.strict && !slices.Contains(f.choices, v) {
		return notOneOf(path, append(slices.Clone(f.choices), "", "null")...)
	}
	return ""
}

// rowFault looks at the rows of a repeater whose columns are in the schema.
func (f field) rowFault(t theme, path string, list []any) string {
	for i, item := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		in, ok := keyed(item)
		if !ok {
			return at + " is not of type object."
		}
		for _, wire := range sortedKeys(in) {
			if _, sub, known := f.sub.under(wire); known {
				if fault := sub.typeFault(t, at+"["+wire+"]", in[wire]); fault != "" {
					return fault
				}
			}
		}
	}
	return ""
}

// badField is a value or key that the theme refuses, after WordPress has already
// stored the post itself.
func badField(path, detail string) error {
	return refuse(http.StatusBadRequest, "rondo_invalid_field", "Invalid field value.", object{"field": path, "detail": detail})
}

// store turns a wire value into the stored one.
func (f field) store(t theme, path string, v any, old any) (any, error) {
	if f.readOnly {
		return nil, badField(path, path+" is read-only.")
	}
	if v == nil {
		return f.empty(), nil
	}
	switch f.form {
	case rows:
		return f.storeRows(t, path, v, old)
	case date:
		s, _ := v.(string)
		if t.typed {
			return unslash(s), nil
		}
		for _, layout := range []string{"2006-1-2", "20060102"} {
			if d, err := time.Parse(layout, s); err == nil {
				return d.Format(time.DateOnly), nil
			}
		}
		return nil, badField(path, path+" must use YYYY-MM-DD.")
	case moment:
		s, _ := v.(string)
		at, err := time.Parse(time.RFC3339, s)
		if err != nil && !t.typed {
			return nil, badField(path, path+" must be RFC 3339 with an explicit timezone.")
		}
		if !t.typed { // in the zone of the site
			s = at.UTC().Format("2006-01-02T15:04:05-07:00")
		}
		return s, nil
	case flag:
		b, ok := boolean(v)
		if !ok {
			return nil, badField(path, path+" must be boolean.")
		}
		return b, nil
	case number, ref:
		if list, ok := v.([]any); ok && f.form == ref && !t.strict && len(list) == 1 {
			v = list[0] // ACF takes a term as a list of one, too
		}
		n, err := toNumber(v)
		if err != nil || f.form == ref && n < 0 {
			return nil, badField(path, path+" must be numeric.")
		}
		return n, nil
	case choice:
		s, _ := v.(string)
		if s != "" && !slices.Contains(f.choices, s) && t.strict {
			return nil, badField(path, path+" contains an unknown choice.")
		}
		return s, nil
	}
	s, _ := v.(string)
	if !t.strict { // ACF keeps a text as it is
		return f.kept(unslash(s)), nil
	}
	return f.kept(sanitize(s)), nil
}

// kept is a text in the form in which the theme keeps it.
func (f field) kept(s string) string {
	switch f.form {
	case mail:
		return strings.ToLower(s)
	case tel:
		return phone(s)
	default:
		return s
	}
}

// storeRows replaces the rows, or merges them by index as was measured: there a
// key left out of a row keeps its old value. Rows beyond those sent are removed
// (docs/systems/rondoclub.md, measured 3).
func (f field) storeRows(t theme, path string, v, old any) (any, error) {
	before, _ := old.([]row)
	list, ok := listed(v)
	if !ok {
		return nil, badField(path, path+" must be an array.")
	}
	out := []row{}
	for i, item := range list {
		at := fmt.Sprintf("%s.%d", path, i)
		in, ok := item.(map[string]any)
		if !ok {
			return nil, badField(at, at+" must be an object.")
		}
		r := row{}
		if t.merged && i < len(before) {
			r = maps.Clone(before[i])
		}
		for key, sub := range f.sub {
			if _, has := r[key]; !has {
				r[key] = sub.empty()
			}
		}
		for wire, value := range in {
			key, sub, known := f.sub.under(wire)
			if !known && t.strict {
				return nil, badField("fields", "Nested field "+wire+" is unresolved.")
			}
			if !known {
				continue
			}
			if word, ok := value.(string); ok && t.strict && sub.form == flag && word != "0" && word != "1" {
				return nil, badField(at+"."+wire, at+"."+wire+" must be boolean.") // WordPress has not looked here
			}
			s, err := sub.store(t, at+"."+wire, value, nil)
			if err != nil {
				return nil, err
			}
			r[key] = s
		}
		if r["contact_type"] == "email" {
			address, _ := r["contact_value"].(string)
			r["contact_value"] = strings.ToLower(address) // (docs/systems/rondoclub.md, measured 6)
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

// read is how a stored value is read: empty dates and choices are null.
func (f field) read(t theme, v any) any {
	switch s, ok := v.(string); {
	case !ok || s != "":
	case f.form == date, f.form == moment, f.form == choice && t.strict:
		return nil
	}
	if v == nil && f.form == number && !t.strict {
		return ""
	}
	return v
}

func boolean(v any) (bool, bool) {
	if s, ok := v.(string); ok {
		v = strings.ToLower(s)
	}
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
