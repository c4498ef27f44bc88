package invent

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"unicode"
)

// personID is the id of the member with this number: unique in a world, in one
// of the two forms that occur (docs/systems/sportlink.md, "Addresses",
// 2026-04). The factors share no divisor with the sizes of the spaces, so no
// two numbers meet.
func personID(seed int64, number int) string {
	shift := uint64(seed) * 7919 //nolint:gosec // any number will do
	if number%6 == 4 {
		const space = 26 * 26 * 10_000
		n := (uint64(number)*1_000_003 + shift%space) % space
		return fmt.Sprintf("%c%c-%04d",
			'A'+n/10_000/26, 'A'+n/10_000%26, n%10_000)
	}
	const space = 26 * 26 * 26 * 26 * 26 * 100
	n := (uint64(number)*900_001_003 + shift%space) % space
	digits := n % 100
	n /= 100
	var letters [5]byte
	for i := range letters {
		letters[i] = 'A' + byte(n%26)
		n /= 26
	}
	return fmt.Sprintf("%s%02d%c", letters[:4], digits, letters[4])
}

// mailbox makes an address that is one household's own: its number is in it.
func (h *household) mailbox(name string) string {
	domain := "example.org"
	if chance(h.rand, 20) {
		domain = "example.net"
	}
	h.mailboxes++
	return fmt.Sprintf("%s.h%d.%d@%s", ascii(name), h.number, h.mailboxes, domain)
}

// ascii makes of a name what may stand before an @ everywhere: letters and
// digits in words joined by points.
func ascii(name string) string {
	fold := strings.NewReplacer("ë", "e", "é", "e", "è", "e", "ö", "o", "ü", "u",
		"ï", "i", "á", "a", "ł", "l", "ç", "c")
	words := strings.FieldsFunc(fold.Replace(strings.ToLower(name)), func(r rune) bool {
		return r >= 128 || !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	return strings.Join(words, ".")
}

// mobile is a mobile phone in one of the ways in which people type one. All
// Dutch ones begin with 060, which is given to nobody.
func mobile(r *rand.Rand) string {
	n := 1_000_000 + r.IntN(9_000_000)
	s := fmt.Sprintf("%07d", n)
	forms := []string{
		"06-0" + s,
		"06-0" + s,
		"060" + s,
		"+3160" + s,
		"+31 6 0" + s,
		"0031 6 0" + s,
		"06 0" + s[:1] + " " + s[1:3] + " " + s[3:5] + " " + s[5:],
		"\u200e06-0" + s + "\u202c",
		"06\u200b-0" + s + " ",
	}
	switch {
	case chance(r, 2):
		return "+32 400 " + s[:6]
	case chance(r, 2):
		return "0032 400 " + s[:6]
	}
	return pick(r, forms)
}

// landline has an area code that is given to nobody.
func landline(r *rand.Rand) string {
	n := 100_000 + r.IntN(900_000)
	if chance(r, 50) {
		return fmt.Sprintf("0999-%06d", n)
	}
	return fmt.Sprintf("0999 %06d", n)
}

func (h *household) address() (a Member) {
	r := h.rand
	a.StreetName = pick(r, streets)
	a.AddressNumber = fmt.Sprint(1 + r.IntN(398))
	if chance(r, 15) {
		a.AddressNumberAppendix = pick(r, []string{"A", "bis", "12-hs", "rood", "003"})
	}
	a.ZipCode = fmt.Sprintf("%04d %c%c", 1000+r.IntN(9000), 'A'+r.IntN(26), 'A'+r.IntN(26))
	a.City = pick(r, cities)
	a.CountryName, a.CountryCode = "Nederland", "NL"
	switch {
	case chance(r, 2):
		abroad(&a, "BE")
	case chance(r, 1):
		cityOnly(&a)
	}
	return a
}

func abroad(m *Member, code string) {
	switch code {
	case "BE":
		m.StreetName, m.ZipCode, m.City = "Chaussée d'Exemple", "2099", "Verzonnen-lez-Bois"
		m.CountryName, m.CountryCode = "België", "BE"
	case "DE":
		m.StreetName, m.ZipCode, m.City = "Musterstraße", "00099", "Musterstadt-Süd"
		m.CountryName, m.CountryCode = "Duitsland", "DE"
	}
}

func cityOnly(m *Member) {
	m.StreetName, m.AddressNumber, m.AddressNumberAppendix, m.ZipCode = "", "", "", ""
}

// live gives m the home of a.
func (m *Member) live(a Member) {
	m.StreetName, m.AddressNumber = a.StreetName, a.AddressNumber
	m.AddressNumberAppendix, m.ZipCode, m.City = a.AddressNumberAppendix, a.ZipCode, a.City
	m.CountryName, m.CountryCode = a.CountryName, a.CountryCode
}
