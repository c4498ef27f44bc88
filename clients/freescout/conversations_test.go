package freescout

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what FreeScout signs with
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/freescout/freescoutsim"
	"github.com/touchline-sync/touchline/clients/internal/hook"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/activity"
)

// says begins a conversation and returns its id.
func (b *bundle) says(t *testing.T, more map[string]any) record.ExternalID {
	t.Helper()
	in := map[string]any{"subject": "Vraag", "created_at": "2026-03-01T09:00:00Z"}
	for k, v := range more {
		in[k] = v
	}
	var made struct {
		ID int `json:"id"`
	}
	simtest.Control(t, b.Remote, "POST", "/conversations", in, &made)
	return record.ExternalID(strconv.Itoa(made.ID))
}

// customer makes a customer and returns the number.
func (b *bundle) customer(t *testing.T) int {
	t.Helper()
	var made struct {
		ID int `json:"id"`
	}
	simtest.Control(t, b.Remote, "POST", "/customers", map[string]any{"first_name": "Zoë"}, &made)
	return made.ID
}

func (b *bundle) said(t *testing.T) connector.Collection {
	t.Helper()
	return b.open(t).Collections()[1]
}

func TestConversationsContract(t *testing.T) {
	t.Parallel()
	connectortest.Run(t, connectortest.Subject{Public: []record.Field{activity.Channel, activity.HappenedOn}, Open: func(t *testing.T) *connectortest.Bench {
		b := setup(t, freescoutsim.Options{Seed: 4})
		who := b.customer(t)
		link := func(n int) string {
			return fmt.Sprintf("%s/conversation/%d", b.cfg.BaseURL, 7000+n)
		}
		want := func(n int) record.Fields {
			return record.Fields{
				activity.Customer: strconv.Itoa(who), activity.Subject: []string{fmt.Sprintf("Vraag van 't café %d", n), ""}[n%4/3], activity.Link: link(n),
				activity.Channel: []string{activity.Email, activity.Phone, activity.Chat}[n%3], activity.HappenedOn: fmt.Sprintf("2026-03-%02dT09:00:00Z", n+1),
			}
		}
		return simtest.Wire(b.sim, b.Remote, &connectortest.Bench{
			Connector: b.open(t), Host: b.host, Kind: activity.Kind, Place: Conversations, Want: want,
			Add: func(t *testing.T, n int) record.ExternalID {
				t.Helper()
				f := want(n)
				return b.says(t, map[string]any{
					"id": 7000 + n, "customer": who, "subject": f[activity.Subject], "type": f[activity.Channel], "created_at": f[activity.HappenedOn],
					"status": statuses[n%3],
				})
			},
			Edit: func(t *testing.T, id record.ExternalID, set record.Fields) {
				simtest.Control(t, b.Remote, "PATCH", "/conversations/"+string(id), map[string]string{"subject": set[activity.Subject]}, nil)
			},
			Reopen: b.open,
		}, map[connectortest.Op]simkit.Match{
			connectortest.Check: {Method: "GET", Path: "/api/users/me"},
			connectortest.List:  {Method: "GET", Path: "/api/conversations"},
			connectortest.Get:   {Method: "GET", Path: "/api/conversations/*"},
		})
	}})
}

// listed reads the conversations from a cursor on.
func listed(t *testing.T, c connector.Collection, since connector.Cursor) (ids []record.ExternalID, next connector.Cursor) {
	t.Helper()
	for p, err := range c.List(t.Context(), since) {
		if err != nil {
			t.Fatal(err)
		}
		if p.Evidence.Contradiction != "" {
			t.Errorf("contradiction: %s", p.Evidence.Contradiction)
		}
		for _, it := range p.Items {
			ids = append(ids, it.ID)
		}
		next = p.Next
	}
	slices.Sort(ids)
	return ids, next
}

// Closed ones are listed as well as open ones, on several pages; spam, drafts and what was
// thrown away are not, also when asked for by themselves. What changes is told afterwards.
func TestConversationsListed(t *testing.T) {
	t.Parallel()
	b := setup(t, freescoutsim.Options{Seed: 4})
	b.host.Real() // as the simulator's
	c := b.said(t)
	var want []record.ExternalID
	for i := range 8 {
		want = append(want, b.says(t, map[string]any{"status": statuses[i%3]}))
	}
	hidden := []record.ExternalID{
		b.says(t, map[string]any{"status": "spam"}), b.says(t, map[string]any{"state": "draft"}), b.says(t, map[string]any{"state": "deleted"}),
	}
	slices.Sort(want)
	got, next := listed(t, c, "")
	if !slices.Equal(got, want) || next == "" {
		t.Errorf("listed %v, want %v; then %q", got, want, next)
	}
	for _, id := range hidden {
		if _, err := c.Get(t.Context(), id); connector.ClassOf(err) != connector.NotFound {
			t.Errorf("a conversation that does not count is %v", err)
		}
	}
	simtest.Control(t, b.Remote, "PATCH", "/conversations/"+string(hidden[0]), map[string]any{"status": "closed"}, nil)
	if got, next = listed(t, c, next); !slices.Contains(got, hidden[0]) || next == "" {
		t.Errorf("changed since: %v, then %q", got, next)
	}
}

