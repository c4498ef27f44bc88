package rondoclub

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/family"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// A key in another form takes no other with it, and none of it is overwritten:
// what cannot be read cannot be kept.
func TestP325OtherShapes(t *testing.T) {
	t.Parallel()
	p := post{Fields: json.RawMessage(
		`{"knvb_id":"ab\u200b12cd3","first_name":{"raw":"Zoë"},"last_name":"Hof","mobile_1":"06-12345601","addresses":{"0":{}},"relationships":7}`,
	)}
	got := opened(t, laterShape(), &p)
	if got.Fields[person.RelationCode] != "AB12CD3" || got.Fields[person.LastName] != "Hof" || got.Fields[person.Mobile1] != "+31612345601" {
		t.Errorf("fields %q", got.Fields)
	}
	for _, f := range []record.Field{person.FirstName, person.Street, person.CountryCode, family.Children} {
		if _, known := got.Fields[f]; known || got.Unreadable[f] == "" {
			t.Errorf("%s: known %v, %q", f, known, got.Unreadable[f])
		}
	}
	for _, set := range []record.Fields{{person.City: "Elders"}, {family.Children: "12"}} {
		var w post
		if err := people.Encode(set, &w, delivery); err != nil {
			t.Fatal(err)
		}
		if _, err := laterShape().body(&w, &p, sampleTerms); err == nil {
			t.Errorf("%v was written over what cannot be read", set.Names())
		}
	}
}

// WordPress writes false for a field without a value: that is empty.
func TestFalseIsEmpty(t *testing.T) {
	t.Parallel()
	p := post{Fields: json.RawMessage(`{"first_name":"Bo","infix":false,"last_name":false,"gender":false,"birthdate":false,"email_1":false,"former_member":false,
		"addresses":[{"address_label":"Home","street_name":"Laan","house_number":false,"city":"Elders"}],"relationships":false}`)}
	got := opened(t, laterShape(), &p)
	for _, f := range []record.Field{person.Infix, person.LastName, person.Gender, person.BirthDate, person.Email1, person.HouseNumber, family.Children} {
		if v, known := got.Fields[f]; !known || v != "" {
			t.Errorf("%s: %q, known %v, %q", f, v, known, got.Unreadable[f])
		}
	}
	if got.Fields[person.FormerMember] != "false" || got.Fields[person.Street] != "Laan" {
		t.Errorf("%v", got.Fields)
	}
	if text, err := json.Marshal(bodyOf(t, laterShape(), record.Fields{person.City: "Nieuwstad"}, &p)); err != nil || strings.Contains(string(text), "false") {
		t.Errorf("%s, %v", text, err)
	}
}

