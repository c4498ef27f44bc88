// Package contribution names the fields of club.contribution: what a member is to pay
// and has still to pay, by year. Its key is the member's relation code.
package contribution

import (
	"slices"
	"strconv"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// Kind is the kind of one member's contributions.
const Kind record.Kind = "club.contribution"

// The years that have fields: from the first for which a site of Rondo Club has any
// (docs/systems/rondoclub.md, "Fields of a person"). What is of another year is not
// carried.
const (
	FirstYear = 2022
	LastYear  = 2041
)

// Year is the three fields of one year. A year without a line is known to be empty,
// which is not paid.
type Year struct {
	Number  int
	Total   record.Field // what was charged
	Balance record.Field // what is still to be paid; negative: to be paid back
	Status  record.Field // the worst of the year's lines
}

// The states of a year, the worst first.
const (
	Open   = "open"
	Debit  = "debit"
	Credit = "credit"
	Paid   = "paid"
)

// States are all states, the worst first.
var States = []string{Open, Debit, Credit, Paid}

// Of returns the fields of a year, and whether it has any.
func Of(year int) (Year, bool) {
	y := strconv.Itoa(year)
	return Year{Number: year, Total: record.Field("total_" + y), Balance: record.Field("balance_" + y), Status: record.Field("status_" + y)},
		FirstYear <= year && year <= LastYear
}

// Years returns the fields of all years, in their order.
func Years() []Year {
	out := make([]Year, 0, LastYear-FirstYear+1)
	for n := FirstYear; n <= LastYear; n++ {
		y, _ := Of(n)
		out = append(out, y)
	}
	return out
}

// Fields returns the fields of all years, sorted.
func Fields() []record.Field {
	var out []record.Field
	for _, y := range Years() {
		out = append(out, y.Total, y.Balance, y.Status)
	}
	slices.Sort(out)
	return out
}

// KeyFields are the fields that Key looks at.
var KeyFields = []record.Field{person.RelationCode}

// Key is the natural key: the relation code of the member.
func Key(f record.Fields) string { return person.NormalCode(f[person.RelationCode]) }

// Types are the classes of the fields of club.contribution.
var Types = func() record.Types {
	out := record.Types{person.RelationCode: person.Types[person.RelationCode]}
	for _, y := range Years() {
		out[y.Total] = record.ValueType{Class: record.ClassAmount}
		out[y.Balance] = record.ValueType{Class: record.ClassAmount}
		out[y.Status] = record.ValueType{Class: record.ClassCode, Codes: States}
	}
	return out
}()
