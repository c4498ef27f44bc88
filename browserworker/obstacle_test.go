package browserworker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/browserworker/browsertest"
	"github.com/touchline-sync/touchline/sync/connector"
)

// shows is a site whose only page is h: signing in opens it and waits for an
// element that never comes.
func shows(t *testing.T, h http.HandlerFunc) (*shared, browserworker.Site, *httptest.Server) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		h(w, r)
	})
	mux.HandleFunc("/missing.js", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	host := newShared(t)
	yes := func(context.Context, browserworker.Page) (bool, error) { return true, nil }
	return host, browserworker.Site{
		System: "tiny", Account: newAccount(), Host: host, Sources: []string{server.URL}, Probe: yes, AtSignIn: yes, Own: "nav",
		Marks: browserworker.Marks{browserworker.ActionRequired: "#first-this"},
		SignIn: func(ctx context.Context, p browserworker.Page) error {
			if _, err := p.Goto(ctx, server.URL+"/", 20*time.Second); err != nil {
				return err
			}
			if err := p.WaitFor(ctx, "#never", browserworker.Visible, 1500*time.Millisecond); err != nil {
				return &connector.Error{Class: connector.Drifted, System: "tiny", Op: "sign in", Why: "no form", Err: err}
			}
			return nil
		},
	}, server
}

