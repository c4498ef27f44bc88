package mauticsim

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// version stands in every answer.
const version = "7.0.0"

// refusal is an answer that is not a success. Kind is the error's "type".
type refusal struct {
	status  int
	message string
	kind    any
	details any
	bare    bool // without a body
	noType  bool
}

func (no *refusal) Error() string { return no.message }

func refuse(status int, message string) *refusal {
	return &refusal{status: status, message: message, details: []any{}, noType: true}
}

func notFound() *refusal { return refuse(http.StatusNotFound, "Item was not found.") }

func noPath(path string) *refusal {
	return &refusal{status: http.StatusNotFound, message: "Requested URL not found: " + path}
}

// broken is what Mautic answers when something in it has failed, or was asked for what
// its database does not have.
func broken() *refusal {
	return &refusal{
		status:  http.StatusInternalServerError,
		message: "Looks like I encountered an error (error #500). If I do it again, please report me to the system administrator!",
	}
}

func (no *refusal) body() any {
	e := map[string]any{"code": no.status, "message": no.message}
	if no.details != nil {
		e["details"] = no.details
	}
	if !no.noType {
		e["type"] = no.kind
	}
	return map[string]any{"errors": []any{e}}
}

// api has the calls that are simulated. Everything else is a wrong path.
func (s *sim) api() http.Handler {
	const one, segment = "/api/contacts/{id}", "/api/segments/{sid}"
	api := simkit.API{
		Kit: s.Kit, Enter: s.enter, Refused: refused, Unknown: noPath("/"),
		Calls: map[string]simkit.Call{
			"POST /oauth/v2/token":                     s.token,
			"GET /api/contacts":                        s.list,
			"GET " + one:                               s.get,
			"POST /api/contacts/new":                   s.create,
			"PATCH " + one + "/edit":                   s.edit,
			"PUT " + one + "/edit":                     s.edit,
			"DELETE " + one + "/delete":                s.remove,
			"POST /api/contacts/batch/new":             s.batchNew,
			"PATCH /api/contacts/batch/edit":           s.batchEdit,
			"PUT /api/contacts/batch/edit":             s.batchEdit,
			"DELETE /api/contacts/batch/delete":        s.batchDelete,
			"GET /api/contacts/list/fields":            s.availableFields,
			"POST " + one + "/dnc/{channel}/add":       s.addDNC,
			"POST " + one + "/dnc/{channel}/remove":    s.removeDNC,
			"GET " + one + "/segments":                 s.segmentsOf,
			"GET /api/fields/contact":                  s.listFields,
			"POST /api/fields/contact/new":             s.addField,
			"GET /api/segments":                        s.listSegments,
			"POST /api/segments/new":                   s.addSegment,
			"POST " + segment + "/contact/{id}/add":    s.intoSegment,
			"POST " + segment + "/contact/{id}/remove": s.outOfSegment,
			"POST " + segment + "/contacts/add":        s.manyIntoSegment,
		},
	}
	api.Calls["/api/{below...}"] = func(r *http.Request) (int, any, error) { return 0, nil, noPath(r.URL.Path) }
	api.Around = func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		w.Header().Set("Mautic-Version", version)
		s.limited(w)
		do, hit := s.FaultDo(r, "poison")
		switch hit = hit && names(r, do.Body); {
		case hit && strings.Contains(r.URL.Path, "/batch/"): // its items are saved one by one
			r = r.WithContext(context.WithValue(r.Context(), poison{}, do.Body))
		case hit:
			api.Refuse(w, broken())
			return
		}
		next.ServeHTTP(w, r)
	}
	return api.Handler()
}

// poison is the key under which a call has the text that breaks it.
type poison struct{}

// breaks reports whether Mautic fails at an item of a batch. Those before it are saved.
func breaks(r *http.Request, item map[string]any) bool {
	text, _ := r.Context().Value(poison{}).(string)
	b, err := json.Marshal(item)
	return err == nil && text != "" && strings.Contains(string(b), text)
}

// names reports whether a call's body has a text.
func names(r *http.Request, text string) bool {
	data, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(strings.NewReader(string(data)))
	return err == nil && text != "" && strings.Contains(string(data), text)
}

