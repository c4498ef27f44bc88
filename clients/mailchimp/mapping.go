package mailchimp

import (
	"net/mail"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/value"
)

// The statuses of a contact (docs/systems/mailchimp.md, "Calls", 2026-11).
const (
	subscribed    = "subscribed"
	unsubscribed  = "unsubscribed"
	cleaned       = "cleaned" // its address does not take mail
	pending       = "pending" // has not confirmed yet
	transactional = "transactional"
	archived      = "archived"
)

// tagPrefix begins the tags that are ours; all others are never touched.
const tagPrefix = "ems:"

const phoneTag = "PHONE"

// table ties a person to a contact. Consent and the memberships are no single
// values on the wire: see consent.go and tags.go.
var table = mapping.Table[contact]{
	mapping.Convert(eventperson.Email, readAddress, same, func(c *contact) *mapping.Value { return &c.Email }),
	mapping.Convert(eventperson.Language, same, writeLanguage, func(c *contact) *mapping.Value { return &c.Language }),
	mapping.Text(eventperson.ID, merge("EMSID")),
	mapping.Text(eventperson.FirstName, merge("FNAME")),
	mapping.Text(eventperson.LastName, merge("LNAME")),
	mapping.Text(eventperson.Phone, merge(phoneTag)),
	mapping.Text(eventperson.Membership, merge("MEMBERSHIP")),
}

// column is a merge field that the table uses, with the types that can carry
// it.
type column struct {
	field record.Field
	types []string
}

var columns = map[string]column{
	"EMSID":      {eventperson.ID, []string{"text", "number"}},
	"FNAME":      {eventperson.FirstName, []string{"text"}},
	"LNAME":      {eventperson.LastName, []string{"text"}},
	phoneTag:     {eventperson.Phone, []string{"phone", "text"}},
	"MEMBERSHIP": {eventperson.Membership, []string{"text", "dropdown", "radio"}},
}

// fields are those that a contact carries, all of them both ways.
func fields() []record.Field {
	all := append(table.Writes(), eventperson.Consent, eventperson.Memberships)
	slices.Sort(all)
	return all
}

func same(s string) (string, error) { return s, nil }

// spec is how values are made canonical, in both directions. A contact has no
// date that could be too late.
func (a *audience) spec() value.Spec {
	return value.Spec{Types: eventperson.Types, Options: value.Options{Region: a.cfg.Region}}
}

// mailbox is the form in which addresses are compared and hashed: no dot and no
// plus is folded (docs/systems/mailchimp.md, "Identity"). It is MailChimp's own, so that a
// contact is found under the hash that MailChimp gave it.
func mailbox(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// languages are the codes that MailChimp knows (from memory, 2026-11: to be
// confirmed). Of the others it would keep nothing.
var languages = strings.Fields(`en ar af be bg ca zh hr cs da nl et fa fi fr fr_CA de el he hi hu is id ga it ja km ko
	lv lt ms mt mk no pl pt pt_PT ro ru sr sk sl es es_ES sw sv ta th tr uk vi`)

// writeLanguage makes a code of a BCP 47 tag: the one of the region where there
// is one, else that of the language, else none.
func writeLanguage(tag string) (string, error) {
	language, region, _ := strings.Cut(tag, "-")
	language = strings.ToLower(language)
	if language == "nb" || language == "nn" {
		language = "no"
	}
	for _, code := range []string{language + "_" + strings.ToUpper(region), language} {
		if slices.Contains(languages, code) {
			return code, nil
		}
	}
	return "", nil
}

// normal is how fields read back once they have been written.
func (a *audience) normal(set record.Fields) (record.Fields, error) {
	var c contact
	if err := table.Encode(set, &c, a.spec()); err != nil {
		return nil, err
	}
	return table.Decode(&c, a.spec()).Fields, nil
}

// accepts refuses what the list cannot hold. A person without an address is
// held: a contact is nothing else.
func (a *audience) accepts(want record.Fields) error {
	const op = "accept person"
	want = a.spec().Sent(want)
	switch address := mailbox(want[eventperson.Email]); {
	case address == "":
		return unsent(connector.Waiting, op, noMailReason, "")
	case !validAddress(address):
		return unsent(connector.Rejected, op, "not an address", eventperson.Email)
	case want[eventperson.ID] == "":
		return unsent(connector.Rejected, op, "no id", eventperson.ID)
	}
	var c contact
	if err := table.Encode(want, &c, a.spec()); err != nil {
		return refused(op, err)
	}
	for f := range want {
		if c, ok := columnOf(f); ok && len(want[f]) > maxText {
			return unsent(connector.Rejected, op, "too long", columns[c].field)
		}
	}
	for _, m := range record.SetMembers(want[eventperson.Memberships]) {
		if len(tagPrefix+m) > maxTag {
			return unsent(connector.Rejected, op, "too long", eventperson.Memberships)
		}
	}
	return nil
}

// How long a text and the name of a tag may be (from memory, 2026-11).
const (
	maxText = 255
	maxTag  = 100
)

// columnOf is the merge tag of a field.
func columnOf(f record.Field) (string, bool) {
	for tag, c := range columns {
		if c.field == f {
			return tag, true
		}
	}
	return "", false
}

// validAddress asks for what MailChimp would ask for.
func validAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 {
		return false
	}
	_, domain, _ := strings.Cut(s, "@")
	return strings.Contains(strings.Trim(domain, "."), ".") && !strings.HasSuffix(domain, ".") && !strings.HasPrefix(domain, "[")
}
