package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
)

// table is what a status means where the system's own Judge says nothing.
// Below 400 everything that is not a success is a redirect that was not
// followed: Drifted. From 500 on it is Transient.
var table = map[int]connector.Class{
	http.StatusUnauthorized:    connector.Denied,
	http.StatusPaymentRequired: connector.Denied,
	http.StatusForbidden:       connector.Denied,
	http.StatusNotFound:        connector.NotFound,
	http.StatusGone:            connector.NotFound,
	http.StatusRequestTimeout:  connector.Transient,
	http.StatusTooEarly:        connector.Transient,
	http.StatusTooManyRequests: connector.Throttled,

	http.StatusMethodNotAllowed:     connector.Drifted,
	http.StatusNotAcceptable:        connector.Drifted,
	http.StatusUnsupportedMediaType: connector.Drifted,
}

// throttledFor is the wait after a refusal that names none.
const throttledFor = 30 * time.Second

// ErrNoToken is behind an error when the system did not know who was calling: with a
// SignIn the call is made once more, with a new token. A status of 401 is one by itself.
var ErrNoToken = errors.New("not signed in")

// judge says what an answer means; nil is a success. What stands before the JSON of one
// that is none changes nothing of that, and is told. That a record is not there only the
// API can say: a page or a word of what stands before it may not count as "gone".
func (c *Client) judge(call Call, resp *http.Response, body []byte) *connector.Error {
	own := c.cfg.Judge
	if call.Judge != nil {
		own = call.Judge
	}
	var e *connector.Error
	what, rest := before(body)
	if own != nil {
		e = own(resp.StatusCode, rest)
	}
	if e == nil {
		if resp.StatusCode >= 200 && resp.StatusCode <= 299 {
			return nil
		}
		e = &connector.Error{}
	}
	if e.Class == connector.Unknown {
		e.Class = classOf(resp.StatusCode)
	}
	if e.Class == connector.NotFound && len(bytes.TrimSpace(rest)) > 0 && !json.Valid(rest) {
		e.Class, e.Why = connector.Drifted, fmt.Sprintf("status %d without JSON%s", resp.StatusCode, wrongBase)
	}
	if e.Err == nil && resp.StatusCode == http.StatusUnauthorized {
		e.Err = ErrNoToken
	}
	if e.Why == "" {
		e.Why = fmt.Sprintf("status %d", resp.StatusCode)
	}
	if what != "" {
		e.Why += "; " + what
	}
	if e.After == 0 && (e.Class == connector.Throttled || e.Class == connector.Transient) {
		e.After = retryAfter(resp.Header.Get("Retry-After"), c.cfg.Host.Now())
	}
	if e.After == 0 && e.Class == connector.Throttled {
		e.After = untilReset(resp.Header, c.cfg.Host.Now())
	}
	if e.After == 0 && e.Class == connector.Throttled {
		e.After = throttledFor
	}
	return e
}

func classOf(status int) connector.Class {
	if class, ok := table[status]; ok {
		return class
	}
	switch {
	case status >= 500:
		return connector.Transient
	case status >= 400:
		return connector.Rejected
	default:
		return connector.Drifted
	}
}

// longestWait is as long as a system is believed that it wants to be left alone.
const longestWait = 24 * time.Hour

// retryAfter reads the header in both its forms, seconds and a date. A date is
// counted from the host's clock. What cannot be read, or has passed, is 0.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	switch n, err := strconv.ParseFloat(value, 64); {
	case n >= longestWait.Seconds(): // also what no duration can hold
		return longestWait
	case err == nil && n > 0:
		return time.Duration(n * float64(time.Second))
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return max(0, min(at.Sub(now), longestWait))
}

// untilReset reads X-RateLimit-Reset, which some systems send in place of Retry-After:
// a time in seconds of Unix, by the clock of the system, which Date shows. What cannot
// be read, or has passed, is 0.
func untilReset(h http.Header, now time.Time) time.Duration {
	at, err := strconv.ParseInt(strings.TrimSpace(h.Get("X-RateLimit-Reset")), 10, 64)
	if err != nil {
		return 0
	}
	if theirs, err := http.ParseTime(h.Get("Date")); err == nil {
		now = theirs
	}
	return max(0, min(time.Unix(at, 0).Sub(now), longestWait))
}

// broken classifies a call that got no whole answer. All of it is Transient;
// only where no connection came about the request has certainly not left.
func broken(err error) *connector.Error {
	e := &connector.Error{Class: connector.Transient, Why: "broken line", Err: err}
	var op *net.OpError
	switch {
	case errors.As(err, &op) && op.Op == "dial":
		e.Why, e.Unsent = "no connection", true
	case errors.Is(err, context.DeadlineExceeded):
		e.Why = "no answer in time"
	case errors.Is(err, context.Canceled):
		e.Why = "cancelled"
	}
	return e
}
