package freescout

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/customer"
	"github.com/touchline-sync/touchline/sync/value"
)

// table ties a member to a customer (docs/systems/freescout.md, "Customers"). A customer
// field without a number is not written.
func (c Config) table() mapping.Table[contact] {
	out := mapping.Table[contact]{
		mapping.Text(customer.HelpdeskID, func(c *contact) *mapping.Value { return &c.ID }).ReadOnly(),
		mapping.Convert(customer.FirstName, nil, writeName, func(c *contact) *mapping.Value { return &c.FirstName }),
		mapping.Convert(customer.LastName, nil, writeName, func(c *contact) *mapping.Value { return &c.LastName }),
		mapping.Convert(customer.Email, nil, writeAddress, func(c *contact) *mapping.Value { return &c.Email }),
	}
	for f, n := range c.numbers() {
		at := func(c *contact) *mapping.Value { return c.Custom.At(strconv.Itoa(n)) }
		switch {
		case n == 0:
		case f == customer.Teams:
			out = append(out, mapping.Convert(f, nil, writeTeams, at))
		case f == customer.RelationCode:
			out = append(out, mapping.Convert(f, nil, writeText, at))
		default:
			out = append(out, mapping.Date(f, time.DateOnly, at))
		}
	}
	return out
}

// spec is how values are made canonical, in both directions.
func spec() value.Spec { return value.Spec{Types: customer.Types} }

// maxName is how many letters a name may have by FreeScout's documentation.
const maxName = 40

// writeText refuses what FreeScout would take a part out of, without a word.
func writeText(s string) (string, error) {
	if strings.Contains(s, "<") {
		return "", errors.New("has a <, from which on FreeScout takes it for HTML")
	}
	return s, nil
}

func writeName(s string) (string, error) {
	if utf8.RuneCountInString(s) > maxName {
		return "", errors.New("longer than 40 letters")
	}
	return writeText(s)
}

func writeTeams(s string) (string, error) {
	return writeText(strings.Join(record.SetMembers(s), ", "))
}

var addressForm = regexp.MustCompile(`^[^@\s<>"]+@[^@\s<>"]+\.[^@\s<>"]+$`)

func writeAddress(s string) (string, error) {
	if !addressForm.MatchString(s) || len(s) > 191 {
		return "", errors.New("not an address that FreeScout takes")
	}
	return s, nil
}
