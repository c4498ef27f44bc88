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
type form struct{ Action, Message string }

// The element ids are Keycloak's: #username, #password, #otp, #kc-login and
// .kc-feedback-text (docs/systems/sportlink.md, "Sign-in", 2026-04).
var (
	passwordPage = idmPage(`<form id="kc-form-login" action="{{.Action}}" method="post">
{{template "feedback" .}}<label for="username">Gebruikersnaam of e-mailadres</label>
<input tabindex="1" id="username" name="username" type="text" autofocus autocomplete="off">
<label for="password">Wachtwoord</label>
<input tabindex="2" id="password" name="password" type="password" autocomplete="off">
<input tabindex="4" name="login" id="kc-login" type="submit" value="Inloggen">
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
)

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
