package sportlinksim

import (
	"cmp"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/simkit"
)

// clientID is the site's client at its identity provider
// (docs/systems/sportlink.md, "Sign-in", 2026-04).
const clientID = "sportlink-club-web"

// The stages of a sign-in form.
const (
	askPassword = iota
	askCode
)

// tab is one sign-in form under way in one browser.
type tab struct {
	id          string
	code        string // session_code, new with every form
	authSession string // cookie
	query       url.Values
	stage       int
	login       int // index in Sim.logins
	captcha     bool
}

// identity are the provider's pages below prefix.
func (s *Sim) identity(prefix string) http.Handler {
	mux := http.NewServeMux()
	realm := prefix + "/realms/sportlink"
	mux.HandleFunc("GET "+realm+"/protocol/openid-connect/auth", s.authorize)
	mux.HandleFunc("POST "+realm+"/login-actions/authenticate", s.authenticate)
	mux.HandleFunc("GET "+realm+"/login-actions/required-action", s.requiredAction)
	mux.HandleFunc("POST "+realm+"/login-actions/required-action", s.requiredAction) // nothing is done by it here
	mux.HandleFunc("POST "+realm+"/protocol/openid-connect/token", s.token)
	mux.HandleFunc("OPTIONS "+realm+"/protocol/openid-connect/token", s.preflight)
	return mux
}

// authorize begins a sign-in, or ends it at once for a browser that is signed
// in already.
func (s *Sim) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if fault := s.badRequest(q); fault != "" {
		page(w, http.StatusBadRequest, errorPage, form{Message: fault})
		return
	}
	if s.Fault(r, "maintenance") {
		page(w, http.StatusOK, maintenancePage, form{})
		return
	}
	captcha := s.Fault(r, "captcha")
	s.Lock()
	defer s.Unlock()
	if c, err := r.Cookie("KEYCLOAK_IDENTITY"); err == nil && s.alive(s.idm.sessions[c.Value]) {
		s.redirect(w, r, s.idm.sessions[c.Value], q)
		return
	}
	t := &tab{id: rand.Text()[:11], authSession: rand.Text(), query: q, login: len(s.logins), captcha: captcha}
	s.logins = append(s.logins, SignIn{Number: t.login + 1, Opened: s.Now()})
	s.idm.tabs[t.id] = t
	s.cookie(w, "AUTH_SESSION_ID", t.authSession)
	s.cookie(w, "KC_RESTART", rand.Text())
	s.ask(w, t, "")
}

func (s *Sim) badRequest(q url.Values) string {
	switch club := s.Address("club"); {
	case q.Get("client_id") != clientID:
		return "Client not found."
	case !strings.HasPrefix(q.Get("redirect_uri"), club+"/"):
		return "Invalid parameter: redirect_uri"
	case q.Get("response_type") != "code":
		return "Invalid parameter: response_type"
	case !strings.Contains(" "+q.Get("scope")+" ", " openid "):
		return "Invalid parameter: scope"
	case q.Get("code_challenge_method") != "S256" || len(q.Get("code_challenge")) != 43:
		return "Invalid parameter: code_challenge"
	}
	return ""
}

// ask shows the form of the tab's stage. The kit is locked.
func (s *Sim) ask(w http.ResponseWriter, t *tab, message string) {
	t.code = rand.Text()
	v := url.Values{
		"session_code": {t.code}, "execution": {t.id + "-x"},
		"client_id": {clientID}, "tab_id": {t.id},
	}
	f := form{Action: s.issuer() + "/login-actions/authenticate?" + v.Encode(), Message: message, Captcha: t.captcha}
	if t.stage == askCode {
		page(w, http.StatusOK, codePage, f)
		return
	}
	page(w, http.StatusOK, passwordPage, f)
}

