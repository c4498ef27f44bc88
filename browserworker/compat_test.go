package browserworker_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/browserworker/browsertest"
	"github.com/touchline-sync/touchline/sync/connector"
)

const compatPage = `<!doctype html><meta charset=utf-8><title>t</title>
<input id=text><textarea id=area></textarea><input id=box type=checkbox><input id=off type=checkbox disabled>
<button id=now onclick="fetch('/json?x=1', {method: 'POST', body: '{}'})">now</button>
<button id=late>late</button><button id=leave onclick="location.href='/other'">leave</button>
<div id=hidden style="display:none">hidden</div><p id=say data-a="b">Zoë 🦊</p><iframe src="/frame"></iframe>
<script>
window.seen = [];
text.addEventListener("input", e => seen.push("input " + e.target.value));
text.addEventListener("change", e => seen.push("change"));
Object.defineProperty(text, "value", {set(v) { seen.push("own setter") }, get() { return "" }});
setTimeout(() => { late.id = "there"; document.getElementById("hidden").remove() }, 200);
</script>`

// TestCompatibility checks what we use of the driver, which is frozen at 1.52,
// against the browser installed, which is not.
func TestCompatibility(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	html := func(path, body string) {
		mux.HandleFunc("GET "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, body)
		})
	}
	html("/{$}", compatPage)
	html("/frame", "<p>frame</p>")
	html("/other", "<p>other</p>")
	large := `{"a":"` + strings.Repeat("x", 3<<20) + `"}`
	mux.HandleFunc("POST /json", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, large) })
	mux.HandleFunc("POST /empty", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /503", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	mux.HandleFunc("GET /cookie", func(w http.ResponseWriter, _ *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "c", Value: "v", HttpOnly: true, Path: "/"}) // a session's, without an end
	})
	mux.HandleFunc("GET /cookies", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, r.Header.Get("Cookie"), " ", r.Header.Get("Accept-Language"), " ", r.UserAgent())
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)

	pool := browsertest.Pool(t, func(c *browserworker.Config) { c.ActionTimeout = 3 * time.Second })
	yes := func(context.Context, browserworker.Page) (bool, error) { return true, nil }
	site := browserworker.Site{
		System: "tiny", Account: newAccount(), Host: newShared(t), Sources: []string{server.URL}, Probe: yes, AtSignIn: yes,
		SignIn: func(ctx context.Context, p browserworker.Page) error {
			_, err := p.Goto(ctx, server.URL+"/cookie", 20*time.Second)
			return err
		},
		Locale: "nl-NL", TimeZone: "Europe/Amsterdam", UserAgent: "probe/1",
	}
	ctx := within(t, 2*time.Minute)
	check := func(what string, err error, ok bool) {
		t.Helper()
		if err != nil || !ok {
			t.Errorf("%s does not work: %v", what, err)
		}
	}
	fails := func(what string, err, want error) {
		t.Helper()
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	points := func(ctx context.Context, p browserworker.Page) error {
		status, err := p.Goto(ctx, server.URL+"/503", 20*time.Second)
		check("status of a page", err, status == 503)
		status, err = p.Goto(ctx, server.URL+"/", 20*time.Second)
		check("opening a page", err, status == 200 && p.URL() == server.URL+"/")
		check("waiting for what comes", p.WaitFor(ctx, "#never, #there", browserworker.Visible, 2*time.Second), true)
		check("waiting for what goes", p.WaitFor(ctx, "#hidden", browserworker.Hidden, 2*time.Second), true)
		fails("waiting in vain", p.WaitFor(ctx, "#never", browserworker.Attached, 50*time.Millisecond), browserworker.ErrTimeout)
		n, err := p.Count(ctx, "input")
		check("counting", err, n == 3)
		check("filling", p.Fill(ctx, "#text", "Zoë"), true)
		seen, err := p.Evaluate(ctx, "() => seen.join()", nil)
		check("filling past a setter of the page's own, with its events", err, strings.HasSuffix(fmt.Sprint(seen), "change") && !strings.Contains(fmt.Sprint(seen), "own"))
		check("filling an area", p.Fill(ctx, "#area", "a\nb"), true)
		value, err := p.Value(ctx, "#area")
		check("reading a value", err, value == "a\nb")
		check("ticking", errors.Join(p.SetChecked(ctx, "#box", true), p.SetChecked(ctx, "#box", true)), true)
		on, err := p.IsChecked(ctx, "#box")
		check("reading a tick", err, on)
		fails("ticking what is off", p.SetChecked(ctx, "#off", true), browserworker.ErrTimeout)
		text, err := p.Text(ctx, "#say")
		check("text", err, text == "Zoë 🦊")
		a, has, err := p.Attribute(ctx, "#say", "data-a")
		check("an attribute", err, has && a == "b")
		_, has, err = p.Attribute(ctx, "#say", "data-none")
		check("an attribute that is not there", err, !has)
		answer, err := p.Expect(ctx, browserworker.Match{Method: "POST", Path: "/json", Within: 3 * time.Second},
			func() error { return p.Click(ctx, "#now") })
		check("a large answer", err, bytes.Equal(answer.Body, []byte(large)) && string(answer.Request) == "{}")
		answer, err = p.Expect(ctx, browserworker.Match{Path: "/empty", Within: 3 * time.Second}, func() error {
			_, err := p.Evaluate(ctx, `() => { fetch("/empty", {method: "POST"}) }`, nil)
			return err
		})
		check("an empty answer", err, answer.Status == 204)
		_, err = p.Expect(ctx, browserworker.Match{Path: "/json", Within: 3 * time.Second, Elsewhere: func(u string) bool { return strings.HasSuffix(u, "/other") }},
			func() error { return p.Click(ctx, "#leave") })
		fails("a page that leaves", err, browserworker.ErrElsewhere)
		_, err = p.Expect(ctx, browserworker.Match{Path: "/json", Within: 100 * time.Millisecond}, func() error { return nil })
		fails("a page that does not ask", err, browserworker.ErrUnasked)
		_, err = p.Evaluate(ctx, "() => { throw new Error('secret') }", nil)
		fails("a script that fails", err, browserworker.ErrScript)
		check("an error without the page's words", nil, err == nil || !strings.Contains(err.Error(), "secret"))
		zone, err := p.Evaluate(ctx, "() => Intl.DateTimeFormat().resolvedOptions().timeZone", nil)
		check("the time zone", err, zone == "Europe/Amsterdam")
		_, err = p.Goto(ctx, server.URL+"/cookies", 20*time.Second)
		body, textErr := p.Text(ctx, "body")
		check("cookies, language and agent", errors.Join(err, textErr), strings.Contains(body, "c=v") && strings.Contains(body, "nl-NL") && strings.Contains(body, "probe/1"))
		content, err := p.Content(ctx)
		check("content", err, strings.Contains(content, "<body>"))
		check("reloading", p.Reload(ctx, 20*time.Second), true)
		return nil
	}
	if err := pool.Do(ctx, site, points); err != nil {
		t.Fatal(err)
	}
	if t.Failed() {
		return
	}
	site.SignIn = func(context.Context, browserworker.Page) error {
		return &connector.Error{Class: connector.Denied, System: "tiny", Op: "sign in"}
	}
	next := browsertest.Shared(t)
	err := next.Do(ctx, site, func(ctx context.Context, p browserworker.Page) error {
		if _, err := p.Goto(ctx, server.URL+"/cookies", 20*time.Second); err != nil {
			return err
		}
		body, err := p.Text(ctx, "body")
		check("a state taken over, with a cookie without an end", err, strings.Contains(body, "c=v"))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
