package rondosim_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/rondoclub/rondosim"
	"github.com/touchline-sync/touchline/internal/wordpress"
)

// exception is a difference that stays, with its reason. Requests is a part of
// the names of requests, At of the difference.
type exception struct{ Requests, At, Why string }

// exceptions are at most ten, and each is used: one that nothing needs any more
// fails the test.
var exceptions = []exception{
	{"", "body._links: WordPress alone has it", "an answer to a request without _fields lists the calls that go with it; touchline names its fields, and follows no link"},
	{"a case", "header Location", "what stands beside persons is counted apart by each side, so that the ids of cases differ; touchline reads the id of the answer"},
}

// TestWordPressAndTheSimulatorAnswerAlike sends one list of requests to both, in
// each dialect: every difference in status or value is a failure, or one of the
// exceptions.
func TestWordPressAndTheSimulatorAnswerAlike(t *testing.T) {
	t.Parallel()
	server := wordpress.Start(t)
	var mu sync.Mutex
	used := map[exception]int{}
	t.Run("to", func(t *testing.T) {
		for _, story := range []struct {
			name     string
			all      []request
			least    int
			options  rondosim.Options
			installs func(t *testing.T) *wordpress.Site
		}{
			{
				"fields", requests(wordpress.Fields), 120,
				rondosim.Options{Theme: rondosim.Fields},
				func(t *testing.T) *wordpress.Site { t.Helper(); return server.Site(t, wordpress.Fields) },
			},
			{
				"acf", requests(wordpress.ACF), 120,
				rondosim.Options{Theme: rondosim.ACF},
				func(t *testing.T) *wordpress.Site { t.Helper(); return server.Site(t, wordpress.ACF) },
			},
			{
				"teams", teamRequests(), 10,
				rondosim.Options{Theme: rondosim.Fields, Team: "text"},
				func(t *testing.T) *wordpress.Site { t.Helper(); return server.SiteWithTeams(t, wordpress.Fields) },
			},
		} {
			t.Run(story.name, func(t *testing.T) {
				t.Parallel()
				all := story.all
				if len(all) < story.least {
					t.Errorf("%d requests, at least %d", len(all), story.least)
				}
				sim, real := simulated(t, story.options), installed(t, story.installs(t))
				for _, r := range all {
					for _, diff := range differences(sim.send(t, r), real.send(t, r)) {
						e, ok := excepted(r, diff)
						if !ok {
							t.Errorf("%s (%s %s): %s", r.Name, r.Method, r.Path, diff)
							continue
						}
						mu.Lock()
						used[e]++
						mu.Unlock()
					}
				}
				t.Logf("%d requests", len(all))
			})
		}
	})
	if len(exceptions) > 10 {
		t.Errorf("%d exceptions, at most 10", len(exceptions))
	}
	for _, e := range exceptions {
		t.Logf("an exception, needed %d times: %q in %q: %s", used[e], e.At, e.Requests, e.Why)
		if used[e] == 0 {
			t.Errorf("nothing needs the exception %q, %q", e.Requests, e.At)
		}
	}
}

func excepted(r request, diff string) (exception, bool) {
	for _, e := range exceptions {
		if strings.Contains(r.Name, e.Requests) && strings.Contains(diff, e.At) {
			return e, true
		}
	}
	return exception{}, false
}

func simulated(t *testing.T, o rondosim.Options) side {
	t.Helper()
	kit := rondosim.New(o)
	info, err := kit.Start("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kit.Close() })
	remote := simkit.Remote{Info: info}
	control := func(t *testing.T, method, path string, in any) {
		t.Helper()
		if err := remote.Call(t.Context(), method, path, in, nil); err != nil {
			t.Fatal(err)
		}
	}
	control(t, http.MethodPatch, "/site", object{"home": info.Addresses["api"]})
	user := info.Credentials["username"]
	return side{
		base: info.Addresses["api"],
		accounts: map[string][2]string{
			"": {user, info.Credentials["app_password"]}, "wrong": {user, "not the password"},
			"reader": {user, info.Credentials["app_password"]},
		},
		role: func(t *testing.T, as string) func() {
			t.Helper()
			if as != "reader" {
				return func() {}
			}
			control(t, http.MethodPatch, "/site", object{"role": "subscriber"})
			return func() { control(t, http.MethodPatch, "/site", object{"role": "administrator"}) }
		},
		merge: func(t *testing.T, from string, into int) {
			t.Helper()
			control(t, http.MethodPost, "/people/"+from+"/merge", object{"into": into})
		},
		account: func(t *testing.T, of object) {
			t.Helper()
			of["roles"] = []any{of["role"]}
			delete(of, "role")
			control(t, http.MethodPost, "/accounts", of)
		},
	}
}

func installed(t *testing.T, site *wordpress.Site) side {
	t.Helper()
	s := side{base: site.URL, accounts: map[string][2]string{
		"": {site.Admin.Username, site.Admin.Password}, "wrong": {site.Admin.Username, "not the password"},
		"reader": {site.Reader.Username, site.Reader.Password},
	}}
	post := func(t *testing.T, path string, body object) {
		t.Helper()
		data, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.base+"/wp-json/touchline-test/v1/"+path, bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		r.SetBasicAuth(site.Admin.Username, site.Admin.Password)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: status %d, %v", path, answer.StatusCode, err)
		}
	}
	s.merge = func(t *testing.T, from string, into int) {
		t.Helper()
		post(t, "people/"+from+"/merge", object{"into": into})
	}
	s.account = func(t *testing.T, of object) { t.Helper(); post(t, "accounts", of) }
	return s
}
