package server

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// mask returns what a viewer sees of a value: its shape and its length class.
// Runs of letters become "a", runs of digits "0", white space one space; what
// is neither stays, since it carries the form of an address or a date but not
// its content. Empty stays empty.
//
//	mask("jan@example.org")  "a@a.a (9-16)"
//	mask("2009-02-28")       "0-0-0 (9-16)"
func mask(value string) string {
	if value == "" {
		return ""
	}
	const longest = 24
	var shape strings.Builder
	var last rune
	for _, r := range value {
		switch {
		case unicode.IsLetter(r), unicode.IsMark(r):
			r = 'a'
		case unicode.IsNumber(r):
			r = '0'
		case unicode.IsSpace(r), unicode.IsControl(r):
			r = ' '
		case !strings.ContainsRune("@.,:;/+-_()", r):
			r = '*'
		}
		if r == last {
			continue
		}
		if shape.Len() >= longest {
			shape.WriteString("...")
			break
		}
		shape.WriteRune(r)
		last = r
	}
	return strings.TrimSpace(shape.String()) + " " + lengthClass(utf8.RuneCountInString(value))
}

// lengthClass is wide enough that it does not tell true from false or one
// gender from another.
func lengthClass(n int) string {
	switch {
	case n <= 8:
		return "(1-8)"
	case n <= 16:
		return "(9-16)"
	case n <= 32:
		return "(17-32)"
	}
	return "(33 or more)"
}

// shower shows values to one caller.
type shower struct{ clear bool }

func (s shower) value(v string) string {
	if s.clear {
		return v
	}
	return mask(v)
}

// optional shows a value that may be unknown.
func (s shower) optional(v *string) *string {
	if v == nil {
		return nil
	}
	shown := s.value(*v)
	return &shown
}
