// Package wordpress runs a real WordPress for a test: Debian's own, with PHP's
// server and a MariaDB in a temporary folder, on loopback alone. A plug-in of
// ours (site/rondo.php) registers what the theme of Rondo Club registers, in
// both of its dialects, so that a client and a simulator of it can be held
// against WordPress' own routes, sign-in, schemas, pages and trash.
//
// A test starts one server and takes as many sites of it as it likes, each
// empty and with a database of its own:
//
//	server := wordpress.Start(t)
//	site := server.Site(t, wordpress.Fields)
//	... site.URL, site.Username, site.Password
//
// All of it ends with the test, and with the process when that is killed.
package wordpress

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/internal/osthread"
	"github.com/touchline-sync/touchline/internal/sizetest"
)

// Dialect is the property that a site has for a person's fields.
type Dialect string

// The dialects (docs/systems/rondoclub.md, "Two dialects").
const (
	Fields Dialect = "fields"
	ACF    Dialect = "acf"
)

const (
	// strict makes a missing part a failure, where all are meant to be there.
	strict = "TOUCHLINE_TEST_STRICT"
	// unpacked is where scripts/install-deps.sh puts Debian's package.
	unpacked = "runtime/wordpress/usr/share/wordpress"

	startWithin = 5 * time.Minute
	// workers is how many requests are served at once. Each is a process of
	// ours: those that PHP's server makes by itself outlive it.
	workers = 3
)

// Account is a user of every site, with an application password.
type Account struct {
	Username, Password string
}

// Server is a WordPress that runs. It is made by Start.
type Server struct {
	dir, secret string
	thread      *osthread.Thread // that all children belong to
	children    []*exec.Cmd
	idle        chan string // addresses of PHP servers that do nothing now
	sites       atomic.Int64

	// Admin may do everything, Reader nothing but read what visitors may.
	Admin, Reader Account
	// Version is WordPress' own.
	Version string
}

// Need skips the test with -short and, but in strict mode, on a machine that
// lacks a part of a server.
func Need(t testing.TB) {
	t.Helper()
	need(t)
}

func need(t testing.TB) parts {
	t.Helper()
	sizetest.Skip(t, "a real WordPress")
	p, err := find()
	if err != nil {
		if os.Getenv(strict) != "" {
			t.Fatal(err)
		}
		t.Skipf("SKIPPED, no WordPress: %v", err)
	}
	return p
}

// Start starts a server that ends with the test. What Need asks for, it asks
// for.
func Start(t testing.TB) *Server {
	t.Helper()
	p := need(t)
	begun := time.Now()
	s, err := begin(t, p)
	if err != nil { // a child that died young: what it has said is above
		t.Logf("wordpress is started again: %v", err)
		s, err = begin(t, p)
	}
	if err != nil {
		t.Fatalf("wordpress: %v", err)
	}
	t.Logf("WordPress %s is up after %.1f s", s.Version, time.Since(begun).Seconds())
	return s
}

// begin starts a server once. What its children have said of a failure is logged.
func begin(t testing.TB, p parts) (*Server, error) {
	t.Helper()
	s := &Server{secret: rand.Text(), thread: osthread.New(), idle: make(chan string, workers)}
	t.Cleanup(func() {
		if err := s.stop(); err != nil {
			t.Errorf("wordpress: %v", err)
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), startWithin)
	defer cancel()
	err := s.start(ctx, p)
	if err != nil {
		t.Log(s.logs())
	}
	return s, err
}

// parts are what the machine must have.
type parts struct{ tree, php, mariadb string }

func find() (parts, error) {
	var p parts
	var lack []error
	look := func(to *string, names ...string) {
		for _, name := range names {
			if path, err := exec.LookPath(name); err == nil {
				*to = path
				return
			}
		}
		lack = append(lack, fmt.Errorf("there is no %s", names[0]))
	}
	look(&p.php, "php8.2", "php")
	look(&p.mariadb, "mariadbd", "/usr/sbin/mariadbd")
	root, err := moduleRoot()
	if err != nil {
		return p, err
	}
	p.tree = filepath.Join(root, unpacked)
	if _, err := os.Stat(filepath.Join(p.tree, "wp-load.php")); err != nil {
		lack = append(lack, fmt.Errorf("there is no WordPress in %s", unpacked))
	}
	if err := errors.Join(lack...); err != nil {
		return p, fmt.Errorf("%w; get what is missing with: sudo scripts/install-deps.sh wordpress", err)
	}
	return p, nil
}

// moduleRoot is the folder of go.mod; tests run in that of their package.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, missing := os.Stat(filepath.Join(dir, "go.mod")); missing == nil {
			return dir, nil
		}
		if filepath.Dir(dir) == dir {
			return "", errors.New("no go.mod above the test's folder")
		}
		dir = filepath.Dir(dir)
	}
	return "", err
}

