package derive_test

import (
	"testing"

	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/invoice"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// TestInvoiceAddresses: who has another address for invoices has one, who had one has an empty
// one, and of nobody else one is made: what people have put there stays.
func TestInvoiceAddresses(t *testing.T) {
	t.Parallel()
	says := func(street string, more ...string) record.Entity {
		all := []string{string(person.InvoiceStreet), street, string(person.InvoiceCity), ""}
		return member("B2", append(all, more...)...)
	}
	was := record.Fields{}
	for _, f := range invoice.Fields {
		was[f] = ""
	}
	was[person.InvoiceStreet] = "Kade"
	before := []record.Entity{{Kind: invoice.Kind, Key: "B2", Fields: was}}
	none := "none"
	for name, c := range map[string]struct {
		all    []record.Entity
		before []record.Entity
		want   string
	}{
		"another":                 {[]record.Entity{says("Kade")}, nil, "Kade"},
		"another than before":     {[]record.Entity{says("Plein")}, before, "Plein"},
		"a city alone":            {[]record.Entity{says("", string(person.InvoiceCity), "Elders")}, nil, ""},
		"their own":               {[]record.Entity{says("")}, nil, none},
		"their own again":         {[]record.Entity{says("")}, before, ""},
		"not read":                {[]record.Entity{member("B2")}, before, "Kade"},
		"a member who has left":   {[]record.Entity{says("Plein", string(person.FormerMember), "true")}, before, "Kade"},
		"a parent has no invoice": {[]record.Entity{{Kind: person.Kind, Key: "parent/x", Fields: record.Fields{person.InvoiceStreet: "Kade"}}}, nil, none},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := none
			for _, e := range madeOf(derive.InvoiceAddresses(), "B2", c.all, c.before) {
				got = e.Fields[person.InvoiceStreet]
				if e.Key != "B2" || e.Kind != invoice.Kind || len(e.Fields) != len(invoice.Fields) {
					t.Errorf("made %s %s of %d fields", e.Kind, e.Key, len(e.Fields))
				}
			}
			if got != c.want {
				t.Errorf("the street is %q, want %q", got, c.want)
			}
		})
	}
}
