package sportlink

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/clients/internal/website"
	"github.com/touchline-sync/touchline/sync/connector"
)

// The identity provider is Keycloak. Its forms (docs/systems/sportlink.md,
// "Sign-in", last seen 2026-04).
const (
	username = "#username"
	password = "#password"
	otp      = "#otp"
	submit   = "#kc-login"
	feedback = ".kc-feedback-text"
	restart  = "#loginRestartLink"
	problem  = "#kc-error-message"

	// The provider's pages of what it wants done first, by their ids
	// (docs/systems/sportlink.md, "Sign-in", 2026-11).
	newPassword = "#kc-passwd-update-form, #password-new" //nolint:gosec // selectors
	newTerms    = "#kc-terms-text, #kc-accept, #kc-decline"
	byHand      = "#kc-totp-settings-form, #kc-update-profile-form, #kc-update-email-form, #kc-recovery-codes-settings-form, #kc-select-credential-form"
	doFirst     = newPassword + ", " + newTerms + ", " + byHand

	anyForm = username + ", " + password + ", " + otp + ", " + submit
)

// markers are the places by which a page of the site itself is known
// (docs/systems/sportlink.md, "Sign-in", last seen 2026-04).
const markers = `#panelHeaderTasks, [id*="panelHeader"], nav[role="navigation"], [data-testid="dashboard"], a[href*="/member/"]`

// marks are the provider's pages that are in the way.
var marks = browserworker.Marks{
	browserworker.PasswordExpired: newPassword, browserworker.NewTerms: newTerms, browserworker.ActionRequired: byHand,
}

// parts are what is marked of a form when it is sent.
const (
	parts     = "#username, #password, #otp, #kc-login, .kc-feedback-text"
	freshForm = username + website.Fresh + ", " + otp + website.Fresh + ", " + feedback + website.Fresh + ", " + restart + ", " + problem
)

// isAuth tells whether an address is the identity provider's: by its origin,
// or by its path where it lives on the club's.
func (a *account) isAuth(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	for _, isSource := range a.cfg.AuthURLs {
		if o, err := url.Parse(isSource); err == nil && o.Host == u.Host && !a.IsOwn(address) {
			return true
		}
	}
	return strings.HasPrefix(u.Path, "/auth/realms/") || strings.HasPrefix(u.Path, "/realms/")
}

// atSignIn tells whether the page is the identity provider's.
func (a *account) atSignIn(ctx context.Context, p browserworker.Page) (bool, error) {
	if !a.IsOwn(p.URL()) || a.isAuth(p.URL()) {
		return true, nil
	}
	n, err := p.Count(ctx, anyForm)
	return n > 0, err
}

// probe asks the site for its first page: it is the site's own when the
// session lives, else the identity provider's form.
func (a *account) probe(ctx context.Context, p browserworker.Page) (bool, error) {
	return a.Probe(ctx, p, markers+", "+username+", "+doFirst, a.cfg.Timeouts.Marker)
}

// signIn signs in on a page without cookies: name and password, then a
// one-time code that no process has used.
func (a *account) signIn(ctx context.Context, p browserworker.Page) error {
	if err := a.OpenForm(ctx, p, username+", "+problem, a.cfg.Timeouts.SignIn); err != nil {
		return err
	}
	for _, f := range []struct {
		selector string
		value    connector.Secret
	}{{username, connector.Secret(a.cfg.Username)}, {password, a.cfg.Password}} {
		if err := p.Fill(ctx, f.selector, f.value); err != nil {
			return a.FormFault(err)
		}
	}
	if err := a.send(ctx, p); err != nil {
		return err
	}
	asked, err := p.IsVisible(ctx, otp+website.Fresh)
	if err != nil {
		return err
	}
	if asked {
		if err := a.sendCode(ctx, p); err != nil {
			return err
		}
	}
	return a.arrived(ctx, p, asked)
}

func (a *account) sendCode(ctx context.Context, p browserworker.Page) error {
	if a.cfg.OTPSecret == "" {
		return a.Refused("a one-time code is asked for and no otp_secret is set. Set it: it is the secret behind the code's square image")
	}
	key, err := browserworker.Base32Key(a.cfg.OTPSecret)
	if err != nil {
		return err
	}
	code, err := browserworker.Code(ctx, a.Host, a.Name, key)
	if err != nil {
		return err
	}
	if err := p.Fill(ctx, otp, code); err != nil {
		return a.FormFault(err)
	}
	return a.send(ctx, p)
}

// send sends the form that is shown and waits for what comes next.
func (a *account) send(ctx context.Context, p browserworker.Page) error {
	if err := website.MarkSent(ctx, p, parts); err != nil {
		return a.FormFault(err)
	}
	if err := p.Click(ctx, submit); err != nil {
		return a.FormFault(err)
	}
	return a.await(ctx, p)
}

// await waits for what comes after a form: the next one, for as long as a form
// may take, or a page of the site, for as long as that may take to show itself.
func (a *account) await(ctx context.Context, p browserworker.Page) error {
	left := website.Within(a.cfg.Timeouts.SignIn)
	var there func() time.Duration
	for {
		err := p.WaitFor(ctx, freshForm+", "+doFirst+", "+markers, browserworker.Visible, time.Second)
		if !errors.Is(err, browserworker.ErrTimeout) {
			return err
		}
		switch provider := a.isAuth(p.URL()) || !a.IsOwn(p.URL()); {
		case provider && left() > 0:
			there = nil
		case provider && strings.Contains(p.URL(), "/login-actions/required-action"):
			return a.Site.InTheWay("sign in", browserworker.ActionRequired, err)
		case provider:
			return a.Caused(connector.Drifted, "sign in", "the provider shows neither form nor refusal", err)
		case there == nil:
			there = website.Within(a.cfg.Timeouts.Marker)
		case there() <= 0:
			return nil // on the site, without a marker: arrived looks on
		}
	}
}

// arrived tells whether the sign-in ended on the site.
func (a *account) arrived(ctx context.Context, p browserworker.Page, code bool) error {
	at, err := a.atSignIn(ctx, p)
	if err != nil || !at {
		return err
	}
	if err := a.InTheWay(ctx, p); err != nil {
		return err
	}
	expired, err := p.IsVisible(ctx, restart)
	if err != nil {
		return err
	}
	broken, err := p.IsVisible(ctx, problem)
	switch {
	case err != nil:
		return err
	case expired:
		return a.Fault(connector.Transient, "sign in", "the form has expired")
	case broken:
		return a.Drifted("sign in", "the provider shows an error page")
	case code:
		return a.Refused("the one-time code is refused, or the form shown again. " +
			"Look at otp_secret in the settings, and whether this machine's clock is right")
	default:
		return a.Refused("name or password is refused. Sign in with them by hand, and put right what the settings have")
	}
}
