package simkit_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// A refusal has the type of content that the system gives it, whether a call is refused
// or a request before any; all else is JSON.
func TestRefuse(t *testing.T) {
	t.Parallel()
	errFull := errors.New("full")
	api := simkit.API{
		Kit: simkit.New("door", &simkit.Store{}), Unknown: errFull,
		Enter: func(*http.Request) error { return nil },
		Refused: func(w http.ResponseWriter, err error) (int, any) {
			w.Header().Set("Content-Type", "application/problem+json")
			return http.StatusTeapot, map[string]string{"title": err.Error()}
		},
		Calls: map[string]simkit.Call{
			"GET /in": func(*http.Request) (int, any, error) { return http.StatusOK, "in", nil },
		},
	}
	for path, want := range map[string]struct{ kind, body string }{
		"/in":     {"application/json; charset=utf-8", `"in"`},
		"/out":    {"application/problem+json", `{"title":"full"}`},
		"/before": {"application/problem+json", `{"title":"full"}`},
	} {
		w := httptest.NewRecorder()
		if path == "/before" {
			api.Refuse(w, errFull)
		} else {
			api.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
		}
		if kind := w.Header().Get("Content-Type"); kind != want.kind || w.Body.String() != want.body || (w.Code == http.StatusOK) != (path == "/in") {
			t.Errorf("%s: %d, %s, %s", path, w.Code, kind, w.Body)
		}
	}
}
