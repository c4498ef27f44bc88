package openapitest_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/openapitest"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// policies is a testing.TB that writes errors down.
type policies struct {
	testing.TB
	mu     sync.Mutex
	errors []string
}

func (b *policies) Helper() {}

func (b *policies) Errorf(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.errors = append(b.errors, strings.TrimPrefix(fmt.Sprintf(format, args...), "against the description: "))
}

type exchange struct {
	method, path, body         string
	status                     int
	contentType, answer, fault string
}

func (e exchange) run(t *testing.T, d *openapitest.Description) (*policies, *openapitest.Watch) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if got, _ := io.ReadAll(r.Body); string(got) != e.body {
			t.Errorf("the body arrived as %q", got)
		}
		w.Header().Set("Content-Type", e.contentType)
		if e.fault != "" {
			w.Header().Set(simkit.FaultHeader, e.fault)
		}
		w.WriteHeader(e.status)
		_, _ = io.WriteString(w, e.answer)
	}))
	defer s.Close()
	b := &policies{TB: t}
	w := d.Watch(b, &http.Transport{})
	req, err := http.NewRequestWithContext(t.Context(), e.method, s.URL+e.path, strings.NewReader(e.body))
	if err != nil {
		t.Fatal(err)
	}
	if e.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := w.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got, err := io.ReadAll(resp.Body); err != nil || string(got) != e.answer {
		t.Errorf("the answer arrived as %q, %v", got, err)
	}
	return b, w
}

func TestWatch(t *testing.T) {
	t.Parallel()
	d := openapitest.Load("testdata/small.json", "/v1")
	const js = "application/json"
	cases := map[string]struct {
		exchange
		want []string
	}{
		"all well":           {exchange{"GET", "/v1/boxes/7?count=3", "", 200, js, `{"name":"a","made":"2026-01-02T03:04:05Z","free":{"x":1},"inside":[{"name":"b"}]}`, ""}, nil},
		"nothing to read":    {exchange{"PUT", "/v1/boxes/7", `{"name":"a"}`, 204, "", "", ""}, nil},
		"a problem":          {exchange{"PUT", "/v1/boxes/7", `{"name":"a"}`, 404, "application/problem+json; charset=utf-8", `{"title":"no"}`, ""}, nil},
		"another path":       {exchange{"GET", "/v1/bags/7", "", 200, js, `{}`, ""}, []string{"GET /v1/bags/7: request: no such operation"}},
		"without the prefix": {exchange{"GET", "/boxes/7", "", 200, js, `{}`, ""}, []string{"GET /boxes/7: request: no such operation"}},
		"another method":     {exchange{"DELETE", "/v1/boxes/7", "", 200, js, `{}`, ""}, []string{"DELETE /v1/boxes/7: request: no such operation"}},
		"unknown query":      {exchange{"GET", "/v1/boxes/7?page=3", "", 200, js, `{"name":"a"}`, ""}, []string{"GET /boxes/{id}: request: query page: not described"}},
		"query out of range": {exchange{"GET", "/v1/boxes/7?count=11", "", 200, js, `{"name":"a"}`, ""}, []string{"GET /boxes/{id}: request: query count: number must be at most 10"}},
		"request": {exchange{"PUT", "/v1/boxes/7", `{"state":"ajar","made":"2026-01-02T03:04:05Z","colour":"red","inside":[{"name":1},{"name":2}]}`, 204, "", "", ""}, []string{
			"PUT /boxes/{id}: request: /colour: not described",
			"PUT /boxes/{id}: request: /inside/*/name: value must be a string",
			`PUT /boxes/{id}: request: /made: readOnly property "made" in request`,
			`PUT /boxes/{id}: request: /name: property "name" is missing`,
			`PUT /boxes/{id}: request: /state: value is not one of the allowed values ["open","shut"]`,
		}},
		"no body":             {exchange{"PUT", "/v1/boxes/7", "", 204, "", "", ""}, []string{"PUT /boxes/{id}: request: value is required but missing"}},
		"a body to a read":    {exchange{"GET", "/v1/boxes/7", "{}", 200, js, `{"name":"a"}`, ""}, []string{"GET /boxes/{id}: request: request body not allowed for this request"}},
		"answer":              {exchange{"GET", "/v1/boxes/7", "", 200, js, `{"name":null,"colour":"red"}`, ""}, []string{"GET /boxes/{id}: answer 200: /colour: not described", "GET /boxes/{id}: answer 200: /name: Value is not nullable"}},
		"another status":      {exchange{"GET", "/v1/boxes/7", "", 201, js, `{}`, ""}, []string{"GET /boxes/{id}: answer 201: status is not supported"}},
		"another form":        {exchange{"GET", "/v1/boxes/7", "", 200, "text/html", `<p>`, ""}, []string{`GET /boxes/{id}: answer 200: response header Content-Type has unexpected value: "text/html"`}},
		"a body out of place": {exchange{"PUT", "/v1/boxes/7", `{"name":"a"}`, 200, js, `{}`, ""}, []string{`PUT /boxes/{id}: answer 200: response header Content-Type has unexpected value: "application/json"`}},
		"a combination":       {exchange{"GET", "/v1/crates/7", "", 200, js, `{"lid":"oak","load":{"weight":3}}`, ""}, nil},
		"within a part of it": {exchange{"GET", "/v1/crates/7", "", 200, js, `{"lid":"oak","load":{"colour":3}}`, ""}, []string{"GET /crates/{id}: answer 200: /load/colour: not described"}},
		"a part alone":        {exchange{"GET", "/v1/lids/7", "", 200, js, `{"lid":"oak","colour":"red"}`, ""}, nil},
		"injected":            {exchange{"GET", "/v1/boxes/7", "", 200, "text/html", `<p>`, "html"}, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, _ := c.run(t, d)
			slices.Sort(b.errors)
			if !slices.Equal(b.errors, c.want) {
				t.Errorf("faults\n%s\nwant\n%s", strings.Join(b.errors, "\n"), strings.Join(c.want, "\n"))
			}
		})
	}
}

