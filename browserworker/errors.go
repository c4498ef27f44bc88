package browserworker

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/playwright-community/playwright-go"
)

// The conditions that a page call can end in. Their texts name our operation
// and selector, never what the page or Playwright said, since that may hold
// what stands on the page.
var (
	// ErrTimeout means that what was awaited did not come in time.
	ErrTimeout = errors.New("not seen in time")
	// ErrLost means that the browser, its driver or the page has died. The
	// next use gets a new one.
	ErrLost = errors.New("browser lost")
	// ErrNetwork means that the browser could not reach the address.
	ErrNetwork = errors.New("address not reached")
	// ErrElsewhere means that the page went where the awaited answer cannot
	// come any more.
	ErrElsewhere = errors.New("page went elsewhere")
	// ErrCircles means that the page asks for the same document again and
	// again, by itself.
	ErrCircles = errors.New("page goes in circles")
	// ErrUnasked means that the page did not make the call whose answer was
	// awaited.
	ErrUnasked = errors.New("the page did not ask")
	// ErrSignedOut is what a site's own function returns when it finds that
	// the session is not, or only half, signed in. The pool then throws the
	// session away, signs in anew and calls the function once more.
	ErrSignedOut = errors.New("not signed in")
	// ErrScript means that a script failed inside the page.
	ErrScript = errors.New("script failed in the page")
	// ErrClosed means that the pool has been closed.
	ErrClosed = errors.New("browser pool closed")
)

// callError is a failed call. What Playwright said is kept for errors.Is but
// never printed, except for the browser's own name of a network error.
type callError struct {
	op    string
	kind  error
	cause error
}

func (e *callError) Error() string {
	text := e.op + ": " + e.kind.Error()
	if name := netError.FindString(cause(e)); name != "" && errors.Is(e.kind, ErrNetwork) {
		text += " (" + name + ")"
	}
	return text
}

// netError is how Chromium names a network error: net::ERR_CONNECTION_RESET.
var netError = regexp.MustCompile(`\bnet::ERR_[A-Z0-9_]+\b`)

func (e *callError) Unwrap() []error { return []error{e.kind, e.cause} }

// The words by which Playwright 1.52 and Chromium 156 tell that a target has
// died (seen 2026-11). Not every death has a type of its own.
var lostWords = []string{
	"target closed", "connection closed", "page crashed", "target crashed", "has been closed",
	"could not send message", "transport closed", "browser has disconnected", "browser closed", "process exited",
}

func tell(op string, err error) error {
	if err == nil {
		return nil
	}
	if e := (*callError)(nil); errors.As(err, &e) {
		return err
	}
	text := strings.ToLower(err.Error())
	kind := ErrScript
	switch {
	case errors.Is(err, ErrLost), errors.Is(err, playwright.ErrTargetClosed), hasAny(text, lostWords):
		kind = ErrLost
	case errors.Is(err, playwright.ErrTimeout), errors.Is(err, ErrTimeout):
		kind = ErrTimeout
	case errors.Is(err, ErrCircles), strings.Contains(text, "net::err_too_many_redirects"):
		kind = ErrCircles
	case errors.Is(err, ErrElsewhere):
		kind = ErrElsewhere
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		kind = ErrLost
	case strings.Contains(text, "interrupted by another navigation"), strings.Contains(text, "net::err_aborted"),
		strings.Contains(text, "execution context was destroyed"), strings.Contains(text, "because of a navigation"):
		kind = ErrElsewhere
	case strings.Contains(text, "net::"), strings.Contains(text, "ns_error"):
		kind = ErrNetwork
	}
	return &callError{op: op, kind: kind, cause: err}
}

func hasAny(text string, words []string) bool {
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}