// limited writes how many calls are left in this hour.
func (s *sim) limited(w http.ResponseWriter) {
	s.Lock()
	defer s.Unlock()
	limit, now := s.settings.RateLimit, s.Now()
	if limit == 0 {
		return
	}
	for len(s.starts) > 0 && now.Sub(s.starts[0]) >= time.Hour {
		s.starts = s.starts[1:]
	}
	s.starts = append(s.starts, now)
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	w.Header().Set("X-RateLimit-Limit", strconv.Itoa(limit))
	w.Header().Set("X-RateLimit-Remaining", strconv.Itoa(max(0, limit-len(s.starts))))
	w.Header().Set("X-RateLimit-Reset", strconv.FormatInt(s.starts[0].Add(time.Hour).Unix(), 10))
}

// enter checks the credentials and the limit.
func (s *sim) enter(r *http.Request) error {
	if !strings.HasPrefix(r.URL.Path, "/api") {
		return nil
	}
	if n := s.settings.RateLimit; n > 0 && len(s.starts) > n {
		return refuse(http.StatusTooManyRequests, fmt.Sprintf("You exceeded the rate limit of %d API calls per hour.", n))
	}
	if !s.settings.APIEnabled {
		return &refusal{status: http.StatusForbidden, message: "API disabled. You need to enable the API in the API settings of Mautic's Configuration.", kind: "api_disabled"}
	}
	user, password, basic := r.BasicAuth()
	bearer, isBearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case basic && !s.settings.BasicEnabled:
		return &refusal{status: http.StatusForbidden, message: "API authorization denied.", kind: "access_denied"}
	case basic && (user != s.user || password != s.password):
		return &refusal{status: http.StatusUnauthorized, message: "basic", bare: true}
	case isBearer && !s.Now().Before(s.tokens[bearer]):
		return &refusal{status: http.StatusUnauthorized, message: "The access token provided is invalid.", kind: "invalid_grant"}
	case !basic && !isBearer:
		return &refusal{status: http.StatusUnauthorized, message: "API authorization denied.", kind: "access_denied"}
	}
	return nil
}

// token gives one out, by the grant that needs no person (RFC 6749, 4.4).
func (s *sim) token(r *http.Request) (int, any, error) {
	no := func(message, kind string) error {
		return &refusal{status: http.StatusBadRequest, message: message, kind: kind}
	}
	if err := r.ParseForm(); err != nil {
		return 0, nil, no("Invalid request", "invalid_request")
	}
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.Form.Get("client_id"), r.Form.Get("client_secret")
	}
	switch {
	case r.Form.Get("grant_type") == "":
		return 0, nil, no("Invalid grant_type parameter or parameter missing", "invalid_request")
	case id != s.client || secret != s.secret:
		return 0, nil, no("The client credentials are invalid", "invalid_client")
	case r.Form.Get("grant_type") != "client_credentials":
		return 0, nil, no("The grant type is unauthorized for this client_id", "unauthorized_client")
	}
	token := fmt.Sprintf("invented-token-%d-%d", s.options.Seed, s.store.Number())
	s.tokens[token] = s.Now().Add(time.Duration(s.settings.TokenSeconds) * time.Second)
	return http.StatusOK, map[string]any{
		"access_token": token, "expires_in": s.settings.TokenSeconds, "token_type": "bearer", "scope": nil,
	}, nil
}

// refused tells an error as Mautic does.
func refused(w http.ResponseWriter, err error) (status int, body any) {
	no, own := errors.AsType[*refusal](err)
	switch {
	case errors.Is(err, simkit.ErrMissing):
		no = notFound()
	case !own:
		no = broken()
	}
	if no.bare {
		w.Header().Set("WWW-Authenticate", `Basic realm="Secured Area"`)
		return no.status, nil
	}
	return no.status, no.body()
}

// body reads the JSON of a call into v.
func body(r *http.Request, v any) error {
	data, err := io.ReadAll(r.Body)
	if err == nil && len(data) > 0 {
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		return refuse(http.StatusBadRequest, "The request body is not valid JSON.")
	}
	return nil
}

// instant writes a time as Mautic does.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05+00:00") }

// php is an array of PHP in JSON: a list when its keys are 0 to n-1, else an object.
func php[T any](all map[int]T) any {
	list := make([]T, 0, len(all))
	for i := range len(all) {
		v, ok := all[i]
		if !ok {
			return all
		}
		list = append(list, v)
	}
	return list
}

// atoi reads a number of a path or a value; 0 where it is none.
func atoi(text string) int {
	n, err := strconv.Atoi(cmp.Or(text, "0"))
	if err != nil {
		return 0
	}
	return n
}
