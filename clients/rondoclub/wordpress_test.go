package rondoclub_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/clients/internal/simkit"
	"github.com/touchline-sync/touchline/clients/rondoclub"
	"github.com/touchline-sync/touchline/internal/wordpress"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/connector/connectortest"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// TestWordPressSuite lets the connector work with a real WordPress, in each
// dialect: the same suite, with the same troubles on the line.
func TestWordPressSuite(t *testing.T) {
	t.Parallel()
	server := wordpress.Start(t)
	for _, d := range []wordpress.Dialect{wordpress.Fields, wordpress.ACF} {
		t.Run(string(d), func(t *testing.T) {
			t.Parallel()
			connectortest.Run(t, connectortest.Subject{
				Open:   func(t *testing.T) *connectortest.Bench { t.Helper(); return installed(t, server, d) },
				Public: public,
			})
		})
	}
}

// installed is a new site, with the kit between it and the connector: it makes
// the troubles and counts what the site has accepted.
func installed(t *testing.T, server *wordpress.Server, d wordpress.Dialect) *connectortest.Bench {
	t.Helper()
	site := server.Site(t, d)
	kit := simkit.New("wordpress", nothing{})
	kit.Part("api", between(kit, site))
	info, err := kit.Start("")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = kit.Close() })
	b := &bundle{
		t: t, kit: kit, remote: simkit.Remote{Info: info}, host: connectortest.NewHost(t),
		cfg: rondoclub.Config{
			Settings: rest.Settings{BaseURL: info.Addresses["api"]}, Username: site.Admin.Username,
			AppPassword: connector.Secret(site.Admin.Password),
		},
	}
	b.open()
	return b.bench(func(t *testing.T, id record.ExternalID, set record.Fields) {
		t.Helper()
		edit := object{"email_2": set[person.Email2]}
		if d == wordpress.ACF {
			edit = secondAddress(set[person.Email2])
			edit["first_name"] = numbered(0)[person.FirstName]
		}
		write(t, site, "people/"+string(id), object{string(d): edit})
	})
}

// nothing is the state of a kit that holds none of its own.
type nothing struct{}

func (nothing) Reset()            {}
func (nothing) Load([]byte) error { return nil }
func (nothing) Dump() any         { return nil }

// between passes requests on.
func between(kit *simkit.Kit, site http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if kit.Fault(r, "anonymous") {
			r.Header.Del("Authorization")
		}
		seen := &status{ResponseWriter: w}
		site.ServeHTTP(seen, r)
		if r.Method != http.MethodGet && r.Method != http.MethodOptions && seen.code < 300 {
			kit.Lock()
			defer kit.Unlock()
			kit.Accepted(simkit.Change{By: r, Op: r.Method, Collection: "people"})
		}
	})
}

// status remembers the status of an answer.
type status struct {
	http.ResponseWriter
	code int
}

// WriteHeader notes the status.
func (s *status) WriteHeader(code int) {
	s.code = code
	s.ResponseWriter.WriteHeader(code)
}

// write is what somebody else writes at the site.
func write(t *testing.T, site *wordpress.Site, path string, body object) {
	t.Helper()
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, site.URL+"/wp-json/wp/v2/"+path, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(site.Admin.Username, site.Admin.Password)
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("an edit at the site: status %d, %v", answer.StatusCode, err)
	}
}
