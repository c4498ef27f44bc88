package value

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/touchline-sync/touchline/sync/record"
)

// Flag makes a flag canonical: "true" or "false". It reads those two, in any
// case, and the words that a caller lists, in small letters, with what each
// means, such as "1": true. Unreadable is all else.
func Flag(raw string, words map[string]bool) (string, error) {
	s, err := clean(raw, false)
	if err != nil || s == "" {
		return "", err
	}
	s = strings.ToLower(asciiDigits(s))
	if s == "true" || s == "false" {
		return s, nil
	}
	if b, ok := words[s]; ok {
		return strconv.FormatBool(b), nil
	}
	return "", unreadable("neither true nor false")
}

// The forms of amounts.
var (
	cents       = regexp.MustCompile(`^([+-]?)0*([0-9]{1,15})$`)
	minusBehind = regexp.MustCompile(`^([0-9].*[.,][0-9]{2})-$`)
	decimal     = regexp.MustCompile(`^([+-]?)([0-9]{1,3}(?:[., ][0-9]{3})+|[0-9]{1,13})(?:[.,]([0-9]{1,2}|-))?$`)
)

// Amount makes an amount canonical: cents, in decimal digits, such as "-1250".
// It reads nothing but cents; AmountOf reads what people write.
func Amount(raw string) (string, error) {
	s, err := clean(raw, false)
	if err != nil || s == "" {
		return "", err
	}
	m := cents.FindStringSubmatch(strings.ReplaceAll(asciiDigits(s), "−", "-"))
	if m == nil {
		return "", unreadable("not an amount in cents")
	}
	return signed(m[1], m[2]), nil
}

// AmountOf reads an amount as people and systems write one, with a comma or a
// point before the cents: "€ 1.234,50", "1234.5", "-3", "12,-" are "123450",
// "123450", "-300", "1200". A minus may stand behind the cents, as bookkeepers write
// it: "12,50-" is "-1250". Groups of three digits are thousands: "1.234" is
// "123400". Unreadable is all else, such as fractions of a cent.
func AmountOf(raw string) (string, error) {
	s, err := clean(raw, false)
	if err != nil || s == "" {
		return "", err
	}
	s = strings.ReplaceAll(asciiDigits(s), "−", "-")
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	s = strings.TrimSpace(strings.TrimPrefix(strings.TrimSuffix(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(s), "EUR")), "EUR"), "€"))
	s = strings.TrimSpace(strings.TrimSuffix(s, "€"))
	if behind := minusBehind.FindStringSubmatch(s); behind != nil && sign == "" {
		sign, s = "-", behind[1]
	}
	m := decimal.FindStringSubmatch(s)
	if m == nil || m[1] != "" && sign != "" {
		return "", unreadable("not an amount")
	}
	if m[1] == "-" {
		sign = "-"
	}
	whole := strings.NewReplacer(".", "", ",", "", " ", "").Replace(m[2])
	if len(whole) > 1 && whole[0] == '0' && strings.ContainsAny(m[2], "., ") {
		return "", unreadable("not an amount") // "0.125" is no thousand
	}
	part := strings.TrimSuffix(m[3], "-")
	return signed(sign, whole+(part + "00")[:2]), nil
}

func signed(sign, digits string) string {
	digits = strings.TrimLeft(digits, "0")
	if digits == "" {
		return "0"
	}
	return strings.TrimPrefix(sign, "+") + digits
}

var dutchPostcode = regexp.MustCompile(`^([1-9][0-9]{3})[ -]?([A-Z]{2})$`)

// Postcode makes a postcode canonical: in capitals, a Dutch one as "1234 AB",
// which is the post's own form. Others keep their blanks. Unreadable is what is
// longer than any postcode, and what has no digit: no country's has none.
func Postcode(raw string) (string, error) {
	s, err := Text(raw, record.ValueType{Max: maxText, Fold: true})
	if err != nil {
		return "", err
	}
	s = fold(letters(asciiDigits(s), record.ValueType{Upper: true}))
	if m := dutchPostcode.FindStringSubmatch(s); m != nil {
		s = m[1] + " " + m[2]
	}
	switch {
	case utf8.RuneCountInString(s) > 16:
		return "", unreadable(TooLong)
	case s != "" && !strings.ContainsAny(s, "0123456789"):
		return "", unreadable("not a postcode")
	}
	return s, nil
}

// Language makes a language canonical: a BCP 47 tag of language, script and
// region, such as "nl-BE" for "nl_be". Unreadable is what is no such tag.
func Language(raw string) (string, error) {
	s, err := clean(raw, false)
	if err != nil || s == "" {
		return "", err
	}
	tag, err := language.Parse(s)
	if err != nil {
		return "", unreadable("not a language")
	}
	base, script, region := tag.Raw()
	if base.String() == "und" {
		return "", unreadable("not a language")
	}
	out := base.String()
	if script.String() != "Zzzz" {
		out += "-" + script.String()
	}
	if region.String() != "ZZ" {
		out += "-" + region.String()
	}
	return out, nil
}
