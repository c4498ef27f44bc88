package invent

import (
	"slices"
	"strings"
	"unicode"
)

// Values lists what may never stand in a log line, an error, a job row or
// evidence: addresses, full names, last names, phones, street with number and
// ids of these members and of their parents. Phones come as they are typed, as
// digits only and as E.164; addresses as they are typed and in lower case.
// Sorted, each once; nothing shorter than six characters, which would be found
// in anything.
func Values(members []Member) []string {
	var out []string
	add := func(values ...string) { out = append(out, values...) }
	for _, m := range members {
		add(m.PublicPersonID, m.FullName(), m.LastName, m.NameParent1, m.NameParent2)
		for _, e := range []string{
			m.Email, m.EmailAlternative, m.EmailAddressParent1, m.EmailAddressParent2,
		} {
			add(e, strings.ToLower(e))
		}
		for _, p := range []string{
			m.Mobile, m.MobileAlternative, m.Telephone, m.TelephoneAlternative,
			m.TelephoneParent1, m.TelephoneParent2,
		} {
			add(strings.TrimSpace(p), digits(p), international(p))
		}
		if m.StreetName != "" {
			add(m.StreetName + " " + m.AddressNumber)
		}
	}
	out = slices.DeleteFunc(out, func(v string) bool { return len([]rune(v)) < 6 })
	slices.Sort(out)
	return slices.Compact(out)
}

func digits(phone string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, phone)
}

func international(phone string) string {
	d := digits(phone)
	switch {
	case d == "", strings.Contains(phone, "+"):
		return "+" + d
	case strings.HasPrefix(d, "00"):
		return "+" + d[2:]
	case strings.HasPrefix(d, "0"):
		return "+31" + d[1:]
	}
	return d
}
