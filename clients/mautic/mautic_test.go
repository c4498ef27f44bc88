package mautic

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/mautic/mauticsim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// bundle is a simulator and a connector on it. All traffic between them is held
// against the description.
type bundle struct {
	simkit.Remote
	sim  *simkit.Kit
	cfg  Config
	host *connectortest.Host
	one  connector.Collection
	sent *rest.Recorder
}

func setup(t *testing.T, o mauticsim.Options) *bundle {
	t.Helper()
	b := &bundle{sim: mauticsim.New(o), host: connectortest.NewHost(t)}
	b.Remote = simtest.Start(t, b.sim)
	b.sent = &rest.Recorder{Next: described.Watch(t, &http.Transport{MaxIdleConnsPerHost: 16})}
	b.cfg = Config{
		Settings: rest.Settings{BaseURL: b.Info.Addresses["api"]}, transport: b.sent,
		Credentials: rest.Credentials{
			ClientID: b.Info.Credentials["client_id"], ClientSecret: connector.Secret(b.Info.Credentials["client_secret"]),
		},
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

// sample is person number n, with all fields.
func sample(n int) record.Fields {
	return record.Fields{
		eventperson.ID: fmt.Sprint(100108 + n), eventperson.Email: fmt.Sprintf("thandi.mokoena+%d@runners.example.org", n),
		eventperson.FirstName: "Thandi Zoë", eventperson.LastName: fmt.Sprintf("Mokoena-D'Ünal %d", n),
		eventperson.Phone:       []string{fmt.Sprintf("+278212345%02d", n%100), ""}[n/4%2],
		eventperson.BirthDate:   []string{"1984-02-29", "2011-12-31", ""}[n%3],
		eventperson.Language:    []string{"nl", "en", "pt-PT", ""}[n%4],
		eventperson.City:        []string{"Kaapstad & Baai", "Durban"}[n%2],
		eventperson.Country:     []string{"ZA", "NL", "BQ", ""}[n%4],
		eventperson.Memberships: []string{"", record.SetValue([]string{"club:active", "trail:expired"}), "gold:active"}[n%3],
		eventperson.Consent:     []string{eventperson.OptedIn, eventperson.Unknown, eventperson.OptedOut, eventperson.Bounced}[n%4],
		eventperson.SMSConsent:  []string{eventperson.Unknown, eventperson.OptedIn, eventperson.OptedOut}[n%3],
		eventperson.Deleted:     "",
	}
}

// stored is what Mautic shows of a person: of a consent, only that there is none to be
// written to; and never that somebody is deleted.
func stored(want record.Fields) record.Fields {
	out := want.Clone()
	delete(out, eventperson.Deleted)
	for _, f := range []record.Field{eventperson.Consent, eventperson.SMSConsent} {
		if out[f] == eventperson.OptedIn {
			out[f] = eventperson.Unknown
		}
	}
	return out
}

func key(want record.Fields) record.Fields { return want.Only(eventperson.KeyFields) }

func TestContract(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Subject{
		Public: []record.Field{eventperson.Consent, eventperson.SMSConsent, eventperson.Language, eventperson.Country},
		Open: func(t *testing.T) *connectortest.Bench {
			b := setup(t, mauticsim.Options{Seed: 3})
			b.cfg.page = 3
			return simtest.Wire(b.sim, b.Remote, &connectortest.Bench{
				Connector: b.open(t), Host: b.host, Kind: eventperson.Kind, Place: "contacts",
				Want: sample, Stored: stored, Key: key,
				Change: func(record.Fields) record.Fields { return record.Fields{eventperson.FirstName: "Nomvula Ünal"} },
				Clear:  eventperson.Phone,
				Refused: func() (record.Fields, record.Field) {
					f := sample(9)
					f[eventperson.Email] = "zoë@runners.example.org"
					return f, eventperson.Email
				},
				Rival: func(want record.Fields) (record.Fields, record.Field) {
					f := sample(4)
					f[eventperson.Email] = strings.ToUpper(want[eventperson.Email])
					return f, eventperson.Email
				},
				Edit: func(t *testing.T, id record.ExternalID, set record.Fields) {
					simtest.Control(t, b.Remote, "PATCH", "/contacts/"+string(id), map[string]any{
						"values": map[string]string{"firstname": set[eventperson.FirstName]},
					}, nil)
				},
				Reopen: b.open,
			}, map[connectortest.Op]simkit.Match{
				connectortest.Check:  {Method: "GET", Path: "/api/fields/contact"},
				connectortest.List:   {Method: "GET", Path: "/api/contacts"},
				connectortest.Get:    {Method: "GET", Path: "/api/contacts/*"},
				connectortest.Create: {Method: "PUT", Path: "/api/contacts/batch/edit"},
				connectortest.Update: {Method: "PATCH", Path: "/api/contacts/*/edit"},
				connectortest.Delete: {Method: "DELETE", Path: "/api/contacts/batch/delete"},
			})
		},
	})
}
