package chatwootsim

import (
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// refusal is an answer that is not a success.
type refusal struct {
	status int
	body   any
}

func failed(status int, text string) *refusal {
	return &refusal{status, map[string]string{"error": text}}
}

var notFound = failed(http.StatusNotFound, "Resource could not be found")

// notAuthorized is the answer to a right that is missing: 401, too, and not 403.
var notAuthorized = failed(http.StatusUnauthorized, "You are not authorized to do this action")

// invalid is what a record that cannot be saved is answered with: the
// attributes at fault, and not the other record of a clash.
func invalid(message string, attributes ...string) *refusal {
	return &refusal{http.StatusUnprocessableEntity, map[string]any{"message": message, "attributes": attributes}}
}

// handler answers a call with the kit locked. A nil body is an empty answer.
type handler func(r *http.Request) (body any, no *refusal)

// api has the calls that are simulated. Everything else is a wrong path.
func (s *sim) api() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /api/v1/profile", s.serve(s.profile))
	const account = "/api/v1/accounts/{account}"
	for pattern, h := range map[string]handler{
		"GET /contacts":                                 s.listContacts,
		"POST /contacts":                                s.createContact,
		"GET /contacts/search":                          s.searchContacts,
		"POST /contacts/filter":                         s.filterContacts,
		"GET /contacts/{id}":                            s.showContact,
		"PUT /contacts/{id}":                            s.updateContact,
		"PATCH /contacts/{id}":                          s.updateContact,
		"DELETE /contacts/{id}":                         s.deleteContact,
		"GET /contacts/{id}/labels":                     s.contactLabels,
		"POST /contacts/{id}/labels":                    s.setContactLabels,
		"GET /contacts/{id}/conversations":              s.contactConversations,
		"POST /actions/contact_merge":                   s.mergeContacts,
		"GET /conversations":                            s.listConversations,
		"GET /conversations/meta":                       s.metaOfConversations,
		"GET /conversations/{id}":                       s.showConversation,
		"POST /conversations/{id}/labels":               s.setConversationLabels,
		"GET /custom_attribute_definitions":             s.listDefinitions,
		"POST /custom_attribute_definitions":            s.createDefinition,
		"GET /labels":                                   s.listLabels,
		"POST /labels":                                  s.createLabel,
		"GET /webhooks":                                 s.listWebhooks,
		"POST /webhooks":                                s.createWebhook,
		"PATCH /webhooks/{id}":                          s.updateWebhook,
		"DELETE /webhooks/{id}":                         s.deleteWebhook,
		"POST /contacts/{id}/destroy_custom_attributes": s.dropAttributes,
	} {
		verb, path, _ := strings.Cut(pattern, " ")
		mux.Handle(verb+" "+account+path, s.serve(h))
	}
	mux.Handle("/", s.serve(func(*http.Request) (any, *refusal) { return nil, notFound }))
	return mux
}

// serve checks the token, the limits and the account, then answers, and tells
// the webhooks afterwards.
func (s *sim) serve(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.Fault(r, "proxy-page") {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(http.StatusBadGateway)
			_, _ = w.Write([]byte("<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>"))
			return
		}
		if r.PathValue("id") != "" && strings.Contains(r.URL.Path, "/contacts/") && s.Fault(r, "merged") {
			s.Lock()
			s.mergeAway(r.PathValue("id"))
			s.tell()
		}
		unstable := strings.HasSuffix(r.URL.Path, "/contacts") && s.Fault(r, "ties")
		s.Lock()
		s.settle()
		if unstable {
			s.unsettle(page(r))
		}
		body, no := s.answer(r, h)
		s.respond(w, body, no)
		s.tell()
	})
}

func (s *sim) answer(r *http.Request, h handler) (any, *refusal) {
	if what := s.limited(r); what != "" {
		return nil, &refusal{http.StatusTooManyRequests, nil}
	}
	if subtle.ConstantTimeCompare([]byte(r.Header.Get("Api_access_token")), []byte(s.token)) != 1 &&
		subtle.ConstantTimeCompare([]byte(r.Header.Get("Api-Access-Token")), []byte(s.token)) != 1 {
		return nil, failed(http.StatusUnauthorized, "Invalid Access Token")
	}
	if a := r.PathValue("account"); a != "" && a != strconv.Itoa(s.Account) {
		return nil, notFound
	}
	return h(r)
}

// limits are those of Rack::Attack, a minute (docs/systems/chatwoot.md,
// 2026-11).
var limits = map[string]int{"all": 3000, "search": 100, "meta": 30}

// limited counts a request and names the limit that it breaks, if any. Minutes
// are those of the clock.
func (s *sim) limited(r *http.Request) string {
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
		if s.Settings.Limits && s.counts[w] > limits[w] {
			return w
		}
	}
	return ""
}

func (s *sim) respond(w http.ResponseWriter, body any, no *refusal) {
	w.Header().Set("Date", s.Now().UTC().Format(http.TimeFormat))
	status := http.StatusOK
	if no != nil {
		status, body = no.status, no.body
	}
	switch {
	case status == http.StatusTooManyRequests:
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(status)
		_, _ = w.Write([]byte("Retry later\n"))
		return
	case body == nil:
		w.WriteHeader(status)
		return
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

// read decodes the JSON body of a call. What it does not know is dropped
// without a word, as by Rails.
func read(r *http.Request, v any) *refusal {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if media != "application/json" {
		return failed(http.StatusUnsupportedMediaType, "Unsupported media type")
	}
	if err := json.NewDecoder(r.Body).Decode(v); err != nil {
		return failed(http.StatusBadRequest, "Bad Request")
	}
	return nil
}

// page is the number of the page that is asked for.
func page(r *http.Request) int {
	n, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || n < 1 {
		return 1
	}
	return n
}

// part is page n of all.
func part[T any](all []T, n, size int) []T {
	from := min((n-1)*size, len(all))
	return all[from:min(from+size, len(all))]
}

func (s *sim) profile(*http.Request) (any, *refusal) {
	const agent = "Ama Agent"
	return map[string]any{
		"id": 1, "access_token": s.token, "account_id": s.Account, "available_name": agent, "avatar_url": "", "confirmed": true,
		"display_name": nil, "message_signature": nil, "email": "ama.agent@example.org", "inviter_id": nil, "name": agent,
		"provider": "email", "pubsub_token": "invented", "role": "administrator", "ui_settings": map[string]any{},
		"uid": "ama.agent@example.org", "type": nil,
		"accounts": []any{map[string]any{
			"id": s.Account, "name": fmt.Sprintf("Invented races %d", s.Account), "status": "active", "active_at": nil, "role": "administrator",
			"permissions": []string{"administrator"}, "availability": "online", "availability_status": "online", "auto_offline": true,
			"custom_role_id": nil, "custom_role": nil,
		}},
	}, nil
}
