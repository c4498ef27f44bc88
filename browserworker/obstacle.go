package browserworker

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"github.com/touchline-sync/touchline/sync/connector"
)

// The reasons for which a page is in the way: what a person reads of a run, and
// acts upon (docs/runs.md, "Pages in the way").
const (
	Captcha         = "CAPTCHA"
	Maintenance     = "MAINTENANCE"
	PasswordExpired = "PASSWORD_EXPIRED" //nolint:gosec // a reason, no credential
	NewTerms        = "NEW_TERMS"
	ActionRequired  = "ACTION_REQUIRED"
	MissingRights   = "MISSING_RIGHTS"
	HostRefused     = "HOST_REFUSED"
	InCircles       = "IN_CIRCLES"
	PageChanged     = "PAGE_CHANGED"
	SignedOut       = "SIGNED_OUT"
	SignInPaused    = "SIGN_IN_PAUSED"
	Refused         = "CREDENTIALS_REFUSED"
)

// obstacles says of each page in the way what it means and what to do.
var obstacles = map[string]struct {
	class connector.Class
	text  string
}{
	Captcha: {connector.Denied, "a proof is wanted that a human is there (captcha). " +
		"Sign in once by hand from this machine's network, then run again; when it comes back, ask the provider to let this account pass"},
	Maintenance: {connector.Transient, "the site says that it is closed for maintenance. Nothing is to be done: the next run tries again"},
	PasswordExpired: {connector.Denied, "the password has expired. " +
		"Sign in by hand, choose a new one, put it into the settings and start touchline again"},
	NewTerms:       {connector.Denied, "new terms wait to be accepted. Sign in by hand, read and accept them, then run again"},
	ActionRequired: {connector.Denied, "the sign-in wants something that only a person can do. Sign in by hand, do what the page asks, then run again"},
	MissingRights: {connector.Denied, "the account may not see what is read. " +
		"Give it the right in the site's own administration of users, then run again; when it has it, something before the site may turn this machine away"},
	InCircles: {connector.Drifted, "the page goes in circles, signed in anew or not. " +
		"Sign in by hand; when that works, look at touchline evidence list and for a newer touchline"},
	PageChanged: {connector.Drifted, "the page is not as this touchline knows it. " +
		"Look at touchline evidence list and for a newer touchline; until then nothing of it is taken"},
}

// Marks are selectors by which a site's own pages of one reason are known, as
// the page of a known identity provider.
type Marks map[string]string

//go:embed look.js
var lookScript string

// Look returns for which reason the page that is shown is in the way, or "".
// Nothing of the page itself comes out: the words are looked for inside it.
func Look(ctx context.Context, p Page, own string, marks Marks) (string, error) {
	known := map[string]any{}
	for reason, selector := range marks {
		known[reason] = selector
	}
	found, err := p.Evaluate(ctx, lookScript, map[string]any{"own": own, "marks": known})
	if err != nil {
		return "", err
	}
	reason, _ := found.(string)
	if _, known := obstacles[reason]; !known {
		return "", nil
	}
	return reason, nil
}

// InTheWay is the error of a page that is in the way for a reason of those above.
func (s Site) InTheWay(op, reason string, cause error) error {
	o := obstacles[reason]
	return &connector.Error{Class: o.class, Reason: reason, System: s.System, Op: op, Why: o.text, Err: cause}
}

// explain finds out why a use failed that looks as if the page had changed, or
// as if we were refused: by what the gate has refused, what the page was
// answered, and what it shows.
func (p *Pool) explain(ctx context.Context, s *session, site Site, err error) error {
	if s.page == nil || s.page.gone.Load() || s.b.lost.Load() || ctx.Err() != nil || !puzzling(err) {
		return err
	}
	if host := s.page.seen.sentTo(); s.gate.hasRefused(host) {
		return &connector.Error{
			Class: connector.Drifted, Reason: HostRefused, System: site.System, Op: opOf(err), Err: err,
			Why: "the page went to " + host + ", which it may not reach. When that host is the site's own, add it to the system's origins",
		}
	}
	failure := s.page.seen.failure(s.gate.hasRefused)
	if failure.Challenge {
		return site.InTheWay(opOf(err), Captcha, err)
	}
	// A page that cannot be asked is judged by the rest.
	reason, _ := Look(ctx, s.page, site.Own, site.Marks)
	circling := errors.Is(err, ErrCircles) || s.page.seen.circles()
	class := connector.ClassOf(err)
	switch {
	case reason != "" && class == connector.Transient && reason != Captcha && reason != Maintenance:
		return err // it says itself that it passes
	case reason != "":
		return site.InTheWay(opOf(err), reason, err)
	case class != connector.Unknown && class != connector.Drifted:
		return err
	case failure.Status == 429, failure.Status >= 500, failure.broken && (circling || failure.script):
		return failure.fault(site, opOf(err), err)
	case failure.Status == 403 && (circling || failure.Document):
		return site.InTheWay(opOf(err), MissingRights, err)
	case circling:
		return site.InTheWay(opOf(err), InCircles, err)
	case class == connector.Drifted, errors.Is(err, ErrScript), errors.Is(err, ErrUnasked):
		e := &connector.Error{Class: connector.Drifted, Reason: PageChanged, System: site.System, Op: opOf(err), Err: err}
		e.Why = whyOf(err) + ". " + upper(obstacles[PageChanged].text)
		if hosts := s.gate.refusedHosts(); len(hosts) > 0 {
			e.Why += ". It also wanted to reach " + strings.Join(hosts, ", ") + ", which it may not"
		}
		return e
	}
	return err
}

// puzzling tells an error that may be explained: one that has no reason yet,
// and is not of ours.
func puzzling(err error) bool {
	if connector.ReasonOf(err) != "" || errors.Is(err, ErrLost) {
		return false
	}
	switch connector.ClassOf(err) {
	case connector.Drifted, connector.Denied, connector.Transient:
		return true
	case connector.Unknown:
		return errors.Is(err, ErrCircles) || !errors.Is(err, ErrSignedOut) &&
			(errors.Is(err, ErrTimeout) || errors.Is(err, ErrElsewhere) || errors.Is(err, ErrUnasked) || errors.Is(err, ErrScript) || errors.Is(err, ErrNetwork))
	}
	return false
}

// fault is the error for what was answered instead of a page.
func (f Failure) fault(site Site, op string, cause error) error {
	e := &connector.Error{
		Class: connector.Transient, System: site.System, Op: op, Err: cause,
		Why: fmt.Sprintf("%s answers with status %d", f.Host, f.Status),
	}
	if f.Status == 0 {
		e.Why = f.Host + " gives the page no answer"
	}
	if f.Status == 429 && f.After > 0 {
		e.Class, e.After = connector.Throttled, f.After
	}
	return e
}

func opOf(err error) string {
	if e, ok := errors.AsType[*connector.Error](err); ok {
		return e.Op
	}
	return "use browser"
}

func whyOf(err error) string {
	if e, ok := errors.AsType[*connector.Error](err); ok {
		return strings.TrimSuffix(e.Why, ".")
	}
	return err.Error()
}

func upper(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
