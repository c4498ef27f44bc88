// Package rest is the one HTTP client of all systems with an API: it paces,
// limits, encodes, decodes and classifies. It is the one place that looks at
// a status code. It knows no system, and it never tries again: that is the
// engine's business.
package rest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// The defaults of Config.
const (
	DefaultTimeout = 15 * time.Second
	DefaultMaxBody = 64 << 20
)

// Judge looks at an answer that is not a success and says what it means. Nil
// leaves it to the common table. System and Op are filled in afterwards, and
// so is After from Retry-After. What it returns must not quote the body.
type Judge func(status int, body []byte) *connector.Error

// Config is what a client needs to know of its system.
type Config struct {
	System  record.System
	BaseURL string // absolute; checked by CheckBase
	Host    connector.Host

	// Authorize puts the credentials on a request.
	Authorize func(*http.Request)
	// PaceKey and Every keep the starts of calls apart. The key is the system's
	// name where it is empty. Host.Pace is asked before each call, also when
	// Every is 0.
	PaceKey string
	Every   time.Duration
	// Timeout is the whole time of one call, to the last byte of the answer,
	// without the wait for its turn. DefaultTimeout where it is 0.
	Timeout time.Duration
	// MaxBody is the largest answer in bytes. DefaultMaxBody where it is 0.
	MaxBody int64
	// Judge extends the common table, see judge.go.
	Judge Judge
	// Transport carries the requests; nil is one of the client's own. Tests give
	// a Recorder.
	Transport http.RoundTripper
}

// Client makes calls to one system. It may be used concurrently.
type Client struct {
	cfg  Config
	base *url.URL
	http *http.Client
}

// Call is one call.
type Call struct {
	Op     string // for errors: "list members"
	Method string // GET where it is empty
	Path   string // escaped, beginning with a slash; added to BaseURL
	Query  url.Values

	// At most one of JSON and Form is the body.
	JSON any
	Form url.Values

	// Into takes the answer: a pointer for encoding/json, or a *Raw. Nil passes
	// the answer's body over.
	Into any

	Timeout time.Duration // in place of the client's
	Judge   Judge         // in place of the client's
}

// Raw takes an answer as it is.
type Raw struct {
	ContentType string
	Bytes       []byte
}

// Answer is what a successful call says besides its body.
type Answer struct {
	Header  http.Header
	Created bool // the system says that the call made something new (201)
}

// CheckBase tells whether an address can be a BaseURL: https, or http on
// loopback, without user, query or fragment.
func CheckBase(base string) error {
	u, err := url.Parse(base)
	switch {
	case err != nil || u.Host == "":
		return errors.New("not an absolute URL")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return errors.New("a base URL has no user, query or fragment")
	case u.Scheme == "https":
		return nil
	case u.Scheme != "http":
		return errors.New("the scheme must be https")
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return errors.New("plain http is for loopback only")
}

// New returns a client. It makes no call.
func New(cfg Config) (*Client, error) {
	if err := CheckBase(cfg.BaseURL); err != nil {
		return nil, fmt.Errorf("%s: base URL: %w", cfg.System, err)
	}
	base, err := url.Parse(strings.TrimRight(cfg.BaseURL, "/"))
	if err != nil {
		return nil, fmt.Errorf("%s: base URL: %w", cfg.System, err)
	}
	cfg.PaceKey = cmp.Or(cfg.PaceKey, string(cfg.System))
	cfg.Timeout = cmp.Or(cfg.Timeout, DefaultTimeout)
	cfg.MaxBody = cmp.Or(cfg.MaxBody, int64(DefaultMaxBody))
	if cfg.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.MaxIdleConnsPerHost = 8
		cfg.Transport = t
	}
	return &Client{cfg: cfg, base: base, http: &http.Client{
		Transport:     cfg.Transport,
		CheckRedirect: checkRedirect,
	}}, nil
}

// checkRedirect follows a few redirects of reads within the site. Any other
// one is left as the answer, and judged.
func checkRedirect(next *http.Request, via []*http.Request) error {
	first := via[0]
	if len(via) > 3 || first.Method != http.MethodGet ||
		next.URL.Host != first.URL.Host || next.URL.Scheme != first.URL.Scheme {
		return http.ErrUseLastResponse
	}
	return nil
}

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Do waits for its turn, makes the call and decodes the answer. The error is a
// *connector.Error, except for a fault of our own in encoding the body.
func (c *Client) Do(ctx context.Context, call Call) (Answer, error) {
	fail := func(e *connector.Error) (Answer, error) {
		e.System, e.Op = c.cfg.System, call.Op
		return Answer{}, e
	}
	body, contentType, err := encode(call)
	if err != nil {
		return Answer{}, fmt.Errorf("%s: %s: encode: %w", c.cfg.System, call.Op, err)
	}
	if err := c.cfg.Host.RateLimit(ctx, c.cfg.PaceKey, c.cfg.Every); err != nil {
		return fail(&connector.Error{Class: connector.Transient, Why: "gave up waiting for its turn", Unsent: true, Err: err})
	}
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(call.Timeout, c.cfg.Timeout))
	defer cancel()

	target := c.base.String() + call.Path
	if len(call.Query) > 0 {
		target += "?" + call.Query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, cmp.Or(call.Method, http.MethodGet), target, body)
	if err != nil {
		return Answer{}, fmt.Errorf("%s: %s: malformed address", c.cfg.System, call.Op)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	req.Header.Set("Accept", "application/json")
	if _, raw := call.Into.(*Raw); raw {
		req.Header.Set("Accept", "*/*")
	}
	req.Header.Set("User-Agent", "touchline (+https://github.com/touchline-sync/touchline)")
	if c.cfg.Authorize != nil {
		c.cfg.Authorize(req)
	}

	resp, err := c.http.Do(req)
	if err != nil {
		return fail(broken(err))
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, c.cfg.MaxBody+1))
	if err != nil {
		return fail(broken(err))
	}
	if int64(len(data)) > c.cfg.MaxBody {
		return fail(drifted("answer of more than %d bytes", c.cfg.MaxBody))
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return fail(c.judge(call, resp, data))
	}
	if e := decode(call.Into, resp.Header.Get("Content-Type"), data); e != nil {
		return fail(e)
	}
	return Answer{Header: resp.Header, Created: resp.StatusCode == http.StatusCreated}, nil
}
