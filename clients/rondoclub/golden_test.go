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
	"github.com/touchline-sync/touchline/sync/record/family"
	"github.com/touchline-sync/touchline/sync/record/person"
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

func TestGoldenPerson(t *testing.T) {
	t.Parallel()
	w, err := fieldsDialect.decode(sample(t, "person.json"))
	if err != nil {
		t.Fatal(err)
	}
	read := fieldsDialect.fields(w, sampleTerms, delivery)
	fields := read.Fields
	if read.Unreadable != nil {
		t.Fatal(read.Unreadable)
	}
	golden(t, "person.fields.json", fields)

	// What is written back with every field of ours changed, and with all
	// emptied.
	reads, writes := personFields()
	if !slices.Contains(reads, person.Volunteer) || slices.Contains(writes, person.Volunteer) {
		t.Fatal("the volunteer flag is read and never written")
	}
	other := record.Fields{family.Children: "41\n42"}
	emptied := record.Fields{family.Children: ""}
	for _, f := range writes {
		emptied[f] = ""
		other[f] = "Ander " + string(f)
	}
	emptied[person.FirstName] = fields[person.FirstName]
	for _, f := range []record.Field{person.BirthDate, person.DeceasedOn, person.MemberSince, person.MemberUntil, person.PhotoDate} {
		other[f] = "2024-02-29"
	}
	maps.Copy(other, record.Fields{
		person.Gender: "male", person.FormerMember: "true", person.Email1: "ander1@example.org", person.Email2: "ander2@example.org",
		person.Mobile1: "+31612345601", person.Mobile2: "+31612345602", person.Phone1: "+31201234561", person.Phone2: "+31201234562",
		person.PostalCode: "4321 BA", person.CountryCode: "BE", person.RelationCode: "ANDER01",
	})
	for name, set := range map[string]record.Fields{"person.changed.json": other, "person.emptied.json": emptied} {
		next, err := fieldsDialect.merge(w, "17", set, sampleTerms)
		if err != nil {
			t.Fatal(err)
		}
		want := fieldsDialect.fields(next, sampleTerms, delivery).Fields
		out, err := payload(next, want, differing(set.Names(), fields, want))
		if err != nil {
			t.Fatal(err)
		}
		body, err := fieldsDialect.encode(out, "")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, name, body)
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
		"nothing": {},
		"all empty": {
			person.FirstName: "", person.LastName: "", person.BirthDate: "", person.Gender: "", person.Email1: "", family.Children: "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, err := fieldsDialect.merge(wire{}, "", fields, sampleTerms)
			if err != nil {
				t.Fatal(err)
			}
			body, err := fieldsDialect.encode(w, "publish")
			if err != nil {
				t.Fatal(err)
			}
			raw, err := json.Marshal(body["fields"])
			if err != nil {
				t.Fatal(err)
			}
			back, err := fieldsDialect.decode(post{Fields: raw})
			if err != nil {
				t.Fatal(err)
			}
			got := fieldsDialect.fields(back, sampleTerms, delivery)
			if got.Unreadable != nil || !maps.Equal(got.Fields, fields) {
				t.Fatalf("%v; want %v", got, fields)
			}
		})
	}
}

// What the site would put right itself is not left to it.
func TestChildrenOnce(t *testing.T) {
	t.Parallel()
	relation := fieldsDialect.relation
	now := repeater{Set: true, Rows: []row{relation(12, 3), relation(12, 3), relation(17, 3), relation(12, 5), relation(14, 3)}}
	got, err := fieldsDialect.mergeChildren(now, "17", []string{"12", "17", "13"}, sampleTerms)
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, r := range got.Rows {
		rows = append(rows, r.id("relationship_type_id")+"/"+r.id("related_person_id"))
	}
	if want := []string{"3/12", "5/12", "3/13"}; !slices.Equal(rows, want) {
		t.Fatalf("%q, want %q", rows, want)
	}
}

// The seam: another dialect is another value of codec.
func TestCodecSeam(t *testing.T) {
	t.Parallel()
	acf := codec{
		property: "acf", keys: map[string]string{"knvb_id": "knvb-id", "lid_tot": "lid-tot"},
		related: "related_person", kind: "relationship_type", listed: true,
	}
	p := post{ACF: json.RawMessage(`{"knvb-id":"RC1","lid-tot":"20260630","relationships":[` +
		`{"related_person":12,"relationship_type":3,"relationship_label":"","person_name":"Kind"}]}`)}
	w, err := acf.decode(p)
	if err != nil {
		t.Fatal(err)
	}
	fields := acf.fields(w, sampleTerms, delivery).Fields
	want := record.Fields{person.RelationCode: "RC1", person.MemberUntil: "2026-06-30", family.Children: "12"}
	if !maps.Equal(fields, want) {
		t.Fatalf("%v; want %v", fields, want)
	}
	next, err := acf.merge(w, "1", record.Fields{person.MemberUntil: "2026-07-01", family.Children: "12\n13"}, sampleTerms)
	if err != nil {
		t.Fatal(err)
	}
	body, err := acf.encode(next, "")
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	text := `{"acf":{"knvb-id":"RC1","lid-tot":"2026-07-01","relationships":[` +
		`{"related_person":12,"relationship_label":"","relationship_type":[3]},{"related_person":13,"relationship_label":"","relationship_type":[3]}]}}`
	if string(got) != text {
		t.Fatalf("%s\nwant\n%s", got, text)
	}
	if _, err := fieldsDialect.decode(p); err == nil {
		t.Fatal("a post of one dialect was read as one of the other")
	}
}
