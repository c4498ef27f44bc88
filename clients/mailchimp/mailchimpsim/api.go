package mailchimpsim

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// maxOpen is how many connections a user may hold at once
// (docs/systems/mailchimp.md, "Limits").
const maxOpen = 10

// problem is an error document.
type problem struct {
	Type     string       `json:"type"`
	Title    string       `json:"title"`
	Status   int          `json:"status"`
	Detail   string       `json:"detail"`
	Instance string       `json:"instance"`
	Errors   []fieldError `json:"errors,omitempty"`
}

type fieldError struct {
	Field   string `json:"field"`
	Message string `json:"message"`
}

func refuse(status int, title, detail string, errors ...fieldError) *problem {
	return &problem{Type: "https://mailchimp.com/developer/marketing/docs/errors/", Title: title, Status: status, Detail: detail, Errors: errors}
}

func notFound() *problem {
	return refuse(http.StatusNotFound, "Resource Not Found", "The requested resource could not be found.")
}

func invalid(errors ...fieldError) *problem {
	return refuse(http.StatusBadRequest, "Invalid Resource",
		"The resource submitted could not be validated. For field-specific details, see the 'errors' array.", errors...)
}

// handler answers a call with the kit locked. A nil body is an answer without
// one.
type handler func(r *http.Request) (status int, body any, no *problem)

// api has the calls that are simulated. Everything else is not found.
func (s *sim) api() http.Handler {
	mux := http.NewServeMux()
	const one = "/3.0/lists/{list}/members/{id}"
	for pattern, h := range map[string]handler{
		"GET /3.0/{$}":                              s.getRoot,
		"GET /3.0/ping":                             s.ping,
		"GET /3.0/lists":                            s.getLists,
		"GET /3.0/lists/{list}":                     s.getList,
		"POST /3.0/lists/{list}":                    s.bulk,
		"GET /3.0/lists/{list}/merge-fields":        s.getMergeFields,
		"POST /3.0/lists/{list}/merge-fields":       s.addMergeField,
		"GET /3.0/lists/{list}/tag-search":          s.searchTags,
		"GET /3.0/lists/{list}/members":             s.getMembers,
		"POST /3.0/lists/{list}/members":            s.addMember,
		"GET " + one:                                s.getMember,
		"PUT " + one:                                s.putMember,
		"PATCH " + one:                              s.patchMember,
		"DELETE " + one:                             s.archive,
		"GET " + one + "/tags":                      s.getTags,
		"POST " + one + "/tags":                     s.setTags,
		"POST " + one + "/actions/delete-permanent": s.forget,
	} {
		mux.Handle(pattern, s.serve(h))
	}
	mux.Handle("/", s.serve(func(*http.Request) (int, any, *problem) { return 0, nil, notFound() }))
	return mux
}

// serve checks the number of connections and the key, then answers.
func (s *sim) serve(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.open.Add(-1)
		if s.open.Add(1) > maxOpen {
			s.answer(w, r, 0, nil, refuse(http.StatusTooManyRequests, "Too Many Requests",
				"You have exceeded the limit of 10 simultaneous connections."))
			return
		}
		if s.disturbed(w, r) {
			return
		}
		s.Lock()
		defer s.Unlock()
		if !s.known(r) {
			s.answer(w, r, 0, nil, refuse(http.StatusUnauthorized, "API Key Invalid",
				"Your API key may be invalid, or you've attempted to access the wrong datacenter."))
			return
		}
		status, body, no := h(r)
		s.answer(w, r, status, body, no)
	})
}

// known accepts the key as the password of any user, or as a bearer's token.
func (s *sim) known(r *http.Request) bool {
	key, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		_, key, _ = r.BasicAuth()
	}
	return subtle.ConstantTimeCompare([]byte(key), []byte(s.key)) == 1
}

// disturbed carries out the named faults that strike before the call is looked
// at, and reports whether it has answered.
func (s *sim) disturbed(w http.ResponseWriter, r *http.Request) bool {
	if do, hit := s.FaultDo(r, "slow"); hit {
		d, _ := time.ParseDuration(do.Body)
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-r.Context().Done():
			return true
		case <-timer.C:
		}
	}
	if s.Fault(r, "forbidden") {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("<html><body><h1>403 Forbidden</h1></body></html>"))
		return true
	}
	do, hit := s.FaultDo(r, "poison")
	if !hit || !names(r, do.Body) {
		return false
	}
	s.answer(w, r, 0, nil, refuse(http.StatusInternalServerError, "Internal Server Error",
		"An unexpected internal error has occurred. Please contact Support for more information."))
	return true
}

func (s *sim) answer(w http.ResponseWriter, r *http.Request, status int, body any, no *problem) {
	contentType := "application/json; charset=utf-8"
	if no != nil {
		no.Instance = fmt.Sprintf("%08x-0000-4000-8000-%012x", s.options.Seed, len(r.URL.Path))
		status, body, contentType = no.Status, no, "application/problem+json; charset=utf-8"
	}
	if body == nil {
		w.WriteHeader(status)
		return
	}
	data, err := json.Marshal(body)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	if no == nil && r.Method == http.MethodGet {
		data = only(data, r.URL.Query().Get("fields"), r.URL.Query().Get("exclude_fields"))
	}
	w.Header().Set("Content-Type", contentType)
	w.WriteHeader(status)
	_, _ = w.Write(data)
}

// only keeps the fields that are named, in dot notation, or takes those away
// that are excluded.
func only(data []byte, fields, exclude string) []byte {
	if fields == "" && exclude == "" {
		return data
	}
	var v any
	if json.Unmarshal(data, &v) != nil {
		return data
	}
	if fields != "" {
		v = pick(v, "", strings.Split(fields, ","), true)
	}
	if exclude != "" {
		v = pick(v, "", strings.Split(exclude, ","), false)
	}
	out, err := json.Marshal(v)
	if err != nil {
		return data
	}
	return out
}

// pick keeps what is named, or all but that.
func pick(v any, at string, names []string, keep bool) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = pick(v[i], at, names, keep)
		}
	case map[string]any:
		for key, inner := range v {
			path := strings.TrimPrefix(at+"."+key, ".")
			named := slices.Contains(names, path)
			below := slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, path+".") })
			switch {
			case below:
				v[key] = pick(inner, path, names, keep)
			case named != keep:
				delete(v, key)
			}
		}
	}
	return v
}
