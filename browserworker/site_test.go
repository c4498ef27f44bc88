package browserworker_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/browserworker/browsertest"
	"github.com/touchline-sync/touchline/sync/connector"
)

// tiny is a small site with a sign-in page and one page that asks for JSON.
type tiny struct {
	*httptest.Server
	account string
	mu      sync.Mutex
	valid   map[string]bool // sessions
	signIns int
	homes   int // how often the first page was opened
	refuse  bool
	half    bool // sessions say that they are signed in, but the list says not
}

var accounts atomic.Int64

// newAccount names an account that no other test has: an address would not
// do, since a port is given again once its server has gone, and the pool that
// tests share would still be signed in there.
func newAccount() string { return fmt.Sprint("account-", accounts.Add(1)) }

func newTiny(t *testing.T) *tiny {
	t.Helper()
	s := &tiny{account: newAccount(), valid: map[string]bool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.homes++
		s.mu.Unlock()
		if !s.in(r) {
			http.Redirect(w, r, "/login", http.StatusFound)
			return
		}
		io.WriteString(w, home)
	})
	mux.HandleFunc("GET /login", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, login) })
	mux.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.refuse || r.FormValue("secret") != "open sesame" {
			io.WriteString(w, login)
			return
		}
		s.signIns++
		id := fmt.Sprint("s", s.signIns)
		s.valid[id] = true
		http.SetCookie(w, &http.Cookie{Name: "sid", Value: id, Path: "/", HttpOnly: true, MaxAge: 3600})
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("POST /list", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		half := s.half
		s.mu.Unlock()
		if !s.in(r) || half {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"Things":["Noor Voorbeeld 0612345678"]}`)
	})
	mux.HandleFunc("GET /who", func(w http.ResponseWriter, r *http.Request) {
		if !s.in(r) {
			http.Redirect(w, r, "/login", http.StatusFound)
			return
		}
		fmt.Fprint(w, r.FormValue("id"), r.FormValue("of"), r.Header.Get("X-Bearer"))
	})
	mux.HandleFunc("GET /slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

const login = `<!doctype html><form method=post action=/login><input id=secret name=secret type=password><button id=go>in</button></form>`

const home = `<!doctype html><title>Noor Voorbeeld</title><nav role=navigation></nav>
<h1>Lid: Noor Voorbeeld, AA-1234</h1><!-- Noor Voorbeeld -->
<p data-person="Voorbeeld" title="Noor">geboren 17 mei 2012</p><img src="/noor.png" alt="Noor">
<input id=mail value="noor@example.org"><input id=box type=checkbox>
<button id=ask aria-pressed=false>vraag</button><div id=out></div>
<p id=btnVermeulen class="row vermeulen-3">x</p><p id=Vermeulen>y</p>
<iframe src="about:blank"></iframe>
<script>
const who = "Noor Voorbeeld";
document.getElementById("ask").onclick = async e => {
	e.target.setAttribute("aria-pressed", "true");
	const r = await fetch("/list", {method: "POST", body: "asked"});
	document.getElementById("out").textContent = r.status;
};
</script>`

func (s *tiny) in(r *http.Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := r.Cookie("sid")
	return err == nil && s.valid[c.Value]
}

func (s *tiny) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.valid)
}

func (s *tiny) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.signIns
}

// site is what a connector would make of it.
func (s *tiny) site(h connector.Host) browserworker.Site {
	at := func(ctx context.Context, p browserworker.Page) (bool, error) {
		n, err := p.Count(ctx, "#secret")
		return n > 0, err
	}
	return browserworker.Site{
		System: "tiny", Account: s.account, Host: h, Sources: []string{s.URL}, Selectors: []string{"#ask", "#mail"},
		Probe: func(ctx context.Context, p browserworker.Page) (bool, error) {
			if _, err := p.Goto(ctx, s.URL+"/", 20*time.Second); err != nil {
				return false, err
			}
			on, err := at(ctx, p)
			return !on, err
		},
		AtSignIn: at,
		SignIn: func(ctx context.Context, p browserworker.Page) error {
			if _, err := p.Goto(ctx, s.URL+"/", 20*time.Second); err != nil {
				return err
			}
			if err := p.Fill(ctx, "#secret", "open sesame"); err != nil {
				return err
			}
			if err := p.Click(ctx, "#go"); err != nil {
				return err
			}
			if err := p.WaitFor(ctx, "#secret, nav", browserworker.Attached, 5*time.Second); err != nil {
				return err
			}
			if on, err := at(ctx, p); err != nil || on {
				return &connector.Error{Class: connector.Denied, System: "tiny", Op: "sign in", Err: err}
			}
			return nil
		},
	}
}

// ask presses the button and returns the site's answer.
func (s *tiny) ask(out *browserworker.Answer) func(context.Context, browserworker.Page) error {
	return func(ctx context.Context, p browserworker.Page) error {
		if !strings.HasPrefix(p.URL(), s.URL) {
			return fmt.Errorf("not on the site")
		}
		a, err := p.Expect(ctx, browserworker.Match{Method: "POST", Path: "/list", Within: 10 * time.Second},
			func() error { return p.Click(ctx, "#ask") })
		if err != nil {
			return err
		}
		if a.Status == http.StatusUnauthorized {
			return browserworker.ErrSignedOut
		}
		*out = a
		return nil
	}
}

func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// setup has a browser of its own, which may be killed; lent shares one.
func setup(t *testing.T) (*tiny, *shared, *browserworker.Pool) {
	t.Helper()
	return newTiny(t), newShared(t), browsertest.Pool(t)
}

func lent(t *testing.T) (*tiny, *shared, *browserworker.Pool) {
	t.Helper()
	return newTiny(t), newShared(t), browsertest.Shared(t)
}
