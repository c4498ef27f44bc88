package chatwootsim

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// refusal is an answer that is not a success.
type refusal struct {
	status int
	text   string
	body   any
}

func (no *refusal) Error() string { return no.text }

func failed(status int, text string) *refusal {
	return &refusal{status, text, map[string]string{"error": text}}
}

var notFound = failed(http.StatusNotFound, "Resource could not be found")

// noMember is the answer to who is no member of the account.
var noMember = failed(http.StatusUnauthorized, "You are not authorized to access this account")

var badRequest = failed(http.StatusBadRequest, "Bad Request")

// notAuthorized is the answer to a right that is missing: 401, too, and not 403.
var notAuthorized = failed(http.StatusUnauthorized, "You are not authorized to do this action")

// invalid is what a record that cannot be saved is answered with: the
// attributes at fault, and not the other record of a clash.
func invalid(message string, attributes ...string) *refusal {
	return &refusal{http.StatusUnprocessableEntity, message, map[string]any{"message": message, "attributes": attributes}}
}

// taken says that an attribute has a value that another record has.
func taken(attribute string) string {
	words := strings.ReplaceAll(attribute, "_", " ")
	return strings.ToUpper(words[:1]) + words[1:] + " has already been taken"
}

// handler answers a call with the kit locked. A nil body is an empty answer.
type handler func(r *http.Request) (body any, err error)

// api has the calls that are simulated. Everything else is a wrong path.
func (s *sim) api() http.Handler {
	all := map[string]handler{
		"GET /contacts":                                 s.listContacts,
		"POST /contacts":                                said(s.createContact),
		"GET /contacts/search":                          s.searchContacts,
		"POST /contacts/filter":                         said(s.filterContacts),
		"GET /contacts/{id}":                            s.showContact,
		"PUT /contacts/{id}":                            said(s.updateContact),
		"PATCH /contacts/{id}":                          said(s.updateContact),
		"DELETE /contacts/{id}":                         s.admin(s.deleteContact),
		"GET /contacts/{id}/labels":                     s.contactLabels,
		"POST /contacts/{id}/labels":                    said(s.setContactLabels),
		"GET /contacts/{id}/conversations":              s.contactConversations,
		"POST /actions/contact_merge":                   said(s.mergeContacts),
		"GET /conversations":                            s.listConversations,
		"GET /conversations/meta":                       s.metaOfConversations,
		"GET /conversations/{id}":                       s.showConversation,
		"POST /conversations/{id}/labels":               said(s.setConversationLabels),
		"GET /custom_attribute_definitions":             s.listDefinitions,
		"POST /custom_attribute_definitions":            s.admin(said(s.createDefinition)),
		"GET /labels":                                   s.listLabels,
		"POST /labels":                                  said(s.createLabel),
		"GET /webhooks":                                 s.admin(s.listWebhooks),
		"POST /webhooks":                                s.admin(said(s.createWebhook)),
		"PATCH /webhooks/{id}":                          s.admin(said(s.updateWebhook)),
		"DELETE /webhooks/{id}":                         s.admin(s.deleteWebhook),
		"POST /contacts/{id}/destroy_custom_attributes": said(s.dropAttributes),
	}
	calls := map[string]simkit.Call{}
	serve := func(pattern string, h handler) {
		calls[pattern] = func(r *http.Request) (int, any, error) {
			body, err := h(r)
			return http.StatusOK, body, err
		}
	}
	serve("GET /api/v1/profile", s.profile)
	for pattern, h := range all {
		verb, path, _ := strings.Cut(pattern, " ")
		serve(verb+" /api/v1/accounts/{account}"+path, h)
	}
	return simkit.API{Kit: s.Kit, Around: s.around, Enter: s.enter, Refused: refused, Unknown: notFound, Calls: calls}.Handler()
}

// admin is a call that an administrator alone may make.
func (s *sim) admin(h handler) handler {
	return func(r *http.Request) (any, error) {
		if s.settings.Agent {
			return nil, notAuthorized
		}
		return h(r)
	}
}

// tied and raced are the path values that the faults "ties" and "raced" leave.
const (
	tied  = "tied"
	raced = "raced"
)

