package rondoclub

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/customer"
	"github.com/touchline-sync/touchline/sync/record/family"
	"github.com/touchline-sync/touchline/sync/record/invoice"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/work"
	"github.com/touchline-sync/touchline/sync/value"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares with a file under testdata, or rewrites it.
func golden(t *testing.T, name string, v any) {
	t.Helper()
	var got bytes.Buffer
	e := json.NewEncoder(&got)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want, got.Bytes()) {
		t.Fatalf("%s:\n%s\nwant\n%s", name, got.Bytes(), want)
	}
}

func sample(t *testing.T, name string) post {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var p post
	if err := json.Unmarshal(data, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

// sampleTerms are those of the sample.
var sampleTerms = terms{child: "3"}

// laterShape has all that the later contract has, and teams.
func laterShape() *shape {
	s := &shape{property: "fields", has: map[string]bool{addresses: true, relationships: true, metaTeam: true}}
	for _, key := range keys {
		s.has[key] = true
	}
	return s.columned()
}

// opened reads a post as the connector does.
func opened(t *testing.T, s *shape, p *post) value.Reading {
	t.Helper()
	if why := s.open(p, sampleTerms); why != "" {
		t.Fatal(why)
	}
	return people.Decode(p, delivery)
}

// bodyOf is what is sent to write fields over a post.
func bodyOf(t *testing.T, s *shape, set record.Fields, now *post) map[string]any {
	t.Helper()
	var w post
	if err := people.Encode(set, &w, delivery); err != nil {
		t.Fatal(err)
	}
	body, err := s.body(&w, now, sampleTerms)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestGoldenPerson(t *testing.T) {
	t.Parallel()
	site := laterShape()
	p := sample(t, "person.json")
	read := opened(t, site, &p)
	fields := read.Fields
	if read.Unreadable != nil {
		t.Fatal(read.Unreadable)
	}
	golden(t, "person.fields.json", fields)

	// What is written back with every field of ours changed, and with all
	// emptied.
	other := record.Fields{family.Children: "41\n42"}
	emptied := record.Fields{family.Children: ""}
	for _, f := range people.Writes() {
		if _, figure := figures()[f]; figure || f == family.Children || f == work.Functions || f == work.TeamFunctions {
			continue
		}
		emptied[f] = ""
		other[f] = "Ander " + string(f)
	}
	emptied[person.FirstName] = fields[person.FirstName]
	for _, f := range []record.Field{person.BirthDate, person.DeceasedOn, person.MemberSince, person.MemberUntil, person.PhotoDate, person.VOGDate} {
		other[f] = "2024-02-29"
	}
	maps.Copy(other, record.Fields{
		customer.HelpdeskID: "41",
		person.Gender:       "male", person.FormerMember: "true", person.FinancialBlock: "true", person.Email1: "ander1@example.org", person.Email2: "ander2@example.org",
		person.Mobile1: "+31612345601", person.Mobile2: "+31612345602", person.Phone1: "+31201234561", person.Phone2: "+31201234562",
		person.PostalCode: "4321 BA", person.InvoicePostalCode: "4321 BA", person.CountryCode: "BE", person.RelationCode: "ANDER01",
	})
	for name, set := range map[string]record.Fields{"person.changed.json": other, "person.emptied.json": emptied} {
		maps.DeleteFunc(set, func(f record.Field, v string) bool {
			now, known := fields[f]
			return known && now == v && f != person.FirstName || flags[f] && v == "" // holds says so
		})
		golden(t, name, bodyOf(t, site, set, &p))
	}
}

// Decode after encode gives the same fields.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for name, fields := range map[string]record.Fields{
		"names and a leap day": {
			person.RelationCode: "RC0000001", person.FirstName: "Zoë", person.Infix: "van 't", person.LastName: "Hof-Ünal",
			person.BirthDate: "2012-02-29", person.Gender: "female", person.Mobile1: "", person.FormerMember: "true",
			person.Street: "'s-Gravenweg", person.HouseNumber: "7", person.HouseNumberExt: "", person.PostalCode: "1234 AB",
			person.City: "Ĳsselstein & Zn", person.Country: "", person.CountryCode: "NL", family.Children: "12\n7",
		},
		"an address for invoices": {
			person.FirstName: "Bo", person.City: "Elders", person.Street: "", person.HouseNumber: "", person.HouseNumberExt: "",
			person.PostalCode: "", person.Country: "", person.CountryCode: "",
			person.InvoiceStreet: "Kade", person.InvoiceHouseNumber: "7", person.InvoiceHouseNumberExt: "b",
			person.InvoicePostalCode: "1234 AB", person.InvoiceCity: "Voorbeeld", person.InvoiceCountry: "Nederland",
		},
		"nothing": {},
		"all empty": {
			person.FirstName: "", person.LastName: "", person.BirthDate: "", person.Gender: "", person.Email1: "", family.Children: "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw, err := json.Marshal(bodyOf(t, laterShape(), fields, &post{})["fields"])
			if err != nil {
				t.Fatal(err)
			}
			got := opened(t, laterShape(), &post{Fields: raw})
			maps.DeleteFunc(got.Fields, func(f record.Field, v string) bool {
				return v == "" && slices.Contains(invoice.Fields, f) && !fields.Has(f)
			})
			if got.Unreadable != nil || !maps.Equal(got.Fields, fields) {
				t.Fatalf("%v; want %v", got, fields)
			}
		})
	}
}

// What the site would put right itself is not left to it.
func TestChildrenOnce(t *testing.T) {
	t.Parallel()
	const now = `{"relationships":[{"related_person_id":12,"relationship_type_id":3},{"related_person_id":12,"relationship_type_id":3},
		{"related_person_id":17,"relationship_type_id":3},{"related_person_id":12,"relationship_type_id":5,"person_name":"Kind"},{"related_person_id":14,"relationship_type_id":3}]}`
	p := post{ID: 17, Fields: json.RawMessage(now)}
	opened(t, laterShape(), &p)
	body, err := json.Marshal(bodyOf(t, laterShape(), record.Fields{family.Children: "12\n17\n13"}, &p))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"fields":{"relationships":[{"related_person_id":12,"relationship_label":"","relationship_type_id":3},` +
		`{"related_person_id":12,"relationship_label":"","relationship_type_id":5},{"related_person_id":13,"relationship_label":"","relationship_type_id":3}]}}`
	if string(body) != want {
		t.Fatalf("%s\nwant\n%s", body, want)
	}
}
