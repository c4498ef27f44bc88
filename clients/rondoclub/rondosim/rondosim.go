// Package rondosim simulates Rondo Club: a WordPress with the club's theme, in its
// later contract, where a person's properties are under `fields`, or in one of two
// older ones, where they are under `acf`. It keeps what WordPress does that a client
// easily gets wrong (docs/systems/rondoclub.md, measured 2026-11-21; names and error
// shapes of the public theme, read 2026-11): lists that are empty for a wrong
// password or an account without rights, properties of the other dialect that are
// passed over, repeaters merged by index, the trash that answers 404, posts that a
// refused create leaves behind, inverse and sibling relationships, the computed
// volunteer flag.
//
// It is one part, "api". Control calls of its own; fields are by the theme's keys:
//
//	POST   /people                 {"status":"publish","fields":{...}}  another user makes a person
//	PATCH  /people/{id}            {"status":"draft","fields":{...}}    another user edits
//	DELETE /people/{id}            to the trash; ?force=true for good
//	POST   /people/{id}/restore    out of the trash
//	POST   /people/{id}/merge      {"into":17}
//	POST   /people/{id}/work       {"entity_type":"commissie","job_title":"Lid"}
//	DELETE /people/{id}/work       all work history goes
//	PATCH  /activities/{id}        {"content":"..."}  another user edits, or DELETE
//	PATCH  /todos/{id}             {"status":"completed"}  the same
//	POST   /accounts               {"knvb_id":"AAAA11A","roles":["rondo_user"],"granted":[],"revoked":[]}
//	PATCH  /accounts/{id}          {"roles":["administrator"]}, or DELETE
//	PATCH  /roles                  {"Secretaris":["rondo_bestuur"]}  what functions give
//	PATCH  /cases/{id}             {"fields":{"is_charged":"rondo"}}  the same
//	PATCH  /site                   {"home":"https://...","version":"31.0.0","theme":"acf","without":["infix"],"role":"editor"}
//
//	POST   /commissies             {"name":"Bar"}                       another user makes a commissie
//	POST   /teams                  {"name":"JO11-2"}                    or a team
//
// None of them is in the journal. A change in the journal has in After under
// "also" the ids of those persons whose relationships the site changed with it.
//
// Named faults: "anonymous" treats a request as not signed in, "short" leaves
// the last third of a list out without a word, "swallow" answers a PUT with
// success and stores no field.
package rondosim

