package mautic

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2/clientcredentials"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
	"github.com/touchline-sync/touchline/clients/mautic/mauticsim"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// What an operator has not made, or not so, is told by name.
func TestCheck(t *testing.T) {
	t.Parallel()
	for what, c := range map[string]struct {
		options      mauticsim.Options
		method, path string
		body         map[string]any
		why          string
	}{
		"all is there":    {},
		"a bare Mautic":   {options: mauticsim.Options{Bare: true}, why: "there is no field birth_date, ems_id"},
		"not unique":      {method: "PATCH", path: "/fields/ems_id", body: map[string]any{"unique": false}, why: "of an unfit type: ems_id (must be text)"},
		"a number":        {method: "PATCH", path: "/fields/ems_id", body: map[string]any{"type": "number"}, why: "ems_id (must be text)"},
		"a text of a day": {method: "PATCH", path: "/fields/birth_date", body: map[string]any{"type": "text"}, why: "birth_date (must be date)"},
		"switched off":    {method: "PATCH", path: "/fields/mobile", body: map[string]any{"published": false}, why: "there is no field mobile"},
		"deleted":         {method: "DELETE", path: "/fields/city", why: "there is no field city"},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			b := setup(t, c.options)
			if c.method != "" {
				simtest.Control(t, b.Remote, c.method, c.path, c.body, nil)
			}
			is, err := b.open(t).Check(t.Context())
			if c.why == "" {
				if err != nil || !strings.HasPrefix(is, "mautic http://127.0.0.1:") {
					t.Errorf("%q, %v", is, err)
				}
				return
			}
			wantClass(t, err, connector.Drifted, c.why)
		})
	}
}

