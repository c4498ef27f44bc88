package lapostasim

import (
	"errors"
	"math"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// refusal is an error body with its status.
type refusal struct {
	status    int
	after     int    // seconds to wait
	Type      string `json:"type"`
	Message   string `json:"message"`
	Code      int    `json:"code,omitempty"`
	Parameter string `json:"parameter,omitempty"`
	MemberID  string `json:"member_id,omitempty"`
}

func (no *refusal) Error() string { return no.Message }

// input refuses a value (docs/systems/laposta.md, codes 201 to 210).
func input(code int, parameter, message string) *refusal {
	return &refusal{status: http.StatusBadRequest, Type: "invalid_input", Code: code, Parameter: parameter, Message: message}
}

func request(status int, message string) *refusal {
	return &refusal{status: status, Type: "invalid_request", Message: message}
}

// api has the calls that are simulated. Everything else is a wrong path.
func (s *sim) api() http.Handler {
	return simkit.API{
		Kit: s.Kit, Enter: s.enter, Refused: refused, Unknown: request(http.StatusNotFound, "Unknown path"),
		Calls: map[string]simkit.Call{
			"GET /v2/list":               s.getLists,
			"GET /v2/list/{list}":        s.getList,
			"GET /v2/field":              s.getFields,
			"GET /v2/member":             s.getMembers,
			"GET /v2/member/{id}":        s.getMember,
			"POST /v2/member":            s.addMember,
			"POST /v2/member/{id}":       s.changeMember,
			"DELETE /v2/member/{id}":     s.deleteMember,
			"POST /v2/list/{id}/members": s.bulk,
		},
	}.Handler()
}

// enter checks the key and the limit.
func (s *sim) enter(r *http.Request) error {
	if user, password, ok := r.BasicAuth(); !ok || user != s.key || password != "" {
		return request(http.StatusUnauthorized, "No valid API key provided")
	}
	if wait := s.calls.Wait(s.Now(), s.PerMinute); wait > 0 {
		no := request(http.StatusTooManyRequests, "Too many requests")
		no.after = int(math.Ceil(wait.Seconds()))
		return no
	}
	return nil
}

// refused tells an error as Laposta does.
func refused(w http.ResponseWriter, err error) (status int, body any) {
	no := asRefusal(err)
	if no.after > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(no.after))
	}
	return no.status, map[string]any{"error": no}
}

func asRefusal(err error) *refusal {
	if taken, ok := errors.AsType[*simkit.Taken](err); ok {
		no := input(204, "email", "Email address already exists")
		no.MemberID = taken.ID
		return no
	}
	if no, ok := errors.AsType[*refusal](err); ok {
		return no
	}
	return request(http.StatusInternalServerError, err.Error())
}

// form reads the body of a POST, which must be a form.
func form(r *http.Request) (url.Values, error) {
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
func (s *sim) theList(values url.Values) (*list, error) {
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
func options(values url.Values) (map[string]bool, error) {
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
