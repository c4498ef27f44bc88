package nikki

import (
	"context"
	"errors"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/clients/internal/website"
	"github.com/touchline-sync/touchline/sync/connector"
)

// The one form of the sign-in, with the field for a code where the account has one
// (docs/systems/nikki.md, "Sign-in").
const (
	username = `input[name="username"]`
	password = `input[name="password"]`
	theForm  = `form:has(input[name="username"]) `
	otp      = theForm + `input[name="otp"]`
	submit   = theForm + `button[type="submit"]`
	parts    = "form, form *"
)

// own are the places by which a page of somebody who is signed in is known.
const own = `nav, .navbar, .sidebar, [data-testid="user-menu"]`

// atSignIn tells whether the page shows the form.
func (a *account) atSignIn(ctx context.Context, p browserworker.Page) (bool, error) {
	if !a.IsOwn(p.URL()) {
		return true, nil
	}
	n, err := p.Count(ctx, username+", "+password)
	return n > 0, err
}

// probe asks the site for its first page: the form, unless the session lives.
func (a *account) probe(ctx context.Context, p browserworker.Page) (bool, error) {
	return a.Probe(ctx, p, own+", "+username, a.cfg.Timeouts.Page)
}

// signIn signs in on a page without cookies.
func (a *account) signIn(ctx context.Context, p browserworker.Page) error {
	if err := a.OpenForm(ctx, p, username, a.cfg.Timeouts.SignIn); err != nil {
		return err
	}
	code, err := a.code(ctx, p)
	if err != nil {
		return err
	}
	fill := map[string]connector.Secret{username: connector.Secret(a.cfg.Username), password: a.cfg.Password}
	if code != "" {
		fill[otp] = code
	}
	for selector, value := range fill {
		if err := p.Fill(ctx, selector, value); err != nil {
			return a.FormFault(err)
		}
	}
	if err := website.MarkSent(ctx, p, parts); err != nil {
		return a.FormFault(err)
	}
	if err := p.Click(ctx, submit); err != nil {
		return a.FormFault(err)
	}
	err = p.WaitFor(ctx, own+", "+username+website.Fresh, browserworker.Visible, a.cfg.Timeouts.SignIn)
	if errors.Is(err, browserworker.ErrTimeout) {
		return a.Caused(connector.Drifted, "sign in", "after the form the site shows neither itself nor a refusal", err)
	}
	if err != nil {
		return err
	}
	return a.arrived(ctx, p, code != "")
}

// code returns a one-time code that no process has used, where the form wants one.
func (a *account) code(ctx context.Context, p browserworker.Page) (connector.Secret, error) {
	n, err := p.Count(ctx, otp)
	if err != nil || n == 0 {
		return "", err
	}
	if a.cfg.OTPSecret == "" {
		return "", a.Refused("a one-time code is asked for and no otp_secret is set. Set it: the otpauth:// address behind the code's square image")
	}
	key, err := browserworker.PlainKey(a.cfg.OTPSecret)
	if err != nil {
		return "", err
	}
	return browserworker.Code(ctx, a.Host, a.Name, key)
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
	if code {
		return a.Refused("name, password or one-time code is refused. Sign in with them by hand, put right what the settings have, and look " +
			"whether this machine's clock is right. The letters of otp_secret are the key: one in base32 is set as otpauth://totp/nikki?secret=...")
	}
	return a.Refused("name or password is refused. Sign in with them by hand, and put right what the settings have")
}