// A version that would make a person twice is refused.
func TestOldVersion(t *testing.T) {
	t.Parallel()
	for version, ok := range map[string]bool{"4.4.13": false, "5.2.1": true, "10.0.0": true, "": true} {
		b := setup(t, mauticsim.Options{})
		fields := `{"fields":[{"alias":"ems_id","type":"text","isUniqueIdentifer":true},{"alias":"birth_date","type":"date"},{"alias":"email"},{"alias":"firstname"},` +
			`{"alias":"lastname"},{"alias":"mobile"},{"alias":"preferred_locale"},{"alias":"city"},{"alias":"country"}]}`
		if _, err := b.sim.Inject(simkit.Fault{Match: simkit.Match{Path: "/api/fields/contact"}, Do: simkit.Do{
			Kind: simkit.FaultBody, Body: fields, Headers: map[string]string{"Mautic-Version": version},
		}}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.open(t).Check(t.Context()); (err == nil) != ok {
			t.Errorf("version %q: %v", version, err)
		}
	}
}

// Each way to be shut out says what is to be done.
func TestErrors(t *testing.T) {
	t.Parallel()
	basic := func(b *bundle, password string) {
		b.cfg.Credentials = rest.Credentials{Username: b.Info.Credentials["username"], Password: connector.Secret(password)}
	}
	for what, c := range map[string]struct {
		settings map[string]any
		change   func(b *bundle)
		class    connector.Class
		why      string
	}{
		"Basic":            {change: func(b *bundle) { basic(b, b.Info.Credentials["password"]) }},
		"bad Basic":        {change: func(b *bundle) { basic(b, "wrong") }, class: connector.Denied, why: "status 401"},
		"no Basic":         {settings: map[string]any{"basic_enabled": false}, change: func(b *bundle) { basic(b, b.Info.Credentials["password"]) }, class: connector.Denied, why: "access_denied: the user lacks a right, or the API or its Basic is switched off"},
		"no API":           {settings: map[string]any{"api_enabled": false}, class: connector.Denied, why: "api_disabled: the user lacks"},
		"a bad client":     {change: func(b *bundle) { b.cfg.ClientSecret = "wrong" }, class: connector.Denied, why: "client_id or client_secret is not accepted"},
		"a wrong address":  {change: func(b *bundle) { basic(b, b.Info.Credentials["password"]); b.cfg.BaseURL += "/api" }, class: connector.Drifted, why: "is base_url the address of Mautic itself?"},
		"a slash too many": {change: func(b *bundle) { b.cfg.BaseURL += "/" }},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			b := setup(t, mauticsim.Options{})
			b.cfg.transport = nil // what is wrong with the address is no operation
			if c.settings != nil {
				simtest.Control(t, b.Remote, "PATCH", "/settings", c.settings, nil)
			}
			if c.change != nil {
				c.change(b)
			}
			_, err := b.open(t).Check(t.Context())
			if c.why != "" {
				wantClass(t, err, c.class, c.why)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

// A token that ends in the middle is fetched anew, once for all, and nothing is lost.
func TestTokenEnds(t *testing.T) {
	t.Parallel()
	b := setup(t, mauticsim.Options{})
	_, id := b.create(t, 0)
	simtest.Control(t, b.Remote, "POST", "/expire", map[string]any{}, nil)
	if item, err := b.one.Get(t.Context(), id); err != nil || item.ID != id {
		t.Errorf("%+v, %v", item, err)
	}
	b.create(t, 1)
	tokens := 0
	for _, s := range b.sent.Sent() {
		if s.Path == "/oauth/v2/token" {
			tokens++
		}
	}
	if tokens != 2 {
		t.Errorf("%d tokens were fetched, want 2", tokens)
	}
}

// The limit of an hour names no wait, but when it ends.
func TestRateLimit(t *testing.T) {
	t.Parallel()
	b := setup(t, mauticsim.Options{})
	frozen := true
	if err := b.sim.SetTime(simkit.Time{Freeze: &frozen}); err != nil {
		t.Fatal(err)
	}
	simtest.Control(t, b.Remote, "PATCH", "/settings", map[string]any{"rate_limit": 3}, nil)
	b.cfg.Credentials = rest.Credentials{Username: b.Info.Credentials["username"], Password: connector.Secret(b.Info.Credentials["password"])}
	c := b.open(t)
	for range 3 {
		if _, err := c.Check(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	_, err := c.Check(t.Context())
	wantClass(t, err, connector.Throttled, "after 1h0m0s")
	later := b.sim.Now().Add(20 * time.Minute)
	if err := b.sim.SetTime(simkit.Time{Now: &later, Freeze: &frozen}); err != nil {
		t.Fatal(err)
	}
	_, err = c.Check(t.Context())
	wantClass(t, err, connector.Throttled, "after "+(40*time.Minute).String())
}

// A client of OAuth2 that no one here wrote gets a token and makes calls with it.
func TestClientCredentials(t *testing.T) {
	t.Parallel()
	b := setup(t, mauticsim.Options{})
	base, watch := described.Proxy(t, b.Info.Addresses["api"])
	cfg := clientcredentials.Config{
		ClientID: b.Info.Credentials["client_id"], ClientSecret: b.Info.Credentials["client_secret"], TokenURL: base + "/oauth/v2/token",
	}
	resp, err := cfg.Client(t.Context()).Get(base + "/api/contacts?limit=1")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != 200 || watch.Operations()["POST /oauth/v2/token"] != 1 {
		t.Errorf("status %d, operations %v", resp.StatusCode, watch.Operations())
	}
	token, err := cfg.Token(context.WithoutCancel(t.Context()))
	if err != nil || token.TokenType != "bearer" || time.Until(token.Expiry) < 50*time.Minute {
		t.Errorf("%+v, %v", token, err)
	}
	cfg.ClientSecret = "wrong"
	if _, err := cfg.Token(t.Context()); err == nil || !strings.Contains(err.Error(), "invalid_client") {
		t.Errorf("a bad secret: %v", err)
	}
}

// An address at which there is something else than Mautic says what to correct, whether
// one signs in by Basic or by OAuth2: a page of a site, and a site without the path.
func TestAnotherSite(t *testing.T) {
	t.Parallel()
	for what, do := range map[string]simkit.Do{
		"a page for people":   {Kind: simkit.FaultHTML},
		"a page not found":    {Kind: simkit.FaultHTML, Status: 404},
		"takes no POST":       {Kind: simkit.FaultHTML, Status: 405},
		"nothing at the path": {Kind: simkit.FaultStatus, Status: 404},
	} {
		for _, basic := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, Basic %v", what, basic), func(t *testing.T) {
				t.Parallel()
				b := setup(t, mauticsim.Options{})
				b.cfg.transport = nil // such a page is in no description
				if basic {
					b.cfg.Credentials = rest.Credentials{Username: b.Info.Credentials["username"], Password: connector.Secret(b.Info.Credentials["password"])}
				}
				if _, err := b.sim.Inject(simkit.Fault{Do: do}); err != nil {
					t.Fatal(err)
				}
				_, err := b.open(t).Check(t.Context())
				if basic && do.Status == 405 {
					wantClass(t, err, connector.Drifted, "status 405") // a GET is taken everywhere
					return
				}
				wantClass(t, err, connector.Drifted, "is base_url the address of")
			})
		}
	}
}

// An error is read in both forms, of a list and by itself, and by the status alone where
// it is in neither.
func TestFormsOfErrors(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]struct {
		status int
		class  connector.Class
		field  record.Field
	}{
		`{"errors":[{"code":404,"message":"Item was not found.","details":[],"type":null}]}`:         {404, connector.NotFound, ""},
		`{"error":{"code":404,"message":"Item was not found."}}`:                                     {404, connector.NotFound, ""},
		`{"error":{"code":404,"message":"Requested URL not found: /api/x"}}`:                         {404, connector.Drifted, ""},
		`{"error":{"code":422,"message":"city: no","details":{"city":["no"]}}}`:                      {422, connector.Rejected, eventperson.City},
		`{"error":"invalid_grant","error_description":"The access token provided is invalid."}`:      {401, connector.Denied, ""},
		`{"errors":[{"message":"The access token has expired.","code":401,"type":"invalid_grant"}]}`: {401, connector.Denied, ""},
		`{"error":"no such route"}`: {404, connector.Drifted, ""},
		``:                          {404, connector.Drifted, ""},
	} {
		e := judge(want.status, []byte(body))
		if e == nil {
			e = &connector.Error{} // the common table has it
		}
		if e.Class != want.class || e.Field != want.field {
			t.Errorf("%s: %s, field %q", body, e.Class, e.Field)
		}
	}
}
