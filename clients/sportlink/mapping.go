package sportlink

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/value"
)

// column ties one key of a member record to one of our fields.
type column struct {
	key    string
	field  record.Field
	decode func(string) (string, error) // of values that are not empty; nil: as it stands
	number bool                         // may stand as a number
}

// columns are all that is read of a member (docs/systems/sportlink.md, "A
// member", 2026-04): text or null on the wire.
var columns = []column{
	{key: "PublicPersonId", field: person.RelationCode},
	{key: "FirstName", field: person.FirstName},
	{key: "Infix", field: person.Infix, decode: lower},
	{key: "LastName", field: person.LastName},
	{key: "GenderCode", field: person.Gender, decode: gender},
	{key: "DateOfBirth", field: person.BirthDate},
	{key: "DateOfPassing", field: person.DeceasedOn},

	{key: "Email", field: person.Email1},
	{key: "EmailAlternative", field: person.Email2},
	{key: "Mobile", field: person.Mobile1},
	{key: "MobileAlternative", field: person.Mobile2},
	{key: "Telephone", field: person.Phone1},
	{key: "TelephoneAlternative", field: person.Phone2},

	{key: "StreetName", field: person.Street},
	{key: "AddressNumber", field: person.HouseNumber, number: true},
	{key: "AddressNumberAppendix", field: person.HouseNumberExt},
	{key: "ZipCode", field: person.PostalCode},
	{key: "City", field: person.City},
	{key: "CountryName", field: person.Country},
	{key: "CountryCode", field: person.CountryCode},

	{key: "MemberSince", field: person.MemberSince},
	{key: "RelationEnd", field: person.MemberUntil},
	{key: "TypeOfMemberDescription", field: person.MemberType},
	{key: "AgeClassDescription", field: person.AgeClass},
	{key: "KernelGameActivities", field: person.GameActivity},
	{key: "PersonImageDate", field: person.PhotoDate},
	{key: "LastUpdate", field: person.ChangedOn},
	{key: "UnionTeams", field: person.UnionTeams, decode: set},
	{key: "ClubTeams", field: person.ClubTeams, decode: set},

	{key: "NameParent1", field: person.Parent1Name},
	{key: "EmailAddressParent1", field: person.Parent1Email},
	{key: "TelephoneParent1", field: person.Parent1Phone},
	{key: "NameParent2", field: person.Parent2Name},
	{key: "EmailAddressParent2", field: person.Parent2Email},
	{key: "TelephoneParent2", field: person.Parent2Phone},
}

// expected are keys that some member of every club has: when none does, the
// site has renamed one.
var expected = []string{
	"PublicPersonId", "FirstName", "LastName", "GenderCode", "DateOfBirth", "Email", "Mobile", "MemberSince", "UnionTeams",
}

var table = func() mapping.Table[member] {
	var t mapping.Table[member]
	for _, c := range columns {
		at := func(m *member) *mapping.Value {
			v := (*m)[c.key]
			return &v
		}
		if c.decode == nil {
			t = append(t, mapping.Text(c.field, at).ReadOnly())
		} else {
			t = append(t, mapping.Convert(c.field, c.decode, nil, at))
		}
	}
	return t
}()

// spec is how values are made canonical: the federation and its clubs are Dutch.
func (a *account) spec() value.Spec {
	return value.Spec{Types: person.Types, Options: value.Dutch(a.Host.Now())}
}

// oneTeam says which teams count: the union's, else the club's
// (docs/systems/sportlink.md, "A member", 2026-04). Where those that decide cannot be read, nobody
// knows.
func oneTeam(r *value.Reading) {
	for _, f := range []record.Field{person.UnionTeams, person.ClubTeams} {
		if why, bad := r.Unreadable[f]; bad {
			r.Refuse(person.Teams, why)
			return
		}
		teams, known := r.Fields[f]
		if known {
			r.Fields[person.Teams] = teams
		}
		if teams != "" {
			return
		}
	}
}

func reads() []record.Field {
	all := append(table.Reads(), person.FormerMember, person.Teams)
	slices.Sort(all)
	return all
}

// read reads a value strictly: text or null, a number only where one was seen.
// All else is Wrong.
func (c column) read(b json.RawMessage) mapping.Value {
	var v mapping.Value
	err := v.UnmarshalJSON(b)
	if err != nil || v.Wrong != "" || v.Form != mapping.String && v.Form != mapping.Null && (v.Form != mapping.Number || !c.number) {
		return mapping.Value{Set: true, Wrong: "neither text nor null"}
	}
	return v
}

func lower(s string) (string, error) { return strings.ToLower(s), nil }

// gender knows two codes (docs/systems/sportlink.md, "A member", 2026-04). Any other makes the field
// unreadable, so that a new one is noticed and the member goes on.
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

// set takes a comma list apart.
func set(s string) (string, error) {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\n", " "), ",", "\n"), nil
}

// wireKeys has, by key of a member record, the field that is made from it.
func wireKeys() map[string][]record.Field {
	out := map[string][]record.Field{}
	for _, c := range columns {
		out[c.key] = []record.Field{c.field}
	}
	return out
}
