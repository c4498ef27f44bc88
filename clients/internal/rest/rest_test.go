package rest_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
)

// sample stands in every body; no error may quote it.
const sample = "zoë@example.org"

type bundle struct {
	*rest.Client
	host *connectortest.Host
	rec  *rest.Recorder
}

func setup(t *testing.T, h http.HandlerFunc, change ...func(*rest.Config)) *bundle {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	b := &bundle{host: connectortest.NewHost(t), rec: &rest.Recorder{Next: &http.Transport{}}}
	cfg := rest.Config{System: "example", Settings: rest.Settings{BaseURL: s.URL + "/"}, Host: b.host, Transport: b.rec}
	for _, f := range change {
		f(&cfg)
	}
	var err error
	if b.Client, err = rest.New(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func asError(t *testing.T, err error) *connector.Error {
	t.Helper()
	e, ok := errors.AsType[*connector.Error](err)
	if !ok {
		t.Fatalf("error %v is not a connector.Error", err)
	}
	if strings.Contains(err.Error(), sample) {
		t.Errorf("error quotes the body: %v", err)
	}
	if e.System != "example" || e.Op != "get it" {
		t.Errorf("error without its system and operation: %v", err)
	}
	return e
}

func TestClasses(t *testing.T) {
	t.Parallel()
	jsonType := map[string]string{"Content-Type": "application/json; charset=utf-8"}
	ok := `{"name":"` + sample + `"}`
	// The system's own clock is an hour ahead of ours.
	reset := func(in time.Duration) map[string]string {
		theirs := connectortest.Start.Add(time.Hour)
		return map[string]string{"Date": theirs.Format(http.TimeFormat), "X-RateLimit-Reset": strconv.FormatInt(theirs.Add(in).Unix(), 10)}
	}
	cases := map[string]struct {
		status  int
		header  map[string]string
		body    string
		class   connector.Class // Unknown means no error
		after   time.Duration
		created bool
	}{
		"ok":                {status: 200, header: jsonType, body: ok},
		"created":           {status: 201, header: jsonType, body: ok, created: true},
		"json by suffix":    {status: 200, header: map[string]string{"Content-Type": "application/hal+json"}, body: ok},
		"bad request":       {status: 400, body: sample, class: connector.Rejected},
		"unauthorized":      {status: 401, body: sample, class: connector.Denied},
		"forbidden":         {status: 403, body: sample, class: connector.Denied},
		"judged forbidden":  {status: 403, body: "mine " + sample, class: connector.Waiting},
		"not found":         {status: 404, body: ok, class: connector.NotFound},
		"not found, silent": {status: 404, class: connector.NotFound},
		"no such page":      {status: 404, body: "<html>" + sample, class: connector.Drifted},
		"no such backend":   {status: 404, body: "default backend - 404 " + sample, class: connector.Drifted},
		"gone, a page":      {status: 410, body: "<html>" + sample, class: connector.Drifted},
		"conflict":          {status: 409, body: sample, class: connector.Rejected},
		"throttled":         {status: 429, header: map[string]string{"Retry-After": "7"}, class: connector.Throttled, after: 7 * time.Second},
		"throttled, long":   {status: 429, header: map[string]string{"Retry-After": "99999999999999"}, class: connector.Throttled, after: 24 * time.Hour},
		"throttled, no end": {status: 429, header: map[string]string{"Retry-After": "1e999"}, class: connector.Throttled, after: 24 * time.Hour},
		"throttled, none":   {status: 429, header: map[string]string{"Retry-After": "NaN"}, class: connector.Throttled, after: 30 * time.Second},
		"throttled, date":   {status: 429, header: map[string]string{"Retry-After": connectortest.Start.Add(90 * time.Second).Format(http.TimeFormat)}, class: connector.Throttled, after: 90 * time.Second},
		"throttled, reset":  {status: 429, header: reset(40 * time.Minute), class: connector.Throttled, after: 40 * time.Minute},
		"throttled, over":   {status: 429, header: reset(-time.Minute), class: connector.Throttled, after: 30 * time.Second},
		"throttled, past":   {status: 429, header: map[string]string{"Retry-After": connectortest.Start.Add(-time.Hour).Format(http.TimeFormat)}, class: connector.Throttled, after: 30 * time.Second},
		"throttled, silent": {status: 429, class: connector.Throttled, after: 30 * time.Second},
		"server":            {status: 500, class: connector.Transient},
		"maintenance":       {status: 503, header: map[string]string{"Retry-After": "60", "Content-Type": "text/html"}, body: "<html>", class: connector.Transient, after: time.Minute},
		"html":              {status: 200, header: map[string]string{"Content-Type": "text/html"}, body: "<html>" + sample, class: connector.Drifted},
		"no type":           {status: 200, header: map[string]string{"Content-Type": ""}, body: ok, class: connector.Drifted},
		"malformed":         {status: 200, header: jsonType, body: `{"name":"` + sample, class: connector.Drifted},
		"trailing":          {status: 200, header: jsonType, body: ok + sample, class: connector.Drifted},
		"wrong type":        {status: 200, header: jsonType, body: `{"name":["` + sample + `"]}`, class: connector.Drifted},
		"array":             {status: 200, header: jsonType, body: `["` + sample + `"]`, class: connector.Drifted},
		"empty":             {status: 204, class: connector.Drifted},
		"too large":         {status: 200, header: jsonType, body: `{"name":"` + strings.Repeat("x", 2000) + `"}`, class: connector.Drifted},
		"other host":        {status: 302, header: map[string]string{"Location": "http://other.invalid/"}, class: connector.Drifted},
		"round and round":   {status: 302, header: map[string]string{"Location": "/thing"}, class: connector.Drifted},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, func(w http.ResponseWriter, _ *http.Request) {
				for k, v := range c.header {
					w.Header()[k] = []string{v}
				}
				w.WriteHeader(c.status)
				_, _ = w.Write([]byte(c.body))
			}, func(cfg *rest.Config) {
				cfg.MaxBody = 1000
				cfg.Judge = func(status int, body []byte) *connector.Error {
					if status == 403 && strings.HasPrefix(string(body), "mine") {
						return &connector.Error{Class: connector.Waiting}
					}
					return nil
				}
			})
			var into struct{ Name string }
			answer, err := b.Do(t.Context(), rest.Call{Op: "get it", Path: "/thing", Into: &into})
			if c.class == connector.Unknown {
				if err != nil || into.Name != sample || answer.Created != c.created {
					t.Fatalf("%+v, %+v, %v", answer, into, err)
				}
				return
			}
			if e := asError(t, err); e.Class != c.class || e.After != c.after || e.Unsent {
				t.Errorf("class %v, after %s, unsent %v; want %v, %s, sent", e.Class, e.After, e.Unsent, c.class, c.after)
			}
		})
	}
}

