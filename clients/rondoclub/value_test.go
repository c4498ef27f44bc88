package rondoclub

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/family"
	"github.com/touchline-sync/touchline/sync/record/person"
)

func decoded(t *testing.T, fields string) wire {
	t.Helper()
	w, err := fieldsDialect.decode(post{Fields: json.RawMessage(fields)})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// A key in another form takes no other with it, and none of it is overwritten:
// what cannot be read cannot be kept.
func TestOtherShapes(t *testing.T) {
	t.Parallel()
	w := decoded(t, `{"knvb_id":"ab\u200b12cd3","first_name":{"raw":"Zoë"},"last_name":"Hof","mobile_1":"06-12345601","addresses":{"0":{}},"relationships":7}`)
	got := fieldsDialect.fields(w, sampleTerms, delivery)
	if got.Fields[person.RelationCode] != "AB12CD3" || got.Fields[person.LastName] != "Hof" || got.Fields[person.Mobile1] != "+31612345601" {
		t.Errorf("fields %q", got.Fields)
	}
	for _, f := range []record.Field{person.FirstName, person.Street, person.CountryCode, family.Children} {
		if _, known := got.Fields[f]; known || got.Unreadable[f] == "" {
			t.Errorf("%s: known %v, %q", f, known, got.Unreadable[f])
		}
	}
	for _, set := range []record.Fields{{person.City: "Elders"}, {family.Children: "12"}} {
		if _, err := fieldsDialect.merge(w, "17", set, sampleTerms); err == nil {
			t.Errorf("%v was written over what cannot be read", set.Names())
		}
	}
}

// WordPress writes false for a field without a value: that is empty, and goes back as
// no flag.
func TestFalseIsEmpty(t *testing.T) {
	t.Parallel()
	w := decoded(t, `{"first_name":"Bo","infix":false,"last_name":false,"gender":false,"birthdate":false,"email_1":false,"former_member":false,
		"addresses":[{"address_label":"Home","street_name":"Laan","house_number":false,"city":"Elders"}],"relationships":false}`)
	got := fieldsDialect.fields(w, sampleTerms, delivery)
	for _, f := range []record.Field{person.Infix, person.LastName, person.Gender, person.BirthDate, person.Email1, person.HouseNumber, family.Children} {
		if v, known := got.Fields[f]; !known || v != "" {
			t.Errorf("%s: %q, known %v, %q", f, v, known, got.Unreadable[f])
		}
	}
	if got.Fields[person.FormerMember] != "false" || got.Fields[person.Street] != "Laan" {
		t.Errorf("%v", got.Fields)
	}
	out, err := payload(w, got.Fields, []record.Field{person.Mobile1})
	if text, _ := json.Marshal(out); err != nil || strings.Contains(string(text), "false") {
		t.Errorf("%s, %v", text, err)
	}
}

// Names go with every write, also one that cannot be read as a name.
func TestUnreadableNameGoesBack(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("Zoë ", 100)
	w := decoded(t, `{"first_name":"`+long+`","last_name":"Hof"}`)
	fields := fieldsDialect.fields(w, sampleTerms, delivery)
	if _, known := fields.Fields[person.FirstName]; known {
		t.Fatal("a name of 400 letters")
	}
	next, err := fieldsDialect.merge(w, "17", record.Fields{person.Mobile1: "06-12345601"}, sampleTerms)
	if err != nil {
		t.Fatal(err)
	}
	want := fieldsDialect.fields(next, sampleTerms, delivery).Fields
	out, err := payload(next, want, []record.Field{person.Mobile1})
	if err != nil || out.FirstName.Text != long || out.LastName.Text != "Hof" || out.Mobile1.Text != "+31612345601" {
		t.Errorf("%+v, %v", out, err)
	}
}

// What the site could not be told is refused by its field.
func TestRefusedByField(t *testing.T) {
	t.Parallel()
	bad := record.Fields{
		person.CountryCode: "Verzonnenland", person.PostalCode: strings.Repeat("1", 20), person.Mobile1: "geen", person.BirthDate: "0000-00-00",
	}
	for f, v := range bad {
		if err := accepts(record.Fields{f: v}); err == nil || !strings.Contains(err.Error(), "field "+string(f)) || strings.Contains(err.Error(), v) {
			t.Errorf("%s: %v", f, err)
		}
	}
}
