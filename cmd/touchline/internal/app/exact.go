package app

import (
	"fmt"
	"math"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Settings come as text, whatever their source: a file's are taken as they stand
// there. What follows is the one place that reads them, so that a variable, a flag
// and a file mean the same.

// whole is a number as a person writes it. Leading zeros, 0x10 and 1_000 are other
// numbers, or none, from one reader to the next.
var whole = regexp.MustCompile(`^-?(0|[1-9][0-9]*)$`)

var fraction = regexp.MustCompile(`^-?(0|[1-9][0-9]*)?(\.[0-9]+)?$`)

// exactly reads a text as a setting of a type. The error does not quote it: it may
// be a secret that stands in the wrong place.
func exactly(t reflect.Type, text string) (any, error) {
	switch t {
	case durationType:
		return exactDuration(text)
	case secretType:
		return text, secretFault(text)
	}
	switch t.Kind() {
	case reflect.String:
		return text, textFault(text)
	case reflect.Bool:
		switch text {
		case "true", "True", "TRUE":
			return true, nil
		case "false", "False", "FALSE":
			return false, nil
		}
		return nil, errorf("must be true or false")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		n, err := strconv.ParseInt(text, 10, t.Bits())
		if !whole.MatchString(text) || err != nil {
			return nil, errorf("must be a whole number, in digits and without leading zeros")
		}
		return n, nil
	case reflect.Float32, reflect.Float64:
		n, err := strconv.ParseFloat(text, 64)
		if text == "" || !fraction.MatchString(text) || err != nil || math.IsInf(n, 0) {
			return nil, errorf("must be a number, such as 0.02")
		}
		return n, nil
	}
	return nil, errorf("must be a list in the file of settings")
}

func errorf(text string) error { return fmt.Errorf("%s", text) }

// exactDuration reads a time with its unit. A bare number is refused: to one program
// it is seconds, to another it is nanoseconds.
func exactDuration(text string) (any, error) {
	d, err := time.ParseDuration(text)
	switch {
	case whole.MatchString(text):
		return nil, errorf("needs a unit, such as " + strings.TrimPrefix(text, "-") + "s, 15m or 24h")
	case err != nil:
		return nil, errorf("must be a time with a unit, such as 90s, 15m or 24h")
	case d < 0:
		return nil, errorf("must not be below 0s")
	}
	return d, nil
}

// textFault says what is wrong with a text that no setting has.
func textFault(text string) error {
	switch {
	case text != strings.TrimSpace(text):
		return errorf("begins or ends with a blank or a line end")
	case strings.ContainsFunc(text, unicode.IsControl):
		return errorf("holds a line end or another control character")
	}
	return nil
}

// secretFault is textFault, and refuses what cannot be seen on a screen, too.
func secretFault(text string) error {
	if strings.HasSuffix(text, "\r") {
		return errorf("ends with a carriage return, as files of Windows have it")
	}
	if err := textFault(text); err != nil {
		return err
	}
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.Is(unicode.Cf, r) || r == unicode.ReplacementChar }) {
		return errorf("holds a character that is not visible, such as a byte order mark")
	}
	return nil
}

// entries are those of a list that is given as one text.
func entries(text string) []any {
	var out []any
	for part := range strings.SplitSeq(text, ",") {
		out = append(out, strings.TrimSpace(part))
	}
	return out
}

// check returns all that is wrong with a setting, with the path of each fault.
func check(path string, t reflect.Type, raw any) []located {
	switch {
	case t.Kind() == reflect.Slice:
		return checkList(path, t.Elem(), raw)
	case t.Kind() == reflect.Struct:
		return checkStruct(path, t, raw)
	}
	text, ok := raw.(string)
	if !ok {
		switch raw.(type) {
		case []any, map[string]any:
			return []located{{path, errorf("must be one value, and is a list or a section; quote a text that begins with [ or {")}}
		}
		return nil // a default, or a flag that cobra has read
	}
	if _, err := exactly(t, text); err != nil {
		return []located{{path, err}}
	}
	return nil
}

func checkList(path string, elem reflect.Type, raw any) (faults []located) {
	if text, ok := raw.(string); ok {
		if elem.Kind() == reflect.Struct {
			return []located{{path, errorf("must be a list in the file of settings")}}
		}
		raw = entries(text)
	}
	all, ok := raw.([]any)
	if !ok {
		if _, section := raw.(map[string]any); section {
			return []located{{path, errorf("must be a list")}}
		}
		return nil
	}
	for i, one := range all {
		at := fmt.Sprintf("%s[%d]", path, i+1)
		text, isText := one.(string)
		if isText {
			one = strings.TrimSpace(text)
		}
		if one == "" || one == nil {
			faults = append(faults, located{at, errorf("is empty")})
			continue
		}
		faults = append(faults, check(at, elem, one)...)
	}
	return faults
}

func checkStruct(path string, t reflect.Type, raw any) (faults []located) {
	section, ok := raw.(map[string]any)
	if !ok {
		return []located{{path, errorf("must have keys of its own")}}
	}
	for name, value := range section {
		field, known := fieldOf(t, name)
		if !known {
			faults = append(faults, located{path + "." + name, errorf("unknown key")})
			continue
		}
		faults = append(faults, check(path+"."+name, field.Type, value)...)
	}
	return faults
}

func fieldOf(t reflect.Type, name string) (reflect.StructField, bool) {
	for f := range t.Fields() {
		if f.IsExported() && fieldName(f) == name {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

// located is what is wrong at a path.
type located struct {
	path string
	err  error
}
