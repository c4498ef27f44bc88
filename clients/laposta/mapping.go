package laposta

import (
	"net/mail"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
	"github.com/touchline-sync/touchline/sync/value"
)

// The states of a subscriber. Cleaned is who was taken out after a hard bounce
// (docs/systems/laposta.md, 2026-04).
const (
	active       = "active"
	unsubscribed = "unsubscribed"
	cleaned      = "cleaned"
	unconfirmed  = "unconfirmed"
)

// members ties a subscriber to a member of a list (docs/systems/laposta.md,
// "The fields of a club's lists", 2026-04). emailadres2, emailouder1 and
// emailouder2 are never sent.
var members = mapping.Table[member]{
	mapping.Text(subscriber.Email, func(m *member) *mapping.Value { return &m.Email }),
	mapping.Enum(subscriber.State, map[string]string{
		active: active, unsubscribed: unsubscribed, cleaned: cleaned, unconfirmed: unconfirmed,
	}, func(m *member) *mapping.Value { return &m.State }),

	mapping.Text(subscriber.StateOn, func(m *member) *mapping.Value { return &m.since }).ReadOnly(),

	mapping.Text(subscriber.FirstName, custom("voornaam")),
	mapping.Text(subscriber.Infix, custom("tussenvoegsel")),
	mapping.Text(subscriber.LastName, custom("achternaam")),
	mapping.Enum(subscriber.Gender, map[string]string{"male": "M", "female": "V", "other": "X"}, custom("geslacht")),
	date(subscriber.BirthDate, "geboortedatum"),
	mapping.Set(subscriber.Teams, ", ", custom("team")),
	mapping.Set(subscriber.AgeClasses, ", ", custom("leeftijdscategorie")),
	mapping.Text(subscriber.RelationCode, custom("relatiecode")),
	date(subscriber.PhotoDate, "datumpasfoto"),
	date(subscriber.MemberSince, "lidsinds"),
	mapping.Text(subscriber.Mobile1, custom("mobielnummer")),
	mapping.Text(subscriber.Mobile2, custom("mobielnummer2")),
	mapping.Text(subscriber.Phone1, custom("telefoonnummer")),
	mapping.Text(subscriber.Phone2, custom("telefoonnummer2")),

	mapping.Text(subscriber.Street, custom("straatnaam")),
	mapping.Text(subscriber.HouseNumber, custom("huisnummer")),
	mapping.Text(subscriber.HouseNumberExt, custom("huisnummertoevoeging")),
	mapping.Text(subscriber.PostalCode, custom("postcode")),
	mapping.Text(subscriber.City, custom("plaats")),

	mapping.Text(subscriber.Parent1Name, custom("naamouder1")),
	mapping.Text(subscriber.Parent2Name, custom("naamouder2")),
	mapping.Text(subscriber.Parent1Phone, custom("telefoonouder1")),
	mapping.Text(subscriber.Parent2Phone, custom("telefoonouder2")),
	mapping.Set(subscriber.ParentOf, ", ", custom("oudervan")),
	mapping.Enum(subscriber.Volunteer, map[string]string{"true": "1", "false": "0"}, custom("huidigvrijwilliger")),
}

// columns are the custom fields that members uses, with the canonical field
// and the data types that can carry it.
var columns = resource.Columns{
	"voornaam":             {Field: subscriber.FirstName, Types: asText},
	"tussenvoegsel":        {Field: subscriber.Infix, Types: asText},
	"achternaam":           {Field: subscriber.LastName, Types: asText},
	"geslacht":             {Field: subscriber.Gender, Types: asChoice},
	"geboortedatum":        {Field: subscriber.BirthDate, Types: asDate},
	"team":                 {Field: subscriber.Teams, Types: asText},
	"leeftijdscategorie":   {Field: subscriber.AgeClasses, Types: asText},
	"relatiecode":          {Field: subscriber.RelationCode, Types: asText},
	"datumpasfoto":         {Field: subscriber.PhotoDate, Types: asDate},
	"lidsinds":             {Field: subscriber.MemberSince, Types: asDate},
	"mobielnummer":         {Field: subscriber.Mobile1, Types: asText},
	"mobielnummer2":        {Field: subscriber.Mobile2, Types: asText},
	"telefoonnummer":       {Field: subscriber.Phone1, Types: asText},
	"telefoonnummer2":      {Field: subscriber.Phone2, Types: asText},
	"straatnaam":           {Field: subscriber.Street, Types: asText},
	"huisnummer":           {Field: subscriber.HouseNumber, Types: asText},
	"huisnummertoevoeging": {Field: subscriber.HouseNumberExt, Types: asText},
	"postcode":             {Field: subscriber.PostalCode, Types: asText},
	"plaats":               {Field: subscriber.City, Types: asText},
	"naamouder1":           {Field: subscriber.Parent1Name, Types: asText},
	"naamouder2":           {Field: subscriber.Parent2Name, Types: asText},
	"telefoonouder1":       {Field: subscriber.Parent1Phone, Types: asText},
	"telefoonouder2":       {Field: subscriber.Parent2Phone, Types: asText},
	"oudervan":             {Field: subscriber.ParentOf, Types: asText},
	"huidigvrijwilliger":   {Field: subscriber.Volunteer, Types: []string{"text", "numeric", "select_single"}},
}

var (
	asText   = []string{"text"}
	asDate   = []string{"text", "date"}
	asChoice = []string{"text", "select_single"}
)

// date ties a date to a custom field that is a text or a date. A date comes
// with a time of day and is written without.
func date(f record.Field, name string) mapping.Row[member] {
	return mapping.Date(f, time.DateOnly, custom(name))
}

// delivery is how values are made canonical on the way out; see list.spec.
var delivery = value.Spec{Types: subscriber.Types, Options: value.Options{Region: "NL"}}

// spec is how values are made canonical as they are read. Laposta is a Dutch
// service, and what its lists hold was typed in the Netherlands.
func (l list) spec() value.Spec {
	return value.Spec{Types: subscriber.Types, Options: value.Dutch(l.now())}
}

// optedOut reports whether a state must be left as it is, together with all
// else of the entry.
func optedOut(state string) bool { return state == unsubscribed || state == cleaned }

// refuses says what no list can hold: an address that is none, and an entry for
// somebody who has opted out.
func refuses(want record.Fields) error {
	refuse := func(class connector.Class, field record.Field, why string) error {
		return &connector.Error{Class: class, System: System, Op: "accept subscriber", Field: field, Why: why, Unsent: true}
	}
	if !validAddress(mailbox(want[subscriber.Email])) {
		return refuse(connector.Rejected, subscriber.Email, "not an address")
	}
	if optedOut(want[subscriber.State]) {
		return refuse(connector.Waiting, "", optedOutReason)
	}
	return nil
}

// validAddress asks for more than an @.
func validAddress(s string) bool {
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 {
		return false
	}
	_, domain, _ := strings.Cut(s, "@")
	return strings.Contains(strings.Trim(domain, "."), ".") && !strings.HasSuffix(domain, ".") && !strings.HasPrefix(domain, "[")
}

// mailbox is the form in which addresses are compared. A text that is no address
// is as it stands, in small letters.
func mailbox(s string) string {
	if address, _, err := value.Email(s); err == nil {
		return address
	}
	return strings.ToLower(strings.TrimSpace(s))
}
