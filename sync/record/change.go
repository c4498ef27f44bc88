package record

import (
	"encoding/json"
	"maps"
	"slices"
)

// Change says what a plan does to a record: by field from which value to which.
type Change map[Field][2]string

// DecodeChange reads the JSON of a change.
func DecodeChange(b []byte) (Change, error) {
	out, s := Change{}, scanner{rest: string(b)}
	read := s.object(func(name Field) {
		s.must('[')
		from := s.text()
		s.must(',')
		out[name] = [2]string{from, s.text()}
		s.must(']')
	})
	if read {
		return out, nil
	}
	out = nil
	err := json.Unmarshal(b, &out)
	return out, err
}

// Encode writes a change as JSON. Changes of text cannot fail.
func (c Change) Encode() []byte {
	b := append(make([]byte, 0, 2+48*len(c)), '{')
	for i, name := range slices.Sorted(maps.Keys(c)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendText(b, string(name)), ":["...)
		b = append(appendText(b, c[name][0]), ',')
		b = append(appendText(b, c[name][1]), ']')
	}
	return append(b, '}')
}
