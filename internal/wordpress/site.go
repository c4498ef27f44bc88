package wordpress

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"testing"
	"time"
)

// siteHeader says whose database a request is for (site/wp-config.php).
const siteHeader = "X-Touchline-Site"

// Site is one empty WordPress with a database of its own. It is an
// http.Handler as well, for a test that stands between it and the client.
type Site struct {
	http.Handler

	// URL is the site's address, without /wp-json.
	URL string
	// Admin and Reader are the server's.
	Admin, Reader Account
}

// Site makes an empty site that speaks a dialect. It ends with the test.
func (s *Server) Site(t testing.TB, d Dialect) *Site {
	t.Helper()
	return s.open(t, url.Values{"dialect": {string(d)}})
}

// SiteWithTeams is Site for one that has meta.team as a text, which no theme
// registers by itself.
func (s *Server) SiteWithTeams(t testing.TB, d Dialect) *Site {
	t.Helper()
	return s.open(t, url.Values{"dialect": {string(d)}, "teams": {"text"}})
}

func (s *Server) open(t testing.TB, options url.Values) *Site {
	t.Helper()
	number := s.sites.Add(1)
	if err := s.site(t.Context(), "copy", number, options); err != nil {
		t.Fatalf("%s\nwordpress: %v", s.logs(), err)
	}
	site := &Site{Handler: s.proxy(number), Admin: s.Admin, Reader: s.Reader}
	listener := httptest.NewServer(site)
	site.URL = listener.URL
	t.Cleanup(func() {
		listener.Close()
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.site(ctx, "drop", number, url.Values{}); err != nil {
			t.Errorf("wordpress: %v", err)
		}
	})
	return site
}

// proxy hands each request to a PHP server that does nothing else, and says
// which site it is for. The host stays as it was asked: it is the address that
// the site says it has.
func (s *Server) proxy(number int64) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var address string
		select {
		case address = <-s.idle:
		case <-r.Context().Done():
			return
		}
		defer func() { s.idle <- address }()
		(&httputil.ReverseProxy{
			Transport: direct,
			Rewrite: func(p *httputil.ProxyRequest) {
				p.Out.URL.Scheme, p.Out.URL.Host = "http", address
				p.Out.Host = p.In.Host
				p.Out.Header.Set(siteHeader, strconv.FormatInt(number, 10))
			},
		}).ServeHTTP(w, r)
	})
}
