package rondoclub

import (
	"encoding/json"
	"errors"
	"strconv"

	"github.com/touchline-sync/touchline/sync/mapping"
)

// codec is how one dialect of the theme writes a person. Everything above it
// speaks the keys of the dialect `fields`; `acf`, which the theme spoke until
// 2026, is another value of this type.
type codec struct {
	property string            // the property that holds the fields
	keys     map[string]string // our key to the dialect's, where they differ
	related  string            // in a relationship: whom
	kind     string            // in a relationship: its term
	listed   bool              // the term is written as a list of one
}

// fieldsDialect is the later contract (docs/systems/rondoclub.md, "Two
// dialects").
var fieldsDialect = codec{
	property: "fields",
	related:  "related_person_id",
	kind:     "relationship_type_id",
}

var errDialect = errors.New("the theme does not speak this dialect")

// decode reads the fields of a post. A key in another form than expected is
// Wrong, and no error.
func (c codec) decode(p post) (wire, error) {
	raw := p.Fields
	if c.property != "fields" {
		raw = p.ACF
	}
	if len(raw) == 0 {
		return wire{}, errDialect
	}
	var theirs map[string]json.RawMessage
	if err := json.Unmarshal(raw, &theirs); err != nil {
		return wire{}, errDialect
	}
	for ours, key := range c.keys {
		if v, ok := theirs[key]; ok {
			theirs[ours] = v
		}
	}
	var w wire
	w.Team = team(p.Meta)
	b, err := json.Marshal(theirs)
	if err != nil || json.Unmarshal(b, &w) != nil {
		return wire{}, errDialect
	}
	// The names go with every write, and the schema takes no flag for them.
	w.FirstName, w.LastName = w.FirstName.NoFalse(), w.LastName.NoFalse()
	return w, nil
}

// team reads meta.team, where it is a text.
func team(meta json.RawMessage) mapping.Value {
	var m struct {
		Team *string `json:"team"`
	}
	if json.Unmarshal(meta, &m) != nil || m.Team == nil {
		return mapping.Value{}
	}
	return mapping.Of(*m.Team)
}

// encode makes the body of a request that writes these fields.
func (c codec) encode(w wire, status string) (map[string]any, error) {
	b, err := json.Marshal(w)
	if err != nil {
		return nil, err
	}
	var out map[string]json.RawMessage
	if err := json.Unmarshal(b, &out); err != nil {
		return nil, err
	}
	for ours, key := range c.keys {
		if v, ok := out[ours]; ok {
			delete(out, ours)
			out[key] = v
		}
	}
	body := map[string]any{c.property: out}
	if w.Team.Set {
		body["meta"] = map[string]string{"team": w.Team.Text}
	}
	if status != "" {
		body["status"] = status
	}
	return body, nil
}

// relation makes a new row of a relationship.
func (c codec) relation(to, kind int64) row {
	term := strconv.FormatInt(kind, 10)
	if c.listed {
		term = "[" + term + "]"
	}
	return row{
		c.related:            json.RawMessage(strconv.FormatInt(to, 10)),
		c.kind:               json.RawMessage(term),
		"relationship_label": quoted(""),
	}
}

// kept is a row of a relationship that goes back as it was, without what the
// theme only adds on read (docs/systems/rondoclub.md, "Fields of a person").
func (c codec) kept(r row) row {
	out := r.with([]string{"relationship_label"})
	for _, key := range []string{"person_name", "person_thumbnail", "relationship_name", "relationship_slug"} {
		delete(out, key)
	}
	if kind := r.id(c.kind); c.listed && kind != "" {
		out[c.kind] = json.RawMessage("[" + kind + "]")
	}
	return out
}
