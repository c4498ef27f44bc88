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

// read checks a body as WordPress does before anything is stored. A body that does
// not say that it is JSON is passed over.
func (s *sim) read(r *http.Request, now *person) (in payload, err error) {
	t := s.theme()
	body, err := bodyOf(r)
	if err != nil {
		return in, err
	}
	if _, has := body["acf"]; has && t.property != "acf" {
		return in, refuse(http.StatusBadRequest, "removed_acf_payload", `The "acf" request attribute was removed. Send canonical values under "fields".`)
	}
	if v := body["status"]; v != nil {
		status, ok := v.(string)
		switch in.status = status; {
		case !ok:
			return in, badParam("status", "status is not of type string.")
		case !slices.Contains(live, status):
			return in, badParam("status", notOneOf("status", live...))
		}
	}
	if err := s.readTeam(body["meta"], &in); err != nil {
		return in, err
	}
	v := body[t.property]
	if v == nil {
		return in, nil // another property than the theme's is passed over without a word
	}
	fields, ok := keyed(v)
	if !ok {
		return in, badParam(t.property, t.property+" is not of type object.")
	}
	// With the old theme first_name goes with any field (docs/systems/rondoclub.md,
	// measured 2).
	if _, has := fields["first_name"]; !has && t.required {
		return in, badParam(t.property, "first_name is a required property of "+t.property+".")
	}
	table := s.schema()
	for _, wire := range sortedKeys(fields) {
		if _, def, known := table.under(wire); known {
			if fault := def.typeFault(t, t.property+"["+wire+"]", fields[wire]); fault != "" {
				return in, badParam(t.property, fault)
			}
		}
	}
	if t.named && len(fields) > 0 {
		if err := nameless(fields, now); err != nil {
			return in, err
		}
	}
	in.fields = fields
	return in, nil
}

// bodyOf reads a body of JSON. One that does not say that it is JSON is passed over.
func bodyOf(r *http.Request) (body object, err error) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		return nil, nil
	}
	data, err := io.ReadAll(r.Body)
	ok := err == nil
	if ok && len(data) > 0 {
		body, ok = decode(data)
	}
	if !ok {
		return nil, refuse(http.StatusBadRequest, "rest_invalid_json", "Invalid JSON body passed.", object{"json_error_code": 4, "json_error_message": "Syntax error"})
	}
	return body, nil
}

// readTeam reads meta where the site has registered meta.team.
func (s *sim) readTeam(v any, in *payload) error {
	if v == nil || s.options.Team == "" {
		return nil
	}
	meta, ok := keyed(v)
	if !ok {
		return refuse(http.StatusBadRequest, "rest_invalid_param", "Invalid parameter(s): meta", object{
			"params": object{"meta": "Invalid parameter."}, "details": []object{},
		})
	}
	in.team, in.hasTeam = meta["team"]
	return nil
}

// badTeam is a value of meta that WordPress refuses, after it has stored the post
// itself.
func badTeam(wants string) error {
	return &refusal{
		status: http.StatusBadRequest, code: "rest_invalid_type", message: "meta.team is not of type " + wants + ".",
		data: object{"status": http.StatusBadRequest}, more: object{"additional_data": []object{{"param": "meta.team"}}},
	}
}

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
		return badTeam("string")
	case s.options.Team == "number" && !isNumber(in.team):
		return badTeam("integer")
	case isText:
		p.Meta["team"] = sanitize(team)
	default:
		p.Meta["team"] = in.team
	}
	return nil
}

// nameless refuses a write that leaves a person without a name. That of a company is
// enough for a contact.
func nameless(fields object, now *person) error {
	left := func(key string) string {
		v, sent := fields[key]
		text, _ := v.(string)
		if !sent && now != nil {
			text = now.text(key)
		}
		return strings.TrimSpace(text)
	}
	switch {
	case left("first_name") != "":
		return nil
	case left("company_name") == "":
		return refuse(http.StatusBadRequest, "rondo_person_name_required", "Vul een voornaam of bedrijfsnaam in.")
	case left("person_type") != "contact":
		return refuse(http.StatusBadRequest, "rondo_company_only_contact_required", "Alleen contacten en sponsors mogen uitsluitend een bedrijfsnaam hebben.")
	}
	return nil
}

// live are the states that a request may set.
var live = []string{"publish", "future", "draft", "pending", "private"}
