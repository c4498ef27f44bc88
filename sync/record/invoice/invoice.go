// Package invoice names the fields of club.invoice_address: where the invoices of a member
// go who has another address for them than their own. They are fields of club.person, too.
package invoice

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// Kind is the kind of the address for the invoices of one person. Its key is that of the
// person.
const Kind record.Kind = "club.invoice_address"

// Fields are those of the address.
var Fields = []record.Field{
	person.InvoiceStreet, person.InvoiceHouseNumber, person.InvoiceHouseNumberExt,
	person.InvoicePostalCode, person.InvoiceCity, person.InvoiceCountry,
}

// KeyFields are the fields that Key looks at.
var KeyFields = []record.Field{person.RelationCode}

// Key is the natural key: the relation code of the member.
func Key(f record.Fields) string { return person.NormalCode(f[person.RelationCode]) }

// Types are the classes of the fields of club.invoice_address.
var Types = func() record.Types {
	out := record.Types{person.RelationCode: person.Types[person.RelationCode]}
	for _, f := range Fields {
		out[f] = person.Types[f]
	}
	return out
}()
