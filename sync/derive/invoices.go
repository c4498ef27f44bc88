package derive

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/invoice"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// InvoiceAddresses makes the address for invoices of each member who has one of their own
// (docs/policy.md, "The address for invoices"). A group is a member. One that is no longer
// another is empty; that of who has left stays as it is, until they return.
func InvoiceAddresses() Rule {
	return Rule{
		Name:  "invoice-addresses",
		From:  []record.Kind{person.Kind},
		Makes: []record.Kind{invoice.Kind},
		Groups: func(e record.Entity) []string {
			if !isMember(e) || !e.Fields.Has(person.InvoiceStreet) {
				return nil
			}
			return []string{e.Key}
		},
		Make: func(g Group) Made {
			if len(g.Members) == 0 {
				return asBefore(g)
			}
			shown, empty := record.Fields{}, true
			for _, f := range invoice.Fields {
				shown[f] = g.Members[0].Fields[f]
				empty = empty && shown[f] == ""
			}
			if empty && len(g.Before) == 0 {
				return Made{}
			}
			return Made{Entities: []Entity{{Kind: invoice.Kind, Key: g.Key, Fields: shown}}}
		},
	}
}

// asBefore makes what was made before.
func asBefore(g Group) (out Made) {
	for _, e := range g.Before {
		out.Entities = append(out.Entities, Entity{Kind: e.Kind, Key: e.Key, Fields: e.Fields})
	}
	return out
}
