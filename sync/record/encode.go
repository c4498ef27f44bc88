package record

import (
	"bytes"
	"encoding/json"
	"maps"
)

// Encode writes fields as JSON, "{}" when there are none. Fields of text cannot
// fail.
func (f Fields) Encode() []byte {
	if len(f) == 0 {
		return []byte("{}")
	}
	b := make([]byte, 0, 32*len(f))
	for i, name := range f.Names() {
		b = appendText(append(b, "{,"[min(i, 1)]), string(name))
		b = appendText(append(b, ':'), f[name])
	}
	return append(b, '}')
}

// DecodeFields reads what Encode has written. The result is never nil; what is
// not JSON reads as no fields.
func DecodeFields(b []byte) Fields {
	if len(b) <= len("{}") {
		return Fields{}
	}
	out, s := make(Fields, bytes.Count(b, []byte(`":`))), scanner{rest: string(b)}
	if !s.object(func(name Field) { out[name] = s.text() }) {
		out = Fields{}
		_ = json.Unmarshal(b, &out)
	}
	return out
}

// Over returns a copy of f with the fields of top laid over it.
func (f Fields) Over(top Fields) Fields {
	out := f.Clone()
	maps.Copy(out, top)
	return out
}

// Has reports whether a field is present, empty or not.
func (f Fields) Has(name Field) bool {
	_, ok := f[name]
	return ok
}