// authenticate takes a password or a code.
func (s *Sim) authenticate(w http.ResponseWriter, r *http.Request) {
	fault := struct {
		password, code, forever, blank, notice bool
		action                                 string
	}{}
	if err := r.ParseForm(); err != nil {
		page(w, http.StatusBadRequest, errorPage, form{Message: "Invalid request"})
		return
	}
	if r.PostForm.Has("password") {
		fault.password = s.Fault(r, "wrong-password")
		fault.blank = s.Fault(r, "otp-page-missing")
	} else {
		fault.code = s.Fault(r, "wrong-otp")
		fault.forever = s.Fault(r, "sign-in-forever")
		fault.notice = s.Fault(r, "notice-page")
		fault.action = s.actionFault(r)
	}
	s.Lock()
	defer s.Unlock()
	t := s.idm.tabs[r.URL.Query().Get("tab_id")]
	c, err := r.Cookie("AUTH_SESSION_ID")
	switch {
	case err != nil:
		page(w, http.StatusBadRequest, errorPage, form{Message: "Cookie not found."})
		return
	case t == nil || t.authSession != c.Value || t.code != r.URL.Query().Get("session_code"):
		page(w, http.StatusOK, expiredPage, form{Action: s.Address("club") + "/"})
		return
	}
	login := &s.logins[t.login]
	now := s.Now()
	if t.stage == askPassword {
		if login.Password == nil {
			login.Password = &now
		}
		good := strings.EqualFold(strings.TrimSpace(r.PostForm.Get("username")), s.account.username) &&
			r.PostForm.Get("password") == s.account.password
		switch {
		case !good || fault.password || t.captcha: // its proof never comes
			login.Refused++
			login.Finished = &now // unless they try again
			s.ask(w, t, wrongPassword)
			return
		case fault.blank:
			page(w, http.StatusOK, blankPage, form{})
			return
		}
		login.Account, login.Finished = s.account.username, nil
		if s.settings.OTP != "none" {
			t.stage = askCode
			s.ask(w, t, "")
			return
		}
	} else if !s.codeTaken(login, r.PostForm.Get("otp"), fault.code) {
		login.Refused++
		login.Finished = &now
		s.ask(w, t, wrongCode)
		return
	}
	if fault.action != "" {
		login.Finished = &now
		q := url.Values{"execution": {fault.action}, "client_id": {clientID}, "tab_id": {t.id}}
		http.Redirect(w, r, s.issuer()+"/login-actions/required-action?"+q.Encode(), http.StatusFound)
		return
	}
	if fault.forever {
		t.stage = askPassword
		s.ask(w, t, "")
		return
	}
	login.Accepted, login.Finished = true, &now
	delete(s.idm.tabs, t.id)
	x := s.begin()
	s.cookie(w, "KEYCLOAK_IDENTITY", x.id)
	if fault.notice {
		page(w, http.StatusOK, noticePage, form{Action: s.callback(x, t.query)})
		return
	}
	s.redirect(w, r, x, t.query)
}

// codeTaken judges a code and writes it to the log. The kit is locked.
func (s *Sim) codeTaken(login *SignIn, code string, refuse bool) bool {
	if code == "" && s.settings.OTP == "optional" {
		return true
	}
	mac := hmac.New(sha256.New, s.idm.digest)
	mac.Write([]byte(code))
	c := Code{
		Time: s.Now(), SignIn: login.Number, Reason: "wrong",
		Digest: hex.EncodeToString(mac.Sum(nil))[:16],
	}
	at := simkit.StepOf(s.Now().Add(time.Duration(s.settings.OTPSkew)))
	window := int64(s.settings.OTPWindow)
	for step := at - window; step <= at+window; step++ {
		if simkit.TOTP(s.account.secret, step) == code {
			c.Step = step
			c.Accepted = !s.idm.used[step] && !refuse
			c.Reason = ""
			if s.idm.used[step] {
				c.Reason = "used"
			}
			if refuse {
				c.Reason = cmp.Or(c.Reason, "wrong-otp")
			}
			break
		}
	}
	if c.Accepted {
		s.idm.used[c.Step] = true
		login.Step = c.Step
	}
	s.codes = append(s.codes, c)
	return c.Accepted
}

// callback is where a signed-in browser goes: back to the site with a code.
func (s *Sim) callback(x *session, q url.Values) string {
	code := rand.Text()
	s.idm.grants[code] = &grant{x, q.Get("redirect_uri"), q.Get("code_challenge"), s.Now().Add(time.Minute)}
	v := url.Values{
		"state": {q.Get("state")}, "session_state": {x.id[:8]},
		"iss": {s.issuer()}, "code": {code},
	}
	to := q.Get("redirect_uri")
	if strings.Contains(to, "?") {
		return to + "&" + v.Encode()
	}
	return to + "?" + v.Encode()
}

func (s *Sim) redirect(w http.ResponseWriter, r *http.Request, x *session, q url.Values) {
	http.Redirect(w, r, s.callback(x, q), http.StatusFound)
}

func (s *Sim) cookie(w http.ResponseWriter, name, value string) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // plain HTTP on loopback
		Name: name, Value: value, Path: s.prefix() + "/realms/sportlink/",
		HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
