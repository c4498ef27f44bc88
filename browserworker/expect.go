package browserworker

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/playwright-community/playwright-go"
)

// Match says which of the site's own answers is awaited, and for how long.
type Match struct {
	Method string // empty: any
	Path   string // the end of the address's path: a whole name, or another call is taken for it
	// Sent tells by what the page sends whether this is the call meant; nil:
	// any. It must not block.
	Sent   func(body []byte) bool
	Within time.Duration
	// Elsewhere tells, of an address that the page itself has gone to, that
	// the answer cannot come any more. Nil: never.
	Elsewhere func(url string) bool
}

// Answer is what the site answered to its own page.
type Answer struct {
	URL     string
	Status  int
	Header  map[string]string // names in lower case
	Body    []byte
	Request []byte // what the page had sent
}

// Failure is what the answer says of why it is none; its status is 0 when it
// is one.
func (a Answer) Failure() Failure {
	return failureOf(a.URL, a.Status, a.Header)
}

var errRequestFailed = errors.New("the page's request failed")

// awaited is one Expect under way. What the page had asked before it is none of
// its business: the end of such a call may be told late (seen 2026-11).
type awaited struct {
	m        Match
	sent     atomic.Bool
	asked    map[playwright.Request]bool // handlers only; those made since
	first    playwright.Response         // handlers only; whole when its request ends
	answers  chan playwright.Response
	failures chan error
	moves    chan error

	files chan playwright.Download // of one that awaits a file, and no answer
	file  playwright.Download
}

func (a *awaited) wants(r playwright.Request) bool {
	if a.files != nil {
		return false
	}
	if a.m.Method != "" && r.Method() != a.m.Method {
		return false
	}
	path, _, _ := strings.Cut(r.URL(), "?")
	if !strings.HasSuffix(path, a.m.Path) {
		return false
	}
	if a.m.Sent == nil {
		return true
	}
	body, err := r.PostDataBuffer()
	return err == nil && a.m.Sent(body)
}

// listen subscribes to what Expect needs, once in a page's life. The handlers
// run on the reader of the driver's connection: they make no call, or all
// would stand still (seen 2026-11).
func (p *page) listen() {
	lost := func(playwright.Page) {
		p.b.lost.Store(true)
		if a := p.awaited.Load(); a != nil {
			offer(a.failures, ErrLost)
		}
	}
	p.p.OnCrash(lost)
	p.p.OnClose(func(playwright.Page) {
		if a := p.awaited.Load(); a != nil {
			offer(a.failures, ErrLost)
		}
	})
	p.p.OnDownload(func(d playwright.Download) {
		if a := p.awaited.Load(); a != nil && a.files != nil {
			offer(a.files, d)
		}
	})
	p.p.OnRequest(func(r playwright.Request) {
		if p.seen.asks(r) {
			if a := p.awaited.Load(); a != nil {
				offer(a.moves, ErrCircles)
			}
		}
		if a := p.awaited.Load(); a != nil && a.wants(r) {
			a.sent.Store(true)
			a.asked[r] = true
		}
	})
	p.p.OnResponse(func(r playwright.Response) {
		p.seen.answered(r)
		if a := p.awaited.Load(); a != nil && a.first == nil && a.asked[r.Request()] {
			a.first = r
			if bare(r.Status()) {
				offer(a.answers, r) // its body may never be read, nor end
			}
		}
	})
	p.p.OnRequestFinished(func(r playwright.Request) {
		if a := p.awaited.Load(); a != nil && a.first != nil && a.first.Request() == r {
			offer(a.answers, a.first)
		}
	})
	p.p.OnRequestFailed(func(r playwright.Request) {
		p.seen.failed(r)
		a := p.awaited.Load()
		switch {
		case a == nil:
		case a.first != nil && bare(a.first.Status()):
			// so an answer without a body is told, too (seen 2026-11)
		case a.first != nil && a.first.Request() == r, a.first == nil && a.asked[r]:
			offer(a.failures, cmp.Or(r.Failure(), errRequestFailed))
		}
	})
	p.p.OnFrameNavigated(func(f playwright.Frame) {
		if a := p.awaited.Load(); a != nil && a.m.Elsewhere != nil && f.ParentFrame() == nil && a.m.Elsewhere(f.URL()) {
			offer(a.moves, ErrElsewhere)
		}
	})
}

