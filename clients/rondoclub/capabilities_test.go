package rondoclub_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/rondoclub"
	"github.com/touchline-sync/touchline/clients/rondoclub/rondosim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/access"
)

// account makes an account of a member, with roles.
func (b *bundle) account(code string, more object) {
	b.t.Helper()
	a := object{"knvb_id": code, "roles": []string{"rondo_user"}}
	for k, v := range more {
		a[k] = v
	}
	b.control("POST", "/accounts", a, nil)
}

// roles are those of an account.
func (b *bundle) roles(code string) string {
	b.t.Helper()
	var dump struct {
		Accounts []struct {
			Code  string `json:"knvb_id"`
			Roles []string
		}
	}
	b.control("GET", "/dump", nil, &dump)
	for _, a := range dump.Accounts {
		if a.Code == code {
			slices.Sort(a.Roles)
			return strings.Join(a.Roles, " ")
		}
	}
	return "no account"
}

func (b *bundle) capabilities() connector.Collection {
	b.t.Helper()
	return *connector.Collections(b.conn.Collections()).Of(rondoclub.Capabilities, access.Kind)
}

func TestCapabilitiesContract(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Subject{Open: func(t *testing.T) *connectortest.Bench {
		t.Helper()
		b := setup(t, rondosim.Options{})
		for n := range 40 {
			b.account(fmt.Sprintf("RC%03d", n), nil)
		}
		return b.anonymous(simtest.Wire(b.kit, b.remote, &connectortest.Bench{
			Connector: b.conn, Host: b.host, Kind: access.Kind, Place: rondoclub.Capabilities,
			Want: func(n int) record.Fields {
				f := record.Fields{access.RelationCode: fmt.Sprintf("RC%03d", n), access.Functions: ""}
				if n%2 == 0 {
					f[access.Functions] = record.SetValue([]string{"Voorzitter", "Coördinator 'jeugd'"})
				}
				return f
			},
			Refused: func() (record.Fields, record.Field) {
				return record.Fields{access.RelationCode: "", access.Functions: "Voorzitter"}, access.RelationCode
			},
			Reopen: func(*testing.T) connector.Connector { b.open(); return b.conn },
		}, map[connectortest.Op]simkit.Match{
			connectortest.Check:  {Path: "*/users/me"},
			connectortest.Create: {Method: "POST", Path: "*/capability-sync"},
			connectortest.Update: {Method: "POST", Path: "*/capability-sync"},
		}))
	}})
}

// The site gives and takes the roles of the functions, beside those of its people. Who has no
// account, or one of an administrator, waits; of whom nothing is to be taken there is nothing
// to wait for.
func TestCapabilities(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{})
	c := b.capabilities()
	b.account("AAAA11A", nil)
	b.account("BBBB22B", object{"granted": []string{"rondo_fairplay"}, "revoked": []string{"rondo_vog"}})
	b.account("CCCC33C", object{"roles": []string{"administrator"}})
	tell := func(code, functions, want string) {
		t.Helper()
		item, err := c.Create(b.ctx(), record.Fields{access.RelationCode: code, access.Functions: functions})
		if err == nil && string(item.ID) != code {
			t.Errorf("%s: told is %+v", code, item)
		}
		if got := b.roles(code); got != want {
			t.Errorf("%s, %q: the roles are %q, want %q (%v)", code, functions, got, want, err)
		}
	}
	tell("AAAA11A", "Trainer\nVoorzitter", "rondo_bestuur rondo_user rondo_vog")
	tell("AAAA11A", "Secretaris", "rondo_bestuur rondo_user")
	tell("BBBB22B", "Voorzitter", "rondo_bestuur rondo_fairplay rondo_user")
	if _, err := c.Update(b.ctx(), "AAAA11A", connector.Patch{Set: record.Fields{access.Functions: ""}}); err != nil || b.roles("AAAA11A") != "rondo_user" {
		t.Errorf("without a function the roles are %s, %v", b.roles("AAAA11A"), err)
	}
	for code, why := range map[string]string{"CCCC33C": "administrator", "DDDD44D": "no account"} {
		_, err := c.Create(b.ctx(), record.Fields{access.RelationCode: code, access.Functions: "Voorzitter"})
		if e, ok := errors.AsType[*connector.Error](err); !ok || e.Class != connector.Waiting || !strings.Contains(e.Why, why) {
			t.Errorf("%s: %v", code, err)
		}
	}
	if _, err := c.Create(b.ctx(), record.Fields{access.RelationCode: "DDDD44D", access.Functions: ""}); err != nil {
		t.Errorf("nothing for nobody: %v", err)
	}
	b.inject(simkit.Fault{Do: simkit.Do{Kind: simkit.FaultBody, Status: 200, Body: `{"status":"queued"}`}})
	if _, err := c.Create(b.ctx(), record.Fields{access.RelationCode: "AAAA11A", access.Functions: "Voorzitter"}); connector.ClassOf(err) != connector.Drifted {
		t.Errorf("a word that nobody knows: %v", err)
	}
}

// A theme that has no such route is asked once, and all that is to be told there waits.
func TestCapabilitiesOfAnOlderTheme(t *testing.T) {
	t.Parallel()
	b := setup(t, rondosim.Options{Theme: rondosim.ACF})
	c := b.capabilities()
	b.account("AAAA11A", nil)
	before, err := b.remote.Requests(b.ctx(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		_, err := c.Create(b.ctx(), record.Fields{access.RelationCode: "AAAA11A", access.Functions: "Voorzitter"})
		if connector.ClassOf(err) != connector.Waiting {
			t.Errorf("%v", err)
		}
	}
	if after, err := b.remote.Requests(b.ctx(), 0); err != nil || len(after) != len(before)+1 {
		t.Errorf("%d calls, %v", len(after)-len(before), err)
	}
}
