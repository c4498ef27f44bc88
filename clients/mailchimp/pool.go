package mailchimp

import (
	"io"
	"net"
	"net/http"
	"sync"
)

// pool is a transport that has no more than a number of calls open at once,
// from the first byte of a request to the last of its answer. Over HTTP/2 one
// connection would carry any number of calls, so connections cannot be counted
// instead.
type pool struct {
	next  http.RoundTripper
	slots chan struct{}
}

// newPool returns a pool of n before next; a transport of its own where next is
// nil.
func newPool(next http.RoundTripper, n int) *pool {
	if next == nil {
		own := http.DefaultTransport.(*http.Transport).Clone()
		own.MaxIdleConnsPerHost = n
		next = own
	}
	return &pool{next: next, slots: make(chan struct{}, n)}
}

// RoundTrip waits for a slot and holds it until the answer's body is closed. A
// wait that ends with the context is told as a failure to connect: nothing was
// sent.
func (p *pool) RoundTrip(r *http.Request) (*http.Response, error) {
	select {
	case p.slots <- struct{}{}:
	case <-r.Context().Done():
		return nil, &net.OpError{Op: "dial", Net: "pool", Err: r.Context().Err()}
	}
	var once sync.Once
	release := func() { once.Do(func() { <-p.slots }) }
	resp, err := p.next.RoundTrip(r)
	if err != nil {
		release()
		return nil, err
	}
	resp.Body = &held{ReadCloser: resp.Body, release: release}
	return resp, nil
}

// CloseIdleConnections lets go of idle connections.
func (p *pool) CloseIdleConnections() {
	if c, ok := p.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// held is a body that gives its slot back when it is closed.
type held struct {
	io.ReadCloser
	release func()
}

// Close closes the body and gives the slot back.
func (h *held) Close() error {
	defer h.release()
	return h.ReadCloser.Close()
}
