package rondosim

import (
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
)

// payload is the body of a create or an update.
type payload struct {
	status string
	fields map[string]any
	team   any

	hasTeam bool
}

// read checks a body as WordPress does before anything is stored. On a fault
// it has answered and returns false. A body that does not say that it is JSON is
// passed over.
func (s *sim) read(w http.ResponseWriter, r *http.Request, now *person) (payload, bool) {
	var body object
	var in payload
	t := s.theme()
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind == "application/json" {
		data, err := io.ReadAll(r.Body)
		ok := err == nil
		if ok && len(data) > 0 {
			body, ok = decode(data)
		}
		if !ok {
			refuse(w, http.StatusBadRequest, "rest_invalid_json", "Invalid JSON body passed.", object{"json_error_code": 4, "json_error_message": "Syntax error"})
			return in, false
		}
	}
	if _, has := body["acf"]; has && t.property != "acf" {
		refuse(w, http.StatusBadRequest, "removed_acf_payload", `The "acf" request attribute was removed. Send canonical values under "fields".`)
		return in, false
	}
	if v := body["status"]; v != nil {
		status, ok := v.(string)
		switch in.status = status; {
		case !ok:
			badParam(w, "status", "status is not of type string.")
			return in, false
		case !slices.Contains(live, status):
			badParam(w, "status", notOneOf("status", live...))
			return in, false
		}
	}
	if !s.readTeam(w, body["meta"], &in) {
		return in, false
	}
	v := body[t.property]
	if v == nil {
		return in, true // another property than the theme's is passed over without a word
	}
	fields, ok := keyed(v)
	if !ok {
		badParam(w, t.property, t.property+" is not of type object.")
		return in, false
	}
	// With the old theme first_name goes with any field (docs/systems/rondoclub.md,
	// measured 2).
	if _, has := fields["first_name"]; !has && t.required {
		badParam(w, t.property, "first_name is a required property of "+t.property+".")
		return in, false
	}
	table := s.schema()
	for _, wire := range sortedKeys(fields) {
		if _, def, known := table.under(wire); known {
			if fault := def.typeFault(t, t.property+"["+wire+"]", fields[wire]); fault != "" {
				badParam(w, t.property, fault)
				return in, false
			}
		}
	}
	if t.named && len(fields) > 0 && nameless(fields, now) {
		refuse(w, http.StatusBadRequest, "rondo_person_name_required", "Vul een voornaam of bedrijfsnaam in.")
		return in, false
	}
	in.fields = fields
	return in, true
}

// readTeam reads meta where the site has registered meta.team.
func (s *sim) readTeam(w http.ResponseWriter, v any, in *payload) bool {
	if v == nil || s.options.Team == "" {
		return true
	}
	meta, ok := keyed(v)
	if !ok {
		refuse(w, http.StatusBadRequest, "rest_invalid_param", "Invalid parameter(s): meta", object{
			"params": object{"meta": "Invalid parameter."}, "details": []object{},
		})
		return false
	}
	in.team, in.hasTeam = meta["team"]
	return true
}

// metaError is a value of meta that WordPress refuses, after it has stored the
// post itself.
type metaError struct{ message string }

// Error is what WordPress says.
func (e *metaError) Error() string { return e.message }

// teach writes meta.team; null takes it away.
func (s *sim) teach(p *person, in payload) error {
	team, isText := in.team.(string)
	switch {
	case !in.hasTeam:
	case in.team == nil && s.options.Team == "text":
		p.Meta["team"] = ""
	case in.team == nil:
		delete(p.Meta, "team")
	case s.options.Team == "text" && !isText:
		return &metaError{"meta.team is not of type string."}
	case s.options.Team == "number" && !isNumber(in.team):
		return &metaError{"meta.team is not of type integer."}
	case isText:
		p.Meta["team"] = sanitize(team)
	default:
		p.Meta["team"] = in.team
	}
	return nil
}

// nameless reports whether a write leaves a person, or a company, without a name.
func nameless(fields object, now *person) bool {
	for _, key := range []string{"first_name", "company_name"} {
		v, sent := fields[key]
		name, _ := v.(string)
		if !sent && now != nil {
			name = now.text(key)
		}
		if strings.TrimSpace(name) != "" {
			return false
		}
	}
	return true
}

// live are the states that a request may set.
var live = []string{"publish", "future", "draft", "pending", "private"}
