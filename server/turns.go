package server

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"connectrpc.com/connect"
)

// What callers get of the server, so that many of them at once, or slow ones, harm
// neither each other nor the runs.
const (
	// callsAtOnce are answered; others wait for their turn.
	callsAtOnce = 32
	turnWithin  = 10 * time.Second
	// callWithin is the longest that a call with one answer takes.
	callWithin = time.Minute
	// bodyWithin is the longest that a request may take to arrive.
	bodyWithin = 30 * time.Second
)

// turns are the calls that may be answered at once.
type turns chan struct{}

// take waits for a turn, and answers how it is given back.
func (t turns) take(ctx context.Context) (giveBack func(), err error) {
	late := time.NewTimer(turnWithin)
	defer late.Stop()
	select {
	case t <- struct{}{}:
		return func() { <-t }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-late.C:
		return nil, detailed(connect.NewError(connect.CodeResourceExhausted,
			errors.New("too many calls are waiting; try again in a while, and with fewer at once")), "TOO_MANY_CALLS", nil)
	}
}

// inTime cuts requests that do not arrive in time. What is answered may take longer.
func inTime(next http.Handler, within time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		if r.Body != http.NoBody && c.SetReadDeadline(time.Now().Add(within)) == nil {
			r.Body = &arriving{ReadCloser: r.Body, c: c, w: w, isFirst: r.ProtoMajor == 1}
		}
		next.ServeHTTP(w, r)
	})
}

// arriving is a request's body. When it is there, nothing has to be in time any more:
// the end of its connection is noticed by reading, too.
type arriving struct {
	io.ReadCloser

	c       *http.ResponseController
	w       http.ResponseWriter
	isFirst bool // HTTP/1: the connection has nothing but this request
}

func (b *arriving) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	switch {
	case errors.Is(err, io.EOF):
		_ = b.c.SetReadDeadline(time.Time{}) // fails when the connection is gone
	case err != nil && b.isFirst:
		// What may still come is the rest of this body, and no other request.
		b.w.Header().Set("Connection", "close")
	}
	return n, err
}
