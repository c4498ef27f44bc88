package sportlinksim

import (
	"bytes"
	"html/template"
	"net/http"
)

// The texts under a form that was refused (Keycloak's, 2026-04).
const (
	wrongPassword = "Ongeldige gebruikersnaam of wachtwoord."
	wrongCode     = "Ongeldige authenticatiecode."
)

// form fills a page of the identity provider.
type form struct {
	Action, Message string
	Captcha         bool
}

// The element ids are Keycloak's: #username, #password, #otp, #kc-login and
// .kc-feedback-text (docs/systems/sportlink.md, "Sign-in", 2026-04).
var (
	passwordPage = idmPage(`<form id="kc-form-login" action="{{.Action}}" method="post">
{{template "feedback" .}}<label for="username">Gebruikersnaam of e-mailadres</label>
<input tabindex="1" id="username" name="username" type="text" autofocus autocomplete="off">
<label for="password">Wachtwoord</label>
<input tabindex="2" id="password" name="password" type="password" autocomplete="off">
{{if .Captcha}}<div class="form-group"><div class="g-recaptcha" data-size="compact" data-sitekey="none"></div></div>
{{end}}<input tabindex="4" name="login" id="kc-login" type="submit" value="Inloggen">
</form>`)
	codePage = idmPage(`<form id="kc-otp-login-form" action="{{.Action}}" method="post">
{{template "feedback" .}}<label for="otp">Eenmalige code</label>
<input id="otp" name="otp" autocomplete="off" type="text" autofocus>
<input name="login" id="kc-login" type="submit" value="Inloggen">
</form>`)
	expiredPage = idmPage(`<h1 id="kc-page-title">Pagina is verlopen</h1>
<p id="instruction1">Om de login procedure opnieuw te doen <a id="loginRestartLink" href="{{.Action}}">klik hier</a></p>`)
	errorPage = idmPage(`<h1 id="kc-page-title">Het spijt ons...</h1>
<div id="kc-error-message"><p class="instruction">{{.Message}}</p></div>`)
	noticePage = idmPage(`<h1 id="kc-page-title">Gewijzigde voorwaarden</h1>
<p>Lees de nieuwe voorwaarden.</p><a id="kc-accept" href="{{.Action}}">Doorgaan</a>`)
	blankPage = idmPage(``)

	maintenancePage = idmPage(`<h1>Onderhoud</h1><p>Wegens gepland onderhoud is de dienst tijdelijk niet beschikbaar.</p>`)
)

// The provider's pages of what it wants done before it lets somebody in, by the
// name of the action. The fields for name and old password of the first are
// there for the browser, and hidden (keycloak/keycloak, base theme, 2026-11).
var requiredActions = map[string]*template.Template{
	"UPDATE_PASSWORD": idmPage(`<h1 id="kc-page-title">Wachtwoord bijwerken</h1>
<div class="alert alert-warning"><span class="kc-feedback-text">U dient uw wachtwoord te wijzigen om uw account te activeren.</span></div>
<form id="kc-passwd-update-form" action="{{.Action}}" method="post">
<input type="text" id="username" name="username" autocomplete="username" readonly style="display:none">
<input type="password" id="password" name="password" autocomplete="current-password" style="display:none">
<label for="password-new">Nieuw wachtwoord</label><input type="password" id="password-new" name="password-new" autocomplete="new-password">
<label for="password-confirm">Bevestig wachtwoord</label><input type="password" id="password-confirm" name="password-confirm" autocomplete="new-password">
<input type="submit" value="Verzenden"></form>`),
	"TERMS_AND_CONDITIONS": idmPage(`<h1 id="kc-page-title">Voorwaarden</h1>
<div id="kc-terms-text">De voorwaarden zijn gewijzigd.</div>
<form class="form-actions" action="{{.Action}}" method="post">
<input name="accept" id="kc-accept" type="submit" value="Accepteren"><input name="cancel" id="kc-decline" type="submit" value="Afwijzen"></form>`),
	"CONFIGURE_TOTP": idmPage(`<h1 id="kc-page-title">Mobiele authenticator instellen</h1>
<form id="kc-totp-settings-form" action="{{.Action}}" method="post">
<input type="text" id="totp" name="totp" autocomplete="off"><input type="hidden" id="totpSecret" name="totpSecret">
<input type="submit" id="saveTOTPBtn" value="Verzenden"></form>`),
	"VERIFY_EMAIL": idmPage(`<h1 id="kc-page-title">E-mailadres verifi&euml;ren</h1>
<p class="instruction">Er is een e-mail met instructies gestuurd. <a href="{{.Action}}">Klik hier</a></p>`),
}

// requiredAction shows what the provider wants done first. It is of the sign-in
// that is under way; there is no session before it is done.
func (s *Sim) requiredAction(w http.ResponseWriter, r *http.Request) {
	s.Lock()
	defer s.Unlock()
	t := s.idm.tabs[r.URL.Query().Get("tab_id")]
	c, err := r.Cookie("AUTH_SESSION_ID")
	p := requiredActions[r.URL.Query().Get("execution")]
	if t == nil || err != nil || t.authSession != c.Value || p == nil {
		page(w, http.StatusOK, expiredPage, form{Action: s.Address("club") + "/"})
		return
	}
	page(w, http.StatusOK, p, form{Action: s.issuer() + "/login-actions/required-action?" + r.URL.RawQuery})
}

// actionFault is what a fault wants done before the session begins, or "".
func (s *Sim) actionFault(r *http.Request) string {
	switch {
	case s.Fault(r, "password-expired"):
		return "UPDATE_PASSWORD"
	case s.Fault(r, "new-terms"):
		return "TERMS_AND_CONDITIONS"
	case s.Fault(r, "configure-otp"):
		return "CONFIGURE_TOTP"
	case s.Fault(r, "verify-email"):
		return "VERIFY_EMAIL"
	}
	return ""
}

func idmPage(content string) *template.Template {
	t := template.Must(template.New("").Parse(`{{define "feedback"}}{{with .Message}}` +
		`<div class="alert alert-error"><span class="kc-feedback-text">{{.}}</span></div>{{end}}{{end}}`))
	return template.Must(t.Parse(`<!doctype html>
<html lang="nl" class="login-pf"><head><meta charset="utf-8"><title>Inloggen bij Sportlink</title></head>
<body><div id="kc-content">` + content + `</div></body></html>
`))
}

func page(w http.ResponseWriter, status int, t *template.Template, data any) {
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		http.Error(w, "template", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store, must-revalidate, max-age=0")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}
