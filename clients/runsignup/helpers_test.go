package runsignup

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/openapitest"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/runsignup/runsignupsim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/participant"
)

// bundle is a simulator and a connector on it, with all traffic watched.
type bundle struct {
	simkit.Remote
	sim   *simkit.Kit
	cfg   Config
	host  *connectortest.Host
	conn  connector.Connector
	watch *openapitest.Watch
}

func setup(t *testing.T, o runsignupsim.Options, change ...func(*Config)) *bundle {
	t.Helper()
	b := &bundle{sim: runsignupsim.New(o), host: connectortest.NewHost(t)}
	b.Remote = simtest.Start(t, b.sim)
	b.watch = described.Watch(t, &http.Transport{})
	b.cfg = Config{
		Settings: rest.Settings{BaseURL: b.Info.Addresses["api"] + "/rest"}, APIKey: b.Info.Credentials["api_key"],
		APISecret: connector.Secret(b.Info.Credentials["api_secret"]), EditRaces: true, Region: "ZA",
		Races:     []Race{{Event: 12, RaceID: 1001, Day: 2001, Bibs: BibsByEMS, Events: []Event{{31, 3001}, {32, 3002}}}},
		transport: b.watch,
	}
	for _, f := range change {
		f(&b.cfg)
	}
	b.host.Follow(b.sim.Now)
	b.at(t, connectortest.Start)
	b.conn = b.open(t)
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

// at stops the simulator's clock at a moment.
func (b *bundle) at(t *testing.T, moment time.Time) {
	t.Helper()
	simtest.Control(t, b.Remote, "POST", "/clock", map[string]any{"now": moment, "freeze": true}, nil)
}

func (b *bundle) place(t *testing.T, name string) connector.Collection {
	t.Helper()
	for _, c := range b.conn.Collections() {
		if c.Place == name {
			return c
		}
	}
	t.Fatalf("no place %s", name)
	return connector.Collection{}
}

func (b *bundle) control(t *testing.T, method, path string, in map[string]any) int {
	t.Helper()
	out := map[string]any{}
	into := any(&out)
	if method != "POST" || strings.HasSuffix(path, "/expire") {
		into = nil
	}
	simtest.Control(t, b.Remote, method, path, in, into)
	for _, name := range []string{"registration_id", "user_id", "race_id"} {
		if n, ok := out[name].(float64); ok {
			return int(n)
		}
	}
	return 0
}

// person makes a user with an account, as he would himself.
func (b *bundle) person(t *testing.T, first, last string) int {
	t.Helper()
	return b.control(t, "POST", "/users", map[string]any{
		"first_name": first, "last_name": last, "email": strings.ToLower(first) + "@example.org", "dob": "1991-05-20", "gender": "F",
		"phone": "082-555-0101", "account": true, "address": map[string]any{"city": "Kaapstad", "country_code": "ZA"},
	})
}

// registers makes a registration that was paid for.
func (b *bundle) registers(t *testing.T, user int, events ...int) int {
	t.Helper()
	return b.control(t, "POST", "/registrations", map[string]any{"race_id": 1001, "event_ids": events, "user_id": user, "paid": 5775})
}

func (b *bundle) ends(t *testing.T, registration int, reason string, next int) {
	t.Helper()
	b.control(t, "POST", fmt.Sprintf("/registrations/%d/remove", registration), map[string]any{"reason": reason, "new_registration_id": next})
}

// sample is participant number n, as EMS sends one.
func sample(n int) record.Fields {
	f := record.Fields{
		participant.Race: "3001", participant.FirstName: "Zoë-Thandi", participant.LastName: fmt.Sprintf("O'Mokoena van %d", n),
		participant.Email: fmt.Sprintf("zoe.mokoena+%d@runners.example.org", n), participant.BirthDate: fmt.Sprintf("19%02d-02-28", 60+n),
		participant.Gender: []string{"female", "male", ""}[n%3], participant.Bib: strconv.Itoa(100 + n),
	}
	if n == 4 {
		f[participant.BirthDate], f[participant.Race] = "1992-02-29", "3002"
	}
	if n%5 == 3 {
		f[participant.Email], f[participant.Bib] = "", ""
	}
	return f
}

// id is the remote id of a registration in an event.
func id(event, registration int) record.ExternalID {
	return record.ExternalID(fmt.Sprintf("%d-%d", event, registration))
}

// list reads a place from a cursor on, and returns where the next listing begins.
func list(t *testing.T, c connector.Collection, since connector.Cursor) (items map[record.ExternalID]connector.Item, removed map[record.ExternalID]connector.Removal, next connector.Cursor) {
	t.Helper()
	items, removed = map[record.ExternalID]connector.Item{}, map[record.ExternalID]connector.Removal{}
	for p, err := range c.List(t.Context(), since) {
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range p.Faults {
			t.Errorf("%s cannot be read: %s %s", f.ID, f.Field, f.Why)
		}
		for _, i := range p.Items {
			items[i.ID] = i
		}
		for _, r := range p.Removed {
			removed[r.ID] = r
		}
		next = p.Next
	}
	return items, removed, next
}

func wantClass(t *testing.T, err error, class connector.Class, why string) *connector.Error {
	t.Helper()
	if err == nil || connector.ClassOf(err) != class || !strings.Contains(err.Error(), why) {
		t.Fatalf("error %v, want %s: %s", err, class, why)
	}
	e, _ := err.(*connector.Error)
	return e
}