// Expect waits from before act until the answer, its failure, a move elsewhere
// or the time-out.
func (p *page) Expect(ctx context.Context, m Match, act func() error) (Answer, error) {
	a := &awaited{
		m: m, asked: map[playwright.Request]bool{}, answers: make(chan playwright.Response, 1), failures: make(chan error, 1), moves: make(chan error, 1),
	}
	p.awaited.Store(a)
	defer p.awaited.Store(nil)
	if err := act(); err != nil {
		return Answer{}, err
	}
	return p.await(ctx, "await "+m.Path, a)
}

func (p *page) await(ctx context.Context, op string, a *awaited) (Answer, error) {
	timeout := time.NewTimer(a.m.Within)
	defer timeout.Stop()
	// The driver can die without a word: OnDisconnected does not fire then
	// (seen 2026-11), so the browser is asked for a sign of life.
	pulse := time.NewTicker(pulseEvery)
	defer pulse.Stop()
	for {
		select {
		case r := <-a.answers:
			return p.read(ctx, op, r)
		case a.file = <-a.files:
			return Answer{}, nil
		case err := <-a.moves:
			return Answer{}, &callError{op: op, kind: err}
		case err := <-a.failures:
			if errors.Is(err, ErrLost) {
				return Answer{}, &callError{op: op, kind: ErrLost}
			}
			// A page that leaves drops its requests first and moves after.
			select {
			case err := <-a.moves:
				return Answer{}, &callError{op: op, kind: err}
			case <-time.After(time.Second):
			case <-ctx.Done():
			}
			return Answer{}, &callError{op: op, kind: ErrNetwork, cause: err}
		case <-pulse.C:
			if _, err := ask(ctx, p, op, pulseLimit, func() (any, error) { return p.p.Evaluate("1") }); errors.Is(err, ErrLost) || ctx.Err() != nil {
				return Answer{}, err
			}
		case <-timeout.C:
			if !a.sent.Load() {
				return Answer{}, &callError{op: op, kind: ErrUnasked}
			}
			return Answer{}, &callError{op: op, kind: ErrTimeout}
		case <-ctx.Done():
			// Nothing hangs here: the browser may live.
			return Answer{}, ctx.Err()
		}
	}
}

const (
	pulseEvery = 5 * time.Second
	pulseLimit = 20 * time.Second
)

// bodyLimit is how long a body may take that has already come in whole.
const bodyLimit = 10 * time.Second

// read reads an answer. The body of a refusal is left alone: it is of no use,
// and a page that goes on at once can take it away for ever.
func (p *page) read(ctx context.Context, op string, r playwright.Response) (Answer, error) {
	a := Answer{URL: r.URL(), Status: r.Status(), Header: r.Headers()}
	if body, err := r.Request().PostDataBuffer(); err == nil {
		a.Request = body
	}
	if bare(a.Status) {
		return a, nil
	}
	if p.gone.Load() {
		return a, &callError{op: op, kind: ErrElsewhere}
	}
	var err error
	a.Body, err = guard(ctx, p.b, op, bodyLimit, r.Body, p.abandon)
	switch {
	case err == nil:
	case strings.Contains(cause(err), "No data found for resource"):
		// so Chromium 156 tells of an empty body (seen 2026-11)
		return a, nil
	case strings.Contains(cause(err), "No resource with given identifier"):
		return a, &callError{op: op, kind: ErrElsewhere, cause: err} // the page has been left
	case errors.Is(err, ErrLost):
		p.b.lost.Store(true)
	}
	return a, err
}

// abandon closes the page so that its calls return; the browser lives on.
func (p *page) abandon() {
	p.gone.Store(true)
	go func() { _ = p.p.Close() }() // returns with the page's calls, or with the browser
}

func cause(err error) string {
	if e := (*callError)(nil); errors.As(err, &e) && e.cause != nil {
		return e.cause.Error()
	}
	return ""
}

// bare tells of a status whose answer may come without a body.
func bare(status int) bool { return status == 204 || status >= 300 }

func offer[T any](c chan<- T, v T) {
	select {
	case c <- v:
	default: // the first one counts
	}
}
