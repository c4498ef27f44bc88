package record

import (
	"strings"
	"unicode/utf8"
)

// What Postgres can hold. An index takes no more than about 2,700 bytes, and a text
// no NUL: one record with more must not fail the statement for a thousand others.
const (
	MaxID  = 512  // bytes of a remote id
	MaxKey = 1000 // bytes of a natural key, or of that of a group
)

// Storable reports whether a text can be stored: it is UTF-8 without a NUL.
func Storable(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

// Storable reports whether an id can be stored, and looked up by an index.
func (id ExternalID) Storable() bool { return len(id) <= MaxID && Storable(string(id)) }

// Unstorable names the first field with a value that cannot be stored, or is "".
func (f Fields) Unstorable() Field {
	for _, name := range f.Names() {
		if !Storable(f[name]) {
			return name
		}
	}
	return ""
}
