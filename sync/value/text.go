package value

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/width"

	"github.com/touchline-sync/touchline/sync/record"
)

// How long values may be, in letters, where their type does not say.
const (
	maxText       = 255
	maxIdentifier = 64
	maxRaw        = 16 << 10 // in bytes: whatever is longer is not even looked at
	maxMembers    = 1000
)

const whyMasked = "masked"

// readTwice is what the UTF-8 of a letter with an accent, or of a sign such as ’, shows
// as to whoever takes it for Latin-1 or Windows-1252. Ã and Â are the last letters of
// words in capitals: what may follow a word, a blank, a quote or a dash, is none.
var readTwice = regexp.MustCompile("[ÃÂ][\u0080-\u009f¡-¿€ƒ†‡ˆ‰Š‹ŒŽ˜™š›œžŸ]|â€[\u0080-\u00bf‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")

// Text makes a text canonical: composed (NFC), without control and invisible
// characters and byte order marks, every kind of blank as one, trimmed. With
// t.Fold several blanks are one; without t.Lines a line break is a blank. A
// joiner stays where it is part of a word or of an emoji.
//
// Unreadable are text that is not UTF-8 or was damaged before (U+FFFD, or UTF-8 that
// was read as Latin-1: "JosÃ©"), a NUL, more letters than t.Max, and a mask such as "****".
func Text(raw string, t record.ValueType) (string, error) {
	if plain(raw) && (!t.Fold || !strings.Contains(raw, "  ")) && len(raw) <= orDefault(t.Max, maxText) {
		return unmasked(raw)
	}
	s, err := clean(raw, t.Lines)
	if err != nil {
		return "", err
	}
	if t.Fold {
		s = fold(s)
	}
	if utf8.RuneCountInString(s) > orDefault(t.Max, maxText) {
		return "", unreadable(TooLong)
	}
	return unmasked(s)
}

// Identifier makes a code canonical that a system has given: as a text of one
// line, with full-width letters as plain ones.
func Identifier(raw string, t record.ValueType) (string, error) {
	s, err := Text(raw, record.ValueType{Max: orDefault(t.Max, maxIdentifier), Fold: true})
	if err != nil {
		return "", err
	}
	return letters(norm.NFC.String(width.Fold.String(s)), t), nil
}

// Code makes one of a closed list canonical. Any other value is unreadable, so
// that a new one is noticed rather than passed on.
func Code(raw string, codes []string) (string, error) {
	s, err := Text(raw, record.ValueType{Max: maxIdentifier})
	if err != nil || s == "" {
		return "", err
	}
	if !slices.Contains(codes, s) {
		return "", unreadable("unknown code")
	}
	return s, nil
}

// Set makes a set canonical: each member a folded text, or each column of it where
// the members are rows, in the case that t says, sorted, each once. One member that cannot be read makes the whole set
// unreadable, since a set that lacks one says that it is not there.
func Set(members []string, t record.ValueType) (string, error) {
	if len(members) > maxMembers {
		return "", unreadable("too many members")
	}
	out := make([]string, 0, len(members))
	for _, m := range members {
		columns := []string{m}
		if t.Rows {
			columns = record.RowColumns(m)
		}
		for i, c := range columns {
			s, err := Text(c, record.ValueType{Max: t.Max, Fold: true})
			if err != nil {
				return "", err
			}
			columns[i] = letters(s, t)
		}
		out = append(out, record.NewRow(columns...))
	}
	return record.SetValue(out), nil
}

// letters puts a text into the case that its type says.
func letters(s string, t record.ValueType) string {
	switch {
	case t.Upper:
		s = norm.NFC.String(strings.ToUpper(s))
	case t.Lower:
		s = norm.NFC.String(strings.ToLower(s))
	}
	return s
}

// plain reports whether a text is printable ASCII without a blank at an end:
// most values are, and clean leaves them as they are.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return s == "" || s[0] != ' ' && s[len(s)-1] != ' '
}

