package mailchimp

import (
	"cmp"
	"net/mail"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// tagPrefix begins the tags that are ours; all others are never touched.
const tagPrefix = "ems:"

// The merge fields that are named besides.
const (
	idTag    = "EMSID"
	phoneTag = "PHONE"
)

// statuses are what consents are on the wire.
var statuses = map[string]string{
	eventperson.OptedIn: subscribed, eventperson.OptedOut: unsubscribed,
	eventperson.Bounced: cleaned, eventperson.Unknown: transactional,
}

// table ties a person to a contact.
var table = mapping.Table[contact]{
	mapping.Convert(eventperson.Email, readAddress, same, func(c *contact) *mapping.Value { return &c.Email }),
	mapping.Enum(eventperson.Consent, statuses, func(c *contact) *mapping.Value { return &c.Status }),
	mapping.Convert(eventperson.Language, same, writeLanguage, func(c *contact) *mapping.Value { return &c.Language }),
	mapping.Text(eventperson.Memberships, func(c *contact) *mapping.Value { return &c.Ours }),
	mapping.Text(eventperson.ID, merge(idTag)),
	mapping.Text(eventperson.FirstName, merge("FNAME")),
	mapping.Text(eventperson.LastName, merge("LNAME")),
	mapping.Text(eventperson.Phone, merge(phoneTag)),
	mapping.Text(eventperson.Membership, merge("MEMBERSHIP")),
}

// columns are the merge fields that the table uses.
var columns = resource.Columns{
	idTag:        {Field: eventperson.ID, Types: []string{"text", "number"}},
	"FNAME":      {Field: eventperson.FirstName, Types: []string{"text"}},
	"LNAME":      {Field: eventperson.LastName, Types: []string{"text"}},
	phoneTag:     {Field: eventperson.Phone, Types: []string{"phone", "text"}, Optional: true},
	"MEMBERSHIP": {Field: eventperson.Membership, Types: []string{"text", "dropdown", "radio"}},
}

// merge points a mapping row at a merge field.
func merge(tag string) func(*contact) *mapping.Value {
	return func(c *contact) *mapping.Value { return c.Merge.At(tag) }
}

func same(s string) (string, error) { return s, nil }

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

// How long a text and the name of a tag may be (from memory, 2026-11).
const (
	maxText = 255
	maxTag  = 100
)

// refuses says what the list cannot hold. A person without an address is held: a
// contact is nothing else.
func (a *audience) refuses(want record.Fields) error {
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
	for _, c := range columns {
		if len(want[c.Field]) > maxText {
			return unsent(connector.Rejected, op, "too long", c.Field)
		}
	}
	for _, m := range record.SetMembers(want[eventperson.Memberships]) {
		if len(tagPrefix+m) > maxTag {
			return unsent(connector.Rejected, op, "too long", eventperson.Memberships)
		}
	}
	return nil
}

// holds leaves out of a change a consent that is not to be sent to the contact as it
// stands. One whose status cannot be read may have opted out: nothing of it is
// written. An address is taken away by itself only, for a moment: see release.
func holds(op string, item connector.Item, set record.Fields) error {
	address, moves := set[eventperson.Email]
	_, unknown := item.Unreadable[eventperson.Consent]
	switch {
	case moves && address == "" && len(set) > 1:
		return unsent(connector.Waiting, op, noMailReason, "")
	case moves && address != "" && !validAddress(mailbox(address)):
		return unsent(connector.Rejected, op, "not an address", eventperson.Email)
	case unknown:
		return unsent(connector.Waiting, op, "its status cannot be read", "")
	}
	there := cmp.Or(statuses[item.Fields[eventperson.Consent]], pending)
	// A consent goes along to an address that the bounce does not belong to.
	if newStatus(statuses[set[eventperson.Consent]], there, false) == "" && (!moves || there != cleaned) {
		delete(set, eventperson.Consent)
	}
	return nil
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
