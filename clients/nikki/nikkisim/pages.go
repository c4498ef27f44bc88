package nikkisim

import (
	"crypto/rand"
	"embed"
	"encoding/json"
	"html/template"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

//go:embed static
var static embed.FS

var templates = template.Must(template.ParseFS(static, "static/*.html"))

const cookie = "PHPSESSID"

// session is one browser: signed in, or at the form.
type session struct {
	token string // of the form
	in    bool
	until time.Time
}

func (s *sim) pages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", s.home)
	mux.HandleFunc("GET /login", s.form)
	mux.HandleFunc("POST /login", s.signIn)
	mux.HandleFunc("GET /leden", s.signedIn(s.members))
	mux.HandleFunc("GET /leden/rows", s.signedIn(s.rows))
	mux.HandleFunc("GET /leden/{id}", s.signedIn(s.member))
	mux.HandleFunc("GET /rapporten/export", s.signedIn(s.report))
	mux.Handle("GET /js/", http.StripPrefix("/js/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, static, "static/"+r.URL.Path)
	})))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.Fault(r, "expire") {
			(&Sim{s}).Expire()
		}
		if s.Fault(r, "maintenance") {
			show(w, "notice.html", "Nikki is in onderhoud")
			return
		}
		if s.Fault(r, "no-rights") {
			show(w, "notice.html", "U heeft geen rechten voor deze pagina")
			return
		}
		mux.ServeHTTP(w, r)
	})
}

func show(w http.ResponseWriter, name string, data any) {
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	_ = templates.ExecuteTemplate(w, name, data) // whoever asked has gone
}

// of returns the live session of a request, or nil. The kit is locked.
func (s *sim) of(r *http.Request) *session {
	c, err := r.Cookie(cookie)
	if err != nil {
		return nil
	}
	x := s.sessions[c.Value]
	if x == nil || !s.Now().Before(x.until) {
		return nil
	}
	return x
}

// begin makes a session. The kit is locked.
func (s *sim) begin(w http.ResponseWriter, in bool) *session {
	x := &session{token: rand.Text(), in: in, until: s.Now().Add(time.Duration(s.site.SessionMinutes) * time.Minute)}
	id := rand.Text()
	s.sessions[id] = x
	http.SetCookie(w, &http.Cookie{Name: cookie, Value: id, Path: "/", HttpOnly: true})
	return x
}

func (s *sim) signedIn(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.Lock()
		x := s.of(r)
		s.Unlock()
		if x == nil || !x.in {
			http.Redirect(w, r, "/login", http.StatusFound)
			return
		}
		next(w, r)
	}
}

func (s *sim) home(w http.ResponseWriter, r *http.Request) {
	s.signedIn(func(w http.ResponseWriter, _ *http.Request) { show(w, "home.html", nil) })(w, r)
}

// formPage is what the form shows.
type formPage struct {
	Token, Refused string
	OTP            bool
}

func (s *sim) form(w http.ResponseWriter, r *http.Request) {
	if s.Fault(r, "renamed-form") {
		show(w, "notice.html", "Welkom")
		return
	}
	s.Lock()
	x := s.of(r)
	if x == nil {
		x = s.begin(w, false)
	}
	page := formPage{Token: x.token, OTP: s.site.OTP}
	s.Unlock()
	show(w, "login.html", page)
}

func (s *sim) signIn(w http.ResponseWriter, r *http.Request) {
	wrong, wrongCode := s.Fault(r, "wrong-password"), s.Fault(r, "wrong-otp")
	s.Lock()
	defer s.Unlock()
	x := s.of(r)
	tried := SignIn{Time: s.Now()}
	switch {
	case x == nil || r.PostFormValue("token") != x.token:
		http.Error(w, "Page Expired", http.StatusForbidden)
		return
	case wrong || r.PostFormValue("username") != s.username || r.PostFormValue("password") != s.password:
		tried.Why = "wrong"
	case s.site.OTP && wrongCode:
		tried.Why = "code"
	case s.site.OTP:
		if tried.Step = s.step(r.PostFormValue("otp")); tried.Step == 0 {
			tried.Why = "code"
		}
		s.used[tried.Step] = true
	}
	tried.Accepted = tried.Why == ""
	s.signIns = append(s.signIns, tried)
	if !tried.Accepted {
		show(w, "login.html", formPage{Token: x.token, OTP: s.site.OTP, Refused: "Inloggen mislukt"})
		return
	}
	s.begin(w, true)
	http.Redirect(w, r, "/", http.StatusFound)
}

