package lapostasim

import (
	"encoding/json"
	"math"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// refusal is an error body with its status.
type refusal struct {
	status    int
	Type      string `json:"type"`
	Message   string `json:"message"`
	Code      int    `json:"code,omitempty"`
	Parameter string `json:"parameter,omitempty"`
	MemberID  string `json:"member_id,omitempty"`
}

// input refuses a value (docs/systems/laposta.md, codes 201 to 210).
func input(code int, parameter, message string) *refusal {
	return &refusal{status: http.StatusBadRequest, Type: "invalid_input", Code: code, Parameter: parameter, Message: message}
}

func request(status int, message string) *refusal {
	return &refusal{status: status, Type: "invalid_request", Message: message}
}

// handler answers a call with the kit locked.
type handler func(r *http.Request) (status int, body any, no *refusal)

// api has the calls that are simulated. Everything else is a wrong path.
func (s *sim) api() http.Handler {
	mux := http.NewServeMux()
	for pattern, h := range map[string]handler{
		"GET /v2/list":               s.getLists,
		"GET /v2/list/{list}":        s.getList,
		"GET /v2/field":              s.getFields,
		"GET /v2/member":             s.getMembers,
		"GET /v2/member/{id}":        s.getMember,
		"POST /v2/member":            s.addMember,
		"POST /v2/member/{id}":       s.changeMember,
		"DELETE /v2/member/{id}":     s.deleteMember,
		"POST /v2/list/{id}/members": s.bulk,
	} {
		mux.Handle(pattern, s.serve(h))
	}
	mux.Handle("/", s.serve(func(*http.Request) (int, any, *refusal) {
		return 0, nil, request(http.StatusNotFound, "Unknown path")
	}))
	return mux
}

// serve checks the key and the limit, then answers.
func (s *sim) serve(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.Lock()
		defer s.Unlock()
		if user, password, ok := r.BasicAuth(); !ok || user != s.key || password != "" {
			answer(w, 0, nil, request(http.StatusUnauthorized, "No valid API key provided"))
			return
		}
		if wait := s.throttled(); wait > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(wait.Seconds()))))
			answer(w, 0, nil, request(http.StatusTooManyRequests, "Too many requests"))
			return
		}
		status, body, no := h(r)
		answer(w, status, body, no)
	})
}

// throttled counts a call, and says how long to wait when there were too many
// in the last minute. A refused call is not counted.
func (s *sim) throttled() time.Duration {
	now := s.Now()
	for len(s.starts) > 0 && now.Sub(s.starts[0]) >= time.Minute {
		s.starts = s.starts[1:]
	}
	if s.PerMinute > 0 && len(s.starts) >= s.PerMinute {
		return s.starts[0].Add(time.Minute).Sub(now)
	}
	s.starts = append(s.starts, now)
	return 0
}

func answer(w http.ResponseWriter, status int, body any, no *refusal) {
	if no != nil {
		status, body = no.status, map[string]any{"error": no}
	}
	data, err := json.Marshal(body)
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(data)
}

// form reads the body of a POST, which must be a form.
func form(r *http.Request) (url.Values, *refusal) {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if media != "application/x-www-form-urlencoded" {
		return nil, request(http.StatusBadRequest, "The body must be form encoded")
	}
	if err := r.ParseForm(); err != nil {
		return nil, request(http.StatusBadRequest, "The body cannot be read")
	}
	return r.PostForm, nil
}

// theList is the list that list_id names: a parameter of the query, or of the
// body of a POST.
func (s *sim) theList(values url.Values) (*list, *refusal) {
	id := values.Get("list_id")
	if id == "" {
		return nil, input(201, "list_id", "Parameter list_id is empty")
	}
	for _, l := range s.Lists {
		if l.ID == id && !l.Hidden {
			return l, nil
		}
	}
	return nil, input(203, "list_id", "Unknown list_id")
}

// bracketed returns the values of name[key], and of name[key][] as a slice.
func bracketed(values url.Values, name string) map[string]any {
	out := map[string]any{}
	for key, v := range values {
		inner, ok := strings.CutPrefix(key, name+"[")
		if !ok {
			continue
		}
		if one, ok := strings.CutSuffix(inner, "][]"); ok {
			out[one] = v
		} else if one, ok := strings.CutSuffix(inner, "]"); ok {
			out[one] = v[len(v)-1]
		}
	}
	return out
}

// options reads the flags of a create. An unknown one is passed over.
func options(values url.Values) (map[string]bool, *refusal) {
	out := map[string]bool{}
	for name, v := range bracketed(values, "options") {
		text, _ := v.(string)
		switch text {
		case "true", "1":
			out[name] = true
		case "false", "0", "":
		default:
			return nil, input(206, "options["+name+"]", "Not a boolean")
		}
	}
	return out, nil
}