func TestExceptions(t *testing.T) {
	t.Parallel()
	d := openapitest.Load("testdata/small.json", "/v1",
		openapitest.Exception{Method: "GET", Path: "/boxes/{id}", Fault: "answer 200: /colour: not described", Why: "invented"},
		openapitest.Exception{Fault: "/inside/*/name", Why: "invented"},
	)
	b, w := exchange{"GET", "/v1/boxes/7", "", 200, "application/json", `{"name":"a","colour":"red"}`, ""}.run(t, d)
	if len(b.errors) != 0 {
		t.Errorf("not forgiven: %v", b.errors)
	}
	w.WantAllUsed()
	if len(b.errors) != 1 || !strings.Contains(b.errors[0], "exception 1 is not needed") {
		t.Errorf("an exception that nobody needs: %v", b.errors)
	}
	if n := w.Operations()["GET /boxes/{id}"]; n != 1 {
		t.Errorf("%d calls counted", n)
	}
}

func TestProxy(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"name":"a","colour":"red"}`)
	}))
	defer s.Close()
	b := &policies{TB: t}
	base, _ := openapitest.Load("testdata/small.json", "/v1").Proxy(b, s.URL)
	resp, err := http.Get(base + "/v1/boxes/7")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(body), "red") {
		t.Errorf("answer %q, %v", body, err)
	}
	if len(b.errors) != 1 || !strings.Contains(b.errors[0], "/colour: not described") {
		t.Errorf("faults %v", b.errors)
	}
}

func TestBrokenOff(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `{"name":`)
	}))
	defer s.Close()
	b := &policies{TB: t}
	w := openapitest.Load("testdata/small.json", "").Watch(b, &http.Transport{})
	resp, err := (&http.Client{Transport: w}).Get(s.URL + "/boxes/7")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); !errors.Is(err, io.ErrUnexpectedEOF) || string(body) != `{"name":` {
		t.Errorf("read %q, %v", body, err)
	}
	if len(b.errors) != 0 {
		t.Errorf("judged all the same: %v", b.errors)
	}
}
