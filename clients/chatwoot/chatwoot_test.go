package chatwoot

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/chatwoot/chatwootsim"
	"github.com/touchline-sync/touchline/clients/internal/openapitest"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/conversation"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// bundle is a simulator and a connector on it, with all traffic watched.
type bundle struct {
	simkit.Remote
	sim      *simkit.Kit
	cfg      Config
	host     *connectortest.Host
	conn     connector.Connector
	contacts connector.Collection
	talks    connector.Collection
	watch    *openapitest.Watch
}

func setup(t *testing.T, o chatwootsim.Options) *bundle {
	t.Helper()
	b := &bundle{sim: chatwootsim.New(o), host: connectortest.NewHost(t)}
	b.Remote = simtest.Start(t, b.sim)
	b.watch = official.Watch(t, &http.Transport{})
	b.cfg = Config{
		Settings: rest.Settings{BaseURL: b.Info.Addresses["api"]}, AccountID: 1 + o.Seed%9, Token: connector.Secret(b.Info.Credentials["api_access_token"]),
		WebhookSecret: connector.Secret(b.Info.Credentials["webhook_secret"]), transport: b.watch,
	}
	b.host.Follow(b.sim.Now)
	b.conn = b.open(t)
	all := b.conn.Collections()
	b.contacts, b.talks = all[0], all[1]
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

// changed is what a client has changed of contacts, from the journal.
func (b *bundle) changed() (out []simkit.Change) {
	for _, c := range b.sim.Writes(0) {
		if c.Collection == "contacts" {
			out = append(out, c)
		}
	}
	return out
}

// sample is person number n, with all fields.
func sample(n int) record.Fields {
	f := record.Fields{
		eventperson.ID: fmt.Sprint(100000 + n), eventperson.FirstName: "Zoë-Thandi", eventperson.LastName: fmt.Sprintf("O'Mokoena van %d", n),
		eventperson.Email: fmt.Sprintf("zoe.mokoena+%d@runners.example.org", n), eventperson.Phone: fmt.Sprintf("+31697%06d", n),
		eventperson.City: "Kaapstad-Süd", eventperson.Country: "ZA", eventperson.Membership: []string{"active", "pending", "", "revoked"}[n%4],
		eventperson.Deleted: []string{"", "true"}[n/2%2],
	}
	if n%5 == 4 { // a child on somebody's mailbox
		f[eventperson.Email], f[eventperson.LastName] = "", ""
	}
	return f
}

// there makes a contact as an agent would.
func (b *bundle) there(t *testing.T, body map[string]any) record.ExternalID {
	t.Helper()
	var c struct{ ID int }
	simtest.Control(t, b.Remote, "POST", "/contacts", body, &c)
	return record.ExternalID(fmt.Sprint(c.ID))
}

func (b *bundle) edit(t *testing.T, id record.ExternalID, body map[string]any) {
	t.Helper()
	simtest.Control(t, b.Remote, "PATCH", "/contacts/"+string(id), body, nil)
}

func (b *bundle) create(t *testing.T, want record.Fields) record.ExternalID {
	t.Helper()
	item, err := b.contacts.Create(t.Context(), want)
	if err != nil {
		t.Fatal(err)
	}
	return item.ID
}

func key(want record.Fields) record.Fields { return want.Only(eventperson.KeyFields) }

func wantClass(t *testing.T, err error, class connector.Class, why string) *connector.Error {
	t.Helper()
	if err == nil || connector.ClassOf(err) != class || !strings.Contains(err.Error(), why) {
		t.Fatalf("error %v, want %s: %s", err, class, why)
	}
	e, _ := err.(*connector.Error)
	return e
}

func TestContractOfContacts(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Subject{
		Public: []record.Field{eventperson.Membership},
		Open: func(t *testing.T) *connectortest.Bench {
			b := setup(t, chatwootsim.Options{Seed: 3})
			if strings.Contains(t.Name(), "cursor") { // the samples alone are one page
				for n := range 20 {
					b.there(t, map[string]any{"name": fmt.Sprintf("Passant %d", n), "email": fmt.Sprintf("p%d@example.org", n)})
				}
			}
			if strings.Contains(t.Name(), "erasing") { // which is done some time after the answer
				simtest.Control(t, b.Remote, "PATCH", "/settings", map[string]any{"delete_after": "0s"}, nil)
			}
			const at = "/api/v1/accounts/*/contacts"
			return simtest.Wire(b.sim, b.Remote, &connectortest.Bench{
				Connector: b.conn, Host: b.host, Kind: eventperson.Kind, Place: Contacts,
				Want: sample, Key: key,
				Change: func(record.Fields) record.Fields { return record.Fields{eventperson.City: "Nieuw-Élim"} },
				Clear:  eventperson.Phone,
				Refused: func() (record.Fields, record.Field) {
					f := sample(9)
					f[eventperson.Phone] = "08255"
					return f, eventperson.Phone
				},
				Rival: func(want record.Fields) (record.Fields, record.Field) {
					f := sample(5)
					f[eventperson.Email] = strings.ToUpper(want[eventperson.Email])
					return f, eventperson.Email
				},
				Edit: func(t *testing.T, id record.ExternalID, set record.Fields) {
					b.edit(t, id, map[string]any{"additional_attributes": map[string]any{"city": set[eventperson.City]}})
				},
				Writes: func(*testing.T) int { return len(b.changed()) },
				Reopen: b.open,
			}, map[connectortest.Op]simkit.Match{
				connectortest.Check:  {Method: "GET", Path: "/api/v1/profile"},
				connectortest.List:   {Method: "GET", Path: at},
				connectortest.Get:    {Method: "GET", Path: at + "/*"},
				connectortest.Create: {Method: "POST", Path: at},
				connectortest.Update: {Method: "PUT", Path: at + "/*"},
			})
		},
	})
}

