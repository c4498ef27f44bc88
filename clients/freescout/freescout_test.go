package freescout

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/freescout/freescoutsim"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/customer"
)

// bundle is a simulator and a connector on it.
type bundle struct {
	simkit.Remote
	sim  *simkit.Kit
	cfg  Config
	host *connectortest.Host
	one  connector.Collection
	sent *rest.Recorder
}

func setup(t *testing.T, o freescoutsim.Options) *bundle {
	t.Helper()
	b := &bundle{sim: freescoutsim.New(o), host: connectortest.NewHost(t), sent: &rest.Recorder{}}
	b.Remote = simtest.Start(t, b.sim)
	b.cfg = Config{
		Settings: rest.Settings{BaseURL: b.Info.Addresses["api"]}, APIKey: connector.Secret(b.Info.Credentials["api_key"]),
		FieldPublicPersonID: 4, FieldUnionTeams: 1, FieldMemberSince: 5, FieldRelationEnd: 9, page: 3, transport: b.sent,
	}
	b.one = b.open(t).Collections()[0]
	return b
}

func (b *bundle) open(t *testing.T) connector.Connector {
	t.Helper()
	c, err := b.cfg.Open(b.host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// sample is member number n, with all fields.
func sample(n int) record.Fields {
	return record.Fields{
		customer.RelationCode: fmt.Sprintf("VBLD%03d", n), customer.Email: fmt.Sprintf("zoe.%d@leden.example.org", n),
		customer.FirstName: "Zoë", customer.LastName: fmt.Sprintf("van 't Hof-Ünal %d", n),
		customer.Teams:       record.SetValue([]string{"JO14-2", "Zaterdag 3"}[:n%3%2+1]),
		customer.MemberSince: []string{"2016-02-29", ""}[n%2],
		customer.MemberUntil: []string{"", "2026-06-30"}[n%2],
	}
}

func key(want record.Fields) record.Fields { return want.Only(customer.KeyFields) }

func TestContract(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Subject{Open: func(t *testing.T) *connectortest.Bench {
		b := setup(t, freescoutsim.Options{Seed: 3})
		return simtest.Wire(b.sim, b.Remote, &connectortest.Bench{
			Connector: b.open(t), Host: b.host, Kind: customer.Kind, Place: Customers,
			Want: sample, Key: key,
			Change: func(record.Fields) record.Fields { return record.Fields{customer.FirstName: "Nomvula"} },
			Clear:  customer.LastName,
			Refused: func() (record.Fields, record.Field) {
				f := sample(9)
				f[customer.FirstName] = strings.Repeat("é", maxName+1)
				return f, customer.FirstName
			},
			Rival: func(want record.Fields) (record.Fields, record.Field) {
				f := sample(4)
				f[customer.Email] = strings.ToUpper(want[customer.Email])
				return f, customer.Email
			},
			Edit: func(t *testing.T, id record.ExternalID, set record.Fields) {
				simtest.Control(t, b.Remote, "PATCH", "/customers/"+string(id), map[string]string{"first_name": set[customer.FirstName]}, nil)
			},
			Reopen: b.open,
		}, map[connectortest.Op]simkit.Match{
			connectortest.Check:  {Method: "GET", Path: "/api/users/me"},
			connectortest.List:   {Method: "GET", Path: "/api/customers"},
			connectortest.Get:    {Method: "GET", Path: "/api/customers/*"},
			connectortest.Create: {Method: "POST", Path: "/api/customers"},
			connectortest.Update: {Method: "PUT", Path: "/api/customers/*"},
		})
	}})
}

func TestConfig(t *testing.T) {
	t.Parallel()
	good := Config{Settings: rest.Settings{BaseURL: "https://help.example.org"}, APIKey: "invented-key", FieldPublicPersonID: 4}
	if err := good.Validate(); err != nil {
		t.Errorf("good settings: %v", err)
	}
	for what, spoil := range map[string]func(*Config){
		"base_url":               func(c *Config) { c.BaseURL = "http://help.example.org" },
		"api_key":                func(c *Config) { c.APIKey = "" },
		"field_public_person_id": func(c *Config) { c.FieldPublicPersonID = 0 },
		"differ":                 func(c *Config) { c.FieldUnionTeams = 4 },
		"above 0":                func(c *Config) { c.FieldMemberSince = -1 },
		"delay":                  func(c *Config) { c.Delay = -1 },
	} {
		bad := good
		spoil(&bad)
		if _, err := bad.Open(connectortest.NewHost(t)); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("bad settings, %s: %v", what, err)
		}
	}
	if text := fmt.Sprintf("%v %+v %#v", good, good, good); strings.Contains(text, "invented-key") {
		t.Error("the key is printed")
	}
	conn, err := good.Open(connectortest.NewHost(t))
	if err != nil {
		t.Fatal(err)
	}
	if writes := conn.Collections()[0].Writes; len(writes) != 4 {
		t.Errorf("without numbers for the other customer fields %v is written", writes)
	}
}