// clean does what Text says, but for folding and length.
func clean(raw string, lines bool) (string, error) {
	switch {
	case len(raw) <= maxRaw && plain(raw):
		return raw, nil
	case len(raw) > maxRaw:
		return "", unreadable(TooLong)
	case !utf8.ValidString(raw), strings.ContainsRune(raw, utf8.RuneError), readTwice.MatchString(raw):
		return "", unreadable(BadBytes)
	case strings.ContainsRune(raw, 0):
		return "", unreadable(HasNUL)
	}
	if lines {
		raw = strings.ReplaceAll(raw, "\r\n", "\n")
	}
	s := strings.Map(func(r rune) rune {
		switch {
		case lines && lineBreak(r):
			return '\n'
		case blank(r):
			return ' '
		case joiner(r):
			return r
		case invisible(r):
			return -1
		}
		return r
	}, raw)
	s = norm.NFC.String(joined(norm.NFC.String(s)))
	if lines {
		parts := strings.Split(s, "\n")
		for i, p := range parts {
			parts[i] = strings.TrimRight(p, " ")
		}
		s = strings.Join(parts, "\n")
	}
	return strings.Trim(s, " \n"), nil
}

func lineBreak(r rune) bool {
	return r == '\n' || r == '\r' || r == '\u0085' || r == '\u2028' || r == '\u2029'
}

// blank reports whether a character shows as a blank. The last two are letters
// and a symbol by their class, and used as blanks that are not trimmed.
func blank(r rune) bool { return unicode.IsSpace(r) || r == '\u3164' || r == '\u2800' }

// invisible reports whether a character is a control or shows as nothing: format
// characters (zero-width ones, marks of direction, soft hyphen, byte order mark)
// and the combining grapheme joiner. Arabic signs of class Cf do show.
func invisible(r rune) bool {
	if r == '\u034f' || unicode.Is(unicode.Cc, r) {
		return true
	}
	return unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

func joiner(r rune) bool { return r == '\u200c' || r == '\u200d' }

// joined takes out joiners but where they change what is seen: between two
// letters of a script that joins them, and within an emoji of several.
func joined(s string) string {
	if !strings.ContainsFunc(s, joiner) {
		return s
	}
	var out strings.Builder
	var before rune
	for i, r := range s {
		if joiner(r) {
			after, size := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
			if size == 0 {
				after = 0 // the end, not the sign for a broken character
			}
			word := joins(before) && joins(after)
			emoji := r == '\u200d' && pictured(before) && unicode.Is(unicode.So, after)
			if !word && !emoji {
				continue
			}
		}
		out.WriteRune(r)
		before = r
	}
	return out.String()
}

func joins(r rune) bool {
	return (unicode.IsLetter(r) || unicode.IsMark(r)) && unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Mongolian,
		unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu,
		unicode.Kannada, unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar)
}

// pictured reports whether a character may end a part of an emoji: a picture, a
// colour of skin, the mark that asks for a picture.
func pictured(r rune) bool {
	return unicode.Is(unicode.So, r) || r == '\ufe0f' || r >= 0x1f3fb && r <= 0x1f3ff
}

// fold makes one blank of several.
func fold(s string) string {
	for strings.Contains(s, "  ") {
		s = strings.ReplaceAll(s, "  ", " ")
	}
	return s
}

// unmasked passes a text on, unless something has hidden its letters.
func unmasked(s string) (string, error) {
	if Masked(s) {
		return "", unreadable(whyMasked)
	}
	return s, nil
}

// Masked reports whether something has hidden what a text says: nothing but two
// or more stars or dots, nothing but four or more of the letter x, or three
// stars or dots in a row. "xxx" may be somebody's abbreviation, "Xx" a name.
func Masked(s string) bool {
	stars, crosses, rest, row := 0, 0, 0, 0
	for _, r := range s {
		switch r {
		case '*', '•', '●', '█':
			stars++
			if row++; row == 3 {
				return true
			}
			continue
		case 'x', 'X':
			crosses++
		case ' ', '-', '/', '.':
		default:
			rest++
		}
		row = 0
	}
	return rest == 0 && (crosses == 0 && stars >= 2 || stars == 0 && crosses >= 4 || stars > 0 && crosses > 0)
}

// asciiDigits makes plain digits of those of every script, and plain letters and
// signs of full-width ones.
func asciiDigits(s string) string {
	if plain(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r < utf8.RuneSelf || !unicode.IsDigit(r) {
			return r
		}
		for zero := r; ; zero-- { // the digits of a script stand in a row
			if !unicode.IsDigit(zero-1) || r-zero == 9 {
				return '0' + r - zero
			}
		}
	}, norm.NFC.String(width.Fold.String(s)))
}

func orDefault(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}
