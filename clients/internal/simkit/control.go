package simkit

import (
	"bytes"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// routes are the control calls that every simulator has.
func (k *Kit) routes() {
	k.Control("POST /reset", func(w http.ResponseWriter, _ *http.Request) {
		k.Reset()
		w.WriteHeader(http.StatusNoContent)
	})
	k.Control("POST /load", func(w http.ResponseWriter, r *http.Request) {
		data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody*4))
		if err == nil && !bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
			err = errors.New("a dump is an object")
		}
		if err == nil {
			k.mu.Lock()
			err = k.state.Load(data)
			k.mu.Unlock()
		}
		if err != nil {
			Fail(w, http.StatusBadRequest, err)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	k.Control("GET /dump", func(w http.ResponseWriter, _ *http.Request) {
		k.mu.Lock()
		data, err := json.Marshal(k.state.Dump())
		k.mu.Unlock()
		if err != nil {
			Fail(w, http.StatusInternalServerError, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(data)
	})
	k.Control("POST /clock", func(w http.ResponseWriter, r *http.Request) {
		var t Time
		if !Read(w, r, &t) {
			return
		}
		if err := k.clock.set(t); err != nil {
			Fail(w, http.StatusBadRequest, err)
			return
		}
		Write(w, map[string]time.Time{"now": k.Now()})
	})
	k.Control("POST /faults", func(w http.ResponseWriter, r *http.Request) {
		var f Fault
		if !Read(w, r, &f) {
			return
		}
		id, err := k.Inject(f)
		if err != nil {
			Fail(w, http.StatusBadRequest, err)
			return
		}
		Write(w, map[string]int{"id": id})
	})
	k.Control("GET /faults", func(w http.ResponseWriter, _ *http.Request) { Write(w, k.Faults()) })
	k.Control("DELETE /faults/{id}", func(w http.ResponseWriter, r *http.Request) {
		id, err := strconv.Atoi(r.PathValue("id"))
		if err != nil || !k.ClearFault(id) {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
	k.Control("GET /requests", func(w http.ResponseWriter, r *http.Request) { Write(w, k.Requests(since(r))) })
	k.Control("GET /writes", func(w http.ResponseWriter, r *http.Request) { Write(w, k.Writes(since(r))) })
}

// Reset goes back to the first state: no faults, no log, no journal, the
// machine's time. Numbers go on counting.
func (k *Kit) Reset() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.state.Reset()
	k.faults, k.log, k.journal = nil, nil, nil
	zero, running := "0s", false
	_ = k.clock.set(Time{Offset: &zero, Freeze: &running})
}

func since(r *http.Request) int {
	n, _ := strconv.Atoi(r.URL.Query().Get("since"))
	return n
}

// guard lets only calls with the control token pass, so that no web page on
// the machine can drive the simulator.
func (k *Kit) guard(next http.Handler) http.Handler {
	want := []byte("Bearer " + k.token)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) != 1 {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Read decodes the JSON body of a control call strictly. On a fault it has
// answered already and returns false.
func Read(w http.ResponseWriter, r *http.Request, v any) bool {
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		Fail(w, http.StatusBadRequest, err)
		return false
	}
	return true
}

// Write answers with JSON.
func Write(w http.ResponseWriter, v any) {
	data, err := json.Marshal(v)
	if err != nil {
		Fail(w, http.StatusInternalServerError, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(data)
}

// Fail answers a control call with what was wrong.
func Fail(w http.ResponseWriter, status int, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	data, _ := json.Marshal(map[string]string{"error": err.Error()})
	_, _ = w.Write(data)
}
