package rondosim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// What is here is WordPress' own, measured beside a real one (6.1.9, 2026-11).

// codeOf is the code that goes with a message about a parameter.
func codeOf(message string) (code string, data any) {
	for _, c := range []struct{ part, code string }{
		{" is not of type ", "rest_invalid_type"},
		{" is not one of ", "rest_not_in_enum"},
		{" must be ", "rest_out_of_bounds"},
		{" is a required property ", "rest_property_required"},
		{"Invalid email address.", "rest_invalid_email"},
		{"Invalid date.", "rest_invalid_date"},
	} {
		before, _, ok := strings.Cut(message, c.part)
		if ok && c.code == "rest_invalid_type" {
			data = object{"param": before}
		}
		if ok {
			return c.code, data
		}
	}
	return "rest_invalid_param", nil
}

// notOneOf is what is said of a value outside the choices.
func notOneOf(param string, choices ...string) string {
	last := len(choices) - 1
	and := " and "
	if last > 1 {
		and = ", and "
	}
	return param + " is not one of " + strings.Join(choices[:last], ", ") + and + choices[last] + "."
}

// forbiddenStatus is for one who asks for posts that it may not see.
func forbiddenStatus(status int) error {
	const message = "Status is forbidden."
	return refuse(http.StatusBadRequest, "rest_invalid_param", "Invalid parameter(s): status", object{
		"params": object{"status": message},
		"details": object{"status": object{
			"code": "rest_forbidden_status", "message": message, "data": object{"status": status},
		}},
	})
}

// critical is the answer of a site whose code has failed: JSON only for those
// who ask for it.
func critical(r *http.Request) error {
	return &refusal{
		status: http.StatusInternalServerError, code: "internal_server_error", page: !asksJSON(r),
		message: `<p>There has been a critical error on this website.</p><p><a href="https://wordpress.org/support/article/faq-troubleshooting/">Learn more about troubleshooting WordPress.</a></p>`,
		data:    object{"status": http.StatusInternalServerError}, more: object{"additional_errors": []object{}},
	}
}

func asksJSON(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "application/json") || strings.Contains(r.Header.Get("Content-Type"), "application/json")
}

// contextFault refuses a parameter context that is none.
func contextFault(r *http.Request) error {
	switch r.URL.Query().Get("context") {
	case "", "view", "edit", "embed":
		return nil
	}
	return badParam("context", notOneOf("context", "view", "embed", "edit"))
}

// listed is what WordPress takes for a list: also a text or a number, whose
// words it parts, and an object without a key.
func listed(v any) ([]any, bool) {
	switch v := v.(type) {
	case []any:
		return v, true
	case map[string]any:
		return []any{}, len(v) == 0
	case nil:
		return nil, false
	case bool:
		if !v {
			return []any{}, true
		}
		return []any{"1"}, true
	}
	out := []any{}
	for _, word := range strings.FieldsFunc(fmt.Sprint(v), func(c rune) bool { return c == ',' || unicode.IsSpace(c) }) {
		out = append(out, word)
	}
	return out, true
}

// keyed is what WordPress takes for an object: also a list, by its indexes, and
// an empty text.
func keyed(v any) (object, bool) {
	switch v := v.(type) {
	case map[string]any:
		return v, true
	case []any:
		out := object{}
		for i, item := range v {
			out[fmt.Sprint(i)] = item
		}
		return out, true
	case string:
		return object{}, v == ""
	}
	return nil, false
}

// decode reads a body of JSON. A list is passed over: it has no parameter.
func decode(data []byte) (object, bool) {
	var v any
	if json.Unmarshal(data, &v) != nil {
		return nil, false
	}
	o, _ := v.(object)
	return o, true
}

var (
	block  = regexp.MustCompile(`(?is)<(script|style)[^>]*>.*?</(script|style)>`)
	tags   = regexp.MustCompile(`<[^>]*>`)
	open   = regexp.MustCompile(`<[^<>]*(<|$)`)
	octets = regexp.MustCompile(`(?i)%[a-f0-9]{2}`)
	entity = regexp.MustCompile(`&(?:#\d+|#x[0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*);`)
)

// sanitize does to a text what sanitize_text_field of WordPress does, and what
// is done to it when it is stored: backslashes get lost
// (docs/systems/rondoclub.md, measured 6).
func sanitize(s string) string {
	for open.MatchString(s) { // a sign that begins no tag
		at := open.FindStringIndex(s)
		s = s[:at[0]] + "&lt;" + s[at[0]+1:]
	}
	s = tags.ReplaceAllString(block.ReplaceAllString(s, ""), "")
	for octets.MatchString(s) {
		s = octets.ReplaceAllString(s, "")
	}
	return strings.Join(strings.Fields(unslash(s)), " ")
}

// unslash takes away one backslash of each run of two, and each single one.
func unslash(s string) string {
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			if i++; i == len(s) {
				break
			}
		}
		out.WriteByte(s[i])
	}
	return out.String()
}

// texturize does to a title what wptexturize does, as far as names go.
func texturize(s string) string {
	var out strings.Builder
	var before rune
	for i, c := range s {
		opens := before == 0 || unicode.IsSpace(before) || strings.ContainsRune("([{-\"'", before)
		switch {
		case c == '&' && entity.FindStringIndex(s[i:]) != nil && entity.FindStringIndex(s[i:])[0] == 0:
			out.WriteRune(c)
		case c == '&':
			out.WriteString("&#038;")
		case c == '\'' && opens:
			out.WriteString("&#8216;")
		case c == '\'':
			out.WriteString("&#8217;")
		case c == '"' && opens:
			out.WriteString("&#8220;")
		case c == '"':
			out.WriteString("&#8221;")
		default:
			out.WriteRune(c)
		}
		before = c
	}
	return strings.ReplaceAll(out.String(), " - ", " &#8211; ")
}

// slug is what sanitize_title makes of a title.
func slug(title string) string {
	var out strings.Builder
	for _, c := range norm.NFD.String(strings.ToLower(entity.ReplaceAllString(title, ""))) {
		switch {
		case c == 'ß':
			out.WriteByte('s')
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '_':
			out.WriteRune(c)
		case c == '-', c == '.', unicode.IsSpace(c):
			out.WriteByte('-')
		}
	}
	return strings.Join(strings.FieldsFunc(out.String(), func(c rune) bool { return c == '-' }), "-")
}
