package web

import (
	"context"
	"io"
	"net/http"
	"sync"

	api "github.com/touchline-sync/touchline/api/touchline/v1/touchlinev1connect"
)

// watcher calls the streams of the API with one person's token.
func watcher(handler http.Handler, from *http.Request, token string) api.PipelineServiceClient {
	return api.NewPipelineServiceClient(&http.Client{Transport: streaming{inProcess{handler, from, token}}}, "http://touchline")
}

// streaming carries calls to a handler of this process whose answer is read while it is
// written.
type streaming struct{ inProcess }

// RoundTrip begins one call. It ends with the context of the request, or when the answer
// is closed.
func (p streaming) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	read, write := io.Pipe()
	answer := &piped{PipeWriter: write, header: http.Header{}, begun: make(chan struct{})}
	call := p.call(r).WithContext(ctx)
	go func() {
		p.handler.ServeHTTP(answer, call)
		answer.WriteHeader(http.StatusOK)
		_ = write.Close() // never fails
		if r.Body != nil {
			_ = r.Body.Close() // who still sends is told that nobody reads
		}
	}()
	select {
	case <-answer.begun:
	case <-ctx.Done():
		cancel()
		_ = read.Close() // never fails; the handler ends with its context
		return nil, context.Cause(ctx)
	}
	return response(r, answer.status, answer.sent, &closing{read, cancel}, -1), nil
}

// piped passes an answer on while it is written.
type piped struct {
	*io.PipeWriter

	header, sent http.Header
	status       int
	once         sync.Once
	begun        chan struct{} // closed when the header is sent
}

func (p *piped) Header() http.Header { return p.header }

func (p *piped) WriteHeader(status int) {
	p.once.Do(func() {
		p.status, p.sent = status, p.header.Clone()
		close(p.begun)
	})
}

func (p *piped) Write(b []byte) (int, error) {
	p.WriteHeader(http.StatusOK)
	return p.PipeWriter.Write(b)
}

// Flush sends the header: all else is passed on at once.
func (p *piped) Flush() { p.WriteHeader(http.StatusOK) }

// closing is an answer whose call ends when nobody reads on.
type closing struct {
	*io.PipeReader

	cancel context.CancelFunc
}

func (c *closing) Close() error {
	c.cancel()
	return c.PipeReader.Close()
}