// step is the half minute of a code that was not taken before, one off at most; 0 for
// another. The kit is locked.
func (s *sim) step(code string) int64 {
	now := simkit.StepOf(s.Now())
	for _, step := range []int64{now, now - 1, now + 1} {
		if !s.used[step] && simkit.TOTP([]byte(s.secret), step) == code {
			return step
		}
	}
	return 0
}

// row is a line as the table has it.
type row struct {
	Year                                             int
	Name, Address, Member, Team, ID, Balance, Status string
}

// table is what the page of members shows.
type table struct {
	Head            []string
	Rows            []row
	Second, Extra   bool
	Mode            string
	Delay           int
	Link, Elsewhere bool
}

func (s *sim) all(short bool) []row {
	s.Lock()
	defer s.Unlock()
	var out []row
	for l := range s.lines.All() {
		out = append(out, row{l.Year, l.Name, l.Address, l.Member, l.Team, l.ID, l.shown(), l.Status})
	}
	if short {
		out = out[:len(out)*3/5]
	}
	return out
}

var head = []string{"Jaar", "Naam", "Adres", "Lidnr.", "Team", "Nikki ID", "Saldo", "Status"}

func (s *sim) members(w http.ResponseWriter, r *http.Request) {
	t := table{
		Head: slices.Clone(head), Rows: s.all(s.Fault(r, "short-table")), Link: !s.Fault(r, "no-link"),
		Second: s.Fault(r, "second-table"), Extra: s.Fault(r, "extra-column"),
	}
	if s.Fault(r, "renamed-column") {
		t.Head[6] = "Openstaand"
	}
	if s.Fault(r, "no-rows") {
		t.Rows = nil
	}
	s.Lock()
	t.Mode, t.Delay = s.site.Table, s.site.Delay
	s.Unlock()
	if t.Mode == "late" || t.Mode == "staged" {
		t.Rows = []row{}
	}
	show(w, "leden.html", t)
}

// rows are those that a script asks for: the first half, the rest, or all.
func (s *sim) rows(w http.ResponseWriter, r *http.Request) {
	all := s.all(false)
	switch half := len(all) / 2; r.URL.Query().Get("part") {
	case "1":
		all = all[:half]
	case "2":
		all = all[half:]
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(all) // whoever asked has gone
}

// member is the page of one line, which nobody reads: it shows another balance [S].
func (s *sim) member(w http.ResponseWriter, _ *http.Request) {
	show(w, "notice.html", "Saldo € 9.999,99")
}

// report is the file, which is another one each time it is asked for.
func (s *sim) report(w http.ResponseWriter, r *http.Request) {
	f := exportFaults{renamed: s.Fault(r, "export-renamed"), short: s.Fault(r, "export-short"), ragged: s.Fault(r, "export-ragged")}
	page, empty := s.Fault(r, "no-file"), s.Fault(r, "export-empty")
	html := s.Fault(r, "export-html")
	if page {
		show(w, "notice.html", "Rapporten")
		return
	}
	s.Lock()
	body := s.export(slices.Collect(s.lines.All()), f)
	s.Unlock()
	switch {
	case empty:
		body = nil
	case html:
		body = []byte("<!doctype html><title>Nikki</title><p>Er ging iets mis")
	}
	w.Header().Set("Content-Type", "text/csv")
	w.Header().Set("Content-Disposition", `attachment; filename="nikki-export.csv"`)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	_, _ = w.Write(body) // whoever asked has gone
}
