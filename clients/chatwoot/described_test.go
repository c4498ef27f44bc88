package chatwoot

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/clients/chatwoot/chatwootsim"
	"github.com/touchline-sync/touchline/clients/chatwoot/internal/described"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// official is the description, for all tests of this package.
var official = described.API("testdata/application.openapi.json")

// raw makes a call that the connector does not make, and returns its status.
func (b *bundle) raw(t *testing.T, method, path, body string) (int, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, b.Info.Addresses["api"]+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Api-Access-Token", b.Info.Credentials["api_access_token"])
	resp, err := b.watch.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

// TestExceptionsAreNeeded makes all kinds of calls and has them answered in all
// ways that the simulator knows.
func TestExceptionsAreNeeded(t *testing.T) {
	t.Parallel()
	b := setup(t, chatwootsim.Options{Members: 6, Seed: 0})
	for n := range 2 {
		b.create(t, sample(n))
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	first := sample(0)
	item, err := b.contacts.Find(t.Context(), first)
	must(err)
	_, err = b.contacts.Create(t.Context(), first) // a clash
	must(err)
	_, err = b.contacts.Update(t.Context(), item.ID, connector.Patch{Set: record.Fields{eventperson.Email: sample(1)[eventperson.Email]}, Key: key(first)})
	wantClass(t, err, connector.Rejected, "email")
	_, err = b.contacts.Update(t.Context(), item.ID, connector.Patch{Set: record.Fields{eventperson.ID: "", eventperson.Deleted: "true"}, Key: key(first)})
	must(err)
	_, err = b.contacts.Get(t.Context(), "999")
	wantClass(t, err, connector.NotFound, "404")
	simtest.Control(t, b.Remote, "PATCH", "/conversations/1", map[string]any{"status": "snoozed"}, nil)
	for _, c := range b.conn.Collections() {
		for p, err := range c.List(t.Context(), "") {
			must(err)
			if c.Place == Conversations && p.Next != "" {
				for _, err := range c.List(t.Context(), p.Next) {
					must(err)
				}
			}
		}
	}
	_, err = b.talks.Get(t.Context(), "1")
	must(err)

	const account = "/api/v1/accounts/1"
	simtest.Control(t, b.Remote, "PATCH", "/contacts/2", map[string]any{"online": true}, nil)
	for _, c := range []struct {
		method, path, body string
		status             int
	}{
		{"DELETE", "/contacts/2", "", 422},
		{"DELETE", "/contacts/3", "", 200},
		{"POST", "/contacts", `{"inbox_id":1,"phone_number":"12"}`, 422},
		{"POST", "/contacts/filter", `{"payload":[{"attribute_key":"shoe_size","filter_operator":"equal_to","values":["44"]}]}`, 422},
		{"GET", "/contacts/search", "", 422},
		{"GET", "/contacts/search?q=visitor", "", 200},
		{"GET", "/contacts/1/conversations", "", 200},
		{"GET", "/contacts/1/labels", "", 200},
		{"POST", "/contacts/1/labels", `{"labels":["vip"]}`, 200},
		{"POST", "/conversations/1/labels", `{"labels":["vip"]}`, 200},
		{"GET", "/conversations/99", "", 404},
		{"GET", "/conversations/meta", "", 200},
		{"GET", "/custom_attribute_definitions?attribute_model=1", "", 200},
		{"POST", "/custom_attribute_definitions", `{"attribute_display_name":"x","attribute_key":"ems_deleted","attribute_display_type":0,"attribute_model":1}`, 422},
		{"POST", "/labels", `{"title":"vip"}`, 200},
		{"GET", "/labels", "", 200},
		{"POST", "/webhooks", `{"webhook":{"url":"http://127.0.0.1:1/x","subscriptions":["contact_created"]}}`, 200},
		{"POST", "/webhooks", `{"url":"https://example.org/x","subscriptions":["contact_created"]}`, 422},
		{"GET", "/webhooks", "", 200},
		{"PATCH", "/webhooks/1", `{"subscriptions":["contact_created"]}`, 200},
		{"DELETE", "/webhooks/1", "", 200},
		{"PUT", "/contacts/4", `{"identifier":""}`, 200},
		{"PUT", "/contacts/5", `{"identifier":""}`, 500},
		{"POST", "/actions/contact_merge", `{"base_contact_id":4,"mergee_contact_id":5}`, 200},
	} {
		if status, _ := b.raw(t, c.method, account+c.path, c.body); status != c.status {
			t.Errorf("%s %s: %d, want %d", c.method, c.path, status, c.status)
		}
	}
	for _, c := range [][3]string{
		{"GET", "/contacts", ""},
		{"GET", "/custom_attribute_definitions?attribute_model=1", ""},
		{"POST", "/contacts/filter", `{"payload":[]}`},
	} {
		if status, _ := b.raw(t, c[0], "/api/v1/accounts/7"+c[1], c[2]); status != 404 {
			t.Errorf("%s of another account: %d", c[1], status)
		}
	}
	// The time stands still, for a minute that ends would begin the count anew.
	simtest.Control(t, b.Remote, "POST", "/clock", map[string]any{"now": "2026-03-02T09:00:30Z", "freeze": true}, nil)
	simtest.Control(t, b.Remote, "PATCH", "/settings", map[string]any{"limits": true}, nil)
	for range 101 {
		b.raw(t, "GET", account+"/contacts/search?q=visitor", "")
	}
	b.cfg.Token = "other"
	for range b.open(t).Collections()[0].List(t.Context(), "") {
		break
	}
	b.watch.WantAllUsed()
}
