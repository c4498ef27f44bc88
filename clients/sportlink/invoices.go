package sportlink

import (
	"encoding/json"

	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/invoice"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/value"
)

// invoiceColumns are what is read of the address on the tab financial
// (docs/systems/sportlink.md, "The tabs of a member", 2026-04).
var invoiceColumns = []column{
	{key: "StreetName", field: person.InvoiceStreet},
	{key: "AddressNumber", field: person.InvoiceHouseNumber, number: true},
	{key: "AddressNumberAppendix", field: person.InvoiceHouseNumberExt},
	{key: "ZipCode", field: person.InvoicePostalCode},
	{key: "City", field: person.InvoiceCity},
	{key: "CountryName", field: person.InvoiceCountry},
}

// readInvoiceAddress reads where invoices go. That of who has no other address than their
// own is empty, as is one without a street and a city. Half an address would be one where
// nobody lives: one of which a part cannot be read is unreadable as a whole.
func readInvoiceAddress(r *value.Reading, body []byte, spec value.Spec) {
	fields, why := invoiceAddress(body, spec)
	for _, f := range invoice.Fields {
		if why != "" {
			r.Refuse(f, why)
		} else {
			r.Fields[f] = fields[f]
		}
	}
}

// invoiceAddress returns the fields of an address that is another than the member's own,
// or why it cannot be read.
func invoiceAddress(body []byte, spec value.Spec) (fields record.Fields, why string) {
	const unlike = "the answer of the address for invoices is not what it was"
	env, contradiction, err := openEnvelope(body)
	raw := env["address"]
	switch {
	case err != nil || contradiction != "" || env.trouble() != "" || len(raw) == 0:
		return nil, unlike
	case string(raw) == "null":
		return nil, ""
	}
	var address map[string]json.RawMessage
	var own mapping.Value
	if json.Unmarshal(raw, &address) != nil || own.UnmarshalJSON(address["IsDefault"]) != nil || own.Form != mapping.Bool || own.Wrong != "" {
		return nil, unlike
	}
	if own.Text == "true" {
		return nil, ""
	}
	fields = record.Fields{}
	for _, c := range invoiceColumns {
		v := c.read(address[c.key])
		canon, _, err := spec.Canon(c.field, v.Text)
		if v.Wrong != "" || err != nil {
			return nil, c.key + " of the address for invoices cannot be read"
		}
		fields[c.field] = canon
	}
	if fields[person.InvoiceStreet] == "" && fields[person.InvoiceCity] == "" {
		return nil, ""
	}
	return fields, ""
}