func TestBrokenLines(t *testing.T) {
	t.Parallel()
	drop := func(w http.ResponseWriter) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = conn.Close()
		}
	}
	cases := map[string]http.HandlerFunc{
		"dropped": func(w http.ResponseWriter, _ *http.Request) { drop(w) },
		"cut": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte(`{"name":"` + sample))
			_ = http.NewResponseController(w).Flush()
			drop(w)
		},
		"silent": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"slow body": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"na`))
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
	}
	for name, h := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, h)
			var into struct{ Name string }
			_, err := b.Do(t.Context(), rest.Call{Op: "get it", Method: "POST", Path: "/", Into: &into, Timeout: 200 * time.Millisecond})
			if e := asError(t, err); e.Class != connector.Transient || e.Unsent {
				t.Errorf("%v, unsent %v", e, e.Unsent)
			}
		})
	}
}

func TestNeverSent(t *testing.T) {
	t.Parallel()
	b := setup(t, func(http.ResponseWriter, *http.Request) {}, func(cfg *rest.Config) { cfg.BaseURL = "http://127.0.0.1:1" })
	_, err := b.Do(t.Context(), rest.Call{Op: "get it", Path: "/"})
	if e := asError(t, err); e.Class != connector.Transient || !e.Unsent {
		t.Errorf("%v, unsent %v", e, e.Unsent)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = b.Do(ctx, rest.Call{Op: "get it", Path: "/"})
	if e := asError(t, err); !e.Unsent || !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled before it left: %v, unsent %v", e, e.Unsent)
	}
}

