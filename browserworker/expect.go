package browserworker

import (
	"cmp"
	"context"
	"errors"
	"net/url"
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
	Sent func(body []byte) bool
	// Query has what the address must ask for besides, such as for whom: a page may ask for
	// another record late.
	Query  map[string]string
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

	sent map[string]string // the headers that the page had set, of a GET; a credential may be among them
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
	path, query, _ := strings.Cut(r.URL(), "?")
	if !strings.HasSuffix(path, a.m.Path) || !asks(query, a.m.Query) {
		return false
	}
	if a.m.Sent == nil {
		return true
	}
	body, err := r.PostDataBuffer()
	return err == nil && a.m.Sent(body)
}

// asks reports whether a query asks for all of this.
func asks(query string, want map[string]string) bool {
	if len(want) == 0 {
		return true
	}
	q, err := url.ParseQuery(query)
	for name, v := range want {
		if err != nil || q.Get(name) != v {
			return false
		}
	}
	return true
}

// listen subscribes to what Expect needs, once in a page's life. The handlers
// run on the reader of the driver's connection: they make no call, or all
// would stand still (seen 2026-11).
func (p *page) listen() {
	lost := func(playwright.Page) {
		p.b.lost.Store(true)
		p.each(func(a *awaited) { offer(a.failures, ErrLost) })
	}
	p.p.OnCrash(lost)
	p.p.OnClose(func(playwright.Page) {
		p.each(func(a *awaited) { offer(a.failures, ErrLost) })
	})
	p.p.OnDownload(func(d playwright.Download) {
		p.each(func(a *awaited) {
			if a.files != nil {
				offer(a.files, d)
			}
		})
	})
	p.p.OnRequest(func(r playwright.Request) {
		circles := p.seen.asks(r)
		p.each(func(a *awaited) {
			if circles {
				offer(a.moves, ErrCircles)
			}
			if a.wants(r) {
				a.sent.Store(true)
				a.asked[r] = true
			}
		})
	})
	p.p.OnResponse(func(r playwright.Response) {
		p.seen.answered(r)
		p.each(func(a *awaited) { a.answered(r) })
	})
	p.p.OnRequestFinished(func(r playwright.Request) {
		p.each(func(a *awaited) {
			if a.first != nil && a.first.Request() == r {
				offer(a.answers, a.first)
			}
		})
	})
	p.p.OnRequestFailed(func(r playwright.Request) {
		p.seen.failed(r)
		p.each(func(a *awaited) { a.failed(r) })
	})
	p.p.OnFrameNavigated(func(f playwright.Frame) {
		p.each(func(a *awaited) {
			if a.m.Elsewhere != nil && f.ParentFrame() == nil && a.m.Elsewhere(f.URL()) {
				offer(a.moves, ErrElsewhere)
			}
		})
	})
}

// each tells all that is awaited now.
func (p *page) each(tell func(*awaited)) {
	if all := p.awaited.Load(); all != nil {
		for _, a := range *all {
			tell(a)
		}
	}
}

func (a *awaited) answered(r playwright.Response) {
	if a.first == nil && a.asked[r.Request()] {
		a.first = r
		if bare(r.Status()) {
			offer(a.answers, r) // its body may never be read, nor end
		}
	}
}

func (a *awaited) failed(r playwright.Request) {
	switch {
	case a.first != nil && bare(a.first.Status()):
		// so an answer without a body is told, too (seen 2026-11)
	case a.first != nil && a.first.Request() == r, a.first == nil && a.asked[r]:
		offer(a.failures, cmp.Or(r.Failure(), errRequestFailed))
	}
}

// Expect waits from before act until the answer, its failure, a move elsewhere
// or the time-out.
func (p *page) Expect(ctx context.Context, m Match, act func() error) (Answer, error) {
	answers, err := p.ExpectAll(ctx, []Match{m}, act)
	return answers[0], err
}

// ExpectAll does the same with several answers to what one act makes the page ask.
func (p *page) ExpectAll(ctx context.Context, matches []Match, act func() error) ([]Answer, error) {
	all := make([]*awaited, len(matches))
	for i, m := range matches {
		all[i] = &awaited{
			m: m, asked: map[playwright.Request]bool{}, answers: make(chan playwright.Response, 1), failures: make(chan error, 1), moves: make(chan error, 1),
		}
	}
	out := make([]Answer, len(all))
	p.awaited.Store(&all)
	defer p.awaited.Store(nil)
	if err := act(); err != nil {
		return out, err
	}
	began := time.Now()
	for i, a := range all {
		a.m.Within = max(time.Millisecond, a.m.Within-time.Since(began))
		answer, err := p.await(ctx, "await "+a.m.Path, a)
		if err != nil {
			return out, err
		}
		out[i] = answer
	}
	return out, nil
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
