package simkit_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/internal/simkit/simtest"
)

// An answer may have headers of its own, and a body that is no JSON; without a rule
// anybody may come in.
func TestAnswersOfTheirOwn(t *testing.T) {
	t.Parallel()
	k := simkit.New("lending", nil)
	k.Part("api", simkit.API{
		Kit: k, Unknown: simkit.ErrMissing,
		Refused: func(w http.ResponseWriter, _ error) (int, any) {
			w.Header().Set("Content-Type", "text/html")
			return http.StatusNotFound, []byte("<p>no</p>")
		},
		Calls: map[string]simkit.Call{
			"GET /loans": func(*http.Request) (int, any, error) {
				return http.StatusOK, simkit.Headed{Header: http.Header{"X-Total": {"3"}}, Body: []int{1, 2}}, nil
			},
			"DELETE /loans": func(*http.Request) (int, any, error) {
				return http.StatusNoContent, simkit.Headed{Header: http.Header{"X-Total": {"0"}}}, nil
			},
		},
	}.Handler())
	simtest.Start(t, k)
	for _, c := range []struct {
		method, path              string
		status                    int
		total, contentType, whole string
	}{
		{"GET", "/loans", 200, "3", "application/json; charset=utf-8", "[1,2]"},
		{"DELETE", "/loans", 204, "0", "", ""},
		{"GET", "/books", 404, "", "text/html", "<p>no</p>"},
	} {
		req, err := http.NewRequestWithContext(t.Context(), c.method, k.Address("api")+c.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != c.status || string(body) != c.whole ||
			resp.Header.Get("X-Total") != c.total || resp.Header.Get("Content-Type") != c.contentType {
			t.Errorf("%s %s: %d %v %q, %v", c.method, c.path, resp.StatusCode, resp.Header, body, err)
		}
	}
}
