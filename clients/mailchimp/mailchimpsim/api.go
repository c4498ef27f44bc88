package mailchimpsim

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
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

func (no *problem) Error() string { return no.Detail }

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

func internal() *problem {
	return refuse(http.StatusInternalServerError, "Internal Server Error",
		"An unexpected internal error has occurred. Please contact Support for more information.")
}

// api has the calls that are simulated. Everything else is not found. How many
// connections there are, and the named faults, are looked at before the call.
func (s *sim) api() http.Handler {
	const one = "/3.0/lists/{list}/members/{id}"
	api := simkit.API{
		Kit: s.Kit, Enter: s.enter, Refused: s.refused, Unknown: notFound(),
		Calls: map[string]simkit.Call{
			"GET /3.0/{$}":                              chosen(s.getRoot),
			"GET /3.0/ping":                             chosen(s.ping),
			"GET /3.0/lists":                            chosen(s.getLists),
			"GET /3.0/lists/{list}":                     chosen(s.on(getList)),
			"POST /3.0/lists/{list}":                    s.on(s.bulk),
			"GET /3.0/lists/{list}/merge-fields":        chosen(s.on(getMergeFields)),
			"POST /3.0/lists/{list}/merge-fields":       s.on(addMergeField),
			"GET /3.0/lists/{list}/tag-search":          chosen(s.on(searchTags)),
			"GET /3.0/lists/{list}/members":             chosen(s.on(getMembers)),
			"POST /3.0/lists/{list}/members":            s.on(s.addMember),
			"GET " + one:                                chosen(s.of(getMember)),
			"PUT " + one:                                s.on(s.putMember),
			"PATCH " + one:                              s.of(s.patchMember),
			"DELETE " + one:                             s.of(archive),
			"GET " + one + "/tags":                      chosen(s.of(getTags)),
			"POST " + one + "/tags":                     s.of(s.setTags),
			"POST " + one + "/actions/delete-permanent": s.of(s.forget),
		},
	}
	calls := api.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.open.Add(-1)
		switch {
		case s.open.Add(1) > maxOpen:
			api.Refuse(w, refuse(http.StatusTooManyRequests, "Too Many Requests", "You have exceeded the limit of 10 simultaneous connections."))
		case s.slow(r):
		case s.Fault(r, "forbidden"):
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte("<html><body><h1>403 Forbidden</h1></body></html>"))
		case s.poisoned(r):
			api.Refuse(w, internal())
		default:
			calls.ServeHTTP(w, r)
		}
	})
}

// on answers a call about the list that the path names.
func (s *sim) on(call func(*http.Request, *list) (int, any, error)) simkit.Call {
	return func(r *http.Request) (int, any, error) {
		for _, l := range s.Lists {
			if l.ID == r.PathValue("list") && !l.Hidden {
				return call(r, l)
			}
		}
		return 0, nil, notFound()
	}
}

// of answers a call about the member that the path names, in any status.
func (s *sim) of(call func(*http.Request, *list, *member) (int, any, error)) simkit.Call {
	return s.on(func(r *http.Request, l *list) (int, any, error) {
		if m := l.find(r.PathValue("id")); m != nil {
			return call(r, l, m)
		}
		return 0, nil, notFound()
	})
}

// enter accepts the key as the password of any user, or as a bearer's token.
func (s *sim) enter(r *http.Request) error {
	key, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		_, key, _ = r.BasicAuth()
	}
	if subtle.ConstantTimeCompare([]byte(key), []byte(s.key)) != 1 {
		return refuse(http.StatusUnauthorized, "API Key Invalid", "Your API key may be invalid, or you've attempted to access the wrong datacenter.")
	}
	return nil
}

// refused tells an error as MailChimp does.
func (s *sim) refused(w http.ResponseWriter, err error) (status int, body any) {
	no := *asProblem(err)
	no.Instance = fmt.Sprintf("%08x-0000-4000-8000-%012x", s.options.Seed, no.Status)
	w.Header().Set("Content-Type", "application/problem+json; charset=utf-8")
	return no.Status, no
}

func asProblem(err error) *problem {
	if no, ok := errors.AsType[*problem](err); ok {
		return no
	}
	return internal()
}

// slow holds a connection as a fault says, and reports whether the caller has
// gone meanwhile.
func (s *sim) slow(r *http.Request) bool {
	do, hit := s.FaultDo(r, "slow")
	if !hit {
		return false
	}
	d, _ := time.ParseDuration(do.Body)
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-r.Context().Done():
		return true
	case <-timer.C:
		return false
	}
}

// poisoned reports whether a fault strikes the address that a call is about.
func (s *sim) poisoned(r *http.Request) bool {
	do, hit := s.FaultDo(r, "poison")
	return hit && names(r, do.Body)
}

// chosen answers with the fields that the query names, in dot notation, or
// without those that it excludes.
func chosen(call simkit.Call) simkit.Call {
	return func(r *http.Request) (int, any, error) {
		status, body, err := call(r)
		fields, exclude := r.URL.Query().Get("fields"), r.URL.Query().Get("exclude_fields")
		if err != nil || fields == "" && exclude == "" {
			return status, body, err
		}
		data, err := json.Marshal(body)
		if err != nil {
			return 0, nil, err
		}
		var v any
		if err := json.Unmarshal(data, &v); err != nil {
			return 0, nil, err
		}
		if fields != "" {
			v = pick(v, "", strings.Split(fields, ","), true)
		}
		if exclude != "" {
			v = pick(v, "", strings.Split(exclude, ","), false)
		}
		return status, v, nil
	}
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
