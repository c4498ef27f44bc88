package rondoclub

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/committee"
	"github.com/touchline-sync/touchline/sync/record/contribution"
	"github.com/touchline-sync/touchline/sync/record/customer"
	"github.com/touchline-sync/touchline/sync/record/family"
	"github.com/touchline-sync/touchline/sync/record/invoice"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/photo"
	"github.com/touchline-sync/touchline/sync/record/team"
	"github.com/touchline-sync/touchline/sync/record/work"
	"github.com/touchline-sync/touchline/sync/value"
)

// keys ties a person's fields to the theme's (docs/systems/rondoclub.md, "Fields of
// a person"). A site that speaks acf may have dashes in them.
var keys = both(map[record.Field]string{
	person.RelationCode: "knvb_id",
	person.FirstName:    "first_name",
	person.Infix:        "infix",
	person.LastName:     "last_name",
	person.Gender:       "gender",
	person.BirthDate:    "birthdate",
	person.DeceasedOn:   "datum_overlijden",
	person.Email1:       "email_1",
	person.Email2:       "email_2",
	person.Mobile1:      "mobile_1",
	person.Mobile2:      "mobile_2",
	person.Phone1:       "telephone_1",
	person.Phone2:       "telephone_2",
	person.MemberSince:  "lid_sinds",
	person.MemberUntil:  "lid_tot",
	person.MemberType:   "type_lid",
	person.AgeClass:     "leeftijdsgroep",
	person.GameActivity: "spelactiviteit",
	person.PhotoDate:    "datum_foto",
	person.FormerMember: "former_member",
	person.Volunteer:    "huidig_vrijwilliger",

	person.VOGDate:        "datum_vog",
	person.FinancialBlock: "financiele_blokkade",

	customer.HelpdeskID: "freescout_id",
}, figures())

// figures ties what a member is to pay in a year to the theme's keys, of which a site
// has those of some years.
func figures() map[record.Field]string {
	out := map[record.Field]string{}
	for _, y := range contribution.Years() {
		key := fmt.Sprintf("_nikki_%d_", y.Number)
		out[y.Total], out[y.Balance], out[y.Status] = key+"total", key+"saldo", key+"status"
	}
	return out
}

func both(a, b map[record.Field]string) map[record.Field]string {
	maps.Copy(a, b)
	return a
}

// home ties the fields of an address to the columns of the row labelled Home.
var home = map[record.Field]string{
	person.Street:         "street_name",
	person.HouseNumber:    "house_number",
	person.HouseNumberExt: "house_number_addition",
	person.PostalCode:     "postal_code",
	person.City:           "city",
	person.Country:        "country",
	person.CountryCode:    "country_code",
}

// invoices ties the fields of the address for invoices to the columns of the row labelled
// Factuur.
var invoices = map[record.Field]string{
	person.InvoiceStreet:         "street_name",
	person.InvoiceHouseNumber:    "house_number",
	person.InvoiceHouseNumberExt: "house_number_addition",
	person.InvoicePostalCode:     "postal_code",
	person.InvoiceCity:           "city",
	person.InvoiceCountry:        "country",
}

// contact ties the fields by which somebody is reached to the types of the rows of
// contact_info, where the site has no fields for them. The first of two fields of a
// type is its first row.
var contact = map[record.Field]string{
	person.Email1: "email", person.Email2: "email",
	person.Mobile1: "mobile", person.Mobile2: "mobile",
	person.Phone1: "phone", person.Phone2: "phone",
}

// second are the fields that are the second row of their type.
var second = map[record.Field]record.Field{
	person.Email2: person.Email1, person.Mobile2: person.Mobile1, person.Phone2: person.Phone1,
}

// people is how the values are read and written. Empty scalars are written as null.
var people = append(mapping.Table[post]{
	text(person.RelationCode), text(person.FirstName), text(person.Infix), text(person.LastName),
	mapping.Enum(person.Gender, genders, at(person.Gender)).As(mapping.Null).FalseIsEmpty(),
	date(person.BirthDate), date(person.DeceasedOn),

	text(person.Email1), text(person.Email2), text(person.Mobile1), text(person.Mobile2), text(person.Phone1), text(person.Phone2),
	text(person.Street), text(person.HouseNumber), text(person.HouseNumberExt), text(person.PostalCode),
	text(person.City), text(person.Country), text(person.CountryCode),

	text(person.InvoiceStreet), text(person.InvoiceHouseNumber), text(person.InvoiceHouseNumberExt), text(person.InvoicePostalCode),
	text(person.InvoiceCity), text(person.InvoiceCountry),

	date(person.MemberSince), date(person.MemberUntil), text(person.MemberType), text(person.AgeClass),
	text(person.GameActivity), date(person.PhotoDate),
	mapping.Set(person.Teams, ", ", at(person.Teams)).FalseIsEmpty(),
	mapping.Flag(person.FormerMember, at(person.FormerMember)),
	date(person.VOGDate), mapping.Flag(person.FinancialBlock, at(person.FinancialBlock)),
	// The theme computes it from the work history.
	mapping.Flag(person.Volunteer, at(person.Volunteer)).ReadOnly(),

	mapping.Text(customer.HelpdeskID, at(customer.HelpdeskID)).As(mapping.Number).FalseIsEmpty(),
	mapping.Convert(photo.Photo, shown, nil, func(p *post) *mapping.Value { return &p.Photo }),
	mapping.Convert(family.Children, func(s string) (string, error) { return s, nil }, posts, at(family.Children)),
	mapping.Convert(work.Functions, func(s string) (string, error) { return s, nil }, works, at(work.Functions)),
	mapping.Convert(work.TeamFunctions, func(s string) (string, error) { return s, nil }, works, at(work.TeamFunctions)),
}, contributions()...)

