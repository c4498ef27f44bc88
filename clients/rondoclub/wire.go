package rondoclub

import (
	"bytes"
	"encoding/json"
	"maps"
	"strconv"

	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
)

// post is a person, a team or a commissie as WordPress gives it. Fields and ACF are the property that the
// dialects have for the theme's own fields; shape.open reads the values out of it.
type post struct {
	ID     int64           `json:"id"`
	Status string          `json:"status"`
	Meta   json.RawMessage `json:"meta"`
	Fields json.RawMessage `json:"fields"`
	ACF    json.RawMessage `json:"acf"`
	Photo  mapping.Value   `json:"featured_media"`
	Title  struct {        // as it was typed, where it may be edited
		Raw mapping.Value `json:"raw,omitzero"`
	} `json:"title,omitzero"`

	theirs map[string]json.RawMessage // the property's keys as they came
	values map[record.Field]*mapping.Value
}

// at points a mapping row at a field's value.
func at(f record.Field) func(*post) *mapping.Value {
	return func(p *post) *mapping.Value {
		if p.values == nil {
			p.values = map[record.Field]*mapping.Value{}
		}
		v, ok := p.values[f]
		if !ok {
			v = &mapping.Value{}
			p.values[f] = v
		}
		return v
	}
}

// sets reports whether the post has a value for one of the fields.
func (p *post) sets(fields map[record.Field]string) bool {
	for f := range fields {
		if v := p.values[f]; v != nil && v.Set {
			return true
		}
	}
	return false
}

// rows reads a repeater. A missing one may read as false, "" or null.
func (p *post) rows(key string) (list []row, there bool, wrong string) {
	raw, ok := p.theirs[key]
	switch string(bytes.TrimSpace(raw)) {
	case "":
		return nil, ok, ""
	case "null", "false", `""`:
		return nil, true, ""
	}
	if json.Unmarshal(raw, &list) != nil {
		return nil, true, whyRows
	}
	return list, true, ""
}

const whyRows = "not a list of rows"

// row is one row of a repeater. What touchline does not know in it goes back as it
// came.
type row map[string]json.RawMessage

// value reads a scalar of the row; what is missing, or false, is empty.
func (r row) value(key string) mapping.Value {
	var v mapping.Value
	if raw, ok := r[key]; ok && v.UnmarshalJSON(raw) != nil {
		v.Wrong = "unexpected form"
	}
	v = v.NoFalse()
	v.Set = true
	return v
}

// text is the text of value; what is no scalar has none.
func (r row) text(key string) string { return r.value(key).Text }

// id reads a reference: a number, a text, or a list of one of them.
func (r row) id(key string) string {
	raw := bytes.TrimSpace(r[key])
	if len(raw) > 0 && raw[0] == '[' {
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) != nil || len(list) != 1 {
			return ""
		}
		raw = list[0]
	}
	var v mapping.Value
	if v.UnmarshalJSON(raw) != nil || v.Wrong != "" || v.Text == "0" {
		return ""
	}
	return v.NoFalse().Text
}

// with returns a copy of the row with every key named, empty where it was missing:
// an older theme merges rows by index, and a key left out keeps the value of whoever
// stood there (docs/systems/rondoclub.md, measured 3).
func (r row) with(keys []string) row {
	out := make(row, len(r)+len(keys))
	maps.Copy(out, r)
	for _, key := range keys {
		if v, ok := out[key]; !ok || string(v) == "null" || string(v) == "false" {
			out[key] = quoted("")
		}
	}
	return out
}

func quoted(s string) json.RawMessage {
	b, err := json.Marshal(s)
	if err != nil { // a string always marshals
		return json.RawMessage(`""`)
	}
	return b
}

// written are rows as they are sent; none is [], never null, which is refused.
func written(list []row) any {
	if list == nil {
		return []row{}
	}
	return list
}

// postID reads an id of a post as the wire wants it: a plain number; 0 when it is
// none.
func postID(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return max(n, 0)
}
