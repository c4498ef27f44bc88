package simkit

import (
	"encoding/json"
	"maps"
	"net/http"
	"time"
)

// Call answers one call of a part, with the kit locked. A nil body is an answer
// without one, and a []byte is one that is no JSON.
type Call func(r *http.Request) (status int, body any, err error)

// Headed is a body with headers of its own, such as those of a page of a listing.
type Headed struct {
	Header http.Header
	Body   any
}

// API answers the calls of a part in JSON.
type API struct {
	Kit *Kit
	// Around answers a request with the kit unlocked: by next, and around that by what
	// the simulator does first, such as ask for its named faults. Path values are known.
	// Nil: next alone.
	Around func(w http.ResponseWriter, r *http.Request, next http.Handler)
	// Enter refuses a request before its call is looked at, such as for its
	// credentials. The kit is locked. Nil: anybody may come in.
	Enter func(r *http.Request) error
	// Refused says how the system tells what was refused. It may set headers, a type of
	// content among them.
	Refused func(w http.ResponseWriter, err error) (status int, body any)
	// Unknown is the refusal of a path that there is not.
	Unknown error
	// Calls are by pattern, such as "GET /people/{id}".
	Calls map[string]Call
}

// Handler returns the part's handler.
func (a API) Handler() http.Handler {
	mux := http.NewServeMux()
	for pattern, call := range a.Calls {
		mux.Handle(pattern, a.serve(call))
	}
	mux.Handle("/", a.serve(func(*http.Request) (int, any, error) { return 0, nil, a.Unknown }))
	return mux
}

func (a API) serve(call Call) http.Handler {
	answer := a.answer(call)
	if a.Around == nil {
		return answer
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.Around(w, r, answer) })
}

func (a API) answer(call Call) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.Kit.Lock()
		defer a.Kit.Unlock()
		var status int
		var body any
		var err error
		if a.Enter != nil {
			err = a.Enter(r)
		}
		if err == nil {
			status, body, err = call(r)
		}
		if err != nil {
			a.Refuse(w, err)
			return
		}
		respondJSON(w, status, body)
	})
}

// Refuse answers a request that gets no further. A part calls it for what it refuses
// before the kit is locked, such as for a fault by name.
func (a API) Refuse(w http.ResponseWriter, err error) {
	status, body := a.Refused(w, err)
	respondJSON(w, status, body)
}

func respondJSON(w http.ResponseWriter, status int, body any) {
	if h, ok := body.(Headed); ok {
		maps.Copy(w.Header(), h.Header)
		body = h.Body
	}
	if body == nil {
		w.WriteHeader(status)
		return
	}
	data, raw := body.([]byte)
	if !raw {
		var err error
		if data, err = json.Marshal(body); err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
	}
	if w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	w.WriteHeader(status)
	_, _ = w.Write(data)
}

// Limit counts the calls of the last minute.
type Limit struct{ starts []time.Time }

// Wait counts a call that starts now, and says how long it must wait where there were
// as many in the last minute as the system takes. A refused call is not counted; 0
// takes any number.
func (l *Limit) Wait(now time.Time, perMinute int) time.Duration {
	for len(l.starts) > 0 && now.Sub(l.starts[0]) >= time.Minute {
		l.starts = l.starts[1:]
	}
	if perMinute > 0 && len(l.starts) >= perMinute {
		return l.starts[0].Add(time.Minute).Sub(now)
	}
	l.starts = append(l.starts, now)
	return 0
}