// A property without the name of a person is a plug-in's, whatever it is called.
func TestShapeBesideAPlugIn(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"fields":{"properties":[]},"acf":{"properties":{"first_name":{},"knvb-id":{}}}}`:           "acf: first_name knvb-id",
		`{"fields":{"properties":{"colour":{}}},"acf":{"properties":{"first-name":{}}}}`:             "acf: first-name",
		`{"fields":{"properties":{"first_name":{}}},"acf":{"properties":{"first_name":{},"x":{}}}}`:  "fields: first_name",
		`{"fields":{"properties":{"colour":{}}},"acf":{"properties":{"last_name":{},"knvb-id":{}}}}`: "",
	} {
		var schema map[string]property
		if err := json.Unmarshal([]byte(text), &schema); err != nil {
			t.Fatal(err)
		}
		got := ""
		if s := shapeOf(schema); s != nil {
			got = s.String()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

// False is not somebody's child, or a kind of relationship.
func TestFalseIsNobody(t *testing.T) {
	t.Parallel()
	p := post{Fields: json.RawMessage(`{"first_name":"Bo","relationships":[
		{"related_person_id":false,"relationship_type_id":3},{"related_person_id":12,"relationship_type_id":[false]}]}`)}
	if got := opened(t, laterShape(), &p).Fields[family.Children]; got != "" {
		t.Errorf("children %q", got)
	}
}

// A row that was taken away reads as one in which nothing stands. Neither that nor
// no row at all says that somebody has emptied the address.
func TestH14NoAddressIsNoEdit(t *testing.T) {
	t.Parallel()
	for name, rows := range map[string]string{
		"none": `[]`, "false": `false`, "somebody's own": `[{"address_label":"Work","city":"Elders"}]`,
		"taken away":   `[{"address_label":"","street_name":"","city":"","postal_code":"","country":""}]`,
		"only a label": `[{"address_label":"Home","street_name":"","city":null}]`,
	} {
		p := post{Fields: json.RawMessage(`{"first_name":"Bo","addresses":` + rows + `}`)}
		got := opened(t, laterShape(), &p)
		for f := range home {
			if v, known := got.Fields[f]; known {
				t.Errorf("%s: %s reads as %q", name, f, v)
			}
		}
		body := bodyOf(t, laterShape(), record.Fields{person.City: "Nieuwstad"}, &p)
		list, _ := body["fields"].(map[string]any)[addresses].([]row)
		want := 1
		if name == "somebody's own" {
			want = 2
		}
		if len(list) != want || list[want-1].text("city") != "Nieuwstad" || labelOf(list[want-1]) != atHome.label {
			t.Errorf("%s: %v", name, list)
		}
	}
}

// A row without a label is ours where none is labelled Home, as with the rows of
// contact_info; a site may have no labels at all. No second one is put beside it.
func TestP3214AddressWithoutALabel(t *testing.T) {
	t.Parallel()
	for name, rows := range map[string]string{
		"empty": `[{"address_label":"","street_name":"Dorpslaan","house_number":"7","city":"Elders"}]`,
		"none":  `[{"street_name":"Dorpslaan","house_number":"7","city":"Elders"}]`,
		"after somebody's own and one taken away": `[{"address_label":"Work","city":"Nergens"},{"address_label":"","street_name":"","city":""},
			{"address_label":" ","street_name":"Dorpslaan","house_number":"7","city":"Elders"}]`,
	} {
		p := post{Fields: json.RawMessage(`{"first_name":"Bo","addresses":` + rows + `}`)}
		got := opened(t, laterShape(), &p)
		if got.Fields[person.Street] != "Dorpslaan" || got.Fields[person.City] != "Elders" {
			t.Errorf("%s: reads as %v", name, got.Fields)
		}
		before, _, _ := p.rows(addresses)
		body := bodyOf(t, laterShape(), record.Fields{person.City: "Nieuwstad"}, &p)
		list, _ := body["fields"].(map[string]any)[addresses].([]row)
		if last := list[len(list)-1]; len(list) != len(before) || last.text("city") != "Nieuwstad" || last.text("street_name") != "Dorpslaan" {
			t.Errorf("%s: %v", name, list)
		}
	}
}

// What the site could not be told is refused by its field.
func TestRefusedByField(t *testing.T) {
	t.Parallel()
	bad := record.Fields{
		person.CountryCode: "Verzonnenland", person.PostalCode: strings.Repeat("1", 20), person.Mobile1: "geen", person.BirthDate: "0000-00-00",
	}
	for f, v := range bad {
		err := people.Encode(record.Fields{f: v}, &post{}, delivery)
		if e, ok := err.(*mapping.Error); !ok || e.Field != f || strings.Contains(err.Error(), v) {
			t.Errorf("%s: %v", f, err)
		}
	}
}

func TestOneLineForAStreet(t *testing.T) {
	t.Parallel()
	for whole, want := range map[string][3]string{
		"":                        {},
		"Dorpslaan":               {"Dorpslaan"},
		"Dorpslaan 7":             {"Dorpslaan", "7"},
		"Dorpslaan  7 a":          {"Dorpslaan", "7", "a"},
		"Dorpslaan 7a":            {"Dorpslaan", "7", "a"},
		"Dorpslaan 7 bis hs":      {"Dorpslaan", "7", "bis hs"},
		"Kade 7-2":                {"Kade", "7", "2"},
		"Plein 1944 12":           {"Plein 1944", "12"},
		"Plein 40-45 7":           {"Plein 40-45", "7"},
		"1e Kruisweg 5":           {"1e Kruisweg", "5"},
		"12 Rue de l'Exemple":     {"12 Rue de l'Exemple"},
		"Laan van Voorbeeld 10-a": {"Laan van Voorbeeld", "10", "-a"},
	} {
		if got := splitStreet(whole); got != want {
			t.Errorf("%q: %q, want %q", whole, got, want)
		}
	}
	set := func(parts ...string) *post {
		var p post
		for n, v := range parts {
			*at(atHome.street[n])(&p) = mapping.Of(v)
		}
		return &p
	}
	for want, p := range map[string]*post{
		"Dorpslaan 7 a": set("Dorpslaan", "7", "a"), "Kade 7-2": set("Kade", "7", "2"), "Plein 1944 12": set("Plein 1944", "12", ""), "": set("", "", ""),
	} {
		if got, err := joinStreet(atHome.street, p, &post{}); err != nil || got != want {
			t.Errorf("%q, %v; want %q", got, err, want)
		}
	}
	// A part that changes keeps the others; what could not be taken apart again is
	// refused, without a value.
	if got, err := joinStreet(atHome.street, set("Dorpslaan", "9"), set("Oudelaan", "7", "a")); err != nil || got != "Dorpslaan 9 a" {
		t.Errorf("%q, %v", got, err)
	}
	for _, p := range []*post{set("Plein 1944", "", ""), set("", "7", ""), set("Kade", "", "a")} {
		if got, err := joinStreet(atHome.street, p, &post{}); err == nil && splitStreet(got)[0] != "Kade a" || err != nil && strings.Contains(err.Error(), "1944") {
			t.Errorf("%q, %v", got, err)
		}
	}
}
