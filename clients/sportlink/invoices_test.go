package sportlink

import (
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/invoice"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/value"
)

// The address for invoices is taken whole, empty where the member's own is used, or not at all.
func TestInvoiceAddress(t *testing.T) {
	t.Parallel()
	const (
		street = `"StreetName":"Kade","AddressNumber":`
		rest   = `,"AddressNumberAppendix":null,"ZipCode":"1234ab","City":"Havenstad","CountryName":"Nederland"`
	)
	spec := value.Spec{Types: person.Types, Options: value.Dutch(time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC))}
	for body, want := range map[string]string{
		`{"Address":{` + street + `12` + rest + `,"IsDefault":false}}`:   "Kade 12 1234 AB Havenstad",
		`{"Address":{` + street + `"12"` + rest + `,"IsDefault":false}}`: "Kade 12 1234 AB Havenstad",
		`{"Address":{` + street + `12` + rest + `,"IsDefault":true}}`:    "empty",
		`{"Address":null}`: "empty",
		`{"Address":{"StreetName":null,"AddressNumber":12,"AddressNumberAppendix":"","ZipCode":"1234 AB","City":null,"CountryName":null,"IsDefault":false}}`: "empty",
		`{"Address":{"StreetName":null,"AddressNumber":"","AddressNumberAppendix":"","ZipCode":"","City":"Elders","CountryName":"","IsDefault":false}}`:      "   Elders",
		`{"Address":{` + street + `12` + rest + `}}`:                                "unreadable",
		`{"Address":{` + street + `12` + rest + `,"IsDefault":"nee"}}`:              "unreadable",
		`{"Address":{` + street + `[12]` + rest + `,"IsDefault":false}}`:            "unreadable",
		`{"Address":{"Street":"Kade"` + rest + `,"IsDefault":false}}`:               "unreadable",
		`{"Address":{` + street + `12` + rest + `,"IsDefault":false},"Error":1}`:    "unreadable",
		`{"Address":{` + street + `12` + rest + `,"IsDefault":false},"address":{}}`: "unreadable",
		`{"Address":null,"Message":"not for this account"}`:                         "unreadable",
		`{"Address":null,"Errors":["time-out"]}`:                                    "unreadable",
		`{"Address":null,"Errors":[],"Message":""}`:                                 "empty",
		`{"Address":[{` + street + `12` + rest + `,"IsDefault":false}]}`:            "unreadable",
		`{}`:                 "unreadable",
		`<html></html>`:      "unreadable",
		`{"Addresses":{}}`:   "unreadable",
		`{"Address":"Kade"}`: "unreadable",
	} {
		r := value.Reading{Fields: record.Fields{}}
		readInvoiceAddress(&r, []byte(body), spec)
		f := r.Fields
		got := f[person.InvoiceStreet] + " " + f[person.InvoiceHouseNumber] + " " + f[person.InvoicePostalCode] + " " + f[person.InvoiceCity]
		switch {
		case len(r.Unreadable) == len(invoice.Fields) && len(f) == 0:
			got = "unreadable"
		case len(r.Unreadable) > 0 || len(f) != len(invoice.Fields):
			t.Errorf("%s: half an address", body)
		case got == "   ":
			got = "empty"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}
