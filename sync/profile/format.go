package profile

import (
	"strings"
	"unicode"
)

// Format is the class of a value by how it looks, not by what it means:
// 0000-00-00 looks like a date.
type Format string

// The classes.
const (
	Letters  Format = "letters" // no digit: names, words, several of them
	Initials Format = "initials"
	Digits   Format = "digits"
	Phone    Format = "phone"
	Email    Format = "email"
	Date     Format = "date"
	Instant  Format = "instant"
	Flag     Format = "flag"
	Mixed    Format = "mixed" // everything else
)

// formats has the classes in the order in which the main one is chosen among
// equals. Columns count by the places in it.
var formats = [...]Format{Letters, Initials, Digits, Phone, Email, Date, Instant, Flag, Mixed}

const (
	letters = iota
	initials
	digits
	phone
	email
	date
	instant
	flag
	mixed
)

// FormatOf returns the class of a value that is not empty.
func FormatOf(v string) Format { return formats[formatOf(v)] }

func formatOf(v string) int {
	if v == "true" || v == "false" {
		return flag
	}
	if f, ok := dated(v); ok {
		return f
	}
	s := scan(v)
	switch {
	case s.at > 0 && s.dotAfterAt && s.blanks == 0 && s.odd == 0:
		return email
	case s.at >= 0 || s.odd > 0 || s.marks > 0:
		return mixed
	case s.letters > 0 && s.digits > 0:
		return mixed
	case s.letters > 0 && s.single && (s.dots > 0 || s.letters == 1):
		return initials
	case s.letters > 0:
		return letters
	case s.digits >= 8 && v[0] == '+', s.digits >= 9 && v[0] == '0':
		return phone
	case s.digits > 0:
		return digits
	}
	return mixed
}

// dated tells dates and instants by the places of their digits.
func dated(v string) (format int, ok bool) {
	if len(v) < 10 {
		return 0, false
	}
	for i := range 10 {
		if dash := i == 4 || i == 7; dash && v[i] != '-' || !dash && (v[i] < '0' || v[i] > '9') {
			return 0, false
		}
	}
	switch {
	case len(v) == 10:
		return date, true
	case v[10] == 'T':
		return instant, true
	}
	return 0, false
}

type scanned struct {
	letters, digits, dots, blanks int

	marks      int // as addresses have them and names and numbers do not
	odd        int // anything else
	at         int // -1: no @
	dotAfterAt bool
	single     bool // no letter follows another
}

func scan(v string) scanned {
	s := scanned{at: -1, single: true}
	letter := false
	for i, r := range v {
		was := letter
		letter = 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r >= 0x80 && (unicode.IsLetter(r) || unicode.Is(unicode.M, r))
		switch {
		case letter:
			s.letters++
			s.single = s.single && !was
		case '0' <= r && r <= '9':
			s.digits++
		case r == '.':
			s.dots++
			s.dotAfterAt = s.dotAfterAt || s.at >= 0
		case r == '@' && s.at < 0:
			s.at = i
		case r == ' ' || r == '\n':
			s.blanks++
		case r == '_' || r == '+' && i > 0:
			s.marks++
		case !strings.ContainsRune("-'’,/()&+", r):
			s.odd++
		}
	}
	return s
}
