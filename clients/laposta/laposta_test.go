package laposta

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/laposta/lapostasim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
)

// bundle is a simulator and a connector on it.
type bundle struct {
	simkit.Remote
	sim  *simkit.Kit
	cfg  Config
	host *connectortest.Host
	conn connector.Connector
	one  connector.Collection // list-1
	sent *rest.Recorder
}

func setup(t *testing.T, o lapostasim.Options) *bundle {
	t.Helper()
	b := &bundle{sim: lapostasim.New(o), host: connectortest.NewHost(t), sent: &rest.Recorder{Next: &http.Transport{}}}
	b.Remote = simtest.Start(t, b.sim)
	b.cfg = Config{
		Settings: rest.Settings{BaseURL: b.Info.Addresses["api"], PerMinute: 120}, APIKey: connector.Secret(b.Info.Credentials["api_key"]),
		IP: b.Info.Credentials["ip"], SourceURL: "https://club.example.org/lid", Bulk: o.Bulk,
		transport: b.sent,
	}
	for i := range 4 {
		if id := b.Info.Credentials[fmt.Sprintf("list_%d", i+1)]; id != "" {
			b.cfg.Lists = append(b.cfg.Lists, id)
		}
	}
	b.conn = b.open(t)
	b.one = b.conn.Collections()[0]
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

// journal is what the simulator has accepted.
func (b *bundle) journal() []simkit.Change { return b.sim.Writes(0) }

// sample is subscriber number n, with all fields.
func sample(n int) record.Fields {
	f := record.Fields{
		subscriber.Email: fmt.Sprintf("zoe.hof+%d@voorbeeld.example.org", n), subscriber.State: "active",
		subscriber.FirstName: "Zoë", subscriber.Infix: "van 't", subscriber.LastName: fmt.Sprintf("Hof-Ünal %d", n),
		subscriber.Gender: []string{"female", "male", "other", ""}[n%4], subscriber.BirthDate: "2012-02-29",
		subscriber.Teams: record.SetValue([]string{"JO11-2", "MO15-1"}), subscriber.AgeClasses: "Onder 11",
		subscriber.RelationCode: fmt.Sprintf("ZZ%05dX", n), subscriber.PhotoDate: "2025-10-01", subscriber.MemberSince: "2019-08-01",
		subscriber.Mobile1: fmt.Sprintf("+3161234%04d", n), subscriber.Mobile2: "", subscriber.Phone1: "+31201234567", subscriber.Phone2: "",
		subscriber.Street: "Kapiteinsdreef", subscriber.HouseNumber: "12", subscriber.HouseNumberExt: "bis", subscriber.PostalCode: "1234 AB", subscriber.City: "'s-Gravenveld",
		subscriber.Parent1Name: "Ünal & Zonen", subscriber.Parent2Name: "Bo van 't Hof", subscriber.Parent1Phone: "+31687654321", subscriber.Parent2Phone: "",
		subscriber.ParentOf: "", subscriber.Volunteer: []string{"true", "false"}[n%2],
	}
	if n%3 == 2 { // a parent who is no member
		for _, field := range []record.Field{subscriber.RelationCode, subscriber.BirthDate, subscriber.Gender, subscriber.PhotoDate, subscriber.MemberSince} {
			f[field] = ""
		}
		f[subscriber.ParentOf] = record.SetValue([]string{"Ali Ünal", "Bo van 't Hof"})
	}
	return f
}

func TestContract(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Subject{
		Public: []record.Field{subscriber.State, subscriber.Gender, subscriber.Volunteer},
		Open: func(t *testing.T) *connectortest.Bench {
			b := setup(t, lapostasim.Options{Members: 8, Seed: 3, Bulk: true})
			// The suite counts what it made; the invented readers are on the
			// other lists.
			var dump struct {
				Lists []struct {
					Members []struct {
						ID string `json:"member_id"`
					} `json:"members"`
				} `json:"lists"`
			}
			simtest.Control(t, b.Remote, "GET", "/dump", nil, &dump)
			for _, m := range dump.Lists[0].Members {
				simtest.Control(t, b.Remote, "DELETE", "/members/"+m.ID, nil, nil)
			}
			return simtest.Wire(b.sim, b.Remote, &connectortest.Bench{
				Connector: b.conn, Host: b.host, Kind: subscriber.Kind, Place: "list-1",
				Want: sample,
				Key: func(want record.Fields) record.Fields {
					return want.Only([]record.Field{subscriber.Email, subscriber.RelationCode})
				},
				Change: func(record.Fields) record.Fields { return record.Fields{subscriber.Street: "Nieuwe Ünallaan"} },
				Clear:  subscriber.Mobile1,
				Refused: func() (record.Fields, record.Field) {
					f := sample(9)
					f[subscriber.Email] = "zoe@"
					return f, subscriber.Email
				},
				Rival: func(want record.Fields) (record.Fields, record.Field) {
					f := sample(4)
					f[subscriber.Email] = strings.ToUpper(want[subscriber.Email])
					return f, subscriber.Email
				},
				Edit: func(t *testing.T, id record.ExternalID, set record.Fields) {
					simtest.Control(t, b.Remote, "PATCH", "/members/"+string(id), map[string]any{
						"custom_fields": map[string]string{"straatnaam": set[subscriber.Street]},
					}, nil)
				},
				Reopen: b.open,
			}, map[connectortest.Op]simkit.Match{
				connectortest.Check:  {Method: "GET", Path: "/v2/list"},
				connectortest.List:   {Method: "GET", Path: "/v2/member"},
				connectortest.Get:    {Method: "GET", Path: "/v2/member/*"},
				connectortest.Create: {Method: "POST", Path: "/v2/member"},
				connectortest.Update: {Method: "POST", Path: "/v2/member/*"},
				connectortest.Delete: {Method: "DELETE", Path: "/v2/member/*"},
			})
		},
	})
}

