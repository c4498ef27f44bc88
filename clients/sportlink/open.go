package sportlink

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/sync/connector"
)

// within counts down from d.
func within(d time.Duration) (left func() time.Duration) {
	until := time.Now().Add(d)
	return func() time.Duration { return max(0, time.Until(until)) }
}

// open opens an address of the site at the account's pace: from start to
// start, in all processes together. It returns what is left of the time in
// which the page must show itself; the wait for its turn is not of it.
func (a *account) open(ctx context.Context, p browserworker.Page, path string, d time.Duration) (left func() time.Duration, err error) {
	every := a.cfg.DelayMin
	if spread := a.cfg.DelayMax - a.cfg.DelayMin; spread > 0 {
		every += rand.N(spread) //nolint:gosec // chance, not secrecy
	}
	if err := a.host.RateLimit(ctx, a.name, every); err != nil {
		return nil, err
	}
	left = within(d)
	status, err := p.Goto(ctx, a.base+path, d)
	if errors.Is(err, browserworker.ErrElsewhere) {
		return left, nil // the page went on by itself; where to, is looked at next
	}
	if err != nil {
		return nil, err
	}
	return left, a.judge("open page", status, p.Failure())
}

// judgeStatus gives the status of an answer its class.
func (a *account) judgeStatus(op string, answer browserworker.Answer) error {
	return a.judge(op, answer.Status, answer.Failure())
}

func (a *account) judge(op string, status int, failure browserworker.Failure) error {
	switch {
	case status == 0 || status < 300:
		return nil
	case status < 400, status == 401:
		return browserworker.ErrSignedOut
	case status == 403 && failure.Status == 0:
		return a.drifted(op, "the page went to another host") // the pool knows which
	case status == 403 && failure.Challenge:
		return a.site.InTheWay(op, browserworker.Captcha, nil)
	case status == 403:
		return a.site.InTheWay(op, browserworker.MissingRights, nil)
	case status == 429 && failure.After > 0:
		e := a.fault(connector.Throttled, op, fmt.Sprintf("status %d", status))
		e.After = failure.After
		return e
	case status >= 500, status == 429, status == 408:
		return a.fault(connector.Transient, op, fmt.Sprintf("status %d", status))
	default:
		return a.drifted(op, fmt.Sprintf("status %d", status))
	}
}

// stepFault gives a step's failure its class: a page that has left for the
// sign-in form is signed out; one that is there, but without what the step
// needs, has changed.
func (a *account) stepFault(ctx context.Context, p browserworker.Page, op string, err error) error {
	if err == nil || connector.ClassOf(err) != connector.Unknown || errors.Is(err, browserworker.ErrSignedOut) ||
		errors.Is(err, browserworker.ErrLost) || errors.Is(err, browserworker.ErrCircles) || ctx.Err() != nil {
		return err
	}
	if at, e := a.atSignIn(ctx, p); e == nil && at {
		return browserworker.ErrSignedOut
	}
	class := connector.Transient
	switch {
	case errors.Is(err, browserworker.ErrElsewhere):
		return browserworker.ErrSignedOut
	case errors.Is(err, browserworker.ErrNetwork):
	case errors.Is(err, browserworker.ErrUnasked), errors.Is(err, browserworker.ErrScript):
		class = connector.Drifted
	case errors.Is(err, browserworker.ErrTimeout) && op != "search members" && op != "check":
		class = connector.Drifted // what is on the page already needs no time
	}
	return a.caused(class, op, err.Error(), err)
}
