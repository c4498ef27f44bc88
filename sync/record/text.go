package record

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// Records are read and written by the hundred thousand, and encoding/json takes
// longer for one than the database. What follows writes the same bytes, and leaves
// to encoding/json all that is not plain.

// appendText adds a value as JSON.
func appendText(b []byte, s string) []byte {
	plain := true
	for i := 0; i < len(s) && plain; i++ {
		c := s[i]
		plain = c >= ' ' && c < utf8.RuneSelf && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&'
	}
	if !plain {
		quoted, _ := json.Marshal(s)
		return append(b, quoted...)
	}
	return append(append(append(b, '"'), s...), '"')
}

// scanner reads the JSON of an object of texts, or of pairs of texts. It gives up at
// whatever it does not expect.
type scanner struct {
	rest string
	bad  bool
}

// take passes over a byte and blanks before it, if it comes next.
func (s *scanner) take(c byte) bool {
	s.rest = strings.TrimLeft(s.rest, " \t\r\n")
	if s.rest == "" || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// must passes over a byte that must come next.
func (s *scanner) must(c byte) { s.bad = s.bad || !s.take(c) }

// text reads a text. What it returns shares the memory of the whole.
func (s *scanner) text() string {
	if s.must('"'); s.bad {
		return ""
	}
	for i := range len(s.rest) {
		switch c := s.rest[i]; {
		case c == '"':
			out := s.rest[:i]
			s.rest = s.rest[i+1:]
			s.bad = !utf8.ValidString(out)
			return out
		case c == '\\':
			return s.escaped(i)
		case c < ' ':
			s.bad = true
			return ""
		}
	}
	s.bad = true
	return ""
}

// escaped reads a text in which something is escaped, first at a place.
func (s *scanner) escaped(at int) (out string) {
	for i := at; i < len(s.rest); i++ {
		switch s.rest[i] {
		case '\\':
			i++
		case '"':
			s.bad = json.Unmarshal([]byte(`"`+s.rest[:i+1]), &out) != nil
			s.rest = s.rest[i+1:]
			return out
		}
	}
	s.bad = true
	return ""
}

// object reads an object; member reads what one field has. It reports whether all of
// it was as expected.
func (s *scanner) object(member func(name Field)) bool {
	s.must('{')
	for first := true; !s.bad && !s.take('}'); first = false {
		if !first {
			s.must(',')
		}
		name := Field(s.text())
		if s.must(':'); s.bad {
			return false
		}
		member(name)
	}
	return !s.bad && strings.TrimLeft(s.rest, " \t\r\n") == ""
}