// Customers whom mail has made are listed as well, over several pages, and have no code
// that would make them a member's.
func TestListsOthers(t *testing.T) {
	t.Parallel()
	b := setup(t, freescoutsim.Options{Members: 7, Seed: 3})
	items, pages := 0, 0
	for page, err := range b.one.List(t.Context(), "") {
		if err != nil || len(page.Faults) > 0 {
			t.Fatalf("%v, %d faults", err, len(page.Faults))
		}
		items, pages = items+len(page.Items), pages+1
		for _, it := range page.Items {
			if it.Fields[customer.HelpdeskID] != string(it.ID) || customer.Key(it.Fields) != "" {
				t.Errorf("customer %s reads as %v", it.ID, it.Fields.Names())
			}
		}
	}
	if items != 7 || pages < 3 {
		t.Errorf("%d customers on %d pages, want 7 on 3 and the end", items, pages)
	}
}

// A module that passes pageSize over gives fewer than were asked for: a page is the last
// by what it says itself, and all are listed in as many calls as there are pages.
func TestListsWherePageSizeIsNotHeard(t *testing.T) {
	t.Parallel()
	for perPage, calls := range map[int]int{2: 4, 7: 1, 50: 1} {
		b := setup(t, freescoutsim.Options{Members: 7, Seed: 3})
		simtest.Control(t, b.Remote, "PATCH", "/settings", map[string]any{"per_page": perPage}, nil)
		items, before, end := 0, len(b.sim.Requests(0)), connector.Evidence{}
		for page, err := range b.one.List(t.Context(), "") {
			if err != nil {
				t.Fatal(err)
			}
			items, end = items+len(page.Items), page.Evidence
		}
		if n := len(b.sim.Requests(0)) - before; items != 7 || !end.End || end.Count != 7 || n != calls {
			t.Errorf("%d on a page: %d customers in %d calls, %+v; want 7 in %d", perPage, items, n, end, calls)
		}
	}
}

// A limit of calls is told with its wait; a wrong key is Denied, and an address without
// the module says what may be wrong.
func TestRefusedCalls(t *testing.T) {
	t.Parallel()
	b := setup(t, freescoutsim.Options{})
	simtest.Control(t, b.Remote, "POST", "/clock", map[string]any{"freeze": true}, nil)
	simtest.Control(t, b.Remote, "PATCH", "/settings", map[string]any{"per_minute": 2}, nil)
	c := b.open(t)
	if _, err := c.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Check(t.Context()); connector.ClassOf(err) != connector.Throttled {
		t.Errorf("above the limit: %v", err)
	}
	other := b.cfg
	other.APIKey = "another"
	b2 := bundle{cfg: other, host: b.host}
	if _, err := b2.open(t).Check(t.Context()); connector.ClassOf(err) != connector.Denied {
		t.Errorf("with another key: %v", err)
	}
	other.APIKey, other.BaseURL = b.cfg.APIKey, other.BaseURL+"/elsewhere"
	simtest.Control(t, b.Remote, "PATCH", "/settings", map[string]any{"per_minute": 0}, nil)
	b2.cfg = other
	if _, err := b2.open(t).Check(t.Context()); connector.ClassOf(err) != connector.Drifted || !strings.Contains(err.Error(), "base_url") {
		t.Errorf("at another address: %v", err)
	}
}

// call makes a call to the simulator as a client of its own would.
func (b *bundle) call(t *testing.T, method, path, body string) (status int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, b.Info.Addresses["api"]+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-FreeScout-API-Key", b.Info.Credentials["api_key"])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}
