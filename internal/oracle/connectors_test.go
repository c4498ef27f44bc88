package oracle_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/laposta"
	"github.com/touchline-sync/touchline/clients/laposta/lapostasim"
	"github.com/touchline-sync/touchline/clients/rondoclub"
	"github.com/touchline-sync/touchline/clients/rondoclub/rondosim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/family"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
)

// TestConnectorsAgree writes a club through the real connectors into the real
// simulators, without an engine in between: what stands there is what the
// paper asks for.
func TestConnectorsAgree(t *testing.T) {
	t.Parallel()
	members := club(t, 4, 80)
	hub, made := derived(members)
	d := dumps{sportlink: map[string]any{"members": members}}
	sportlink, _, _ := d.json(t)
	found := check(t, sportlink,
		throughLaposta(t, made[subscriber.Kind]), throughRondo(t, hub, made[family.Kind]))
	if len(found) > 0 {
		t.Errorf("%d differences:\n%s", len(found), strings.Join(found[:min(len(found), 20)], "\n"))
	}
}

func collection(t *testing.T, c connector.Connector, kind record.Kind, place string) connector.Collection {
	t.Helper()
	for _, coll := range c.Collections() {
		if coll.Kind == kind && coll.Place == place {
			return coll
		}
	}
	t.Fatalf("no collection of %s at %s", kind, place)
	return connector.Collection{}
}

func throughLaposta(t *testing.T, entries []derive.Entity) []byte {
	t.Helper()
	kit := lapostasim.New(lapostasim.Options{Members: 20})
	info, err := kit.Start("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kit.Close() })
	cfg := laposta.Config{
		APIKey: connector.Secret(info.Credentials["api_key"]), IP: info.Credentials["ip"],
	}
	cfg.BaseURL, cfg.PerMinute = info.Addresses["api"], 120
	for i := range 4 {
		cfg.Lists = append(cfg.Lists, info.Credentials[fmt.Sprintf("list_%d", i+1)])
	}
	conn, err := cfg.Open(connectortest.NewHost(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if _, err := conn.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	page := policy.ClubSubscriber(4)
	for _, e := range entries {
		place, _ := page.Target(laposta.System).Place(e.Fields)
		if place == "" {
			continue
		}
		coll := collection(t, conn, subscriber.Kind, place)
		item, err := coll.Create(t.Context(), e.Fields.Only(coll.Writes))
		if err != nil {
			t.Fatal(err)
		}
		if page.Key(item.Fields) != e.Key {
			t.Errorf("the answer has another key than the entry had")
		}
	}
	return dump(t, info.Control, info.ControlToken)
}

func throughRondo(t *testing.T, hub []record.Entity, families []derive.Entity) []byte {
	t.Helper()
	kit := rondosim.New(rondosim.Options{})
	info, err := kit.Start("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kit.Close() })
	cfg := rondoclub.Config{
		Username: info.Credentials["username"], AppPassword: connector.Secret(info.Credentials["app_password"]),
	}
	cfg.BaseURL = info.Addresses["api"]
	conn, err := cfg.Open(connectortest.NewHost(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	people := collection(t, conn, person.Kind, "people")
	ids := map[string]record.ExternalID{}
	for _, e := range hub {
		item, err := people.Create(t.Context(), e.Fields.Only(people.Writes))
		if err != nil {
			t.Fatal(err)
		}
		if person.Key(item.Fields) != e.Key {
			t.Errorf("the answer has another key than the person had")
		}
		ids[e.Key] = item.ID
	}
	for _, f := range families {
		var children []string
		for _, child := range record.SetMembers(f.Fields[family.Children]) {
			children = append(children, string(ids[child]))
		}
		_, err := people.Update(t.Context(), ids[f.Key], connector.Patch{
			Set: record.Fields{family.Children: record.SetValue(children)},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return dump(t, info.Control, info.ControlToken)
}

func dump(t *testing.T, control, token string) []byte {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, control+"/dump", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("dump: status %d, %v", resp.StatusCode, err)
	}
	return b
}
