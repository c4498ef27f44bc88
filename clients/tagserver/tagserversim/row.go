package tagserversim

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// row is a record. Of a column there is a text, an int64 or a bool, or nil; of a
// reference the id.
type row struct {
	id int64
	of *schema
	v  map[string]any
}

func (r *row) at(name string) any { return r.v[name] }

func (r *row) clone() *row { return &row{r.id, r.of, maps.Clone(r.v)} }

// MarshalJSON writes all columns, as a DTO is written.
func (r *row) MarshalJSON() ([]byte, error) {
	out := map[string]any{"id": r.id}
	for name, v := range r.v {
		out[name] = v
	}
	if r.of != nil {
		for _, c := range r.of.columns {
			v := r.v[c.name]
			if c.class == reference && v != nil {
				v = map[string]any{"id": v}
			}
			out[c.name] = v
		}
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads a row of a dump or of a control call.
func (r *row) UnmarshalJSON(b []byte) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	r.v = map[string]any{}
	for name, raw := range all {
		if name == "id" {
			if err := json.Unmarshal(raw, &r.id); err != nil {
				return err
			}
			continue
		}
		of := func(s schema) bool {
			return slices.ContainsFunc(s.columns, func(c column) bool { return c.name == name })
		}
		if !slices.ContainsFunc(schemas, of) {
			return fmt.Errorf("%s: no column", name)
		}
		v, err := plain(raw)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		r.v[name] = v
	}
	return nil
}

// plain reads a value of any class.
func plain(raw json.RawMessage) (any, error) {
	var id struct {
		ID *int64 `json:"id"`
	}
	if json.Unmarshal(raw, &id) == nil && id.ID != nil {
		return *id.ID, nil
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, err
	}
	if n, ok := v.(float64); ok {
		return int64(n), nil
	}
	return v, nil
}

// input reads what a client sends of a record. A member that the entity does not have
// is passed over without a word, as Jackson does in Spring Boot; what is left out is
// null.
func (of *schema) input(body []byte) (in *row, sentID *int64, err error) {
	var all map[string]json.RawMessage
	if json.Unmarshal(body, &all) != nil || all == nil {
		return nil, nil, unreadable
	}
	if raw, ok := all["id"]; ok && json.Unmarshal(raw, &sentID) != nil {
		return nil, nil, unreadable
	}
	in = &row{of: of, v: map[string]any{}}
	for _, c := range of.columns {
		v, ok := c.read(all[c.name])
		if !ok {
			return nil, nil, unreadable
		}
		in.v[c.name] = v
	}
	var faults []fieldError
	for _, c := range of.columns {
		t, _ := in.v[c.name].(string)
		switch {
		case in.v[c.name] == nil && !c.null:
			faults = append(faults, fieldError{of.entity, c.name, "must not be null"})
		case c.max > 0 && utf8.RuneCountInString(t) > c.max:
			faults = append(faults, fieldError{of.entity, c.name, fmt.Sprintf("size must be between 0 and %d", c.max)})
		}
	}
	if len(faults) > 0 {
		return nil, nil, invalid(faults)
	}
	return in, sentID, nil
}

var uuids = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// read reads one value of a body, and reports whether it is of the column's class.
func (c column) read(raw json.RawMessage) (any, bool) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, true
	}
	var t string
	isText := json.Unmarshal(raw, &t) == nil
	switch c.class {
	case text:
		return t, isText
	case enum:
		return t, slices.Contains(c.codes, t)
	case uuid:
		return strings.ToLower(t), uuids.MatchString(t)
	case day:
		_, err := time.Parse(time.DateOnly, t)
		return t, err == nil
	case instant:
		at, err := time.Parse(time.RFC3339, t)
		return at.UTC().Format(time.RFC3339Nano), err == nil
	case boolean:
		var b bool
		err := json.Unmarshal(raw, &b)
		return b, err == nil
	case reference:
		var of struct {
			ID *int64 `json:"id"`
		}
		if json.Unmarshal(raw, &of) != nil || of.ID == nil {
			return nil, false
		}
		return *of.ID, true
	}
	var n int64
	err := json.Unmarshal(raw, &n)
	return n, err == nil && (c.class != integer || int64(int32(n)) == n) //nolint:gosec // that is what is asked
}