func TestContractOfConversations(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Subject{
		Public: []record.Field{conversation.Channel, conversation.Status, conversation.OpenedOn, conversation.LastActivity, conversation.FirstReply},
		Open: func(t *testing.T) *connectortest.Bench {
			b := setup(t, chatwootsim.Options{Seed: 3})
			at := connectortest.Start
			simtest.Control(t, b.Remote, "POST", "/clock", map[string]any{"now": at, "freeze": true}, nil)
			who := b.there(t, map[string]any{"name": "Gugu Passant", "email": "gugu@example.org"})
			simtest.Control(t, b.Remote, "PATCH", "/settings", map[string]any{"per_page": 2}, nil)
			stamp := at.Format(time.RFC3339)
			want := func(n int) record.Fields {
				return record.Fields{
					conversation.ID: fmt.Sprint(n + 1), conversation.Person: string(who), conversation.Channel: "web_widget",
					conversation.Inbox: fmt.Sprint(n + 1), conversation.Status: []string{"open", "resolved", "pending", "snoozed"}[n%4],
					conversation.Priority: []string{"", "urgent"}[n%2], conversation.Assignee: []string{"", "4"}[n%2],
					conversation.Labels:   record.SetValue([]string{"préférée", "o'vip"}),
					conversation.OpenedOn: stamp, conversation.LastActivity: stamp, conversation.FirstReply: []string{"", stamp}[n%2],
				}
			}
			const path = "/api/v1/accounts/*/conversations"
			return simtest.Wire(b.sim, b.Remote, &connectortest.Bench{
				Connector: b.conn, Host: b.host, Kind: conversation.Kind, Place: Conversations,
				Want: want,
				Add: func(t *testing.T, n int) record.ExternalID {
					var id int
					fmt.Sscan(string(who), &id)
					body := map[string]any{
						"contact_id": id, "inbox_id": n + 1, "status": want(n)[conversation.Status], "priority": want(n)[conversation.Priority],
						"labels": []string{"o'vip", "préférée"}, "message": "When does it start?",
					}
					if n%2 == 1 {
						body["assignee_id"], body["reply"] = 4, "At nine."
					}
					var made struct{ ID int }
					simtest.Control(t, b.Remote, "POST", "/conversations", body, &made)
					return record.ExternalID(fmt.Sprint(made.ID))
				},
				Change: func(record.Fields) record.Fields { return record.Fields{conversation.Priority: "high"} },
				Edit: func(t *testing.T, id record.ExternalID, set record.Fields) {
					simtest.Control(t, b.Remote, "PATCH", "/conversations/"+string(id), map[string]any{"priority": set[conversation.Priority]}, nil)
				},
				Reopen: b.open,
			}, map[connectortest.Op]simkit.Match{
				connectortest.List: {Method: "GET", Path: path},
				connectortest.Get:  {Method: "GET", Path: path + "/*"},
			})
		},
	})
}

func TestConfig(t *testing.T) {
	t.Parallel()
	good := Config{AccountID: 1, Token: "k", WebhookSecret: "s"}
	if err := good.Validate(); err != nil {
		t.Errorf("good settings: %v", err)
	}
	bad := Config{Settings: rest.Settings{BaseURL: "http://example.org", Timeout: -1}, AccountID: -1}
	err := bad.Validate()
	for _, word := range []string{"base_url", "account_id", "token", "negative"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("no word about %q in %v", word, err)
		}
	}
	if _, err := bad.Open(connectortest.NewHost(t)); err == nil {
		t.Error("opened with bad settings")
	}
	if text := fmt.Sprintf("%v %+v %#v", good, good, good); strings.Contains(text, `"k"`) || strings.Contains(text, `"s"`) {
		t.Error("a secret is printed")
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{Seed: 4})
	print, err := b.conn.Check(t.Context())
	if err != nil || print != "chatwoot 127.0.0.1 5" {
		t.Errorf("fingerprint %q, %v", print, err)
	}
	b.cfg.AccountID = 8
	_, err = b.open(t).Check(t.Context())
	wantClass(t, err, connector.Denied, "not a member")
	// Another account is no account full of records that are gone.
	_, err = b.open(t).Collections()[0].Update(t.Context(), "7", connector.Patch{Set: record.Fields{eventperson.City: "X"}, Key: key(sample(0))})
	wantClass(t, err, connector.Drifted, "404")
	b.cfg.AccountID, b.cfg.Token = 5, "other"
	_, err = b.open(t).Check(t.Context())
	wantClass(t, err, connector.Denied, "401")
}

func TestPace(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{})
	b.host.Follow(nil)
	for range 3 {
		if _, err := b.conn.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if s := b.host.Starts("chatwoot"); len(s) != 3 || s[2].Sub(s[1]) != 20*time.Millisecond {
		t.Errorf("starts %v, want 3,000 a minute at most", s)
	}
}
