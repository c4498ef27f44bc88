package value

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/nyaruka/phonenumbers"
)

const whyPhone = "not a phone number"

// dutch are numbers that are canonical already, by the same rules as number: it
// takes 50 microseconds, and a club has thousands of these.
var dutch = regexp.MustCompile(`^\+31[1-9][0-9]{8}$`)

// extension is what stands behind a number for one phone of several.
var extension = regexp.MustCompile(`(?i)[\s,;(]*(?:extension|extn|ext|x|toestel|tst|doorkiesnummer|doorkies|dkn|#)[.:]?\s*[0-9]{1,6}\)?$`)

// between stands between two numbers in one field.
var between = regexp.MustCompile(`(?i)[/;,|&\\]|\s+-\s+|\b(?:of|or|en|and|und|oder|ou|et)\b`)

// signs may stand within a number.
const signs = " -–—‐‑‒−.()[]/'’"

// Phone makes a phone number canonical: E.164. A number without a country's
// code is from the first of the regions (ISO 3166-1 alpha-2) in which it is one.
// A country's code may begin with + or 00, and a "(0)" behind it is left out.
//
// Of two numbers the first is taken, and text or an extension beside a number is
// left out; the note says so. Unreadable is all else: text alone, a number too
// short or too long, one without a country's code where no region is given.
func Phone(raw string, regions ...string) (canon, note string, err error) {
	if dutch.MatchString(raw) {
		return raw, "", nil
	}
	s, err := clean(raw, false)
	if err != nil || s == "" {
		return "", "", err
	}
	s = fold(asciiDigits(s))
	if len(s) > maxText {
		return "", "", unreadable(TooLong)
	}
	if Masked(s) {
		return "", "", unreadable(whyMasked)
	}
	if n, zero := number(s, regions); n != "" {
		if zero {
			note = ZeroMissing
		}
		return n, note, nil
	}
	if at := extension.FindStringIndex(s); at != nil {
		if n, _ := number(s[:at[0]], regions); n != "" {
			return n, NoExtension, nil
		}
	}
	if n, note := firstOf(between.Split(s, -1), regions); n != "" {
		return n, note, nil
	}
	if n := firstHalf(s, regions); n != "" {
		return n, TwoNumbers, nil
	}
	return "", "", unreadable(whyPhone)
}

// firstOf returns the first of several parts that is a number, alone or with
// text beside it.
func firstOf(parts, regions []string) (found, note string) {
	for _, p := range parts {
		n, _ := number(p, regions)
		if n == "" {
			n, _ = number(withoutWords(p), regions)
		}
		switch {
		case n == "" || n == found:
		case found == "":
			found = n
		default:
			return found, TwoNumbers
		}
	}
	return found, TextBeside
}

// firstHalf takes a text apart at the blank with a number on either side.
func firstHalf(s string, regions []string) string {
	for i, r := range s {
		if r != ' ' {
			continue
		}
		first, _ := number(s[:i], regions)
		if first == "" {
			continue
		}
		if second, _ := number(s[i:], regions); second != "" {
			return first
		}
	}
	return ""
}

// withoutWords takes out all words, and what stands in brackets with a letter
// in it.
func withoutWords(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsMark(r) || strings.ContainsRune(":!?\"", r) {
			return ' '
		}
		return r
	}, s)
}

// number reads one number; "" is none. zero says that a number was only found
// as if a leading zero had been lost, as tables of numbers lose it.
func number(s string, regions []string) (canon string, zero bool) {
	s = digits(s)
	if s == "" {
		return "", false
	}
	national := s[0] != '+'
	if !national {
		regions = []string{"ZZ"}
	}
	for _, known := range []bool{true, false} {
		if !known {
			// A number that no country knows is no sign of another country than the
			// deployment's, which comes last.
			regions = slices.Clone(regions)
			slices.Reverse(regions)
		}
		for _, region := range regions {
			if n := parsed(s, region, known); n != "" {
				return n, national && s[0] != '0' && !strings.HasPrefix(n, "+"+s) && zeroBefore(region)
			}
		}
	}
	return "", false
}

// digits leaves a number with a plus in front, if any, and its digits; "" where
// there is any other sign.
func digits(s string) string {
	s = strings.TrimLeft(s, signs)
	plus := strings.HasPrefix(s, "+")
	s = strings.TrimLeft(s, "+"+signs)
	var out strings.Builder
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			out.WriteRune(r)
		case !strings.ContainsRune(signs, r):
			return ""
		}
	}
	s = out.String()
	switch {
	case s == "":
	case plus:
		s = "+" + strings.TrimPrefix(s, "00") // "+0031"
	case strings.HasPrefix(s, "00"):
		s = "+" + s[2:]
	}
	return s
}

// parsed reads digits as a number of a region: one of a range that is known, or
// one that is written in full and is as long as numbers there are. What the
// library would write otherwise a second time is none.
func parsed(s, region string, known bool) string {
	n, err := phonenumbers.Parse(s, region)
	if err != nil {
		return ""
	}
	ok := phonenumbers.IsValidNumber(n)
	if !known && !ok {
		ok = (s[0] == '+' || s[0] == '0') && usualLength(n)
	}
	if !ok {
		return ""
	}
	out := phonenumbers.Format(n, phonenumbers.E164)
	if out != s && parsed(out, "ZZ", known) != out {
		return ""
	}
	return out
}

// usualLength reports whether a number is as long as a mobile phone's or a
// house's in its country. Ranges are opened faster than this program is
// replaced, but a number that lacks a digit is none.
func usualLength(n *phonenumbers.PhoneNumber) bool {
	region := phonenumbers.GetRegionCodeForCountryCode(int(n.GetCountryCode()))
	length := len(phonenumbers.GetNationalSignificantNumber(n))
	for _, kind := range []phonenumbers.PhoneNumberType{phonenumbers.MOBILE, phonenumbers.FIXED_LINE} {
		if e := phonenumbers.GetExampleNumberForType(region, kind); e != nil && len(phonenumbers.GetNationalSignificantNumber(e)) == length {
			return true
		}
	}
	return false
}

// zeroBefore reports whether numbers of a region begin with a zero that is left
// out behind the country's code.
func zeroBefore(region string) bool {
	return phonenumbers.GetNddPrefixForRegion(region, true) == "0"
}