// contributions are the rows of all years.
func contributions() (out mapping.Table[post]) {
	for _, y := range contribution.Years() {
		for _, f := range []record.Field{y.Total, y.Balance} {
			out = append(out, mapping.Convert(f, cents, euros, at(f)).As(mapping.Number).FalseIsEmpty())
		}
		out = append(out, mapping.Enum(y.Status, states, at(y.Status)).As(mapping.Null).FalseIsEmpty())
	}
	return out
}

// states are the words that Nikki has for them, which is what stands at a site.
var states = map[string]string{
	contribution.Open: "Open", contribution.Debit: "Debet", contribution.Credit: "Credit", contribution.Paid: "Betaald",
}

// cents reads a number of euros. Sums of broken numbers, as other programs have stored
// them, are a little off a cent.
func cents(s string) (string, error) {
	euros, err := strconv.ParseFloat(s, 64)
	whole := math.Round(euros * 100)
	if err != nil || math.Abs(whole) > 1e12 || math.Abs(euros*100-whole) > 1e-4 {
		return "", errors.New("not an amount in euros")
	}
	return strconv.FormatFloat(whole+0, 'f', 0, 64), nil
}

// euros writes cents as a number: "-1250" is -12.50.
func euros(cents string) (string, error) {
	sign, digits := "", cents
	if rest, negative := strings.CutPrefix(cents, "-"); negative {
		sign, digits = "-", rest
	}
	digits = strings.Repeat("0", max(0, 3-len(digits))) + digits
	return sign + digits[:len(digits)-2] + "." + digits[len(digits)-2:], nil
}

// genders are the theme's choices (docs/systems/rondoclub.md, "Fields of a
// person"). Only the first two are ours; the others are read as they are, so
// that such a person is no fault.
var genders = map[string]string{
	"male": "male", "female": "female",
	"non_binary": "non_binary", "other": "other", "prefer_not_to_say": "prefer_not_to_say",
}

func text(f record.Field) mapping.Row[post] {
	return mapping.Text(f, at(f)).As(mapping.Null).FalseIsEmpty()
}

// date reads both forms that exist in data, and writes the dashed one. One that is
// the same stays as it was typed.
func date(f record.Field) mapping.Row[post] {
	return mapping.Date(f, time.DateOnly, at(f)).As(mapping.Null).FalseIsEmpty()
}

// posts takes a set of ids of posts.
func posts(set string) (string, error) {
	for _, id := range record.SetMembers(set) {
		if postID(id) == 0 {
			return "", errors.New("not the id of a post")
		}
	}
	return set, nil
}

// types are the fields of all kinds that a record carries.
var types = func() record.Types {
	all := maps.Clone(person.Types)
	maps.Copy(all, family.Types)
	all[work.Functions], all[work.TeamFunctions] = work.Types[work.Functions], work.Types[work.TeamFunctions]
	all[customer.HelpdeskID] = customer.Types[customer.HelpdeskID]
	maps.Copy(all, contribution.Types)
	all[photo.Photo] = photo.Types[photo.Photo]
	return all
}()

// delivery is how values are made canonical on the way out; see site.spec.
var delivery = value.Spec{Types: types, Options: value.Options{Region: "NL"}}

// spec is how values are made canonical as they are read: Rondo Club is made for
// Dutch clubs.
func (s *site) spec() value.Spec {
	return value.Spec{Types: types, Options: value.Dutch(s.host.Now())}
}

// parts are the kinds that are parts of a person's record, and their fields.
var parts = []struct {
	kind   record.Kind
	fields []record.Field
	refs   map[record.Field]connector.Ref
}{
	{family.Kind, []record.Field{family.Children}, map[record.Field]connector.Ref{family.Children: {Kind: person.Kind}}},
	{customer.Number, []record.Field{customer.HelpdeskID}, nil},
	{work.Kind, []record.Field{work.Functions}, map[record.Field]connector.Ref{work.Functions: {Kind: committee.Kind}}},
	{work.InTeams, []record.Field{work.TeamFunctions}, map[record.Field]connector.Ref{work.TeamFunctions: {Kind: team.Kind}}},
	{contribution.Kind, contribution.Fields(), nil},
	{invoice.Kind, invoice.Fields, nil},
	{photo.Kind, []record.Field{photo.Photo}, nil},
}

// without returns the fields of a record but those of its parts.
func without(fields []record.Field) []record.Field {
	return slices.DeleteFunc(slices.Clone(fields), func(f record.Field) bool {
		for _, p := range parts {
			if slices.Contains(p.fields, f) {
				return true
			}
		}
		return false
	})
}
