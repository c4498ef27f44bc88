package freescoutsim

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// refusal is an answer that is not a success. A page is what Laravel answers for a path
// that it has no route for.
type refusal struct {
	status  int
	code    string
	errors  []problem
	after   int
	page    bool
	allowed string
}

type problem struct {
	Path     string `json:"path"`
	Message  string `json:"message"`
	Source   string `json:"source"`
	Rejected string `json:"rejectedValue"`
}

func (no *refusal) Error() string { return no.code }

var (
	missing = &refusal{status: http.StatusNotFound, code: "NOT FOUND"}
	noRoute = &refusal{status: http.StatusNotFound, page: true}
	noVerb  = &refusal{status: http.StatusMethodNotAllowed, code: "METHOD NOT ALLOWED"}
)

// invalid refuses a value, and repeats it.
func invalid(path, message, value string) error {
	return &refusal{status: http.StatusBadRequest, code: "BAD REQUEST", errors: []problem{{path, message, "JSON", value}}}
}

// api has the calls that are simulated. There is no DELETE of a customer.
func (s *sim) api() http.Handler {
	refuse := func(err error) simkit.Call {
		return func(*http.Request) (int, any, error) { return 0, nil, err }
	}
	return simkit.API{
		Kit: s.Kit, Enter: s.enter, Refused: refused, Unknown: noRoute,
		Calls: map[string]simkit.Call{
			"GET /api/users/me": func(*http.Request) (int, any, error) {
				return http.StatusOK, map[string]any{"id": 1, "firstName": "Sync", "lastName": "", "role": "admin", "type": "user"}, nil
			},
			"GET /api/customers":                          s.list,
			"POST /api/customers":                         s.create,
			"GET /api/customers/{id}":                     s.get,
			"PUT /api/customers/{id}":                     s.update,
			"DELETE /api/customers/{id}":                  refuse(noVerb),
			"OPTIONS /api/customers/{id}":                 refuse(&refusal{status: http.StatusOK, allowed: "GET,HEAD,PUT"}),
			"GET /api/conversations":                      s.conversationList,
			"GET /api/conversations/{id}":                 s.conversation,
			"POST /api/webhooks":                          s.createWebhook,
			"PUT /api/customers/{id}/customer_fields":     s.crm(s.updateFields),
			"GET /api/customers/{id}/customer_fields":     s.crm(refuse(noVerb)),
			"OPTIONS /api/customers/{id}/customer_fields": s.crm(refuse(&refusal{status: http.StatusOK, allowed: "PUT"})),
		},
	}.Handler()
}

// crm answers a route that the CRM module brings: without it there is none.
func (s *sim) crm(call simkit.Call) simkit.Call {
	return func(r *http.Request) (int, any, error) {
		if !s.settings.CRM {
			return 0, nil, noRoute
		}
		return call(r)
	}
}

// enter checks the key, in one of its three places, and the limit.
func (s *sim) enter(r *http.Request) error {
	user, _, _ := r.BasicAuth()
	if key := cmp.Or(r.Header.Get("X-FreeScout-API-Key"), r.URL.Query().Get("api_key"), user); key != s.key {
		return &refusal{status: http.StatusUnauthorized, code: "NOT AUTHORIZED"}
	}
	if wait := s.calls.Wait(s.Now(), s.settings.PerMinute); wait > 0 {
		return &refusal{status: http.StatusTooManyRequests, code: "TOO MANY REQUESTS", after: int(wait.Seconds() + 1)}
	}
	return nil
}

func refused(w http.ResponseWriter, err error) (status int, body any) {
	no := &refusal{status: http.StatusBadRequest, code: "BAD REQUEST"}
	if errors.Is(err, simkit.ErrMissing) {
		no = missing
	} else if own, ok := errors.AsType[*refusal](err); ok {
		no = own
	}
	if no.after > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(no.after))
	}
	if no.allowed != "" {
		w.Header().Set("Allow", no.allowed)
		return no.status, nil
	}
	if no.page {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		return no.status, []byte("<!doctype html><title>Page Not Found</title><p>404</p>")
	}
	if no.errors == nil {
		no.errors = []problem{}
	}
	return no.status, map[string]any{
		"message": "Error occurred", "errorCode": no.code, "_embedded": map[string]any{"errors": no.errors},
	}
}