// The question for several statuses is made sure of once; where it hides some, nothing is
// read, also no page.
func TestConversationsOneStatus(t *testing.T) {
	t.Parallel()
	b := setup(t, freescoutsim.Options{Seed: 4})
	b.says(t, map[string]any{"status": "closed"})
	simtest.Control(t, b.Remote, "PATCH", "/settings", map[string]any{"one_status": true}, nil)
	told := 0
	for _, err := range b.said(t).List(t.Context(), "") {
		if told++; !errors.Is(err, errSomeHidden) || connector.ClassOf(err) != connector.Drifted {
			t.Errorf("listed with %v", err)
		}
	}
	if told != 1 {
		t.Errorf("told %d times that some are hidden", told)
	}
	simtest.Control(t, b.Remote, "PATCH", "/settings", map[string]any{"one_status": false}, nil)
	c := b.said(t)
	calls := func() int { return len(b.sim.Requests(0)) }
	before := calls()
	listed(t, c, "")
	first := calls() - before
	listed(t, c, "")
	if again := calls() - before - first; first != 5 || again != 1 {
		t.Errorf("%d calls, then %d", first, again)
	}
}

// called is a request to the hook with a signature.
func called(secret, event, body string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/hooks/freescout", strings.NewReader(body))
	mac := hmac.New(sha1.New, []byte(secret))
	mac.Write([]byte(body))
	r.Header.Set("X-FreeScout-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	r.Header.Set("X-FreeScout-Event", event)
	return r
}

func TestHook(t *testing.T) {
	t.Parallel()
	const secret, body = "invented", `{"id":812,"number":12,"subject":"Vraag","customer":{"id":4}}`
	one := []connector.Notification{{Kind: activity.Kind, ID: "812"}}
	for name, c := range map[string]struct {
		event, body string
		edit        func(*http.Request)
		want        []connector.Notification
		err         error
	}{
		"begun":             {event: "convo.created", body: body, want: one},
		"deleted":           {event: "convo.deleted_forever", body: `{"id":812}`, want: one},
		"a customer":        {event: "customer.updated", body: `{"id":812}`},
		"a test":            {event: "freescout.test", body: `{}`},
		"no event":          {body: body},
		"no id":             {event: "convo.created", body: `{}`, err: hook.Garbled},
		"no JSON":           {event: "convo.created", body: `<html>`, err: hook.Garbled},
		"too large":         {event: "convo.created", body: strings.Repeat(" ", hook.Limit+1), err: hook.TooLarge},
		"unsigned":          {event: "convo.created", body: body, edit: func(r *http.Request) { r.Header.Del("X-FreeScout-Signature") }, err: hook.Unsigned},
		"signed in hex":     {event: "convo.created", body: body, edit: func(r *http.Request) { r.Header.Set("X-FreeScout-Signature", strings.Repeat("ab", 20)) }, err: hook.Forged},
		"no base64":         {event: "convo.created", body: body, edit: func(r *http.Request) { r.Header.Set("X-FreeScout-Signature", "%%%") }, err: hook.Forged},
		"by another secret": {event: "convo.created", body: body, edit: func(r *http.Request) { r.Header = called("other", "convo.created", body).Header }, err: hook.Forged},
		"of another body":   {event: "convo.created", body: body, edit: func(r *http.Request) { r.Header = called(secret, "convo.created", body+" ").Header }, err: hook.Forged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := Config{APIKey: "k", FieldPublicPersonID: 4, WebhookSecret: secret}
			cfg.BaseURL = "https://help.example.org"
			conn, err := cfg.Open(connectortest.NewHost(t))
			if err != nil {
				t.Fatal(err)
			}
			receiver, _ := conn.(connector.WebhookReceiver)
			r := called(secret, c.event, c.body)
			if c.edit != nil {
				c.edit(r)
			}
			got, err := receiver.Hook(r, []byte(c.body))
			if !slices.Equal(got, c.want) || !errors.Is(err, c.err) {
				t.Errorf("named %v, %v; want %v, %v", got, err, c.want, c.err)
			}
			if len(receiver.Announces()) != 1 {
				t.Error("nothing is announced")
			}
		})
	}
	// Without a secret nothing is believed, and nothing is expected.
	d := &desk{}
	if _, err := d.Hook(called("", "convo.created", body), []byte(body)); !errors.Is(err, hook.Unsigned) || d.Announces() != nil {
		t.Errorf("without a secret: %v, %v", err, d.Announces())
	}
}

// The simulator signs as FreeScout does, for the events that were asked for alone.
func TestSimulatorCalls(t *testing.T) {
	t.Parallel()
	b := setup(t, freescoutsim.Options{Seed: 4})
	b.cfg.WebhookSecret = connector.Secret(b.Info.Credentials["webhook_secret"])
	d, _ := b.open(t).(*desk)
	got := make(chan []connector.Notification, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body := make([]byte, r.ContentLength)
		_, _ = r.Body.Read(body)
		named, err := d.Hook(r, body)
		if err != nil {
			t.Error(err)
		}
		got <- named
	}))
	defer server.Close()
	simtest.Control(t, b.Remote, "POST", "/webhooks", map[string]any{"url": server.URL, "events": []string{"convo.created"}}, nil)
	id := b.says(t, nil)
	select {
	case named := <-got:
		if len(named) != 1 || named[0].ID != id {
			t.Errorf("named %v, want %s", named, id)
		}
	case <-time.After(20 * time.Second):
		t.Error("no call has come")
	}
	simtest.Control(t, b.Remote, "PATCH", "/conversations/"+string(id), map[string]any{"status": "closed"}, nil)
	second := b.says(t, nil)
	if named := <-got; len(named) != 1 || named[0].ID != second {
		t.Errorf("named %v: an event that nobody asked for was told", named)
	}
}
