package rest

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"sync"
)

// Recorder is a transport for tests that remembers what was sent.
type Recorder struct {
	// Next carries the requests; http.DefaultTransport where it is nil.
	Next http.RoundTripper

	mu   sync.Mutex
	sent []Sent
}

// Sent is one request as it left.
type Sent struct {
	Method, Path, Query, ContentType, Body string
}

// RoundTrip remembers the request and passes it on.
func (r *Recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	var body []byte
	if req.Body != nil {
		var err error
		if body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
		_ = req.Body.Close()
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	r.mu.Lock()
	r.sent = append(r.sent, Sent{req.Method, req.URL.EscapedPath(), req.URL.RawQuery, req.Header.Get("Content-Type"), string(body)})
	r.mu.Unlock()
	next := r.Next
	if next == nil {
		next = http.DefaultTransport
	}
	return next.RoundTrip(req)
}

// Sent returns what was sent so far.
func (r *Recorder) Sent() []Sent {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.sent)
}
