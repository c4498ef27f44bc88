package browserworker

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"
)

// TestGateBody: an answer that begins before the request has been read to its
// end takes nothing from either.
func TestGateBody(t *testing.T) {
	t.Parallel()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		first := make([]byte, 1)
		if c.EnableFullDuplex() != nil {
			return
		}
		if _, err := io.ReadFull(r.Body, first); err != nil {
			return
		}
		_, _ = w.Write(first)
		_ = c.Flush()
		_, _ = io.Copy(w, r.Body)
	}))
	t.Cleanup(site.Close)
	g, err := openGate([]string{site.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.close)
	through := &http.Transport{Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: g.addr})}
	t.Cleanup(through.CloseIdleConnections)

	body, rest := io.Pipe()
	begun := make(chan error, 1)
	go func() {
		_, err := io.WriteString(rest, "a")
		begun <- err
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, site.URL, body)
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = 3
	answer, err := through.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if err := <-begun; err != nil {
		t.Fatal(err)
	}
	go func() {
		_, _ = io.WriteString(rest, "bc")
		_ = rest.Close()
	}()
	if got, err := io.ReadAll(answer.Body); err != nil || string(got) != "abc" {
		t.Fatalf("%d bytes of 3, %v", len(got), err)
	}
}
