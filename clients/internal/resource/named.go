package resource

import (
	"bytes"
	"encoding/json"

	"github.com/touchline-sync/touchline/sync/mapping"
)

// Named are values by name, for a system that keeps its columns beside its own fields.
// What is not set is not written. Use it with `json:"name,omitzero"`.
type Named map[string]*mapping.Value

// At returns the place of a value, for a row of a mapping.
func (n *Named) At(name string) *mapping.Value {
	if *n == nil {
		*n = Named{}
	}
	v, ok := (*n)[name]
	if !ok {
		v = &mapping.Value{}
		(*n)[name] = v
	}
	return v
}

// IsZero reports whether there is nothing to write.
func (n Named) IsZero() bool {
	for _, v := range n {
		if v.Set {
			return false
		}
	}
	return true
}

// UnmarshalJSON reads all values. None at all may come as an empty list, as PHP
// writes an empty map.
func (n *Named) UnmarshalJSON(b []byte) error {
	*n = Named{}
	if bytes.Equal(bytes.TrimSpace(b), []byte("[]")) {
		return nil
	}
	var all map[string]mapping.Value
	if err := json.Unmarshal(b, &all); err != nil {
		return err
	}
	for name, v := range all {
		v.Set = true // null is empty
		(*n)[name] = &v
	}
	return nil
}

// MarshalJSON writes what is set and could be read.
func (n Named) MarshalJSON() ([]byte, error) {
	out := map[string]mapping.Value{}
	for name, v := range n {
		if v.Set && v.Wrong == "" {
			out[name] = *v
		}
	}
	return json.Marshal(out)
}
