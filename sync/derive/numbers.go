package derive

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/customer"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// Numbers makes the number of a member's customer, as others are told it (docs/policy.md, "The
// helpdesk"): that of the helpdesk, else the one that the administration states. A group is a
// member. A number that is stated no longer is empty; that of who has left stays as it is.
//
// What somebody has typed is no field of the customer: what is said at the helpdesk goes by
// the customer's number, and would stand in the timeline of another member.
func Numbers() Rule {
	return Rule{
		Name:  "helpdesk-numbers",
		From:  []record.Kind{person.Kind, customer.Kind},
		Makes: []record.Kind{customer.Number},
		Groups: func(e record.Entity) []string {
			switch {
			case e.Kind == person.Kind && isMember(e) && e.Fields.Has(person.HelpdeskID):
				return []string{code(e)}
			case e.Kind == customer.Kind && e.Fields[customer.HelpdeskID] != "":
				return []string{customer.Key(e.Fields)}
			}
			return nil
		},
		Make: func(g Group) Made {
			number, known := "", false
			for _, e := range g.Members {
				if e.Kind == customer.Kind {
					number, known = e.Fields[customer.HelpdeskID], true
					break
				}
				number, known = e.Fields[person.HelpdeskID], true
			}
			if !known || number == "" && len(g.Before) == 0 {
				return Made{}
			}
			return Made{Entities: []Entity{{Kind: customer.Number, Key: g.Key, Fields: record.Fields{
				customer.RelationCode: g.Key, customer.HelpdeskID: number,
			}}}}
		},
	}
}
