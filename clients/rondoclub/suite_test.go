package rondoclub_test

import (
	"fmt"
	"maps"
	"strconv"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/rondoclub/rondosim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// TestSuite lets the connector work with each theme, and offers what a site of that
// theme has, as the engine does.
func TestSuite(t *testing.T) {
	t.Parallel()
	for _, theme := range []string{rondosim.Fields, rondosim.ACF, rondosim.ACFBefore} {
		t.Run(theme, func(t *testing.T) {
			t.Parallel()
			connectortest.Run(t, connectortest.Subject{
				Open:   func(t *testing.T) *connectortest.Bench { t.Helper(); return bench(t, theme) },
				Public: public,
			})
		})
	}
}

// public are fields whose values are those of many.
var public = []record.Field{
	person.Gender, person.FormerMember, person.AgeClass, person.MemberType, person.GameActivity, person.CountryCode, person.Country,
}

// cut is a connector that offers what its site has.
type cut struct {
	connector.Shaped
	shape string
}

func (c cut) Collections() []connector.Collection { return c.CollectionsIn(c.shape) }

func (b *bundle) cut() cut {
	b.t.Helper()
	shaped, _ := b.conn.(connector.Shaped)
	if _, err := shaped.Check(b.ctx()); err != nil {
		b.t.Fatal(err)
	}
	return cut{shaped, shaped.Shape()}
}

// numbered is sample number n; the fourth has hardly anything.
func numbered(n int) record.Fields {
	f := zoe()
	f[person.RelationCode] = fmt.Sprintf("RC%07d", 100+n)
	f[person.LastName] = fmt.Sprintf("Hof-Ünal de %d", n)
	f[person.Email1] = fmt.Sprintf("zoe.%d@example.org", n)
	f[person.VOGDate], f[person.FinancialBlock] = "2024-02-29", strconv.FormatBool(n%2 == 0)
	if n%4 == 3 {
		for name := range maps.Clone(f) {
			switch name {
			case person.RelationCode, person.FirstName, person.LastName, person.FormerMember, person.FinancialBlock:
			case person.Street, person.HouseNumber, person.HouseNumberExt, person.PostalCode, person.City, person.Country, person.CountryCode:
				delete(f, name) // of an address that is not there nothing is said
			default:
				f[name] = ""
			}
		}
	}
	return f
}

func bench(t *testing.T, theme string) *connectortest.Bench {
	t.Helper()
	b := setup(t, rondosim.Options{Theme: theme})
	return b.bench(func(t *testing.T, id record.ExternalID, set record.Fields) {
		t.Helper()
		edit := object{"email_2": set[person.Email2]}
		if theme == rondosim.ACF {
			edit = secondAddress(set[person.Email2])
		}
		b.control("PATCH", "/people/"+string(id), object{"fields": edit}, nil)
	})
}

// secondAddress is what puts a second address into the rows of the older theme,
// which are merged by index.
func secondAddress(address string) object {
	return object{"contact_info": []object{{}, {"contact_type": "email", "contact_value": address}}}
}

// bench is a site for the suite; edit is how somebody else edits there.
func (b *bundle) bench(edit func(t *testing.T, id record.ExternalID, set record.Fields)) *connectortest.Bench {
	b.t.Helper()
	bench := simtest.Wire(b.kit, b.remote, &connectortest.Bench{
		Connector: b.cut(), Host: b.host, Kind: person.Kind,
		Want: numbered,
		Key: func(want record.Fields) record.Fields {
			return want.Only(person.KeyFields)
		},
		Change: func(record.Fields) record.Fields { return record.Fields{person.Email2: "tweede@example.org"} },
		Clear:  person.BirthDate,
		// The relation code is not unique on the site
		// (docs/systems/rondoclub.md, "Fields of a person").
		Doubles: true,
		Refused: func() (record.Fields, record.Field) {
			f := numbered(11)
			f[person.FirstName] = ""
			return f, person.FirstName
		},
		Edit: edit,
		Reopen: func(t *testing.T) connector.Connector {
			t.Helper()
			b.open()
			return b.cut()
		},
	}, where)
	return b.anonymous(bench)
}

// anonymous makes credentials that are refused refused for every call: no list says so.
func (b *bundle) anonymous(bench *connectortest.Bench) *connectortest.Bench {
	disturb := bench.Disturb
	bench.Disturb = func(t *testing.T, op connectortest.Op, trouble connectortest.Trouble) func() {
		t.Helper()
		if trouble != connectortest.Denied {
			return disturb(t, op, trouble)
		}
		b.inject(simkit.Fault{Do: simkit.Do{Kind: simkit.FaultNamed, Name: "anonymous"}})
		return b.kit.ClearFaults
	}
	return bench
}

// where says by which request an operation is known.
var where = map[connectortest.Op]simkit.Match{
	connectortest.Check:  {Path: "*/users/me"},
	connectortest.List:   {Method: "GET", Path: "*/people"},
	connectortest.Get:    {Method: "GET", Path: "*/wp/v2/people/*"},
	connectortest.Create: {Method: "POST", Path: "*/people"},
	connectortest.Update: {Method: "PUT", Path: "*/people/*"},
}
