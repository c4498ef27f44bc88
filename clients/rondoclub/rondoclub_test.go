package rondoclub_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/rondoclub"
	"github.com/touchline-sync/touchline/clients/rondoclub/rondosim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/customer"
	"github.com/touchline-sync/touchline/sync/record/family"
	"github.com/touchline-sync/touchline/sync/record/person"
)

type object = map[string]any

// bundle is a connector and the simulator that it talks to.
type bundle struct {
	t      *testing.T
	kit    *simkit.Kit
	remote simkit.Remote
	host   *connectortest.Host
	cfg    rondoclub.Config
	conn   connector.Connector
	people connector.Collection
}

func setup(t *testing.T, o rondosim.Options) *bundle {
	t.Helper()
	if o.Theme == "" {
		o.Team = cmp.Or(o.Team, "text")
	}
	kit := rondosim.New(o)
	info, err := kit.Start("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kit.Close() })
	b := &bundle{
		t: t, kit: kit, remote: simkit.Remote{Info: info}, host: connectortest.NewHost(t),
		cfg: rondoclub.Config{
			Settings: rest.Settings{BaseURL: info.Addresses["api"]}, Username: info.Credentials["username"],
			AppPassword: connector.Secret(info.Credentials["app_password"]),
		},
	}
	b.open()
	return b
}

func (b *bundle) open() {
	b.t.Helper()
	conn, err := b.cfg.Open(b.host)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = conn.Close() })
	b.conn, b.people = conn, conn.Collections()[0]
}

func (b *bundle) ctx() context.Context { return b.t.Context() }

func (b *bundle) control(method, path string, in, out any) {
	b.t.Helper()
	if err := b.remote.Call(b.ctx(), method, path, in, out); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bundle) inject(f simkit.Fault) {
	b.t.Helper()
	if _, err := b.kit.Inject(f); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bundle) create(want record.Fields) connector.Item {
	b.t.Helper()
	item, err := b.people.Create(b.ctx(), want)
	if err != nil {
		b.t.Fatal(err)
	}
	return item
}

func (b *bundle) update(id record.ExternalID, set record.Fields) connector.Item {
	b.t.Helper()
	item, err := b.people.Update(b.ctx(), id, connector.Patch{Set: set})
	if err != nil {
		b.t.Fatal(err)
	}
	return item
}

func (b *bundle) get(id record.ExternalID) record.Fields {
	b.t.Helper()
	item, err := b.people.Get(b.ctx(), id)
	if err != nil {
		b.t.Fatal(err)
	}
	return item.Fields
}

// stored is the person as the simulator's dump has it.
func (b *bundle) stored(id record.ExternalID) object {
	b.t.Helper()
	var dump struct{ People []object }
	b.control("GET", "/dump", nil, &dump)
	for _, p := range dump.People {
		if fmt.Sprint(p["id"]) == string(id) {
			return p
		}
	}
	b.t.Fatalf("no person %s in the dump", id)
	return nil
}

func (b *bundle) rows(id record.ExternalID, key string) []any {
	b.t.Helper()
	list, _ := b.stored(id)["fields"].(object)[key].([]any)
	return list
}

func (b *bundle) list(since connector.Cursor) (pages []connector.Page, err error) {
	for p, err := range b.people.List(b.ctx(), since) {
		if err != nil {
			return pages, err
		}
		pages = append(pages, p)
	}
	return pages, nil
}

func (b *bundle) class(err error, want connector.Class) *connector.Error {
	b.t.Helper()
	e, ok := errors.AsType[*connector.Error](err)
	if !ok || e.Class != want {
		b.t.Fatalf("error %v, want %s", err, want)
	}
	for _, secret := range values {
		if strings.Contains(err.Error(), secret) {
			b.t.Fatalf("error %q has a value", err)
		}
	}
	return e
}

// values may stand in no error.
var values = []string{"Zoë", "Hof-Ünal", "RC0000001", "zoe@example.org", "Dorpslaan", "abcd"}

func zoe() record.Fields {
	return record.Fields{
		person.RelationCode: "RC0000001", person.FirstName: "Zoë", person.Infix: "van 't", person.LastName: "Hof-Ünal",
		person.Gender: "female", person.BirthDate: "2012-02-29", person.Email1: "zoe@example.org", person.Email2: "",
		person.Mobile1: "+31612345678", person.Mobile2: "", person.Phone1: "", person.Phone2: "",
		person.Street: "Dorpslaan", person.HouseNumber: "7", person.HouseNumberExt: "a", person.PostalCode: "1234 AB",
		person.City: "Voorbeeld", person.Country: "Nederland", person.CountryCode: "NL",
		person.Teams: "JO14-1\nJO15-2", person.MemberSince: "2020-08-01", person.MemberUntil: "", person.DeceasedOn: "", person.PhotoDate: "2025-09-01",
		person.MemberType: "Bondslid", person.AgeClass: "Onder 14", person.GameActivity: "Veld - Zaterdag",
		person.FormerMember: "false", family.Children: "", customer.HelpdeskID: "",
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	good := rondoclub.Config{Settings: rest.Settings{BaseURL: "https://rondo.example.org"}, Username: "sync", AppPassword: "abcd"}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*rondoclub.Config){
		"plain http":      func(c *rondoclub.Config) { c.BaseURL = "http://rondo.example.org" },
		"no user":         func(c *rondoclub.Config) { c.Username = "" },
		"no password":     func(c *rondoclub.Config) { c.AppPassword = "" },
		"unknown dialect": func(c *rondoclub.Config) { c.Dialect = "xml" },
	} {
		c := good
		change(&c)
		if _, err := c.Open(nil); err == nil || strings.Contains(err.Error(), "abcd") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{Home: "https://one.example.org/"})
	if got, err := b.conn.Check(b.ctx()); err != nil || got != "rondoclub https://one.example.org" {
		t.Fatalf("%q, %v", got, err)
	}
	b.cfg.AppPassword = "wrong"
	b.open()
	_, err := b.conn.Check(b.ctx())
	b.class(err, connector.Denied)
}