func TestP362P363Config(t *testing.T) {
	t.Parallel()
	good := Config{APIKey: "k", Lists: []string{"a"}, IP: "192.0.2.1"}
	if err := good.Validate(); err != nil {
		t.Errorf("good settings: %v", err)
	}
	bad := Config{Settings: rest.Settings{BaseURL: "http://example.org", Delay: -1}, Lists: []string{"a", "a", "b", "c d", "e"}, SourceURL: "club"}
	err := bad.Validate()
	for _, word := range []string{"base_url", "api_key", "lists: 5", "number 2", "number 4 has blanks", "ip", "source_url", "negative"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("no word about %q in %v", word, err)
		}
	}
	if _, err := bad.Open(connectortest.NewHost(t)); err == nil {
		t.Error("opened with bad settings")
	}
	if text := fmt.Sprintf("%v %+v %#v", good, good, good); strings.Contains(text, `"k"`) {
		t.Error("the key is printed")
	}
}

func TestPace(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		perMinute int
		delay     time.Duration
		want      time.Duration
	}{
		"free account":      {0, 0, 2 * time.Second},
		"paid account":      {120, 0, 500 * time.Millisecond},
		"paid and hurried":  {120, time.Millisecond, 500 * time.Millisecond},
		"a delay alone":     {0, 500 * time.Millisecond, 500 * time.Millisecond},
		"slower than asked": {30, time.Second, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, lapostasim.Options{})
			b.cfg.PerMinute, b.cfg.Delay = c.perMinute, c.delay
			if _, err := b.open(t).Check(t.Context()); err != nil {
				t.Fatal(err)
			}
			s := b.host.Starts("laposta")
			if len(s) != 5 || s[1].Sub(s[0]) != c.want || s[4].Sub(s[3]) != c.want {
				t.Errorf("starts %v, want %s apart", s, c.want)
			}
		})
	}
}

func TestCheckNamesMissingFields(t *testing.T) {
	t.Parallel()
	b := setup(t, lapostasim.Options{Lists: 2})
	simtest.Control(t, b.Remote, "PATCH", "/lists/2", map[string]any{"fields": []map[string]any{
		{"field_id": "f1", "name": "voornaam", "custom_name": "voornaam", "datatype": "text"},
		{"field_id": "f2", "name": "team", "custom_name": "team", "datatype": "labels"},
	}}, nil)
	_, err := b.conn.Check(t.Context())
	if connector.ClassOf(err) != connector.Drifted {
		t.Fatalf("check: %v", err)
	}
	for _, word := range []string{"list-2", "achternaam", "huidigvrijwilliger", "unfit type: team"} {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("no word about %q in %v", word, err)
		}
	}
	if strings.Contains(err.Error(), "voornaam") {
		t.Errorf("voornaam is there: %v", err)
	}
	simtest.Control(t, b.Remote, "PATCH", "/lists/2", map[string]any{"hidden": true}, nil)
	if _, err := b.conn.Check(t.Context()); connector.ClassOf(err) != connector.Drifted || !strings.Contains(err.Error(), "no list") {
		t.Errorf("a list that is not there: %v", err)
	}
}

func TestB36ThrottledByTheAccount(t *testing.T) {
	t.Parallel()
	b := setup(t, lapostasim.Options{PerMinute: 3, Lists: 1})
	b.cfg.Delay = time.Millisecond // the host does not wait, the simulator counts
	simtest.Control(t, b.Remote, "POST", "/clock", map[string]any{"freeze": true}, nil)
	c := b.open(t)
	if _, err := c.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, _ = c.Check(t.Context())
	_, err := c.Check(t.Context())
	e, ok := err.(*connector.Error)
	if !ok || e.Class != connector.Throttled || e.After != time.Minute {
		t.Errorf("the fourth call in a minute: %v", err)
	}
}
