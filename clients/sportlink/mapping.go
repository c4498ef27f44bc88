package sportlink

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// column ties one key of a member record to one of our fields.
type column struct {
	key    string
	field  record.Field
	decode func(string) (string, error) // of values that are not empty
	number bool                         // may stand as a number
}

// columns are all that is read of a member (docs/systems/sportlink.md, "A
// member", 2026-04): text or null on the wire.
var columns = []column{
	{key: "PublicPersonId", field: person.RelationCode, decode: trim},
	{key: "FirstName", field: person.FirstName, decode: trim},
	{key: "Infix", field: person.Infix, decode: lower},
	{key: "LastName", field: person.LastName, decode: trim},
	{key: "GenderCode", field: person.Gender, decode: gender},
	{key: "DateOfBirth", field: person.BirthDate, decode: day},
	{key: "DateOfPassing", field: person.DeceasedOn, decode: dayOf},

	{key: "Email", field: person.Email1, decode: trim},
	{key: "EmailAlternative", field: person.Email2, decode: trim},
	{key: "Mobile", field: person.Mobile1, decode: phone},
	{key: "MobileAlternative", field: person.Mobile2, decode: phone},
	{key: "Telephone", field: person.Phone1, decode: phone},
	{key: "TelephoneAlternative", field: person.Phone2, decode: phone},

	{key: "StreetName", field: person.Street, decode: trim},
	{key: "AddressNumber", field: person.HouseNumber, decode: trim, number: true},
	{key: "AddressNumberAppendix", field: person.HouseNumberExt, decode: trim},
	{key: "ZipCode", field: person.PostalCode, decode: trim},
	{key: "City", field: person.City, decode: trim},
	{key: "CountryName", field: person.Country, decode: trim},
	{key: "CountryCode", field: person.CountryCode, decode: trim},

	{key: "MemberSince", field: person.MemberSince, decode: dayOf},
	{key: "RelationEnd", field: person.MemberUntil, decode: dayOf},
	{key: "TypeOfMemberDescription", field: person.MemberType, decode: trim},
	{key: "AgeClassDescription", field: person.AgeClass, decode: trim},
	{key: "KernelGameActivities", field: person.GameActivity, decode: trim},
	{key: "PersonImageDate", field: person.PhotoDate, decode: dayOf},
	{key: "UnionTeams", field: person.UnionTeams, decode: set},
	{key: "ClubTeams", field: person.ClubTeams, decode: set},

	{key: "NameParent1", field: person.Parent1Name, decode: trim},
	{key: "EmailAddressParent1", field: person.Parent1Email, decode: trim},
	{key: "TelephoneParent1", field: person.Parent1Phone, decode: phone},
	{key: "NameParent2", field: person.Parent2Name, decode: trim},
	{key: "EmailAddressParent2", field: person.Parent2Email, decode: trim},
	{key: "TelephoneParent2", field: person.Parent2Phone, decode: phone},
}

// expected are keys that some member of every club has: when none does, the
// site has renamed one.
var expected = []string{
	"PublicPersonId", "FirstName", "LastName", "GenderCode", "DateOfBirth", "Email", "Mobile", "MemberSince", "UnionTeams",
}

var table = func() mapping.Table[member] {
	var t mapping.Table[member]
	for _, c := range columns {
		t = append(t, mapping.Convert(c.field, c.decode, nil, func(m *member) *mapping.Value {
			v := (*m)[c.key]
			return &v
		}))
	}
	return t
}()

// oneTeam says which teams count: the union's, else the club's
// (docs/systems/sportlink.md, "A member", 2026-04).
func oneTeam(f record.Fields) {
	union, known := f[person.UnionTeams]
	if union == "" {
		if club, ok := f[person.ClubTeams]; ok {
			union, known = club, true
		}
	}
	if known {
		f[person.Teams] = union
	}
}

func reads() []record.Field {
	all := append(table.Reads(), person.FormerMember, person.Teams)
	slices.Sort(all)
	return all
}

// read reads a value strictly: text or null, a number only where one was seen.
func (c column) read(b json.RawMessage) (mapping.Value, error) {
	var v mapping.Value
	if err := v.UnmarshalJSON(b); err != nil {
		return v, errors.New("neither text nor null")
	}
	if v.Form != mapping.String && v.Form != mapping.Null && (v.Form != mapping.Number || !c.number) {
		return mapping.Value{}, errors.New("neither text nor null")
	}
	return v, nil
}

func trim(s string) (string, error) { return strings.TrimSpace(s), nil }

func lower(s string) (string, error) { return strings.ToLower(strings.TrimSpace(s)), nil }

// gender knows two codes (docs/systems/sportlink.md, "A member", 2026-04). Any
// other is a fault, so that a new one is noticed.
func gender(s string) (string, error) {
	switch strings.TrimSpace(s) {
	case "":
		return "", nil
	case "Male":
		return "male", nil
	case "Female":
		return "female", nil
	}
	return "", errors.New("unknown code")
}

var errDate = errors.New("not a date in the expected form")

// day takes exactly a date.
func day(s string) (string, error) {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "", errDate
	}
	return s, nil
}

// dayOf takes a date that may have a time of day behind it.
func dayOf(s string) (string, error) {
	s = strings.TrimSpace(s)
	if date, _, found := strings.Cut(s, "T"); found {
		s = date
	}
	if s == "" {
		return "", nil
	}
	return day(s)
}

// set takes a comma list apart. Blanks within a name are one: sites that show
// HTML do not keep more.
func set(s string) (string, error) {
	parts := strings.Split(s, ",")
	for i, p := range parts {
		parts[i] = strings.Join(strings.Fields(p), " ")
	}
	return record.SetValue(parts), nil
}

// phone puts a number into one form (docs/systems/sportlink.md, "A member",
// 2026-04): without invisible characters and blanks, a leading "+" or "00" is a
// country's code, a leading "0" the Netherlands; of the rest only digits count.
func phone(s string) (string, error) {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
	prefix := ""
	switch {
	case strings.HasPrefix(s, "+"):
		prefix, s = "+", s[1:]
	case strings.HasPrefix(s, "00"):
		prefix, s = "+", s[2:]
	case strings.HasPrefix(s, "0"):
		prefix, s = "+31", s[1:]
	}
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
	if digits == "" {
		return "", nil
	}
	return prefix + digits, nil
}
