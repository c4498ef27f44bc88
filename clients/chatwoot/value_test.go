package chatwoot

import (
	"encoding/json"
	"testing"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// Values come in one form, and one that cannot be read takes no other with it.
func TestForms(t *testing.T) {
	t.Parallel()
	a := &account{cfg: Config{Region: "NL"}}
	read := func(fields string) connector.Item {
		t.Helper()
		p, _, fault := a.persons().Decode(json.RawMessage(`{"id":7,"custom_attributes":{"ems_first_name":"Zoë","ems_last_name":"Hof"},` + fields + `}`))
		if fault != nil {
			t.Fatal(fault)
		}
		return p
	}
	p := read(`"name":"Zoë Hof","email":"Jo@Example.org","phone_number":"06-12345601","additional_attributes":{"country":"Netherlands","city":" Elders\u200b"}`)
	want := record.Fields{
		eventperson.FirstName: "Zoë", eventperson.LastName: "Hof", eventperson.Email: "jo@example.org",
		eventperson.Phone: "+31612345601", eventperson.Country: "NL", eventperson.City: "Elders",
	}
	for f, v := range want {
		if p.Fields[f] != v {
			t.Errorf("%s is %q, want %q", f, p.Fields[f], v)
		}
	}
	// A name that is no text is unknown, in both of its parts; a country that is
	// none is no reason to empty ours.
	p = read(`"name":{"first":"Zoë"},"additional_attributes":{"country":"Verzonnenland"}`)
	for _, f := range []record.Field{eventperson.FirstName, eventperson.LastName, eventperson.Country} {
		if _, known := p.Fields[f]; known || p.Unreadable[f] == "" {
			t.Errorf("%s: known %v, %q", f, known, p.Unreadable[f])
		}
	}
	if _, known := p.Fields[eventperson.City]; !known {
		t.Error("the city is unknown as well")
	}
}

func TestRegion(t *testing.T) {
	t.Parallel()
	for region, ok := range map[string]bool{"": true, "ZA": true, "za": false, "EU": false, "South Africa": false} {
		if err := (Config{AccountID: 1, Token: "x", Region: region}).Validate(); (err == nil) != ok {
			t.Errorf("region %q: %v", region, err)
		}
	}
}
