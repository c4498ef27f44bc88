package runsignupsim

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// refusal is an error by its code (page ErrorCodes). It is answered with 200.
type refusal struct {
	code   int
	detail string // beside it, in calls of version 2
}

var messages = map[int]string{
	1: "Unknown method", 2: "HTTP method not supported for this REST method", 3: "Invalid parameters", 6: "Key authentication failed",
	7: "Permission Denied", 11: "Invalid submission", 14: "Request throttled.", 15: "Invalid ID.", 101: "User not found",
	104: "First name is required", 106: "Last name is required", 108: "Email address is invalid", 112: "Country is invalid", 114: "Gender is invalid",
	115: "Bib number is invalid", 117: "Date of birth is invalid", 120: "Phone number is invalid", 121: "User is not editable",
	122: "The email address entered is already associated with an existing account.",
	201: "Race not found.", 203: "Race name is required.", 213: "Failed to edit race.", 214: "Timezone is invalid.",
	216: "Race URL is already in use. Please use a different URL.", 217: "You must have at least one event.", 218: "Event name is invalid.",
	219: "Event start time is required.", 220: "Event start time is not valid.", 223: "Event id not valid.", 224: "Race renewal is not allowed.",
	227: `Past event creation requires the "allow_past_event_creation" flag`, 301: "Event not found.",
}

func (no *refusal) Error() string { return messages[no.code] }

func refuse(code int) error { return &refusal{code: code} }

// body is how an error stands in an answer, or in the row of one.
func (no *refusal) body() map[string]any {
	return map[string]any{"error": map[string]any{"error_code": no.code, "error_msg": no.Error()}}
}

const base = "/rest"

// api has the calls that are simulated. Everything else is an unknown method.
func (s *sim) api() http.Handler {
	const one = base + "/race/{race}"
	return simkit.API{
		Kit: s.Kit, Refused: refused, Unknown: refuse(1),
		Around: func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			w.Header().Set("Date", s.Now().UTC().Format(http.TimeFormat))
			next.ServeHTTP(w, r)
		},
		Calls: map[string]simkit.Call{
			"GET " + base + "/v2/auth-info/entity-info.json": s.known(s.entity),
			"POST " + base + "/v2/auth/refresh-token.json":   s.refresh,
			"GET " + base + "/races":                         s.known(s.listRaces),
			"GET " + one:                                     s.known(s.on(s.getRace)),
			"POST " + base + "/race":                         s.known(s.editRace),
			"GET " + one + "/participants":                   s.known(s.on(s.participants)),
			"POST " + one + "/participants":                  s.known(s.on(s.write)),
			"GET " + one + "/removed-participants":           s.known(s.on(s.removed)),
			"POST " + one + "/delete-participants":           s.known(s.on(s.remove)),
			"GET " + base + "/user/{user}":                   s.known(s.getUser),
		},
	}.Handler()
}

// errXML is what answers a call that does not ask for JSON.
var errXML = errors.New("XML")

func refused(w http.ResponseWriter, err error) (status int, body any) {
	if errors.Is(err, errXML) {
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		return http.StatusOK, []byte(`<?xml version="1.0"?><response/>`)
	}
	no, ok := errors.AsType[*refusal](err)
	if !ok {
		no = &refusal{code: 11}
	}
	if no.detail != "" {
		return http.StatusOK, map[string]any{"error": no.detail, "details": map[string]any{}}
	}
	return http.StatusOK, no.body()
}

