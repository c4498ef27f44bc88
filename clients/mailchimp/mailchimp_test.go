package mailchimp

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/openapitest"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/mailchimp/mailchimpsim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// bundle is a simulator and a connector on it. All traffic between them is held
// against the official description.
type bundle struct {
	simkit.Remote
	sim   *simkit.Kit
	cfg   Config
	host  *connectortest.Host
	conn  connector.Connector
	one   connector.Collection
	sent  *rest.Recorder
	watch *openapitest.Watch
}

func setupSim(t *testing.T, o mailchimpsim.Options) *bundle {
	t.Helper()
	b := &bundle{sim: mailchimpsim.New(o), host: connectortest.NewHost(t)}
	b.Remote = simtest.Start(t, b.sim)
	b.watch = described.Watch(t, &http.Transport{MaxIdleConnsPerHost: 16})
	b.sent = &rest.Recorder{Next: b.watch}
	b.cfg = Config{
		Settings: rest.Settings{BaseURL: b.Info.Addresses["api"]}, APIKey: connector.Secret(b.Info.Credentials["api_key"]),
		ListID: b.Info.Credentials["list_id"], transport: b.sent,
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

// sample is person number n, with all fields.
func sample(n int) record.Fields {
	return record.Fields{
		eventperson.ID: fmt.Sprint(100108 + n), eventperson.Email: fmt.Sprintf("thandi.mokoena+%d@runners.example.org", n),
		eventperson.FirstName: "Thandi Zoë", eventperson.LastName: fmt.Sprintf("Mokoena-D'Ünal %d", n),
		eventperson.Phone:       []string{fmt.Sprintf("+278212345%02d", n%100), ""}[n/4%2],
		eventperson.Language:    []string{"en", "af", "pt-PT", ""}[n%4],
		eventperson.Membership:  []string{"active", "pending", "expired", ""}[n%4],
		eventperson.Memberships: []string{"", record.SetValue([]string{"club:active", "trail:expired"}), "gold:active"}[n%3],
		eventperson.Consent:     []string{eventperson.OptedIn, eventperson.Unknown, eventperson.OptedOut}[n%3],
	}
}

func TestContract(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Subject{
		Public: []record.Field{eventperson.Consent, eventperson.Membership, eventperson.Language},
		Open: func(t *testing.T) *connectortest.Bench {
			b := setupSim(t, mailchimpsim.Options{Seed: 3})
			b.cfg.Page = 3
			const one = "/3.0/lists/*/members/*"
			return simtest.Wire(b.sim, b.Remote, &connectortest.Bench{
				Connector: b.open(t), Host: b.host, Kind: eventperson.Kind, Place: "audience",
				Want: sample,
				Key: func(want record.Fields) record.Fields {
					return want.Only([]record.Field{eventperson.ID})
				},
				Change: func(record.Fields) record.Fields { return record.Fields{eventperson.FirstName: "Nomvula Ünal"} },
				Clear:  eventperson.Phone,
				Refused: func() (record.Fields, record.Field) {
					f := sample(9)
					f[eventperson.Email] = "thandi@"
					return f, eventperson.Email
				},
				Rival: func(want record.Fields) (record.Fields, record.Field) {
					f := sample(4)
					f[eventperson.Email] = strings.ToUpper(want[eventperson.Email])
					return f, eventperson.Email
				},
				Edit: func(t *testing.T, id record.ExternalID, set record.Fields) {
					simtest.Control(t, b.Remote, "PATCH", "/members/"+string(id), map[string]any{
						"merge_fields": map[string]string{"FNAME": set[eventperson.FirstName]},
					}, nil)
				},
				Reopen: b.open,
			}, map[connectortest.Op]simkit.Match{
				connectortest.Check:  {Method: "GET", Path: "/3.0/lists/" + b.cfg.ListID},
				connectortest.List:   {Method: "GET", Path: "/3.0/lists/*/members"},
				connectortest.Get:    {Method: "GET", Path: one},
				connectortest.Create: {Method: "PUT", Path: one},
				connectortest.Update: {Method: "PATCH", Path: one},
				connectortest.Delete: {Method: "DELETE", Path: one},
			})
		},
	})
}
