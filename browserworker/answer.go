package browserworker

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/playwright-community/playwright-go"
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
	if r.Request().Method() == "GET" {
		a.sent = repeatable(r.Request().Headers())
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
