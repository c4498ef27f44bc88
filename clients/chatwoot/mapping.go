package chatwoot

import (
	"errors"
	"regexp"
	"strings"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/value"
)

// contacts ties a person to a contact (docs/systems/chatwoot.md, "Field map",
// 2026-11).
//
// ChatWoot has one field for the whole name. The two parts are kept beside it,
// in custom attributes, and contact.settle makes them agree: see there.
var contacts = mapping.Table[contact]{
	mapping.Convert(eventperson.ID, readIdentifier, writeIdentifier, func(c *contact) *mapping.Value { return &c.Identifier }).As(mapping.Null),
	mapping.Text(eventperson.FirstName, func(c *contact) *mapping.Value { return &c.Custom.FirstName }),
	mapping.Text(eventperson.LastName, func(c *contact) *mapping.Value { return &c.Custom.LastName }),
	mapping.Text(eventperson.Email, func(c *contact) *mapping.Value { return &c.Email }),
	mapping.Text(eventperson.Phone, func(c *contact) *mapping.Value { return &c.Phone }),
	mapping.Text(eventperson.City, func(c *contact) *mapping.Value { return &c.Additional.City }),
	mapping.Text(eventperson.Country, func(c *contact) *mapping.Value { return &c.Additional.Country }),
	mapping.Convert(eventperson.Membership, lower, upper, func(c *contact) *mapping.Value { return &c.Custom.Membership }),
	mapping.Convert(eventperson.Deleted, readMark, writeMark, func(c *contact) *mapping.Value { return &c.Custom.Deleted }).As(mapping.Bool),
}

// spec is how values are made canonical, in both directions. Neither a contact
// nor a conversation has a date that could be too late.
func (a *account) spec(t record.Types) value.Spec {
	return value.Spec{Types: t, Options: value.Options{Region: a.cfg.Region}}
}

// ours is what a contact's identifier begins with when it is a person of EMS.
const ours = "ems:"

var errForm = errors.New("not in the expected form")

var (
	idForm      = regexp.MustCompile(`^[0-9]{1,18}$`)
	addressForm = regexp.MustCompile(`^[^@\s]+@[^@\s]+$`) // as the server's own
	countryForm = regexp.MustCompile(`^[A-Z]{2}$`)
)

// personOf is the id in EMS that an identifier names; empty where it is
// somebody else's identifier, or none.
func personOf(identifier string) string {
	if id, ok := strings.CutPrefix(identifier, ours); ok && idForm.MatchString(id) {
		return id
	}
	return ""
}

// readIdentifier gets no foreign identifiers: those are taken out before.
func readIdentifier(s string) (string, error) { return personOf(s), nil }

func writeIdentifier(s string) (string, error) {
	if !idForm.MatchString(s) {
		return "", errForm
	}
	return ours + s, nil
}

func lower(s string) (string, error) { return strings.ToLower(s), nil }
func upper(s string) (string, error) { return strings.ToUpper(s), nil }

// readMark reads the checkbox: false is no mark at all.
func readMark(s string) (string, error) {
	mark, err := value.Flag(s, nil)
	if mark == "false" {
		mark = ""
	}
	return mark, err
}

func writeMark(s string) (string, error) {
	if s != "true" {
		return "", errForm
	}
	return s, nil
}

// fullName is how a name stands at ChatWoot.
func fullName(first, last string) string { return strings.Join(strings.Fields(first+" "+last), " ") }

// nameLimit is the length of ChatWoot's text columns, in letters.
const nameLimit = 255

// refuses says what ChatWoot would refuse.
func (a *account) refuses(want record.Fields) error {
	want = a.spec(eventperson.Types).Sent(want)
	refuse := func(f record.Field, why string) error {
		e := a.api.Fault(connector.Rejected, "accept contact", why, f)
		e.Unsent = true
		return e
	}
	if address := want[eventperson.Email]; address != "" && (len(address) > nameLimit || !addressForm.MatchString(address)) {
		return refuse(eventperson.Email, "not an address")
	}
	if len([]rune(fullName(want[eventperson.FirstName], want[eventperson.LastName]))) > nameLimit {
		return refuse(eventperson.FirstName, "the whole name is too long")
	}
	return nil
}
