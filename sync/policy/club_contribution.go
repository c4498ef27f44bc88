package policy

import (
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/contribution"
)

// ClubContribution is the page of what members are to pay, by year. Nikki decides all
// of it; at Rondo Club it is a part of the member's record, and whom Rondo Club does
// not hold is left out.
//
// Nobody is made former, or a member, by what they pay. Whoever has no line at Nikki
// any longer has no figures at Rondo Club: what was agreed on is emptied, and a figure
// that Nikki has never told of stays. Figures change for many at once, when a season is
// charged or a direct debit is run.
func ClubContribution() *Policy {
	fields := map[record.Field]Rule{}
	rules(fields, Owned(nikki), contribution.Fields()...)
	return &Policy{
		Kind:        contribution.Kind,
		Key:         contribution.Key,
		KeyFields:   contribution.KeyFields,
		Sources:     []record.System{nikki},
		Targets:     []Target{TargetAt(rondoclub, people)},
		Fields:      fields,
		Groups:      figures(),
		MovesForAll: contribution.Fields(),
		OnDelete:    []OnDelete{{System: rondoclub, Action: Empty}},
	}
}

// figures are the fields of a year that make sense only together: a balance beside the
// state of another day would be a debt that is paid.
func figures() [][]record.Field {
	var out [][]record.Field
	for _, y := range contribution.Years() {
		out = append(out, []record.Field{y.Balance, y.Status})
	}
	return out
}
