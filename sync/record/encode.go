package record

import (
	"encoding/json"
	"maps"
)

// Encode writes fields as JSON, "{}" when there are none. Fields of text cannot
// fail.
func (f Fields) Encode() []byte {
	if len(f) == 0 {
		return []byte("{}")
	}
	b, _ := json.Marshal(f)
	return b
}

// DecodeFields reads what Encode has written. The result is never nil; what is
// not JSON reads as no fields.
func DecodeFields(b []byte) Fields {
	out := Fields{}
	if len(b) > 0 {
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