func TestEncoding(t *testing.T) {
	t.Parallel()
	b := setup(t, func(http.ResponseWriter, *http.Request) {}, func(cfg *rest.Config) {
		cfg.Delay = 2 * time.Second
		cfg.Authorize = func(r *http.Request) { r.SetBasicAuth("key", "") }
	})
	calls := []rest.Call{
		{Op: "get it", Path: "/a", Query: url.Values{"list_id": {"x&y"}}},
		{Op: "get it", Method: "POST", Path: "/b", Form: url.Values{"custom_fields[voornaam]": {"Zoë"}}},
		{Op: "get it", Method: "PUT", Path: "/c", JSON: map[string]string{"name": "'t Hof & Ünal"}},
	}
	for _, c := range calls {
		if _, err := b.Do(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	want := []rest.Sent{
		{"GET", "/a", "list_id=x%26y", "", ""},
		{"POST", "/b", "", "application/x-www-form-urlencoded", "custom_fields%5Bvoornaam%5D=Zo%C3%AB"},
		{"PUT", "/c", "", "application/json", `{"name":"'t Hof & Ünal"}` + "\n"},
	}
	for i, s := range b.rec.Sent() {
		if s != want[i] {
			t.Errorf("sent %+v, want %+v", s, want[i])
		}
	}
	if s := b.host.Starts("example"); len(s) != 3 || s[2].Sub(s[0]) != 4*time.Second {
		t.Errorf("starts %v", s)
	}
	if _, err := b.Do(t.Context(), rest.Call{Op: "get it", JSON: 1, Form: url.Values{}}); err == nil {
		t.Error("two bodies were taken")
	}
}

func TestRaw(t *testing.T) {
	t.Parallel()
	b := setup(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "image/png; charset=binary")
		_, _ = w.Write([]byte{0x89, 'P'})
	})
	var raw rest.Raw
	if _, err := b.Do(t.Context(), rest.Call{Op: "get it", Path: "/", Into: &raw}); err != nil || raw.ContentType != "image/png" || len(raw.Bytes) != 2 {
		t.Errorf("%+v, %v", raw, err)
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	b := setup(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/old" {
			http.Redirect(w, r, "/new", http.StatusFound)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{}`))
	})
	var into struct{}
	if _, err := b.Do(t.Context(), rest.Call{Op: "get it", Path: "/old", Into: &into}); err != nil {
		t.Errorf("a read within the site: %v", err)
	}
	_, err := b.Do(t.Context(), rest.Call{Op: "get it", Method: "POST", Path: "/old", Form: url.Values{"a": {"b"}}, Into: &into})
	if e := asError(t, err); e.Class != connector.Drifted {
		t.Errorf("a write was carried elsewhere: %v", e)
	}
}

func TestCheckBase(t *testing.T) {
	t.Parallel()
	for base, good := range map[string]bool{
		"https://api.laposta.nl":    true,
		"http://127.0.0.1:8080":     true,
		"http://localhost:1/wp":     true,
		"http://[::1]:8080":         true,
		"http://example.org":        false,
		"ftp://example.org":         false,
		"https://u:p@example.org":   false,
		"https://example.org/?a=b":  false,
		"example.org":               false,
		"":                          false,
		"https://":                  false,
		"http://127.0.0.1.evil.net": false,
	} {
		if err := rest.CheckBase(base); (err == nil) != good {
			t.Errorf("%q: %v", base, err)
		}
	}
}
