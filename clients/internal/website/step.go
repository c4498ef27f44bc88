package website

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/sync/connector"
)

// Within counts down from d.
func Within(d time.Duration) (left func() time.Duration) {
	until := time.Now().Add(d)
	return func() time.Duration { return max(0, time.Until(until)) }
}

// Open opens an address of the site at the account's pace: from start to
// start, in all processes together. It returns what is left of the time in
// which the page must show itself; the wait for its turn is not of it.
func (a *Account) Open(ctx context.Context, p browserworker.Page, path string, d time.Duration) (left func() time.Duration, err error) {
	if left, err = a.Turn(ctx, d); err != nil {
		return nil, err
	}
	if err := a.Goto(ctx, p, path, d); err != nil {
		return nil, err
	}
	return left, nil
}

// Turn waits until the account's pace allows to open something of the site, such as the
// pages of one record.
func (a *Account) Turn(ctx context.Context, d time.Duration) (left func() time.Duration, err error) {
	every := a.DelayMin
	if spread := a.DelayMax - a.DelayMin; spread > 0 {
		every += rand.N(spread) //nolint:gosec // chance, not secrecy
	}
	if err := a.Host.RateLimit(ctx, a.Name, every); err != nil {
		return nil, err
	}
	return Within(d), nil
}

// Goto opens an address of the site whose turn it is.
func (a *Account) Goto(ctx context.Context, p browserworker.Page, path string, d time.Duration) error {
	status, err := p.Goto(ctx, a.Base+path, d)
	if errors.Is(err, browserworker.ErrElsewhere) {
		return nil // the page went on by itself; where to, is looked at next
	}
	if err != nil {
		return err
	}
	return a.Judge("open page", status, p.Failure())
}

// Judge gives the status of an answer its class.
func (a *Account) Judge(op string, status int, failure browserworker.Failure) error {
	switch {
	case status == 0 || status < 300:
		return nil
	case status < 400, status == 401:
		return browserworker.ErrSignedOut
	case status == 403 && failure.Status == 0:
		return a.Drifted(op, "the page went to another host") // the pool knows which
	case status == 403 && failure.Challenge:
		return a.Site.InTheWay(op, browserworker.Captcha, nil)
	case status == 403:
		return a.Site.InTheWay(op, browserworker.MissingRights, nil)
	case status == 429 && failure.After > 0:
		e := a.Fault(connector.Throttled, op, fmt.Sprintf("status %d", status))
		e.After = failure.After
		return e
	case status >= 500, status == 429, status == 408:
		return a.Fault(connector.Transient, op, fmt.Sprintf("status %d", status))
	default:
		return a.Drifted(op, fmt.Sprintf("status %d", status))
	}
}

// StepFault gives a step's failure its class: a page that has left for the
// sign-in form is signed out; one that is there, but without what the step
// needs, has changed. What is on the page already needs no time: only a step that
// waits for the site may be late.
func (a *Account) StepFault(ctx context.Context, p browserworker.Page, op string, err error, waits bool) error {
	if err == nil || connector.ClassOf(err) != connector.Unknown || errors.Is(err, browserworker.ErrSignedOut) ||
		errors.Is(err, browserworker.ErrLost) || errors.Is(err, browserworker.ErrCircles) || ctx.Err() != nil {
		return err
	}
	if at, e := a.Site.AtSignIn(ctx, p); e == nil && at {
		return browserworker.ErrSignedOut
	}
	class := connector.Transient
	switch {
	case errors.Is(err, browserworker.ErrElsewhere):
		return browserworker.ErrSignedOut
	case errors.Is(err, browserworker.ErrNetwork):
	case errors.Is(err, browserworker.ErrUnasked), errors.Is(err, browserworker.ErrScript):
		class = connector.Drifted
	case errors.Is(err, browserworker.ErrTimeout) && !waits:
		class = connector.Drifted
	}
	return a.Caused(class, op, err.Error(), err)
}

// FormFault is what a form means that cannot be used as it was.
func (a *Account) FormFault(err error) error {
	if errors.Is(err, browserworker.ErrTimeout) || errors.Is(err, browserworker.ErrScript) {
		return a.Caused(connector.Drifted, "sign in", "the form has changed", err)
	}
	return err
}

// Fresh narrows a selector to what MarkSent has not marked: the same form shown again
// is not taken for the one just filled in.
const Fresh = ":not([data-sent])"

// MarkSent marks the elements of a form that is about to be sent.
func MarkSent(ctx context.Context, p browserworker.Page, selector string) error {
	_, err := p.Evaluate(ctx, `s => { for (const e of document.querySelectorAll(s)) e.dataset.sent = "yes" }`, selector)
	return err
}

// Refused is a sign-in that the site has refused. The pool counts them.
func (a *Account) Refused(why string) error {
	e := a.Fault(connector.Denied, "sign in", why)
	e.Reason = browserworker.Refused
	return e
}