import (
	"cmp"
	"context"
	"maps"
	"net/http"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// The invented credentials.
const (
	username    = "touchline-sync"
	appPassword = "abcd EFGH 1234 ijkl MNOP 5678"
)

// Options says what a new simulator holds.
type Options struct {
	// Members fills the site with that many invented members, without their
	// parents, as if they had been synced before; 0 leaves it empty.
	Members int
	// Seed is that of the club that is invented.
	Seed int64
	// Home is the address that the site says it has.
	Home string
	// Theme is Fields, which is what an empty one means, ACF or ACFBefore.
	Theme string
	// Version is what the site says of the theme; empty is the usual one.
	Version string
	// Team says how the site knows meta.team: "text", "number", or not at all. No
	// theme that was seen registers it.
	Team string
}

// sim is one simulated site.
type sim struct {
	*simkit.Kit
	options Options
	store   simkit.Store
	people  *simkit.Table[person]
	// What stands in the timelines of people.
	activities *simkit.Table[activity]
	todos      *simkit.Table[chore]
	terms      *simkit.Table[term]
	groups     *simkit.Table[group]
	files      *simkit.Table[attachment]
	cases      *simkit.Table[dossier]
	accounts   *simkit.Table[account]
	roles      *roleMap
	seasons    *simkit.Table[term]
	site       *site
}

// New returns a simulator that is not started yet.
func New(o Options) *simkit.Kit {
	o.Home = cmp.Or(o.Home, "https://rondo.example.org")
	o.Theme = cmp.Or(o.Theme, Fields)
	s := &sim{options: o}
	s.Kit = simkit.New("rondoclub", &s.store)
	s.people = simkit.Keep(&s.store, s.rules())
	s.terms = simkit.Keep(&s.store, simkit.Rules[term]{
		Kit: s.Kit, Collection: "terms", ID: func(t *term) string { return key(t.ID) },
		Unique: map[string]func(*term) string{"slug": func(t *term) string { return t.Slug }},
	})
	s.groups = simkit.Keep(&s.store, simkit.Rules[group]{
		Kit: s.Kit, Collection: "groups", ID: func(g *group) string { return key(g.ID) },
	})
	s.activities = simkit.Keep(&s.store, s.activityRules())
	s.todos = simkit.Keep(&s.store, s.todoRules())
	s.files = simkit.Keep(&s.store, s.media())
	s.cases = simkit.Keep(&s.store, s.caseRules())
	s.seasons = simkit.Keep(&s.store, simkit.Rules[term]{
		Kit: s.Kit, Collection: "seasons", ID: func(t *term) string { return key(t.ID) },
		Unique: map[string]func(*term) string{"slug": func(t *term) string { return t.Slug }},
	})
	s.accounts = simkit.Keep(&s.store, s.accountRules())
	s.roles = simkit.Settings(&s.store, "roles", roleMap{"Secretaris": {"rondo_bestuur"}, "Voorzitter": {"rondo_bestuur", "rondo_vog"}})
	s.site = simkit.Settings(&s.store, "site", site{Home: o.Home, Theme: themeName(o.Theme), Version: o.Version, Role: administrator})
	s.store.Fill = s.fill
	s.store.Reset()
	s.Credential("username", username)
	s.Credential("app_password", appPassword)
	s.Part("api", s.routes())
	s.controls()
	return s.Kit
}

func (s *sim) routes() http.Handler {
	calls := s.groupCalls()
	maps.Copy(calls, s.calls())
	maps.Copy(calls, s.caseCalls())
	api := simkit.API{Kit: s.Kit, Refused: refused, Unknown: noRoute, Calls: calls}.Handler()
	mux := http.NewServeMux()
	// The named faults are asked for before the kit is locked.
	mux.HandleFunc("/wp-json/", func(w http.ResponseWriter, r *http.Request) {
		f := faults{anonymous: s.Fault(r, "anonymous"), short: s.Fault(r, "short"), swallow: s.Fault(r, "swallow")}
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		api.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), faultsKey{}, f)))
	})
	mux.HandleFunc("GET "+uploads, s.serveUpload)
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		_, _ = w.Write([]byte("<!doctype html><html><head><title>Rondo Club</title></head><body><div id=\"root\"></div></body></html>"))
	})
	return mux
}

// calls are those of people and of what is about them.
func (s *sim) calls() map[string]simkit.Call {
	return map[string]simkit.Call{
		"GET /wp-json/{$}":                               s.root,
		"GET /wp-json/wp/v2/users/me":                    s.me,
		"GET /wp-json/wp/v2/people":                      s.list,
		"POST /wp-json/wp/v2/people":                     s.create,
		"OPTIONS /wp-json/wp/v2/people":                  s.ask,
		"GET /wp-json/wp/v2/people/{id}":                 s.get,
		"PUT /wp-json/wp/v2/people/{id}":                 s.update,
		"PATCH /wp-json/wp/v2/people/{id}":               s.update,
		"POST /wp-json/wp/v2/people/{id}":                s.update,
		"DELETE /wp-json/wp/v2/people/{id}":              s.remove,
		"GET /wp-json/wp/v2/relationship_type":           s.relationshipTypes,
		"GET /wp-json/rondo/v1/version":                  s.themeVersion,
		"GET /wp-json/rondo/v1/people/find-by-email":     s.findByEmail,
		"GET /wp-json/rondo/v1/people/filtered":          s.filtered,
		"GET /wp-json/rondo/v1/people/{id}/merge-target": s.mergeTarget,
		"GET /wp-json/rondo/v1/people/{id}/activities":   s.activitiesOf,
		"POST /wp-json/rondo/v1/people/{id}/activities":  s.createActivity,
		"GET /wp-json/rondo/v1/people/{id}/todos":        s.todosOf,
		"POST /wp-json/rondo/v1/people/{id}/todos":       s.createTodo,
		"PUT /wp-json/wp/v2/todos/{id}":                  s.giveTodo,
		"POST /wp-json/rondo/v1/people/{id}/photo":       s.upload,
		"POST /wp-json/rondo/v1/capability-sync":         s.syncCapabilities,
		"GET /wp-json/wp/v2/media/{id}":                  s.getMedia,
		"DELETE /wp-json/wp/v2/media/{id}":               s.removeMedia,
	}
}
