package rest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
)

// An error with a status of success is an error where the system is known to tell them
// so; all else that Judge leaves alone is a success.
func TestErrorsInside(t *testing.T) {
	t.Parallel()
	body := `{"fine":true}`
	tells := func(c *rest.Config) {
		c.ErrorsInside = true
		c.Judge = func(_ int, body []byte) *connector.Error {
			if strings.Contains(string(body), "busy") {
				return &connector.Error{Class: connector.Throttled, Why: "busy"}
			}
			return nil
		}
	}
	for _, c := range []struct {
		body string
		how  []func(*rest.Config)
		want connector.Class
	}{
		{`{"fine":true}`, []func(*rest.Config){tells}, connector.Unknown},
		{`{"error":"busy"}`, []func(*rest.Config){tells}, connector.Throttled},
		{`{"error":"busy"}`, nil, connector.Unknown},
		{`<html>`, []func(*rest.Config){tells}, connector.Drifted},
	} {
		body = c.body
		b := setup(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(body))
		}, c.how...)
		var into struct{}
		_, err := b.Do(t.Context(), rest.Call{Op: "get it", Path: "/thing", Into: &into})
		if (err == nil) != (c.want == connector.Unknown) || connector.ClassOf(err) != c.want {
			t.Errorf("%s: %v, want %s", c.body, err, c.want)
		}
		if c.want == connector.Throttled && asError(t, err).After != 30*time.Second {
			t.Errorf("throttled without a wait: %v", err)
		}
	}
}

// Who is told so that it is not known who calls fetches a new token, once.
func TestTokenEndsInside(t *testing.T) {
	t.Parallel()
	p := &portal{answer: credentials}
	calls := 0
	b := setup(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/sign-in") {
			p.ServeHTTP(w, r)
			return
		}
		calls++
		w.Header().Set("Content-Type", "application/json")
		if r.Header.Get("Authorization") != "Bearer token-2" {
			_, _ = w.Write([]byte(`{"error":6}`))
			return
		}
		_, _ = w.Write([]byte(`{}`))
	}, func(c *rest.Config) {
		c.SignIn, c.ErrorsInside = oauth(), true
		c.Judge = func(_ int, body []byte) *connector.Error {
			if strings.Contains(string(body), "error") {
				return &connector.Error{Class: connector.Denied, Err: rest.ErrNoToken}
			}
			return nil
		}
	})
	if err := b.get(t.Context()); err != nil || p.fetched != 2 || calls != 2 {
		t.Errorf("%v, %d tokens, %d calls", err, p.fetched, calls)
	}
}
