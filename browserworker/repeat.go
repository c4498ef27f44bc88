package browserworker

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"time"
)

// Call is a call of the page's own that is to be made once more, for something else.
type Call struct {
	Of    Answer            // one that Expect has returned, to a GET
	Query map[string]string // what the address asks for in place of what it did
}

// collectEvery is how many calls a page makes until what is left of them is let go of: by
// itself the browser leaves it for long (0.1 MB for four calls, 2026-11).
const collectEvery = 400

//go:embed repeat.js
var repeatScript string

// Repeat makes calls once more that the page has made, from inside it and all at once,
// with the headers that it had sent: a page that would be opened to ask just this need
// not be. The answers come in the order of the calls. Where the site sends elsewhere,
// as to a sign-in, the status is 302.
func (p *page) Repeat(ctx context.Context, calls []Call, within time.Duration) ([]Answer, error) {
	const op = "repeat calls"
	out, asked := make([]Answer, len(calls)), make([]any, len(calls))
	for i, c := range calls {
		address, err := c.address()
		if err != nil {
			return nil, &callError{op: op, kind: ErrUnasked, cause: err}
		}
		out[i].URL, out[i].sent = address, c.Of.sent
		headers := map[string]any{}
		for name, v := range c.Of.sent {
			headers[name] = v
		}
		asked[i] = map[string]any{"url": address, "headers": headers}
	}
	if err := p.collect(ctx, len(calls)); err != nil {
		return nil, err
	}
	answered, err := ask(ctx, p, op, within+grace, func() (any, error) {
		return p.p.Evaluate(repeatScript, map[string]any{"calls": asked, "within": float64(within.Milliseconds())})
	})
	if err != nil {
		return nil, err
	}
	var all []struct {
		Status int
		Late   bool
		Header map[string]string
		Body   string
	}
	text, _ := answered.(string)
	if err := json.Unmarshal([]byte(text), &all); err != nil || len(all) != len(calls) {
		return nil, &callError{op: op, kind: ErrScript, cause: err}
	}
	for i, a := range all {
		switch {
		case a.Late:
			return nil, &callError{op: op, kind: ErrTimeout}
		case a.Status == 0:
			return nil, &callError{op: op, kind: ErrNetwork}
		}
		out[i].Status, out[i].Header, out[i].Body = a.Status, a.Header, []byte(a.Body)
	}
	return out, nil
}

// collect has the browser let go of what is left of the page's calls, once there are many.
// The site is asked for nothing.
func (p *page) collect(ctx context.Context, calls int) error {
	if p.calls += calls; p.calls < collectEvery {
		return nil
	}
	p.calls = 0
	_, err := ask(ctx, p, "let go of calls", p.timeout+grace, func() (nothing, error) { return nothing{}, p.p.RequestGC() })
	return err
}

// address is where the call goes.
func (c Call) address() (string, error) {
	if c.Of.sent == nil {
		return "", errors.New("the page has not made this call, or sent more than an address")
	}
	u, err := url.Parse(c.Of.URL)
	if err != nil {
		return "", err
	}
	q := u.Query()
	for name, v := range c.Query {
		q.Set(name, v)
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// repeatable are the headers of a call that its script has set. The rest the browser
// adds by itself.
func repeatable(headers map[string]string) map[string]string {
	out := map[string]string{}
	for name, v := range headers {
		switch name = strings.ToLower(name); {
		case strings.HasPrefix(name, ":"), strings.HasPrefix(name, "sec-"), strings.HasPrefix(name, "proxy-"):
		case name == "user-agent", name == "referer", name == "origin", name == "host", name == "cookie", name == "connection",
			name == "accept-language", name == "accept-encoding", name == "content-length", name == "if-none-match", name == "if-modified-since":
		default:
			out[name] = v
		}
	}
	return out
}