// TestPagesInTheWay: what is in the way is told apart by what the page shows
// and was answered, each says what to do, and none tells what the page says.
func TestPagesInTheWay(t *testing.T) {
	t.Parallel()
	pool := browsertest.Shared(t)
	html := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "<!doctype html><p>Noor Voorbeeld</p>"+body)
		}
	}
	status := func(code int, header, value string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set(header, value)
			w.WriteHeader(code)
			io.WriteString(w, "<h1>no</h1>")
		}
	}
	for name, c := range map[string]struct {
		page   http.HandlerFunc
		reason string
		class  connector.Class
		says   string
	}{
		"a widget":             {html(`<input type=password><div class=g-recaptcha></div>`), browserworker.Captcha, connector.Denied, "by hand"},
		"a challenge":          {status(403, "cf-mitigated", "challenge"), browserworker.Captcha, connector.Denied, "by hand"},
		"words of a challenge": {html(`<h2>Bevestig dat u een mens bent</h2>`), browserworker.Captcha, connector.Denied, "by hand"},
		"a widget nobody sees": {html(`<div class=g-recaptcha data-size=invisible></div>`), browserworker.PageChanged, connector.Drifted, "evidence list"},
		"maintenance":          {html(`<h1>Onderhoud</h1>`), browserworker.Maintenance, connector.Transient, "next run"},
		"maintenance, 503": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(503)
			io.WriteString(w, "<p>Down for maintenance.")
		}, browserworker.Maintenance, connector.Transient, "next run"},
		"notice of maintenance":   {html(`<nav>Leden</nav><p>Zaterdag is er onderhoud</p>`), browserworker.PageChanged, connector.Drifted, "newer touchline"},
		"a script that is broken": {html(`<script src=/missing.js></script>`), "", connector.Transient, "status 503"},
		"a committee":             {html(`<p>Onderhoudscommissie`), browserworker.PageChanged, connector.Drifted, "newer touchline"},
		"password expired":        {html(`<input type=password autocomplete=new-password>`), browserworker.PasswordExpired, connector.Denied, "choose a new one"},
		"password, by words":      {html(`<div role=alert>Uw wachtwoord is verlopen.</div><input type=password>`), browserworker.PasswordExpired, connector.Denied, "choose a new one"},
		"new terms":               {html(`<h1>Gewijzigde voorwaarden</h1><button>Akkoord</button>`), browserworker.NewTerms, connector.Denied, "accept"},
		"a foot with terms":       {html(`<input type=password><footer><h3>Voorwaarden</h3></footer><button>In</button>`), browserworker.PageChanged, connector.Drifted, "newer touchline"},
		"news beside a code": {
			html(`<form><input id=code><button>In</button></form><footer><h3>Voorwaarden</h3><p>Zondag onderhoud: geen toegang</p></footer>`),
			browserworker.PageChanged, connector.Drifted, "newer touchline",
		},
		"terms in a dialog":  {html(`<nav>Leden</nav><div role=dialog>Nieuwe voorwaarden <button>Akkoord</button></div>`), browserworker.NewTerms, connector.Denied, "accept"},
		"terms as news":      {html(`<nav>Leden</nav><h2>Nieuwe voorwaarden in 2027</h2><button>Lees</button>`), browserworker.PageChanged, connector.Drifted, "newer touchline"},
		"a mark of the site": {html(`<i id=first-this>!</i>`), browserworker.ActionRequired, connector.Denied, "by hand"},
		"no rights":          {html(`<nav>x</nav><p>U heeft geen rechten voor dit onderdeel.</p>`), browserworker.MissingRights, connector.Denied, "Give it the right"},
		"no rights at all":   {html(`<nav>x</nav><p>Geen toegang.</p>`), browserworker.MissingRights, connector.Denied, "Give it the right"},
		"no rights to this":  {html(`<nav>x</nav><main><p>Geen toegang tot deze pagina</p></main>`), browserworker.MissingRights, connector.Denied, "Give it the right"},
		"no rights, whoever": {html(`<p>Access denied for this address</p>`), browserworker.MissingRights, connector.Denied, "Give it the right"},
		"rights as news":     {html(`<nav>x</nav><p>Zondag geen toegang tot het clubhuis</p>`), browserworker.PageChanged, connector.Drifted, "newer touchline"},
		"rights of others":   {html(`<p>Leden zonder pas hebben geen toegang tot het sportpark.</p>`), browserworker.PageChanged, connector.Drifted, "newer touchline"},
		"rights as a notice": {html(`<nav>x</nav><div class=message>Geen toegang tot de kleedkamers op zondag</div>`), browserworker.PageChanged, connector.Drifted, "newer touchline"},
		"forbidden":          {status(403, "X", "x"), browserworker.MissingRights, connector.Denied, "Give it the right"},
		"broken":             {status(502, "X", "x"), "", connector.Transient, "status 502"},
		"too many":           {status(429, "X", "x"), "", connector.Transient, "status 429"},
		"too many, until":    {status(429, "Retry-After", "7"), "", connector.Throttled, "after 7s"},
		"changed":            {html(`<form><input id=kc-otp-2 name=Vermeulen></form>`), browserworker.PageChanged, connector.Drifted, "no form. The page is not"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host, site, _ := shows(t, c.page)
			err := pool.Do(within(t, 2*time.Minute), site, func(context.Context, browserworker.Page) error { return nil })
			if connector.ReasonOf(err) != c.reason || connector.ClassOf(err) != c.class || !strings.Contains(fmt.Sprint(err), c.says) {
				t.Fatalf("%v, want %s %s and %q", err, c.class, c.reason, c.says)
			}
			if strings.Contains(err.Error(), "Noor") {
				t.Error("the error says what the page says")
			}
			kept := host.Shown()
			if want := c.class == connector.Denied || c.class == connector.Drifted; want != (len(kept) > 0) {
				t.Fatalf("%d pieces of evidence", len(kept))
			}
			for _, e := range kept {
				if e.MediaType != "text/plain" || bytes.Contains(e.Data, []byte("Noor")) || !strings.HasPrefix(e.Name, site.Account+"/") {
					t.Errorf("evidence %s %s of a sign-in page: %s", e.Name, e.MediaType, e.Data)
				}
			}
			if name == "changed" && !bytes.Contains(kept[0].Data, []byte("input#kc-otp-0 name=Xxxxxxxxx")) {
				t.Errorf("the evidence lacks an id: %s", kept[0].Data)
			}
		})
	}
}

