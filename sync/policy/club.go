package policy

import (
	"slices"
	"strconv"

	"github.com/touchline-sync/touchline/sync/record"
)

// The systems of the club family that these pages name.
const (
	sportlink record.System = "sportlink"
	nikki     record.System = "nikki"
	rondoclub record.System = "rondoclub"
	laposta   record.System = "laposta"
	freescout record.System = "freescout"
)

// people is the place of persons, and of what are parts of them, at Rondo Club.
const people = "people"

// Club is the policies of a club. lists is how many mailing lists it has.
func Club(lists int) Set {
	return Set{
		ClubPerson(), ClubFamily(), ClubCommittee(), ClubTeam(), ClubWork(), ClubTeamWork(), ClubAccess(), ClubContribution(), ClubInvoiceAddress(), ClubPhoto(),
		ClubSubscriber(lists), ClubCustomer(), ClubHelpdeskNumber(), ClubActivity(), ClubDiscipline(), ClubTask(),
	}
}

// rules gives each of the fields the same rule.
func rules(to map[record.Field]Rule, r Rule, fields ...record.Field) {
	for _, f := range fields {
		own := r
		own.Order, own.Strict, own.With = slices.Clone(r.Order), slices.Clone(r.Strict), slices.Clone(r.With)
		own.OptIn, own.Behind = slices.Clone(r.OptIn), slices.Clone(r.Behind)
		to[f] = own
	}
}

// isList reports whether the value of a subscriber's List is one of the lists.
func isList(value string, lists int) bool {
	n, err := strconv.Atoi(value)
	return err == nil && 1 <= n && n <= lists && strconv.Itoa(n) == value
}
