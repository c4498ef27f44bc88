package rest

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// Raw takes an answer as it is.
type Raw struct {
	ContentType string
	Bytes       []byte
}

// Nothing takes the answer of a call that shows no record: it has no body, or JSON, which
// is passed over. Anything else, such as a page for people, is Drifted.
var Nothing = new(nothing)

type nothing struct{}

// UnmarshalJSON passes anything over.
func (*nothing) UnmarshalJSON([]byte) error { return nil }

// Answer is what a successful call says besides its body.
type Answer struct {
	Header  http.Header
	Created bool // the system says that the call made something new (201)
}

// Clock is the system's own time when it answered; zero where it does not say.
func (a Answer) Clock() time.Time {
	at, err := http.ParseTime(a.Header.Get("Date"))
	if err != nil {
		return time.Time{}
	}
	return at
}

// Fetch makes a call and returns its answer as it came, which is JSON.
func (c *Client) Fetch(ctx context.Context, call Call) (raw json.RawMessage, err error) {
	call.Into = &raw
	_, err = c.Do(ctx, call)
	return raw, err
}
