package browserworker_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/browserworker/browsertest"
)

// TestGate: a page reaches its site and nothing else, by whatever way it tries.
func TestGate(t *testing.T) {
	t.Parallel()
	var reached atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reached.Add(1)
		w.Header().Set("Access-Control-Allow-Origin", "*")
	}))
	t.Cleanup(other.Close)
	other.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			reached.Add(1)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/page", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<!doctype html><link rel=preconnect href="%[1]s"><img src="%[1]s/a.png"><iframe src="%[1]s/frame"></iframe><p>here</p>`, other.URL)
	})
	mux.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other.URL+"/x", http.StatusFound) })
	mux.HandleFunc("/data", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "data") })
	site := httptest.NewServer(mux)
	t.Cleanup(site.Close)

	yes := func(context.Context, browserworker.Page) (bool, error) { return true, nil }
	pool := browsertest.Shared(t)
	err := pool.Do(within(t, time.Minute), browserworker.Site{
		System: "tiny", Account: newAccount(), Host: newShared(t), Sources: []string{site.URL},
		SignIn: func(context.Context, browserworker.Page) error { return nil }, Probe: yes, AtSignIn: yes,
	}, func(ctx context.Context, p browserworker.Page) error {
		if _, err := p.Goto(ctx, site.URL+"/page", 20*time.Second); err != nil {
			return err
		}
		for script, want := range map[string]string{
			`u => fetch("/data").then(r => r.text())`:                                                                                              "data",
			`u => fetch(u + "/x", {mode: "no-cors"}).then(() => "out", () => "kept")`:                                                              "",
			`u => fetch("/away", {mode: "no-cors"}).then(() => "out", () => "kept")`:                                                               "",
			`u => { navigator.sendBeacon(u + "/b"); return "sent" }`:                                                                               "sent",
			`u => new Promise(d => { const w = new WebSocket(u.replace("http", "ws")); w.onerror = () => d("kept"); w.onopen = () => d("open") })`: "kept",
		} {
			got, err := p.Evaluate(ctx, script, other.URL)
			if err != nil || want != "" && got != want {
				t.Errorf("%s: %v, %v", script, got, err)
			}
		}
		for _, address := range []string{site.URL + "/away", other.URL + "/y", strings.Replace(site.URL, "127.0.0.1", "localhost", 1) + "/page"} {
			if status, err := p.Goto(ctx, address, 20*time.Second); err == nil && status == 200 {
				t.Errorf("an address outside was opened")
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := reached.Load(); n != 0 {
		t.Fatalf("the other host was reached %d times", n)
	}
}
