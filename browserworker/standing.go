package browserworker

import (
	"context"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// SessionState says how a session stands.
type SessionState string

// The states of a session.
const (
	SignedInState  SessionState = "SIGNED_IN"  // the next use needs no sign-in
	SigningInState SessionState = "SIGNING_IN" // a sign-in is under way
	SignedOutState SessionState = "SIGNED_OUT" // the next use signs in by itself
	NeedsAPerson   SessionState = "NEEDS_A_PERSON"
)

// Standing is how the session of an account stands. It holds nothing by which anybody
// could sign in.
type Standing struct {
	System  record.System
	Account string // as the Site has it
	State   SessionState
	// Reason and Detail say why a person is needed, or why the last sign-in came to
	// nothing; Detail holds no value.
	Reason, Detail string
	// SignedInOn and EndsOn are when it was signed in, and is so anew at the latest;
	// zero where it is not.
	SignedInOn, EndsOn time.Time
}

// stands tells how a session stands.
func (p *Pool) stands(ctx context.Context, s *session, site Site, state SessionState, why error) {
	s.needs.Store(state == NeedsAPerson)
	if p.cfg.Stands == nil {
		return
	}
	is := Standing{System: site.System, Account: site.Account, State: state}
	if why != nil {
		is.Reason, is.Detail = connector.ReasonOf(why), why.Error()
	}
	if state == SignedInState {
		is.SignedInOn, is.EndsOn = s.born, s.born.Add(p.cfg.MaxAge)
	}
	p.cfg.Stands(context.WithoutCancel(ctx), is) // also of a use that was broken off
}

// tellUse tells how a session stands after a use. What has failed for another reason,
// such as a site that is away, says nothing of it.
func (p *Pool) tellUse(ctx context.Context, s *session, site Site, err error) {
	switch {
	case connector.ClassOf(err) == connector.Denied:
		p.stands(ctx, s, site, NeedsAPerson, err)
	case s.isOut && connector.ClassOf(err) == connector.Unknown:
		p.stands(ctx, s, site, SignedOutState, nil) // broken off, or ours to mend
	case s.isOut:
		p.stands(ctx, s, site, SignedOutState, err)
	case err == nil || s.isReady.Load():
		p.stands(ctx, s, site, SignedInState, nil)
	}
}