func (s *Server) start(ctx context.Context, p parts) error {
	who, err := account()
	if err != nil {
		return err
	}
	if s.dir, err = newFolder(); err != nil {
		return err
	}
	if err := s.fill(p.tree, who); err != nil {
		return err
	}
	if err := s.database(p.mariadb, who); err != nil {
		return err
	}
	var addresses []string
	for range workers {
		address, err := s.php(ctx, p.php, who)
		if err != nil {
			return err
		}
		addresses = append(addresses, address)
	}
	for _, address := range addresses {
		if err := s.ready(ctx, address); err != nil {
			return err
		}
	}
	var made struct {
		Username       string
		Password       string
		Reader         string
		ReaderPassword string `json:"reader_password"`
		Version        string
	}
	if err := s.control(ctx, addresses[0], "install", nil, &made); err != nil {
		return fmt.Errorf("install: %w", err)
	}
	s.Admin, s.Reader = Account{made.Username, made.Password}, Account{made.Reader, made.ReaderPassword}
	s.Version = made.Version
	for _, address := range addresses {
		// The first request compiles some 300 files.
		if err := s.warm(ctx, address); err != nil {
			return err
		}
		s.idle <- address
	}
	return nil
}

func (s *Server) socket() string { return filepath.Join(s.dir, "run", "s") }

// ready waits until PHP answers, and can reach the database.
func (s *Server) ready(ctx context.Context, address string) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := s.control(ctx, address, "ready", nil, nil)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("not ready: %w", err)
		}
	}
}

// status is an answer that is no success.
type status int

// Error says which.
func (s status) Error() string { return fmt.Sprintf("status %d", int(s)) }

// control asks the server itself (site/control.php).
func (s *Server) control(ctx context.Context, address, what string, q url.Values, into any) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/-/"+what+"?"+q.Encode(), nil)
	if err != nil {
		return err
	}
	r.Header.Set("X-Touchline-Secret", s.secret)
	answer, err := direct.RoundTrip(r)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return status(answer.StatusCode)
	}
	if into == nil {
		return nil
	}
	said, err := io.ReadAll(answer.Body)
	if err == nil {
		err = json.Unmarshal(said, into)
	}
	if err != nil {
		return fmt.Errorf("%s answered %.300q: %w", what, said, err)
	}
	return nil
}

// direct makes one request on a line of its own: a PHP server serves one line
// at a time.
var direct = &http.Transport{DisableKeepAlives: true}

func (s *Server) warm(ctx context.Context, address string) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/wp-json/wp/v2/people", nil)
	if err != nil {
		return err
	}
	answer, err := direct.RoundTrip(r)
	if err != nil {
		return err
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the first request: status %d", answer.StatusCode)
	}
	return nil
}

// site makes or drops a database.
func (s *Server) site(ctx context.Context, what string, number int64, options url.Values) error {
	address := <-s.idle
	defer func() { s.idle <- address }()
	options.Set("site", strconv.FormatInt(number, 10))
	return s.control(ctx, address, what, options, nil)
}
