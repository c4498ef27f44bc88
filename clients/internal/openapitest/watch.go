package openapitest

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// Watch is a transport that holds the traffic of one test against the
// description. It changes nothing; what is wrong is an error of the test.
type Watch struct {
	t      testing.TB
	d      *Description
	router routers.Router
	next   http.RoundTripper

	mu   sync.Mutex
	used map[int]bool // exceptions
	seen map[string]int
}

// Watch returns a transport for one test.
func (d *Description) Watch(t testing.TB, next http.RoundTripper) *Watch {
	t.Helper()
	return &Watch{t: t, d: d, router: d.router(t), next: next, used: map[int]bool{}, seen: map[string]int{}}
}

// Proxy starts a server on loopback that passes everything on to target and
// watches it. It returns its address and ends with the test.
func (d *Description) Proxy(t testing.TB, target string) (base string, w *Watch) {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	w = d.Watch(t, &http.Transport{})
	s := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(to) },
		Transport: w,
	})
	t.Cleanup(s.Close)
	return s.URL, w
}

// RoundTrip passes a request on and looks at both ways.
func (w *Watch) RoundTrip(req *http.Request) (*http.Response, error) {
	var sent []byte
	if req.Body != nil {
		var err error
		if sent, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
		_ = req.Body.Close()
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(bytes.NewReader(sent))
	}
	asked := w.request(req, sent)
	resp, err := w.next.RoundTrip(req)
	if err != nil || asked == nil || resp.Header.Get(simkit.FaultHeader) != "" {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	var again io.Reader = bytes.NewReader(body)
	if err == nil {
		w.answer(asked, resp, body)
	} else { // it broke off: the caller shall see just that
		again = io.MultiReader(again, broken{err})
	}
	resp.Body = io.NopCloser(again)
	return resp, nil
}

// broken is the rest of an answer that broke off.
type broken struct{ err error }

func (b broken) Read([]byte) (int, error) { return 0, b.err }

// Operations returns how often each operation was called, as "GET /lists".
func (w *Watch) Operations() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make(map[string]int, len(w.seen))
	for op, n := range w.seen {
		out[op] = n
	}
	return out
}

// WantAllUsed fails the test when an exception was not needed. It ends a test
// that makes all kinds of calls.
func (w *Watch) WantAllUsed() {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for i, e := range w.d.exceptions {
		if !w.used[i] {
			w.t.Errorf("exception %d is not needed any more: %s %s: %s", i, e.Method, e.Path, e.Fault)
		}
	}
}

// report makes a fault an error of the test, unless it is forgiven.
func (w *Watch) report(method, path, fault string) {
	if i := w.d.forgiven(method, path, fault); i >= 0 {
		w.mu.Lock()
		w.used[i] = true
		w.mu.Unlock()
		return
	}
	w.t.Errorf("against the description: %s %s: %s", method, path, fault)
}

func (w *Watch) count(method, path string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen[method+" "+path]++
}

// options are those of both directions.
func options() *openapi3filter.Options {
	return &openapi3filter.Options{
		MultiError:                        true,
		IncludeResponseStatus:             true,
		RejectWhenRequestBodyNotSpecified: true,
		SkipSettingDefaults:               true,
		AuthenticationFunc:                openapi3filter.NoopAuthenticationFunc,
	}
}