// TestCircles: a page that sends itself round and round is left after three
// rounds, long before its time is up, and a new sign-in tried once.
func TestCircles(t *testing.T) {
	t.Parallel()
	pool := browsertest.Shared(t)
	for name, c := range map[string]struct {
		page   string // what a load of the page answers
		status int    // of a call that it makes
		reason string
		class  connector.Class
	}{
		"by script":               {`<script>location.replace("/?" + Math.random())</script>`, 200, browserworker.InCircles, connector.Drifted},
		"by itself":               {`<meta http-equiv=refresh content=0>`, 200, browserworker.InCircles, connector.Drifted},
		"a call that is broken":   {`<script>fetch("/call").then(() => location.replace("/?" + Math.random()))</script>`, 503, "", connector.Transient},
		"a call that is not ours": {`<script>fetch("/call").then(() => location.replace("/?" + Math.random()))</script>`, 403, browserworker.MissingRights, connector.Denied},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var loads atomic.Int64
			_, site, server := shows(t, func(w http.ResponseWriter, _ *http.Request) {
				loads.Add(1)
				io.WriteString(w, "<!doctype html>"+c.page)
			})
			server.Config.Handler.(*http.ServeMux).HandleFunc("/call", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(c.status) })
			tried := 0
			site.SignIn = func(ctx context.Context, p browserworker.Page) error {
				tried++
				if _, err := p.Goto(ctx, server.URL+"/", 20*time.Second); err != nil && !errors.Is(err, browserworker.ErrElsewhere) {
					return err
				}
				return p.WaitFor(ctx, "#never", browserworker.Visible, 10*time.Minute)
			}
			err := pool.Do(within(t, 2*time.Minute), site, func(context.Context, browserworker.Page) error { return nil })
			if connector.ReasonOf(err) != c.reason || connector.ClassOf(err) != c.class {
				t.Fatalf("%v, want %s %s", err, c.class, c.reason)
			}
			if want := map[bool]int{true: 2, false: 1}[c.reason == browserworker.InCircles]; tried != want {
				t.Errorf("%d sign-ins, want %d", tried, want)
			}
		})
	}
}

// TestRedirectsWithoutEnd: the browser itself notices these.
func TestRedirectsWithoutEnd(t *testing.T) {
	t.Parallel()
	_, site, _ := shows(t, func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/", http.StatusFound) })
	err := browsertest.Shared(t).Do(within(t, time.Minute), site, func(context.Context, browserworker.Page) error { return nil })
	if connector.ReasonOf(err) != browserworker.InCircles {
		t.Fatalf("%v, want %s", err, browserworker.InCircles)
	}
}

// TestRefusedHost: the host that a page may not reach has its name in the error
// and in the log.
func TestRefusedHost(t *testing.T) {
	t.Parallel()
	pool := browsertest.Shared(t)
	for name, c := range map[string]struct {
		page   http.HandlerFunc
		reason string
	}{
		"the page itself": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://elsewhere.example.org/x", http.StatusFound)
		}, browserworker.HostRefused},
		"the page itself, by TLS": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://elsewhere.example.org:80/x", http.StatusFound)
		}, browserworker.HostRefused},
		"a part of it": {func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, `<!doctype html><script src="http://elsewhere.example.org/x.js"></script><iframe src="http://elsewhere.example.org/frame"></iframe>`)
		}, browserworker.PageChanged},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			host, site, _ := shows(t, c.page)
			err := pool.Do(within(t, time.Minute), site, func(context.Context, browserworker.Page) error { return nil })
			if connector.ReasonOf(err) != c.reason || !strings.Contains(fmt.Sprint(err), "elsewhere.example.org:80") {
				t.Fatalf("%v, want %s with the host", err, c.reason)
			}
			if !strings.Contains(host.Logged(), "elsewhere.example.org:80") {
				t.Error("the log does not name the host")
			}
		})
	}
}
