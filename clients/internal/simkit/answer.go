package simkit

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"time"
)

// FaultHeader stands in every answer that a fault made in the handler's place,
// so that tests can tell it from an answer of the simulated system.
const FaultHeader = "X-Simulated-Fault"

const signInPage = `<!doctype html><html><head><title>Sign in</title></head><body><form method="post"><input name="username"><input name="password" type="password"></form></body></html>`

// answer runs the handler with the faults that strike the request.
func (k *Kit) answer(w http.ResponseWriter, r *http.Request, h http.Handler, hits []*fault) {
	for _, f := range hits {
		switch f.Do.Kind {
		case FaultDelay:
			if wait(r.Context(), f.delay) != nil {
				return
			}
		case FaultStatus:
			respond(w, f.Do, f.Do.Status, "text/plain; charset=utf-8", f.Do.Body)
			return
		case FaultHTML:
			respond(w, f.Do, cmp.Or(f.Do.Status, http.StatusOK), "text/html; charset=utf-8", cmp.Or(f.Do.Body, signInPage))
			return
		case FaultBody:
			respond(w, f.Do, cmp.Or(f.Do.Status, http.StatusOK), "application/json", f.Do.Body)
			return
		case FaultDrop:
			dropLine(w)
			return
		case FaultDropAfter:
			h.ServeHTTP(httptest.NewRecorder(), r)
			dropLine(w)
			return
		case FaultSlowAfter:
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			if wait(r.Context(), f.delay) != nil {
				return
			}
			maps.Copy(w.Header(), rec.Header())
			w.WriteHeader(rec.Code)
			_, _ = w.Write(rec.Body.Bytes())
			return
		case FaultCut:
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			maps.Copy(w.Header(), rec.Header())
			w.Header().Set("Content-Length", strconv.Itoa(rec.Body.Len()+1))
			w.WriteHeader(rec.Code)
			_, _ = w.Write(rec.Body.Bytes()[:rec.Body.Len()/2])
			_ = http.NewResponseController(w).Flush()
			dropLine(w)
			return
		}
	}
	h.ServeHTTP(w, r)
}

func respond(w http.ResponseWriter, d Do, status int, contentType, body string) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set(FaultHeader, d.Kind)
	for name, v := range d.Headers {
		w.Header().Set(name, v)
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

// dropLine breaks the connection without a further byte.
func dropLine(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
