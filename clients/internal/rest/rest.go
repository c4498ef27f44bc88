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
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/internal/loopback"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// The defaults of Config.
const (
	DefaultTimeout = 15 * time.Second
	DefaultMaxBody = 64 << 20
)

// Judge looks at an answer that is not a success and says what it means. Nil
// leaves it to the common table, and so does an error without a class. System and Op are filled in afterwards, and
// so is After from Retry-After. What stands before the JSON of the answer, such as
// a notice of PHP, is not shown to it and added to Why. What it returns must not quote
// the body.
type Judge func(status int, body []byte) *connector.Error

// Config is what a client needs to know of its system.
type Config struct {
	// Settings have their defaults already. Parallel 0 does not limit how many calls
	// are open at once.
	Settings

	System record.System
	Host   connector.Host

	// Authorize puts the credentials on a request.
	Authorize func(*http.Request)
	// SignIn, where it is not nil, is how a token is had that goes on each request,
	// as a bearer's.
	SignIn *SignIn
	// PaceKey keeps the starts of calls apart; it is the system's name where it is
	// empty. Host.RateLimit is asked before each call.
	PaceKey string
	// MaxBody is the largest answer in bytes. DefaultMaxBody where it is 0.
	MaxBody int64
	// Judge extends the common table, see judge.go.
	Judge Judge
	// ErrorsInside says that the system tells errors with a status of success: Judge is
	// asked about such an answer as well, and returns nil where it is none.
	ErrorsInside bool
	// Transport carries the requests; nil is one of the client's own. Tests give
	// a Recorder.
	Transport http.RoundTripper
}

// Client makes calls to one system. It may be used concurrently.
type Client struct {
	cfg    Config
	base   *url.URL
	http   *http.Client
	slots  chan struct{} // one for each call that may be open; nil: any number
	tokens *tokens       // nil without SignIn
}

// Call is one call.
type Call struct {
	Op     string // for errors: "list members"
	Method string // GET where it is empty
	Path   string // escaped, beginning with a slash; added to BaseURL
	Query  url.Values

	// At most one of JSON, Form and Parts is the body.
	JSON  any
	Form  url.Values
	Parts []Part

	// Into takes the answer: a pointer for encoding/json, or a *Raw. Nil passes
	// the answer's body over.
	Into any

	Timeout time.Duration // in place of the client's
	Judge   Judge         // in place of the client's
	// Apart is the least time from the start of this call to that of the next one that
	// keeps a distance, where that is longer than the settings say.
	Apart time.Duration
}

// Part is one part of a multipart body: a field of a form, or a file where it has a
// name of one.
type Part struct {
	Name, FileName, ContentType string
	Data                        []byte
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
	if loopback.Is(u.Hostname()) {
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
		t.MaxIdleConnsPerHost = max(8, cfg.Parallel)
		cfg.Transport = t
	}
	c := &Client{cfg: cfg, base: base, tokens: newTokens(cfg.SignIn), http: &http.Client{
		Transport:     cfg.Transport,
		CheckRedirect: checkRedirect,
	}}
	if cfg.Parallel > 0 {
		c.slots = make(chan struct{}, cfg.Parallel)
	}
	return c, nil
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

// Base is the address of the API, for a fingerprint.
func (c *Client) Base() url.URL { return *c.base }

// Fault is an error of the system that no answer brought.
func (c *Client) Fault(class connector.Class, op, why string, field record.Field) *connector.Error {
	return &connector.Error{Class: class, System: c.cfg.System, Op: op, Why: why, Field: field}
}

// Close lets go of idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// Do waits for its turn, makes the call and decodes the answer. The error is a
// *connector.Error, except for a fault of our own in encoding the body. A call that
// is answered with 401 since its token has ended is made once more with a new one:
// it has had no effect.
func (c *Client) Do(ctx context.Context, call Call) (Answer, error) {
	if c.tokens == nil {
		return c.send(ctx, call, "")
	}
	token, err := c.token(ctx, "")
	if err != nil {
		return Answer{}, notSent(err)
	}
	answer, err := c.send(ctx, call, token)
	if !errors.Is(err, ErrNoToken) {
		return answer, err
	}
	if token, err = c.token(ctx, token); err != nil {
		return Answer{}, notSent(err)
	}
	return c.send(ctx, call, token)
}

// notSent makes the error of a sign-in say that the call itself has had no effect.
func notSent(err error) error {
	if e, ok := errors.AsType[*connector.Error](err); ok {
		e.Unsent = true
	}
	return err
}

// failed names the call in an error.
func (c *Client) failed(call Call, err error) error {
	if e, ok := errors.AsType[*connector.Error](err); ok {
		e.System, e.Op = c.cfg.System, call.Op
	}
	return err
}

func (c *Client) unsent(op string, err error) error {
	return &connector.Error{Class: connector.Transient, System: c.cfg.System, Op: op, Why: "gave up waiting for its turn", Unsent: true, Err: err}
}

// turn waits until the call may start. The slot, where there are slots, is held
// until done is called.
func (c *Client) turn(ctx context.Context, apart time.Duration) (done func(), err error) {
	done = func() {}
	if c.slots != nil {
		select {
		case c.slots <- struct{}{}:
			done = func() { <-c.slots }
		case <-ctx.Done():
			return done, ctx.Err()
		}
	}
	if err := c.cfg.Host.RateLimit(ctx, c.cfg.PaceKey, max(c.cfg.every(), apart)); err != nil {
		done()
		return func() {}, err
	}
	return done, nil
}

// send makes one call. The token goes with it unless it is empty.
func (c *Client) send(ctx context.Context, call Call, token connector.Secret) (Answer, error) {
	body, contentType, err := encode(call)
	if err != nil {
		return Answer{}, fmt.Errorf("%s: %s: encode: %w", c.cfg.System, call.Op, err)
	}
	done, err := c.turn(ctx, call.Apart)
	if err != nil {
		return Answer{}, c.unsent(call.Op, err)
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(call.Timeout, c.cfg.Timeout))
	defer cancel()

	req, err := c.request(ctx, call, body, contentType)
	if err != nil {
		return Answer{}, err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token.Reveal())
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return Answer{}, c.failed(call, broken(err))
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, c.cfg.MaxBody+1))
	if err != nil {
		return Answer{}, c.failed(call, broken(err))
	}
	if int64(len(data)) > c.cfg.MaxBody {
		return Answer{}, c.failed(call, drifted("answer of more than %d bytes", c.cfg.MaxBody))
	}
	if resp.StatusCode < 200 || resp.StatusCode > 299 || c.cfg.ErrorsInside {
		if e := c.judge(call, resp, data); e != nil {
			return Answer{}, c.failed(call, e)
		}
	}
	if e := decode(call.Into, resp.Header.Get("Content-Type"), data); e != nil {
		return Answer{}, c.failed(call, e)
	}
	return Answer{Header: resp.Header, Created: resp.StatusCode == http.StatusCreated}, nil
}

func (c *Client) request(ctx context.Context, call Call, body io.Reader, contentType string) (*http.Request, error) {
	target := c.base.String() + call.Path
	if len(call.Query) > 0 {
		target += "?" + call.Query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, cmp.Or(call.Method, http.MethodGet), target, body)
	if err != nil {
		return nil, fmt.Errorf("%s: %s: malformed address", c.cfg.System, call.Op)
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
	return req, nil
}
