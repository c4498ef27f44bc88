package mautic

import (
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/value"
)

const (
	// tagPrefix begins the tags of memberships. All but these and movedTag are never touched.
	tagPrefix = "ems-member-"
	movedTag  = "ems-new-address" // of one who is on Do-Not-Contact for the address before
	idAlias   = "ems_id"          // the field that holds the id of the person
)

// table ties a person to a contact (docs/systems/mautic.md, "Field map").
var table = mapping.Table[contact]{
	mapping.Text(eventperson.ID, at(idAlias)),
	mapping.Convert(eventperson.Email, nil, writeAddress, at("email")),
	mapping.Convert(eventperson.FirstName, nil, writeText, at("firstname")),
	mapping.Convert(eventperson.LastName, nil, writeText, at("lastname")),
	mapping.Text(eventperson.Phone, at("mobile")),
	mapping.Date(eventperson.BirthDate, "2006-01-02", at("birth_date")),
	mapping.Convert(eventperson.Language, nil, writeLocale, at("preferred_locale")),
	mapping.Convert(eventperson.City, nil, writeText, at("city")),
	mapping.Convert(eventperson.Country, readCountry, writeCountry, at("country")),
	mapping.Convert(eventperson.Memberships, nil, writeTags, func(c *contact) *mapping.Value { return &c.Ours }),
	mapping.Text(eventperson.Consent, func(c *contact) *mapping.Value { return c.Consents.At(mail) }),
	mapping.Text(eventperson.SMSConsent, func(c *contact) *mapping.Value { return c.Consents.At(sms) }),
	mapping.Text(eventperson.Deleted, func(c *contact) *mapping.Value { return &c.Deleted }),
}

// columns are the fields that the table uses. An operator makes the first two.
var columns = resource.Columns{
	idAlias:            {Field: eventperson.ID, Types: []string{"text"}},
	"birth_date":       {Field: eventperson.BirthDate, Types: []string{"date"}},
	"email":            {Field: eventperson.Email},
	"firstname":        {Field: eventperson.FirstName},
	"lastname":         {Field: eventperson.LastName},
	"mobile":           {Field: eventperson.Phone},
	"preferred_locale": {Field: eventperson.Language},
	"city":             {Field: eventperson.City},
	"country":          {Field: eventperson.Country},
}

func at(alias string) func(*contact) *mapping.Value {
	return func(c *contact) *mapping.Value { return c.Values.At(alias) }
}

func (a *account) spec() value.Spec {
	return value.Spec{Types: eventperson.Types, Options: value.Options{Region: a.cfg.Region}}
}

// few is how many contacts are looked at that share a value, maxText how many letters a
// text may have (docs/systems/mautic.md, "Values").
const (
	few     = 10
	maxText = 191
)

var html = regexp.MustCompile(`<[^>]*>`)

// writeText makes what Mautic will keep of a text, which is without HTML. What it would
// drop without a word, or keep a part of, is refused.
func writeText(s string) (string, error) {
	s = strings.TrimSpace(html.ReplaceAllString(s, ""))
	switch n, err := strconv.ParseFloat(s, 64); {
	case s == "":
		return "", errors.New("nothing but HTML, which Mautic takes out")
	case strings.Contains(s, "<"):
		return "", errors.New("has a <, from which on Mautic may take it for HTML")
	case err == nil && math.Abs(n) < 1: // also of a text that is a number it looks at the whole part
		return "", errors.New("a number below 1, which Mautic drops")
	case utf8.RuneCountInString(s) > maxText:
		return "", errors.New("too long")
	}
	return s, nil
}

// mailbox is an address of characters of which Mautic strips none: what is left of any
// other may be somebody else's.
var mailbox = regexp.MustCompile("^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+$")

func writeAddress(s string) (string, error) {
	if !mailbox.MatchString(s) || len(s) > maxText {
		return "", errors.New("not an address that Mautic takes")
	}
	return s, nil
}

// writeLocale writes nl-NL as nl_NL.
func writeLocale(s string) (string, error) { return strings.ReplaceAll(s, "-", "_"), nil }

func writeTags(s string) (string, error) {
	for _, m := range record.SetMembers(s) {
		if strings.Contains(m, "<") || utf8.RuneCountInString(tagPrefix+m) > maxText {
			return "", errors.New("too long for a tag, or with HTML")
		}
	}
	return s, nil
}

// personID is how the id of a person looks.
var personID = regexp.MustCompile(`^[1-9][0-9]{0,17}$`)

// refuses says what Mautic cannot hold, besides values that the table cannot write.
func refuses(want record.Fields) error {
	if !personID.MatchString(want[eventperson.ID]) {
		return wrong(connector.Rejected, "accept contact", "not an id of a person", eventperson.ID)
	}
	return nil
}

// mine reports whether a contact is the person's: one that is tied to nobody is free.
var mine = resource.Free(eventperson.ID)

// another reports whether a contact is tied to another person than a patch means.
func another(p connector.Patch, have record.Fields) bool {
	return p.Key[eventperson.ID] != "" && !mine(p.Key, have)
}

// holds leaves out of a change what is not to be sent: a consent that loosens, or that
// finds the contact on Do-Not-Contact already, but for the bounce of an address before,
// and that somebody has come back, who is taken off it by a person only.
func holds(_ string, item connector.Item, set record.Fields) error {
	for _, f := range []record.Field{eventperson.Consent, eventperson.SMSConsent} {
		have, shown := item.Fields[f]
		before := f == eventperson.Consent && (!shown || have == eventperson.Bounced && set[eventperson.Email] != "")
		if reasons[set[f]] == 0 || have != eventperson.Unknown && !before {
			delete(set, f)
		}
	}
	if set[eventperson.Deleted] == "" {
		delete(set, eventperson.Deleted)
	}
	return nil
}
