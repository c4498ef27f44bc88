package rest_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
)

// portal is a system whose tokens last an hour, and of which it takes only the
// newest.
type portal struct {
	mu      sync.Mutex
	fetched int
	answer  func(n int) string // to the sign-in number n
	refuse  int                // the status of all calls, where it is not 0
	closed  int                // the same of sign-ins
	calls   atomic.Int32
}

func (p *portal) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if strings.HasPrefix(r.URL.Path, "/sign-in") {
		if r.Header.Get("Authorization") != "" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if p.closed != 0 {
			w.WriteHeader(p.closed)
			return
		}
		p.fetched++
		_, _ = fmt.Fprint(w, p.answer(p.fetched))
		return
	}
	p.calls.Add(1)
	if p.refuse != 0 {
		w.WriteHeader(p.refuse)
		return
	}
	if !strings.HasSuffix(r.Header.Get("Authorization"), fmt.Sprintf("token-%d", p.fetched)) {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	_, _ = fmt.Fprint(w, `{}`)
}

func credentials(n int) string {
	return fmt.Sprintf(`{"access_token":"token-%d","token_type":"Bearer","expires_in":3600}`, n)
}

func signedIn(t *testing.T, p *portal, how *rest.SignIn) *bundle {
	t.Helper()
	return setup(t, p.ServeHTTP, func(c *rest.Config) { c.SignIn = how })
}

func (b *bundle) get(ctx context.Context) error {
	var into struct{}
	_, err := b.Do(ctx, rest.Call{Op: "get it", Path: "/thing", Into: &into})
	return err
}

func oauth() *rest.SignIn { return rest.ClientCredentials("/sign-in/token", "id", "secret") }

// One sign-in serves all callers; it is repeated when the token ends, and once when
// the system takes it no more.
func TestSignIn(t *testing.T) {
	t.Parallel()
	p := &portal{answer: credentials}
	b := signedIn(t, p, oauth())
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if err := b.get(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if p.fetched != 1 {
		t.Errorf("signed in %d times for 20 calls", p.fetched)
	}
	for _, near := range []struct {
		by      time.Duration
		fetched int
	}{{time.Hour - 62*time.Second, 1}, {4 * time.Second, 2}} { // a minute before its end it is not used any more
		b.host.Advance(near.by)
		if err := b.get(t.Context()); err != nil || p.fetched != near.fetched {
			t.Errorf("signed in %d times, want %d, %v", p.fetched, near.fetched, err)
		}
	}
	p.fetched++ // somebody has signed in elsewhere: our token is the old one
	if err := b.get(t.Context()); err != nil || p.fetched != 4 {
		t.Errorf("signed in %d times, %v", p.fetched, err)
	}
	for status, want := range map[int]int32{http.StatusUnauthorized: 2, http.StatusForbidden: 1} {
		p.refuse = status
		calls := p.calls.Load()
		if e := asError(t, b.get(t.Context())); e.Class != connector.Denied || p.calls.Load()-calls != want {
			t.Errorf("%v after %d calls, want %d", e, p.calls.Load()-calls, want)
		}
	}
}

// A token that has ended, and no new one to be had for now, says nothing of the
// credentials: the call was refused without effect, and is to be made again.
func TestSignInClosed(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]connector.Class{503: connector.Transient, 429: connector.Throttled, 401: connector.Denied} {
		p := &portal{answer: credentials}
		b := signedIn(t, p, oauth())
		if err := b.get(t.Context()); err != nil {
			t.Fatal(err)
		}
		p.fetched++ // somebody has signed in elsewhere: our token is the old one
		p.closed = status
		err := b.get(t.Context())
		if e, ok := errors.AsType[*connector.Error](err); !ok || e.Class != want || e.Op != "sign in" || !e.Unsent {
			t.Errorf("%d: %v, want %v, unsent", status, err, want)
		}
	}
}

// Another process goes on with the token that one has fetched.
func TestSignInIsShared(t *testing.T) {
	t.Parallel()
	p := &portal{answer: credentials}
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	client := func() *bundle {
		return setup(t, nil, func(cfg *rest.Config) { cfg.BaseURL, cfg.SignIn = s.URL, oauth() })
	}
	b := client()
	if err := b.get(t.Context()); err != nil {
		t.Fatal(err)
	}
	other := client()
	sealed, err := b.host.GetSecret(t.Context(), "token:example")
	if err == nil {
		err = other.host.PutSecret(t.Context(), "token:example", sealed)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := other.get(t.Context()); err != nil || p.fetched != 1 {
		t.Errorf("signed in %d times, %v", p.fetched, err)
	}
}

// The token of the site or of the account that was there before goes to no other.
func TestSignInOfAnother(t *testing.T) {
	t.Parallel()
	client := func(id, secret string) *rest.SignIn {
		return rest.ClientCredentials("/sign-in/token", id, connector.Secret(secret))
	}
	for name, c := range map[string]struct {
		next  *rest.SignIn
		other bool // at another site
	}{
		"another site":    {client("id", "secret"), true},
		"another path":    {rest.ClientCredentials("/sign-in/v2/token", "id", "secret"), false},
		"another account": {client("new", "secret"), false},
		"another secret":  {client("id", "other"), false},
		"another way":     {rest.Login("/sign-in", map[string]string{"password": "secret"}, "access_token"), false},
	} {
		seen := make(chan string, 10)
		site := func(at string) http.HandlerFunc {
			n := 0
			return func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if strings.HasPrefix(r.URL.Path, "/sign-in") {
					n++
					_, _ = fmt.Fprintf(w, `{"access_token":"%s-%d","token_type":"bearer","expires_in":3600}`, at, n)
					return
				}
				seen <- strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
				_, _ = fmt.Fprint(w, `{}`)
			}
		}
		old := httptest.NewServer(site("old"))
		t.Cleanup(old.Close)
		first := setup(t, nil, func(cfg *rest.Config) { cfg.BaseURL, cfg.SignIn = old.URL, client("id", "secret") })
		if err := first.get(t.Context()); err != nil {
			t.Fatal(err)
		}
		cfg := rest.Config{System: "example", Host: first.host, Settings: rest.Settings{BaseURL: old.URL}}
		want := "old-2"
		if c.other {
			s := httptest.NewServer(site("new"))
			t.Cleanup(s.Close)
			cfg.BaseURL, want = s.URL, "new-1"
		}
		cfg.SignIn = c.next
		for range 2 {
			next, err := rest.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(next.Close)
			if _, err := next.Do(t.Context(), rest.Call{Op: "get it", Path: "/thing"}); err != nil {
				t.Fatal(err)
			}
		}
		if got := []string{<-seen, <-seen, <-seen}; got[0] != "old-1" || got[1] != want || got[2] != want {
			t.Errorf("%s: the calls went with %q, want old-1 and twice %s", name, got, want)
		}
		sealed, err := first.host.GetSecret(t.Context(), "token:example")
		if err != nil || strings.Contains(string(sealed), "secret") {
			t.Errorf("%s: what is kept shows what was signed in with, or %v", name, err)
		}
	}
}

