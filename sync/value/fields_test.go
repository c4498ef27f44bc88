package value_test

import (
	"maps"
	"slices"
	"testing"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/value"
)

func club(today string) value.Spec {
	return value.Spec{Types: person.Types, Options: value.Options{Region: "NL", Today: today}}
}

// A field that cannot be read takes no other field with it, and is not empty.
func TestFields(t *testing.T) {
	t.Parallel()
	got := club("2026-11-28").Fields(record.Fields{
		person.RelationCode: " abcd12e", person.FirstName: "Zoe\u0308", person.LastName: "Hof\x00", person.Email1: "Jo@Example.org\r",
		person.Mobile1: "06-12345678 / 020-1234567", person.Phone1: "geen", person.Gender: "Unknown", person.City: "",
		person.BirthDate: "2090-01-01", person.DeceasedOn: "2020-01-01", person.PostalCode: "1234ab", "extra": " as it  is ",
	})
	want := record.Fields{
		person.RelationCode: "ABCD12E", person.FirstName: "Zoë", person.Email1: "jo@example.org", person.Mobile1: "+31612345678",
		person.City: "", person.DeceasedOn: "2020-01-01", person.PostalCode: "1234 AB", "extra": "as it  is",
	}
	if !maps.Equal(got.Fields, want) {
		t.Errorf("fields %q", got.Fields)
	}
	if names := slices.Sorted(maps.Keys(got.Unreadable)); !slices.Equal(names, []record.Field{person.BirthDate, person.Gender, person.LastName, person.Phone1}) {
		t.Errorf("unreadable %v", got.Unreadable)
	}
	if !maps.Equal(got.Notes, map[record.Field]string{person.Mobile1: value.TwoNumbers}) {
		t.Errorf("notes %v", got.Notes)
	}
	if whole := club("").Fields(want); !maps.Equal(whole.Fields, want) || whole.Unreadable != nil || whole.Notes != nil {
		t.Errorf("a second time: %+v", whole)
	}
}

func TestFieldsTogether(t *testing.T) {
	t.Parallel()
	// The passing is held against the birth, where that can be read.
	for birth, ok := range map[string]bool{"1950-01-01": true, "2021-01-01": false, "": true, "0000-00-00": true} {
		got := club("2026-11-28").Fields(record.Fields{person.BirthDate: birth, person.DeceasedOn: "2020-01-01"})
		if _, bad := got.Unreadable[person.DeceasedOn]; bad == ok {
			t.Errorf("born on %q: %v", birth, got.Unreadable)
		}
	}
	// Without a date of the reading nothing is too late.
	if got := club("").Fields(record.Fields{person.BirthDate: "2090-01-01"}); got.Unreadable != nil {
		t.Errorf("without today: %v", got.Unreadable)
	}
	// A phone is from the country that the record names.
	for country, want := range map[string]string{"BE": "+32470123456", "België": "+32470123456", "": "+31470123456", "nowhere": "+31470123456"} {
		got := value.Spec{Types: eventperson.Types, Options: value.Options{Region: "NL"}}.
			Fields(record.Fields{eventperson.Country: country, eventperson.Phone: "0470 123 456"})
		if got.Fields[eventperson.Phone] != want {
			t.Errorf("in %q: %q, %v", country, got.Fields[eventperson.Phone], got.Unreadable)
		}
	}
}

// Every kind says of every field what it is.
func TestTypesOf(t *testing.T) {
	t.Parallel()
	for _, kind := range []record.Kind{
		"club.person", "club.family", "club.subscriber", "event.person", "event.conversation",
		"event.organisation", "event.event", "event.race", "event.start_group", "event.participant", "event.start_group_participant", "event.tag",
	} {
		for f, typ := range value.TypesOf(kind) {
			if typ.Class == "" {
				t.Errorf("%s %s has no class", kind, f)
			}
		}
		if len(value.TypesOf(kind)) == 0 {
			t.Errorf("%s has no types", kind)
		}
	}
	if value.TypesOf("test.kind") != nil {
		t.Error("an unknown kind has types")
	}
}

// The names of countries are those of CLDR, of every country that there is.
func TestCountryNames(t *testing.T) {
	t.Parallel()
	elsewhere := []string{"AC", "CP", "CQ", "DG", "EA", "IC", "TA", "UN"} // parts of others, and none
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string([]rune{a, b})
			r, err := language.ParseRegion(code)
			name := display.Dutch.Regions().Name(r)
			if err != nil || !r.IsCountry() || r.Canonicalize() != r || slices.Contains(elsewhere, code) || name == "" {
				continue
			}
			for _, in := range []string{code, name, display.English.Regions().Name(r)} {
				if got, err := value.Country(in); got != code || err != nil {
					t.Errorf("%s is %q, %v; want %s", in, got, err, code)
				}
			}
		}
	}
}

func BenchmarkFields(b *testing.B) {
	f := record.Fields{
		person.RelationCode: "AAAA11A", person.FirstName: "Zoë", person.Infix: "van 't", person.LastName: "Hof-Ünal", person.Gender: "female",
		person.BirthDate: "2012-02-29", person.DeceasedOn: "", person.Email1: "zoe@example.org", person.Email2: "", person.Mobile1: "+31612345601",
		person.Mobile2: "", person.Phone1: "+31201234567", person.Phone2: "", person.Street: "Dorpslaan", person.HouseNumber: "7", person.HouseNumberExt: "a",
		person.PostalCode: "1234 AB", person.City: "Nieuwstad", person.Country: "Nederland", person.CountryCode: "NL", person.MemberSince: "2018-07-01",
		person.MemberUntil: "", person.MemberType: "Bondslid", person.AgeClass: "Onder 15", person.GameActivity: "Veld", person.PhotoDate: "2025-09-01",
		person.Teams: "JO11-2\nJO9-1", person.FormerMember: "false", person.Parent1Name: "Ouder Hof", person.Parent1Email: "ouder@example.org",
		person.Parent1Phone: "+31612345602", person.Parent2Name: "", person.Parent2Email: "", person.Parent2Phone: "",
	}
	s := club("2026-11-28")
	for b.Loop() {
		if r := s.Fields(f); r.Unreadable != nil {
			b.Fatal(r.Unreadable)
		}
	}
}
