package rondoclub_test

import (
	"testing"

	"github.com/touchline-sync/touchline/clients/rondoclub/rondosim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/invoice"
	"github.com/touchline-sync/touchline/sync/record/person"
)

func invoices(street, number, city string) record.Fields {
	out := record.Fields{}
	for _, f := range invoice.Fields {
		out[f] = ""
	}
	out[person.InvoiceStreet], out[person.InvoiceHouseNumber], out[person.InvoiceCity] = street, number, city
	return out
}

// The address for invoices is a row of its own beside the home address and those of others,
// without a country's code; emptied, it is no row. It changes neither of the others.
func TestAddressForInvoices(t *testing.T) {
	t.Parallel()
	for _, theme := range []string{"", rondosim.ACF} {
		t.Run(theme, func(t *testing.T) {
			t.Parallel()
			b := setup(t, rondosim.Options{Theme: theme})
			id := b.create(zoe()).ID
			b.control("PATCH", "/people/"+string(id), object{"fields": object{"addresses": []object{
				{"address_label": "Work", "city": "Elders"}, b.rows(id, "addresses")[0].(object),
			}}}, nil)
			before := b.get(id)
			got := b.update(id, invoices("Kade", "12", "Havenstad")).Fields
			for f, v := range before.Over(invoices("Kade", "12", "Havenstad")) {
				if got[f] != v {
					t.Errorf("%s is %q, want %q", f, got[f], v)
				}
			}
			rows := b.rows(id, "addresses")
			if len(rows) != 3 || rows[0].(object)["address_label"] != "Work" || rows[1].(object)["address_label"] != "Home" {
				t.Fatalf("rows %v", rows)
			}
			if last := rows[2].(object); last["address_label"] != "Factuur" || last["city"] != "Havenstad" || last["country_code"] != nil && last["country_code"] != "" {
				t.Errorf("the row is %v", last)
			}
			since := len(b.kit.Writes(0))
			b.update(id, invoices("Kade", "12", "Havenstad"))
			if n := len(b.kit.Writes(since)); n != 0 {
				t.Errorf("%d writes though nothing differs", n)
			}
			if got := b.update(id, record.Fields{person.City: "Nieuwstad", person.InvoiceCity: "Waterstad"}).Fields; got[person.City] != "Nieuwstad" ||
				got[person.InvoiceCity] != "Waterstad" || got[person.InvoiceStreet] != "Kade" || got[person.Street] != "Dorpslaan" {
				t.Errorf("both at once: %v", got)
			}
			b.update(id, invoices("", "", ""))
			since = len(b.kit.Writes(0))
			b.update(id, invoices("", "12", ""))
			if n := len(b.kit.Writes(since)); n != 0 {
				t.Errorf("a number alone is %d writes", n)
			}
			if rows := b.rows(id, "addresses"); len(rows) != 2 || rows[1].(object)["city"] != "Nieuwstad" {
				t.Errorf("emptied: %v", rows)
			}
		})
	}
}

// Where addresses have no labels nobody could tell which is for invoices: there is no place
// for it, and the home address goes on.
func TestInvoicesNeedALabel(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{Theme: rondosim.ACF})
	b.control("PATCH", "/site", object{"without": []string{"addresses.address_label"}}, nil)
	b.cut()
	id := b.create(zoe().Over(invoices("Kade", "12", "Havenstad"))).ID
	if rows := b.rows(id, "addresses"); len(rows) != 1 || rows[0].(object)["city"] != "Voorbeeld" {
		t.Errorf("rows %v", rows)
	}
	if got := b.get(id); got.Has(person.InvoiceCity) {
		t.Errorf("an address for invoices is read: %v", got)
	}
}

// A refusal names the address that it is about: both have the same columns.
func TestInvoiceRefused(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{Theme: rondosim.ACF})
	id := b.create(zoe()).ID
	_, err := b.people.Update(b.ctx(), id, connector.Patch{Set: invoices("Plein 1944", "", "Havenstad")})
	if e := b.class(err, connector.Rejected); e.Field != person.InvoiceStreet {
		t.Errorf("the field is %q: %v", e.Field, e)
	}
}

// Of two rows with the label the one with an address is ours, and the other stays.
func TestTwoRowsForInvoices(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	id := b.create(zoe()).ID
	b.control("PATCH", "/people/"+string(id), object{"fields": object{"addresses": []object{
		{"address_label": "Factuur"}, {"address_label": "factuur ", "city": "Elders"}, b.rows(id, "addresses")[0].(object),
	}}}, nil)
	if got := b.get(id); got[person.InvoiceCity] != "Elders" || got[person.City] != "Voorbeeld" {
		t.Errorf("read %v", got)
	}
	b.update(id, invoices("Kade", "12", "Havenstad"))
	rows := b.rows(id, "addresses")
	if len(rows) != 3 || rows[1].(object)["city"] != "Havenstad" || rows[2].(object)["city"] != "Voorbeeld" {
		t.Errorf("rows %v", rows)
	}
}