// A refusal to sign in concerns the credentials, and a sign-in that is not there the
// site: neither is the record's.
func TestSignInRefused(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]connector.Class{
		400: connector.Denied, 401: connector.Denied, 403: connector.Denied, 422: connector.Denied,
		404: connector.Drifted, 429: connector.Throttled, 503: connector.Transient,
	} {
		for _, how := range []*rest.SignIn{oauth(), rest.Login("/sign-in", 1, "id_token")} {
			b := setup(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(status)
				_, _ = fmt.Fprint(w, `{"error":"invalid_client","error_description":"`+sample+`"}`)
			}, func(c *rest.Config) { c.SignIn = how })
			err := b.get(t.Context())
			if e, ok := errors.AsType[*connector.Error](err); !ok || e.Class != want || e.Op != "sign in" || !e.Unsent || strings.Contains(err.Error(), sample) {
				t.Errorf("%d: %v, want %v, unsent", status, err, want)
			}
		}
	}
}

// A JSON Web Token says itself when it ends.
func TestLogin(t *testing.T) {
	t.Parallel()
	claim := base64.RawURLEncoding.EncodeToString
	var b *bundle
	p := &portal{answer: func(n int) string {
		exp := b.host.Now().Add(time.Hour).Unix()
		return fmt.Sprintf(`{"id_token":"%s.%s.token-%d"}`, claim([]byte(`{"alg":"HS512"}`)), claim(fmt.Appendf(nil, `{"exp":%d}`, exp)), n)
	}}
	b = signedIn(t, p, rest.Login("/sign-in", map[string]string{"username": "u", "password": "p"}, "id_token"))
	for _, want := range []int{1, 1, 2} {
		if err := b.get(t.Context()); err != nil || p.fetched != want {
			t.Errorf("signed in %d times, want %d; %v", p.fetched, want, err)
		}
		b.host.Advance(40 * time.Minute)
	}
}

// An answer without a token is no token, and quotes nothing.
func TestSignInWithoutAToken(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"another type": `{"access_token":"` + sample + `","token_type":"mac"}`, "no JSON": `<html>`, "empty": ``,
		"a notice": "Notice: " + sample + ` in /x.php{"access_token":"a","token_type":"bearer","id_token":"b"}`,
	} {
		for _, how := range []*rest.SignIn{oauth(), rest.Login("/sign-in", 1, "id_token")} {
			p := &portal{answer: func(int) string { return answer }}
			err := signedIn(t, p, how).get(t.Context())
			e, ok := errors.AsType[*connector.Error](err)
			if !ok || e.Class != connector.Drifted || e.Op != "sign in" || strings.Contains(err.Error(), sample) || p.calls.Load() != 0 {
				t.Errorf("%s: %v after %d calls", name, err, p.calls.Load())
			}
			if ok && name == "a notice" && !strings.Contains(e.Why, "before the JSON") {
				t.Errorf("what stands before the token is not named: %v", err)
			}
		}
	}
}

// A grant that was given once is what every token is fetched with.
func TestRefreshGrant(t *testing.T) {
	t.Parallel()
	form := rest.RefreshGrant("/sign-in/token", "id", "secret", "granted").Call.Form
	for name, want := range map[string]string{"grant_type": "refresh_token", "refresh_token": "granted", "client_id": "id", "client_secret": "secret"} {
		if got := form.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	p := &portal{answer: credentials}
	b := signedIn(t, p, rest.RefreshGrant("/sign-in/token", "id", "secret", "granted"))
	if err := b.get(t.Context()); err != nil || p.fetched != 1 {
		t.Errorf("%v, %d tokens", err, p.fetched)
	}
}

// An error of the sign-in that comes with a status of success says that the credentials are
// not accepted, as one with 400 does.
func TestSignInRefusedInside(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]connector.Class{
		`{"error":"invalid_grant","error_description":"x","hint":"y","message":"z"}`: connector.Denied,
		`{"error":{"error_code":6,"error_msg":"Key authentication failed"}}`:         connector.Denied,
		`{"error":null}`: connector.Drifted,
		`[]`:             connector.Drifted,
	} {
		b := signedIn(t, &portal{answer: func(int) string { return body }}, oauth())
		e, ok := errors.AsType[*connector.Error](b.get(t.Context()))
		if !ok || e.Class != want || !e.Unsent || e.Op != "sign in" {
			t.Errorf("%s: %v, want %s", body, e, want)
		}
	}
}