// known answers only who brings a key and its secret, or a token.
func (s *sim) known(call simkit.Call) simkit.Call {
	return func(r *http.Request) (int, any, error) {
		same := func(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
		token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		keyed := same(r.URL.Query().Get("rsu_api_key"), s.key) && same(r.Header.Get("X-RSU-API-SECRET"), s.secret)
		switch {
		case bearer && !s.tokens[token], !bearer && !keyed:
			return 0, nil, refuse(6)
		case s.calls.Wait(s.Now(), s.settings.PerMinute) > 0:
			return 0, nil, refuse(14)
		case !strings.HasSuffix(r.URL.Path, ".json") && r.URL.Query().Get("format") != "json":
			return 0, nil, errXML
		}
		return call(r)
	}
}

func (s *sim) entity(*http.Request) (int, any, error) {
	return http.StatusOK, map[string]any{
		"generic_entity_id": 999, "entity_type": "partner", "entity_name": "Invented Partner", "entity_specific_id": 100 + s.options.Seed,
	}, nil
}

// refresh gives out an access token (page API/OAuth2).
func (s *sim) refresh(r *http.Request) (int, any, error) {
	if err := r.ParseForm(); err != nil {
		return 0, nil, err
	}
	secret, _ := base64.StdEncoding.DecodeString(r.PostForm.Get("client_secret"))
	if r.PostForm.Get("grant_type") != "refresh_token" || r.PostForm.Get("refresh_token") != "invented-refresh-token" ||
		r.PostForm.Get("client_id") != "invented-client" || string(secret) != "invented-client-secret" {
		return http.StatusUnauthorized, map[string]string{"error": "invalid_grant", "error_description": "no", "hint": "", "message": "no"}, nil
	}
	s.given++
	token := fmt.Sprintf("invented-token-%d", s.given)
	s.tokens[token] = true
	return http.StatusOK, map[string]any{
		"access_token": token, "token_type": "Bearer", "expires_in": 2592000, "refresh_token": "invented-refresh-token", "scope": "rsu_api_read rsu_api_write",
	}, nil
}

// on answers a call about the race that the path names.
func (s *sim) on(call func(*http.Request, *race) (int, any, error)) simkit.Call {
	return func(r *http.Request) (int, any, error) {
		if found := s.races.Get(r.PathValue("race")); found != nil {
			return call(r, found)
		}
		return 0, nil, refuse(201)
	}
}

// request reads the form that carries JSON.
func request(r *http.Request, into any) (url.Values, error) {
	if err := r.ParseForm(); err != nil {
		return nil, refuse(11)
	}
	if r.PostForm.Get("request_format") != "json" || simkit.Strict([]byte(r.PostForm.Get("request")), into) != nil {
		return nil, refuse(11)
	}
	return r.PostForm, nil
}

var (
	phoneForm   = regexp.MustCompile(`^\+?[0-9]([0-9 -]{4,18})$`)
	countryForm = regexp.MustCompile(`^[A-Z]{2}$`)
	bibForm     = regexp.MustCompile(`^[0-9A-Za-z-]{1,10}$`)
)

// checkUser is what RunSignup takes of a person, whoever writes it.
func checkUser(u *user) error {
	parsed, mailErr := mail.ParseAddress(u.Email)
	_, birthErr := time.Parse(time.DateOnly, u.Birth)
	switch {
	case strings.TrimSpace(u.First) == "":
		return refuse(104)
	case strings.TrimSpace(u.Last) == "":
		return refuse(106)
	case u.Email != "" && (mailErr != nil || parsed.Address != u.Email):
		return refuse(108)
	case u.Birth != "" && birthErr != nil:
		return refuse(117)
	case !slices.Contains([]string{"", "M", "F"}, u.Gender):
		return refuse(114)
	case u.Phone != "" && !phoneForm.MatchString(u.Phone):
		return refuse(120)
	case u.Address != nil && u.Address.Country != "" && !countryForm.MatchString(u.Address.Country):
		return refuse(112)
	}
	return nil
}

func (s *sim) checkRegistration(r *registration) error {
	in := s.races.Get(strconv.Itoa(r.Race))
	switch {
	case in == nil:
		return refuse(201)
	case len(r.Events) == 0 || slices.ContainsFunc(r.Events, func(id int) bool { return in.event(id) == nil }):
		return refuse(301)
	case s.users.Get(strconv.Itoa(r.User)) == nil:
		return refuse(101)
	case r.Bib != "" && !bibForm.MatchString(r.Bib):
		return refuse(115)
	}
	return nil
}
