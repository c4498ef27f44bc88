package sportlink

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
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

// Elements of a form that has been sent are marked, so that the same form
// shown again is not taken for the one just filled in.
const (
	fresh     = ":not([data-sent])"
	markSent  = `() => { for (const e of document.querySelectorAll("#username, #password, #otp, #kc-login, .kc-feedback-text")) e.dataset.sent = "yes" }`
	freshForm = username + fresh + ", " + otp + fresh + ", " + feedback + fresh + ", " + restart + ", " + problem
)

// isAuth tells whether an address is the identity provider's: by its origin,
// or by its path where it lives on the club's.
func (a *account) isAuth(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	for _, isSource := range a.cfg.AuthURLs {
		if o, err := url.Parse(isSource); err == nil && o.Host == u.Host && !a.isClub(address) {
			return true
		}
	}
	return strings.HasPrefix(u.Path, "/auth/realms/") || strings.HasPrefix(u.Path, "/realms/")
}

func (a *account) isClub(address string) bool {
	return address == a.base || strings.HasPrefix(address, a.base+"/")
}

// atSignIn tells whether the page is the identity provider's.
func (a *account) atSignIn(ctx context.Context, p browserworker.Page) (bool, error) {
	if !a.isClub(p.URL()) || a.isAuth(p.URL()) {
		return true, nil
	}
	n, err := p.Count(ctx, anyForm)
	return n > 0, err
}

// probe asks the site for its first page: it is the site's own when the
// session lives, else the identity provider's form.
func (a *account) probe(ctx context.Context, p browserworker.Page) (bool, error) {
	left, err := a.open(ctx, p, "/", a.cfg.Timeouts.Marker)
	if err != nil {
		if errors.Is(err, browserworker.ErrSignedOut) {
			return false, nil
		}
		return false, err
	}
	err = p.WaitFor(ctx, markers+", "+username+", "+doFirst, browserworker.Visible, left())
	// A page without a known marker that is not the provider's either: whether
	// it is signed in shows when it asks for data.
	if err != nil && !errors.Is(err, browserworker.ErrTimeout) {
		return false, err
	}
	at, err := a.atSignIn(ctx, p)
	return !at, err
}

// signIn signs in on a page without cookies: name and password, then a
// one-time code that no process has used.
func (a *account) signIn(ctx context.Context, p browserworker.Page) error {
	if err := a.firstForm(ctx, p); err != nil {
		return err
	}
	for _, f := range []struct {
		selector string
		value    connector.Secret
	}{{username, connector.Secret(a.cfg.Username)}, {password, a.cfg.Password}} {
		if err := p.Fill(ctx, f.selector, f.value); err != nil {
			return a.formFault(err)
		}
	}
	if err := a.send(ctx, p); err != nil {
		return err
	}
	asked, err := p.IsVisible(ctx, otp+fresh)
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

// firstForm opens the form for name and password. A form that wants more than
// these is not sent: it would count as refused.
func (a *account) firstForm(ctx context.Context, p browserworker.Page) error {
	left, err := a.open(ctx, p, "/", a.cfg.Timeouts.SignIn)
	if err != nil {
		return err
	}
	err = p.WaitFor(ctx, username+", "+problem, browserworker.Visible, left())
	if errors.Is(err, browserworker.ErrTimeout) {
		return a.caused(connector.Drifted, "sign in", "no form shows itself", err)
	}
	if err != nil {
		return err
	}
	reason, err := browserworker.Look(ctx, p, markers, marks)
	if err == nil && reason == browserworker.Captcha {
		err = a.site.InTheWay("sign in", reason, nil)
	}
	return err
}

func (a *account) sendCode(ctx context.Context, p browserworker.Page) error {
	if a.cfg.OTPSecret == "" {
		return a.refused("a one-time code is asked for and no otp_secret is set. Set it: it is the secret behind the code's square image")
	}
	key, err := browserworker.Base32Key(a.cfg.OTPSecret)
	if err != nil {
		return err
	}
	code, err := browserworker.Code(ctx, a.host, a.name, key)
	if err != nil {
		return err
	}
	if err := p.Fill(ctx, otp, code); err != nil {
		return a.formFault(err)
	}
	return a.send(ctx, p)
}

// send sends the form that is shown and waits for what comes next.
func (a *account) send(ctx context.Context, p browserworker.Page) error {
	if _, err := p.Evaluate(ctx, markSent, nil); err != nil {
		return a.formFault(err)
	}
	if err := p.Click(ctx, submit); err != nil {
		return a.formFault(err)
	}
	return a.await(ctx, p)
}

// await waits for what comes after a form: the next one, for as long as a form
// may take, or a page of the site, for as long as that may take to show itself.
func (a *account) await(ctx context.Context, p browserworker.Page) error {
	left := within(a.cfg.Timeouts.SignIn)
	var there func() time.Duration
	for {
		err := p.WaitFor(ctx, freshForm+", "+doFirst+", "+markers, browserworker.Visible, time.Second)
		if !errors.Is(err, browserworker.ErrTimeout) {
			return err
		}
		switch provider := a.isAuth(p.URL()) || !a.isClub(p.URL()); {
		case provider && left() > 0:
			there = nil
		case provider && strings.Contains(p.URL(), "/login-actions/required-action"):
			return a.site.InTheWay("sign in", browserworker.ActionRequired, err)
		case provider:
			return a.caused(connector.Drifted, "sign in", "the provider shows neither form nor refusal", err)
		case there == nil:
			there = within(a.cfg.Timeouts.Marker)
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
	reason, err := browserworker.Look(ctx, p, markers, marks)
	if err != nil {
		return err
	}
	if reason != "" {
		return a.site.InTheWay("sign in", reason, nil)
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
		return a.fault(connector.Transient, "sign in", "the form has expired")
	case broken:
		return a.drifted("sign in", "the provider shows an error page")
	case code:
		return a.refused("the one-time code is refused, or the form shown again. " +
			"Look at otp_secret in the settings, and whether this machine's clock is right")
	default:
		return a.refused("name or password is refused. Sign in with them by hand, and put right what the settings have")
	}
}

// refused is a sign-in that the provider has refused.
func (a *account) refused(why string) error {
	e := a.fault(connector.Denied, "sign in", why)
	e.Reason = browserworker.Refused
	return e
}

// formFault is what a form means that cannot be used as it was.
func (a *account) formFault(err error) error {
	if errors.Is(err, browserworker.ErrTimeout) || errors.Is(err, browserworker.ErrScript) {
		return a.caused(connector.Drifted, "sign in", "the form has changed", err)
	}
	return err
}
