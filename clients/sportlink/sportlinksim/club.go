package sportlinksim

import (
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"strings"
	"time"
)

//go:embed static
var static embed.FS

var shellPage = template.Must(template.ParseFS(static, "static/shell.html"))

// p is the prefix of the site's internal calls (docs/systems/sportlink.md,
// "Addresses", 2026-04).
const p = "/navajo/entity/common/clubweb/"

// club are the pages of the site and the calls below them.
func (s *Sim) club() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/", s.shell)
	mux.Handle("GET /static/", http.FileServerFS(static))
	if s.options.Mode == Legacy {
		mux.Handle("/auth/", s.identity("/auth"))
	}
	mux.HandleFunc("PUT "+p+"user/LinkToPerson", s.linkToPerson)
	mux.HandleFunc(p, s.signedIn(func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, "Onbekende entiteit")
	}))
	mux.HandleFunc("POST "+p+"member/search/SearchMembers", s.signedIn(s.searchMembers))
	mux.HandleFunc("POST "+p+"member/search/SearchMembersSavedFilters", s.signedIn(
		func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, map[string]any{"SavedFilters": []any{}}) }))
	mux.HandleFunc("GET "+p+"dashboard/LongPoll", s.signedIn(
		func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	for _, widget := range []string{"Tasks", "News", "Birthdays"} {
		mux.HandleFunc("GET "+p+"dashboard/"+widget, s.signedIn(
			func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, map[string]any{widget: []any{}}) }))
	}
	mux.HandleFunc("GET "+p+"competition/discipline/DisciplineClubCasesPlayer", s.signedIn(s.disciplineCases))
	mux.HandleFunc("GET "+p+"competition/discipline/DisciplineClubCasesTeam", s.signedIn(
		func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, map[string]any{"Cases": []any{}}) }))
	mux.HandleFunc("GET "+p+"statistics/discipline", s.signedIn(
		func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }))
	for _, calls := range []map[string]http.HandlerFunc{s.details(), s.teamCalls()} {
		for path, h := range calls {
			mux.HandleFunc("GET "+p+path, s.signedIn(h))
		}
	}
	return s.expiring(mux)
}

// expiring asks for the fault "expire" before anything else: all sessions end
// at the moment of this request.
func (s *Sim) expiring(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.Fault(r, "expire") {
			s.ExpireSessions()
		}
		next.ServeHTTP(w, r)
	})
}

// signedIn lets only calls with a live bearer pass, whatever cookies they
// have, and only as the site's own script makes them.
func (s *Sim) signedIn(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, p+"member/") && s.Fault(r, "half-valid") {
			refuse(w, http.StatusUnauthorized, "Niet geautoriseerd")
			return
		}
		forbidden := s.Fault(r, "no-rights")
		s.Lock()
		late := time.Duration(s.settings.XHRDelay)
		t := s.idm.bearers[bearer(r)]
		ok := s.valid(t)
		if ok {
			t.session.calls++
			if n := s.settings.ExpireAfter; n > 0 && t.session.calls > n {
				t.session.ended, ok = true, false
			}
		}
		s.Unlock()
		if late > 0 {
			select {
			case <-time.After(late):
			case <-r.Context().Done():
				return
			}
		}
		switch {
		case !ok:
			refuse(w, http.StatusUnauthorized, "Niet geautoriseerd")
		case r.Header.Get("X-Navajo-Entity") != strings.TrimPrefix(r.URL.Path, p):
			refuse(w, http.StatusBadRequest, "X-Navajo-Entity")
		case r.Header.Get("X-Navajo-Instance") != "KNVB":
			refuse(w, http.StatusBadRequest, "X-Navajo-Instance")
		case forbidden:
			refuse(w, http.StatusForbidden, "Geen rechten")
		default:
			next(w, r)
		}
	}
}

func bearer(r *http.Request) string {
	b, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return ""
	}
	return b
}

// config is what a page's script is told.
type config struct {
	Issuer      string   `json:"issuer"`
	ClientID    string   `json:"clientId"`
	ClubID      string   `json:"clubId"`
	Storage     string   `json:"storage"`
	Now         int64    `json:"now"` // the simulator's time, in ms
	RenderDelay int64    `json:"renderDelay"`
	MoreDelay   int64    `json:"moreDelay"`
	Dashboard   []string `json:"dashboard"`
	Faults      []string `json:"faults"` // those that the script carries out
}

// The named faults that a page's script carries out. They are looked up when
// the page is loaded.
var scripted = []string{
	"more-disabled", "renamed-more", "renamed-search", "renamed-union",
	"chips-inverted", "overlay", "session-modal", "slow-extended",
	"sent-twice", "decoy-first", "sent-late", "not-sent", "long-poll",
	"no-rights", "foreign-host", "notice-of-maintenance",
	"tab-renamed", "tab-never-loads", "asks-for-another",
	"box-renamed", "one-box", "tab-as-button", "tab-as-data", "tab-stays", "asks-for-a-season",
}

// shell answers every page alike: the script looks at the address.
func (s *Sim) shell(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "method", http.StatusMethodNotAllowed)
		return
	}
	if s.Fault(r, "maintenance") {
		page(w, http.StatusOK, maintenancePage, form{})
		return
	}
	if do, ok := s.FaultDo(r, "moved"); ok {
		http.Redirect(w, r, do.Body, http.StatusFound)
		return
	}
	if (strings.HasPrefix(r.URL.Path, "/member/") || strings.HasPrefix(r.URL.Path, "/teams/")) && s.Fault(r, "half-valid") {
		http.Redirect(w, r, "/dashboard", http.StatusFound)
		return
	}
	c := config{
		Issuer: s.issuer(), ClientID: clientID, ClubID: s.clubID,
		Now: s.Now().UnixMilli(), Faults: []string{},
	}
	for _, name := range scripted {
		// The way back from signing in is not a page that anybody looks at.
		if !r.URL.Query().Has("code") && s.Fault(r, name) {
			c.Faults = append(c.Faults, name)
		}
	}
	if s.Fault(r, "no-dashboard") {
		c.Faults = append(c.Faults, "no-dashboard")
	}
	s.Lock()
	c.Storage, c.Dashboard = s.settings.Storage, s.settings.Dashboard
	c.RenderDelay, c.MoreDelay = s.settings.RenderDelay.ms(), s.settings.MoreDelay.ms()
	s.Unlock()
	data, err := json.Marshal(c)
	if err != nil {
		http.Error(w, "json", http.StatusInternalServerError)
		return
	}
	idm := ""
	if s.options.Mode == OIDC {
		idm = " " + s.Address("idm")
	}
	w.Header().Set("Content-Security-Policy", "default-src 'self'; img-src data: http:; connect-src 'self'"+idm)
	page(w, http.StatusOK, shellPage, string(data))
}
