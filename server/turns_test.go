package server

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"connectrpc.com/connect"
)

func TestTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		free := make(turns, 2)
		first, err := free.take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := free.take(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := free.take(t.Context()); connect.CodeOf(err) != connect.CodeResourceExhausted {
			t.Errorf("the third at once: %v", err)
		}
		gone, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := free.take(gone); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a caller who waits no longer: %v", err)
		}
		time.AfterFunc(time.Second, first)
		if _, err := free.take(t.Context()); err != nil {
			t.Errorf("when a turn was given back: %v", err)
		}
	})
}

// A request that does not arrive is cut; one that has arrived is answered, however long
// that takes, and its end is not taken for the caller's.
func TestRequestsArriveInTime(t *testing.T) {
	t.Parallel()
	const within = time.Second
	read := make(chan error, 1)
	s := httptest.NewServer(inTime(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := http.NewResponseController(w).EnableFullDuplex(); err != nil { // as Connect does
			t.Error(err)
		}
		_, err := io.Copy(io.Discard, r.Body)
		read <- err
		select {
		case <-r.Context().Done():
			w.WriteHeader(http.StatusTeapot)
		case <-time.After(2 * within):
		}
	}), within))
	defer s.Close()

	for _, body := range []string{"all of it", ""} {
		res, err := http.Post(s.URL, "text/plain", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusOK || <-read != nil {
			t.Errorf("a whole request of %d bytes: %d, %v", len(body), res.StatusCode, err)
		}
	}

	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf"); err != nil {
		t.Fatal(err)
	}
	if err := <-read; err == nil {
		t.Error("half a request was taken for a whole one")
	}
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if answer, err := io.ReadAll(conn); err != nil || len(answer) == 0 {
		t.Errorf("the connection of half a request is not closed: %q, %v", answer, err)
	}
}
