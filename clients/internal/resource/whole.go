package resource

import (
	"encoding/json"
	"maps"
)

// Whole is a record for a system that writes it as a whole, so that what is left out is
// emptied: what is not mapped goes back as it came. A record that is referred to,
// {"id": 7}, is read as its id.
type Whole struct {
	Named
	came map[string]json.RawMessage
}

// UnmarshalJSON reads a record and keeps it as it came.
func (w *Whole) UnmarshalJSON(b []byte) error {
	*w = Whole{Named: Named{}}
	if err := json.Unmarshal(b, &w.came); err != nil {
		return err
	}
	for name, raw := range w.came {
		var of struct {
			ID json.RawMessage `json:"id"`
		}
		if json.Unmarshal(raw, &of) == nil && of.ID != nil {
			raw = of.ID
		}
		if err := w.At(name).UnmarshalJSON(raw); err != nil {
			return err
		}
	}
	return nil
}

// Text is a value as it stands there; "" where there is none.
func (w *Whole) Text(name string) string {
	if v := w.Named[name]; v != nil {
		return v.Text
	}
	return ""
}

// Over returns the record with all that is set in place of its own.
func (w *Whole) Over(set *Whole) *Whole {
	next := &Whole{Named: maps.Clone(w.Named), came: maps.Clone(w.came)}
	for name, v := range set.Named {
		if v.Set {
			next.Named[name] = v
			delete(next.came, name)
		}
	}
	return next
}

// MarshalJSON writes what came as it came, and what is set besides.
func (w *Whole) MarshalJSON() ([]byte, error) {
	out := map[string]any{}
	for name, v := range w.Named {
		if v.Set && v.Wrong == "" {
			out[name] = v
		}
	}
	for name, raw := range w.came {
		out[name] = raw
	}
	return json.Marshal(out)
}
