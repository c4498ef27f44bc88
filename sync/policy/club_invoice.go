package policy

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/invoice"
)

// ClubInvoiceAddress is the page of where the invoices of members go who have another
// address for them: at Rondo Club a part of their record. The hub makes it of what Sportlink
// says. What people have put there of anybody else stays.
func ClubInvoiceAddress() *Policy {
	fields := map[record.Field]Rule{}
	rules(fields, Owned(record.Hub), invoice.Fields...)
	return &Policy{
		Kind:      invoice.Kind,
		Key:       invoice.Key,
		KeyFields: invoice.KeyFields,
		Sources:   []record.System{record.Hub},
		Targets:   []Target{TargetAt(rondoclub, people)},
		Fields:    fields,
		Groups:    [][]record.Field{invoice.Fields},
		OnDelete:  []OnDelete{{System: rondoclub, Action: Detach}},
	}
}
