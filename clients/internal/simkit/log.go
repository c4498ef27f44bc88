package simkit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"slices"
	"time"
)

// Request is one line of the request log: every request to a part, numbered
// from 1 on in order of arrival.
type Request struct {
	Seq      int               `json:"seq"`
	Time     time.Time         `json:"time"`
	Part     string            `json:"part"`
	Method   string            `json:"method"`
	Path     string            `json:"path"`
	Query    string            `json:"query,omitempty"`
	Headers  map[string]string `json:"headers,omitempty"`
	BodySize int               `json:"body_size"`
	BodyHash string            `json:"body_sha256,omitempty"`
	// Status is 0 while the request is being answered and when the line was
	// dropped before an answer.
	Status int    `json:"status"`
	Fault  string `json:"fault,omitempty"`
}

// Change is one line of the journal: a change of the state that a part has
// accepted. Changes made by control calls are not in it.
type Change struct {
	Seq        int       `json:"seq"`
	Time       time.Time `json:"time"`
	Request    int       `json:"request"` // number in the request log
	Op         string    `json:"op"`      // "create", "update" or "delete"
	Collection string    `json:"collection"`
	ID         string    `json:"id"`
	Before     any       `json:"before,omitempty"`
	After      any       `json:"after,omitempty"`

	// By is the request that made the change; Request is taken from it.
	By *http.Request `json:"-"`
}

const (
	keptRequests = 500_000  // the oldest are forgotten above that
	maxBody      = 64 << 20 // of a request
)

// The headers that the request log keeps.
var logged = []string{"Accept", "Content-Type", "Origin", "Referer", "User-Agent"}

type numberKey struct{}

// Number returns the number that a request to a part has in the request log.
func Number(r *http.Request) int {
	if e, ok := r.Context().Value(numberKey{}).(*Request); ok {
		return e.Seq
	}
	return 0
}

// Accepted writes a change to the journal. It is called with the kit locked,
// in the same critical section as the change itself. Before and After must not
// be changed later: give copies.
func (k *Kit) Accepted(c Change) {
	k.written++
	c.Seq, c.Time = k.written, k.Now()
	if c.By != nil {
		c.Request, c.By = Number(c.By), nil
	}
	k.journal = append(k.journal, c)
}

// Requests returns the lines of the request log after number since.
func (k *Kit) Requests(since int) []Request {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := []Request{}
	for _, e := range k.log {
		if e.Seq > since {
			out = append(out, *e)
		}
	}
	return out
}

// Writes returns the lines of the journal after number since.
func (k *Kit) Writes(since int) []Change {
	k.mu.Lock()
	defer k.mu.Unlock()
	out := []Change{}
	for _, c := range k.journal {
		if c.Seq > since {
			out = append(out, c)
		}
	}
	return out
}

// through numbers, logs and disturbs every request to a part.
func (k *Kit) through(p part) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			return // the line broke, or nobody sends that much
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		e := &Request{
			Time: k.Now(), Part: p.name, Method: r.Method,
			Path: r.URL.Path, Query: r.URL.RawQuery,
			Headers: map[string]string{}, BodySize: len(body),
		}
		if len(body) > 0 {
			sum := sha256.Sum256(body)
			e.BodyHash = hex.EncodeToString(sum[:])
		}
		for _, h := range logged {
			if v := r.Header.Get(h); v != "" {
				e.Headers[h] = v
			}
		}
		k.mu.Lock()
		k.seq++
		e.Seq = k.seq
		if len(k.log) >= keptRequests {
			k.log = slices.Delete(k.log, 0, keptRequests/10)
		}
		k.log = append(k.log, e)
		hits := k.hits(e)
		k.mu.Unlock()

		r = r.WithContext(context.WithValue(r.Context(), numberKey{}, e))
		sw := &statusWriter{ResponseWriter: w}
		k.answer(sw, r, p.handler, hits)

		k.mu.Lock()
		e.Status = sw.status
		k.mu.Unlock()
	})
}

// statusWriter remembers the status that was sent.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 || w.status < 200 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Unwrap gives http.ResponseController the writer below.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Flush lets handlers that stream look for http.Flusher.
func (w *statusWriter) Flush() { _ = http.NewResponseController(w.ResponseWriter).Flush() }
