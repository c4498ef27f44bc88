package rest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
)

// What shows no record has no body, or JSON; a page in its place is no answer of the API.
func TestNothing(t *testing.T) {
	t.Parallel()
	for body, c := range map[string]struct {
		media string
		taken bool
	}{
		"":                      {"", true},
		" \n":                   {"text/html", true},
		`{"id": 1}`:             {"application/json", true},
		`[]`:                    {"application/json", true},
		`{"id": 1`:              {"application/json", false},
		"<html>" + sample:       {"text/html", false},
		"<html> " + sample:      {"application/json", false},
		"signed out: " + sample: {"text/plain", false},
	} {
		b := setup(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", c.media)
			_, _ = w.Write([]byte(body))
		})
		_, err := b.Do(t.Context(), rest.Call{Op: "get it", Method: "PUT", Path: "/", Into: rest.Nothing})
		if c.taken != (err == nil) {
			t.Errorf("%q: %v", body, err)
		}
		if err != nil && asError(t, err).Class != connector.Drifted {
			t.Errorf("%q: %v", body, err)
		}
	}
}

// An answer is passed on as it came, and says when it was given.
func TestFetch(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	b := setup(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Date", map[bool]string{true: at.Format(http.TimeFormat), false: "noon"}[r.URL.Path == "/dated"])
		_, _ = w.Write([]byte(`{"id":  7}`))
	})
	if raw, err := b.Fetch(t.Context(), rest.Call{Op: "get it", Path: "/"}); err != nil || string(raw) != `{"id":  7}` {
		t.Errorf("%s, %v", raw, err)
	}
	for path, want := range map[string]time.Time{"/dated": at, "/other": {}} {
		if a, err := b.Do(t.Context(), rest.Call{Op: "get it", Path: path}); err != nil || !a.Clock().Equal(want) {
			t.Errorf("%s: %v, %v", path, a.Clock(), err)
		}
	}
	e := b.Fault(connector.Drifted, "get it", "not what it should be", "name")
	if asError(t, e).Field != "name" || !strings.HasSuffix(e.Error(), "not what it should be") {
		t.Errorf("%v", e)
	}
}

// All faults of settings are told together, each under the name of the system.
func TestFaults(t *testing.T) {
	t.Parallel()
	good := rest.Settings{BaseURL: "https://example.org"}
	if err := rest.NewFaults("example", good).Err(); err != nil {
		t.Errorf("good settings: %v", err)
	}
	bad := good
	bad.Delay = -1
	f := rest.NewFaults("example", bad)
	f.Add("token is missing")
	f.Add("lists: %d ids", 9)
	if err := f.Err(); err == nil || err.Error() != "example: delay must not be negative; 0 is the default\nexample: token is missing\nexample: lists: 9 ids" {
		t.Errorf("%v", err)
	}
}
