package mapping

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Form says how a value stands in JSON.
type Form int

// The forms. Null is how an empty value is written where the wire wants it so, Object how
// a record is that is referred to by its number: {"id": 7}.
const (
	String Form = iota
	Number
	Bool
	Null
	Object
)

// Value is one value on the wire. Not Set means that its key was missing, or
// must not be sent; Set and empty means that it is empty.
//
// In JSON null and "" both read as empty, numbers and booleans as their text. A
// list or an object is Wrong: that field cannot be read, the others can. Use it
// with `json:"name,omitzero"`.
type Value struct {
	Set   bool
	Text  string
	Form  Form
	Wrong string // why there is no text; holds no value
}

// Of returns a value that is set.
func Of(text string) Value { return Value{Set: true, Text: text} }

// IsZero reports whether the value is not set.
func (v Value) IsZero() bool { return !v.Set }

const noScalar = "neither text nor number nor flag"

// UnmarshalJSON reads a string, a number, a boolean or null. Another form is no
// error, but Wrong.
func (v *Value) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSpace(b)
	*v = Value{Set: true}
	switch {
	case len(b) == 0:
		return fmt.Errorf("no value")
	case bytes.Equal(b, []byte("null")):
		v.Form = Null
	case b[0] == '"':
		return json.Unmarshal(b, &v.Text)
	case bytes.Equal(b, []byte("true")), bytes.Equal(b, []byte("false")):
		v.Form, v.Text = Bool, string(b)
	case b[0] == '-' || b[0] >= '0' && b[0] <= '9':
		v.Form, v.Text = Number, string(b)
	default:
		v.Wrong = noScalar
	}
	return nil
}

// NoFalse returns the value, or an empty one in place of the JSON boolean false.
func (v Value) NoFalse() Value {
	if v.Form == Bool && v.Text == "false" {
		return Value{Set: true}
	}
	return v
}

// MarshalJSON writes the value in its form. One that is Wrong is an error.
func (v Value) MarshalJSON() ([]byte, error) {
	switch {
	case v.Wrong != "":
		return nil, fmt.Errorf("a value that could not be read is not written")
	case v.Form == Null, v.Form != String && v.Text == "":
		return []byte("null"), nil
	case v.Form == Number, v.Form == Bool:
		return []byte(v.Text), nil
	case v.Form == Object:
		return []byte(`{"id":` + v.Text + `}`), nil
	default:
		return json.Marshal(v.Text)
	}
}