// around has what a proxy, the limits and named faults do to a call.
func (s *sim) around(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if s.Fault(r, "proxy-page") {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = w.Write([]byte("<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"))
		return
	}
	if id := r.PathValue("id"); id != "" && strings.Contains(r.URL.Path, "/contacts/") && s.Fault(r, "merged") {
		s.mergeAway(id)
	}
	if strings.HasSuffix(r.URL.Path, "/contacts") && s.Fault(r, "ties") {
		r.SetPathValue(tied, "yes")
	}
	if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/contacts") && s.Fault(r, "raced") {
		r.SetPathValue(raced, "yes")
	}
	w.Header().Set("Date", s.Now().UTC().Format(http.TimeFormat))
	if s.limited(r) {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.Write([]byte("Retry later\n"))
		return
	}
	next.ServeHTTP(w, r)
}

// enter checks the token and the account.
func (s *sim) enter(r *http.Request) error {
	if subtle.ConstantTimeCompare([]byte(r.Header.Get("Api_access_token")), []byte(s.token)) != 1 &&
		subtle.ConstantTimeCompare([]byte(r.Header.Get("Api-Access-Token")), []byte(s.token)) != 1 {
		return failed(http.StatusUnauthorized, "Invalid Access Token")
	}
	switch a := r.PathValue("account"); {
	case a != "" && a != strconv.Itoa(s.account):
		return notFound
	case a != "" && s.settings.Outside:
		return noMember
	}
	return nil
}

// refused tells an error as ChatWoot does.
func refused(_ http.ResponseWriter, err error) (status int, body any) {
	switch clash, ok := errors.AsType[*simkit.Taken](err); {
	case ok && clash.Name == blank: // only the index of the database minds, and nothing handles its error
		return http.StatusInternalServerError, map[string]any{"status": 500, "error": "Internal Server Error"}
	case ok:
		err = invalid(taken(clash.Name), clash.Name)
	case errors.Is(err, simkit.ErrMissing):
		err = notFound
	}
	if no, ok := errors.AsType[*refusal](err); ok {
		return no.status, no.body
	}
	return http.StatusInternalServerError, nil
}

// limits are those of Rack::Attack, a minute (docs/systems/chatwoot.md,
// 2026-11).
var limits = map[string]int{"all": 3000, "search": 100, "meta": 30}

// limited counts a request and says whether it breaks a limit. Minutes are those
// of the clock.
func (s *sim) limited(r *http.Request) bool {
	s.Lock()
	defer s.Unlock()
	if minute := s.Now().Unix() / 60; minute != s.minute {
		s.minute, s.counts = minute, map[string]int{}
	}
	what := []string{"all"}
	switch {
	case strings.HasSuffix(r.URL.Path, "/contacts/search"):
		what = append(what, "search")
	case strings.HasSuffix(r.URL.Path, "/conversations/meta"):
		what = append(what, "meta")
	}
	for _, w := range what {
		s.counts[w]++
		if s.settings.Limits && s.counts[w] > limits[w] {
			return true
		}
	}
	return false
}

// said is a call with a JSON body. What h does not know of it is dropped without a
// word, as by Rails.
func said[T any](h func(r *http.Request, in T) (any, error)) handler {
	return func(r *http.Request) (any, error) {
		media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if media != "application/json" {
			return nil, failed(http.StatusUnsupportedMediaType, "Unsupported media type")
		}
		var in T
		if json.NewDecoder(r.Body).Decode(&in) != nil {
			return nil, badRequest
		}
		return h(r, in)
	}
}

// page is the number of the page that is asked for.
func page(r *http.Request) int {
	n, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || n < 1 {
		return 1
	}
	return n
}

func (s *sim) profile(*http.Request) (any, error) {
	const agent = "Ama Agent"
	role := "administrator"
	if s.settings.Agent {
		role = "agent"
	}
	accounts := []any{}
	if !s.settings.Outside {
		accounts = append(accounts, map[string]any{
			"id": s.account, "name": fmt.Sprintf("Invented races %d", s.account), "status": "active", "active_at": nil, "role": role,
			"permissions": []string{role}, "availability": "online", "availability_status": "online", "auto_offline": true,
			"custom_role_id": nil, "custom_role": nil,
		})
	}
	return map[string]any{
		"id": 1, "access_token": s.token, "account_id": s.account, "available_name": agent, "avatar_url": "", "confirmed": true,
		"display_name": nil, "message_signature": nil, "email": "ama.agent@example.org", "inviter_id": nil, "name": agent,
		"provider": "email", "pubsub_token": "invented", "role": role, "ui_settings": map[string]any{},
		"uid": "ama.agent@example.org", "type": nil, "accounts": accounts,
	}, nil
}