// shown is a customer on the wire; whole is as one call for it shows it.
func (s *sim) shown(c *customer, whole bool) map[string]any {
	out := map[string]any{
		"id": c.ID, "firstName": c.FirstName, "lastName": c.LastName, "company": c.Company, "jobTitle": c.JobTitle,
		"photoType": "unknown", "photoUrl": "", "notes": c.Notes,
		"createdAt": stamp(c.Created), "updatedAt": stamp(c.Updated),
		"_embedded": map[string]any{
			"emails": list(c.Emails), "phones": list(c.Phones), "websites": list(c.Websites), "social_profiles": []any{},
			"address": map[string]any{"city": nil, "state": nil, "zip": nil, "country": nil, "address": nil},
		},
	}
	if s.settings.CRM && (whole || s.settings.InLists) {
		all := []map[string]any{}
		for _, id := range sortedNumbers(s.settings.Fields) {
			all = append(all, map[string]any{"id": id, "name": s.settings.Fields[id], "value": c.Fields[strconv.Itoa(id)], "text": ""})
		}
		out["customerFields"] = all
	}
	return out
}

func list[T any](all []T) []T { return append([]T{}, all...) }

func sortedNumbers(m map[int]string) []int {
	var all []int
	for id := range m {
		all = append(all, id)
	}
	slices.Sort(all)
	return all
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// list answers a page; newest first where nothing else is asked for.
func (s *sim) list(r *http.Request) (int, any, error) {
	q := r.URL.Query()
	var since time.Time
	var err error
	if text := q.Get("updatedSince"); text != "" {
		if since, err = time.Parse(time.RFC3339, text); err != nil {
			return 0, nil, invalid("updatedSince", "not a time", text)
		}
	}
	address := strings.ToLower(strings.TrimSpace(q.Get("email")))
	found := s.customers.Select(func(c *customer) bool {
		return (address == "" || slices.Contains(c.addresses(), address)) &&
			(q.Get("firstName") == "" || q.Get("firstName") == c.FirstName) &&
			(q.Get("lastName") == "" || q.Get("lastName") == c.LastName) && !c.Updated.Before(since)
	})
	keys := map[string]func(*customer) string{
		"createdAt": func(c *customer) string { return stamp(c.Created) },
		"updatedAt": func(c *customer) string { return stamp(c.Updated) },
		"firstName": func(c *customer) string { return c.FirstName },
		"lastName":  func(c *customer) string { return c.LastName },
	}
	key := keys[cmp.Or(q.Get("sortField"), "createdAt")]
	if key == nil {
		return 0, nil, invalid("sortField", "unknown", q.Get("sortField"))
	}
	return paged(s, q, found, key, "customers", func(c *customer) map[string]any { return s.shown(c, false) })
}

// paged answers the page of a list that is asked for; latest first, unless it is to be the
// other way round.
func paged[R any](s *sim, q url.Values, found []*R, key func(*R) string, name string, shown func(*R) map[string]any) (int, any, error) {
	size, err := simkit.Whole(q, "pageSize", 50, 1, 1000)
	if err != nil {
		return 0, nil, invalid("pageSize", "not a number", q.Get("pageSize"))
	}
	size = cmp.Or(s.settings.PerPage, size)
	page, err := simkit.Whole(q, "page", 1, 1, 1_000_000)
	if err != nil {
		return 0, nil, invalid("page", "not a number", q.Get("page"))
	}
	slices.SortStableFunc(found, func(a, b *R) int {
		if q.Get("sortOrder") == "asc" {
			return cmp.Compare(key(a), key(b))
		}
		return cmp.Compare(key(b), key(a))
	})
	part, _ := simkit.Window(found, (page-1)*size, size)
	return http.StatusOK, map[string]any{
		"_embedded": map[string]any{name: simkit.Objects(part, shown)},
		"page": map[string]int{
			"size": size, "totalElements": len(found), "totalPages": (len(found) + size - 1) / size, "number": page,
		},
	}, nil
}
