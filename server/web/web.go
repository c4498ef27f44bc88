// Package web is the dashboard: pages for people, made on the server from what the
// API answers. Each page and each button is one or more calls of the API with the
// token that the person has signed in with, so that roles, masks, limits and the
// audit are the API's own. It reads no table and keeps nothing but who is signed in.
package web

import (
	"context"
	"embed"
	"net/http"
	"time"
)

//go:embed static
var static embed.FS

// policy lets a page load what we serve ourselves, and nothing else.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// site answers the pages.
type site struct {
	api      http.Handler
	sees     Sees
	sessions *sessions
	now      func() time.Time
	pages    pages
	streams  streams
}

// Sees reports whether who has a token sees keys and values as they are. A token that is
// no longer good sees nothing.
type Sees func(ctx context.Context, token string) bool

// New makes the pages. Calls of the API are answered by api, in this process.
func New(api http.Handler, sees Sees, now func() time.Time) (http.Handler, error) {
	made, err := newPages()
	if err != nil {
		return nil, err
	}
	s := &site{api: api, sees: sees, sessions: newSessions(now), now: now, pages: made}
	mux := http.NewServeMux()
	mux.Handle("GET /static/", http.FileServerFS(static))
	mux.HandleFunc("GET /sign-in", s.signInPage)
	mux.HandleFunc("POST /sign-in", s.signIn)
	mux.HandleFunc("POST /sign-out", s.signOut)
	mux.HandleFunc("POST /language", s.language)
	mux.HandleFunc("GET /runs/{run}/events", s.events)
	for pattern, page := range map[string]func(*visit) (any, error){
		"GET /{$}":                           today,
		"GET /runs/{run}":                    run,
		"GET /runs/{run}/plan":               plan,
		"GET /runs/{pipeline}/{number}":      namedRun,
		"GET /runs/{pipeline}/{number}/plan": namedRun,
		"GET /runs/{run}/plan.csv":           planTable,
		"GET /records.csv":                   recordTable,
		"GET /records":                       records,
		"GET /records/{entity}":              oneRecord,
		"GET /conflicts":                     conflicts,
		"GET /held":                          held,
		"GET /held.csv":                      findingTable,
		"GET /leavers":                       leavers,
		"GET /leavers.csv":                   leaverTable,
		"GET /quarantine":                    quarantine,
		"GET /quarantine.csv":                quarantineTable,
		"GET /audit":                         audit,
		"GET /schedules":                     schedules,
		"GET /schedules/{schedule}":          oneSchedule,
		"GET /sessions":                      browsed,
		"GET /evidence/{piece}":              piece,
		"POST /records":                      findRecord,
		"POST /records/{entity}/retry":       retry,
		"POST /records/{entity}/pause":       pauseRecord,
		"POST /find":                         find,
		"POST /runs":                         start,
		"POST /runs/{run}/cancel":            cancel,
		"POST /runs/{run}/apply":             apply,
		"POST /runs/{run}/reject":            reject,
		"POST /conflicts/{conflict}":         resolve,
		"POST /held/{finding}":               accept,
		"POST /leavers":                      decide,
		"POST /schedules/{schedule}":         changeSchedule,
		"POST /sessions/{system}":            signInNow,
	} {
		mux.HandleFunc(pattern, s.page(page))
	}
	// What comes from another site changes nothing, whatever cookie it brings.
	return secured(http.NewCrossOriginProtection().Handler(mux)), nil
}

func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		if r.URL.Path != "/static/style.css" {
			h.Set("Cache-Control", "no-store") // a page has members in it
		}
		next.ServeHTTP(w, r)
	})
}
