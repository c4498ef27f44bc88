package browserworker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
)

// Do lends f a signed-in page of the site and takes it back. It waits while
// another use of the account has it. When f finds the session not signed in
// and returns ErrSignedOut, the session is thrown away and f called once more
// with a new one: f must be able to start again. One that was not probed, since it was
// used well a moment ago (Site.Warm), is probed first, and f called once more then, too.
//
// A page that goes in circles is treated so, too.
//
// A failure is a *connector.Error where it is the site's or the browser's; a
// lost browser is Transient. What f says wins otherwise; where that is Drifted
// or Denied without a reason, the pool looks for the reason, and a page that is
// in the way or has changed is given to the Host, masked, as evidence.
func (p *Pool) Do(ctx context.Context, site Site, f func(context.Context, Page) error) error {
	s, err := p.session(ctx, site)
	if err != nil {
		return err
	}
	defer func() { s.turn <- struct{}{} }()
	err = p.use(ctx, s, site, false, f)
	if s.trusted && ended(ctx, err) {
		err = p.use(ctx, s, site, false, f) // it is looked at, as it would have been before
	}
	if ended(ctx, err) {
		site.Host.Log().Info("session has ended: signing in anew")
		err = p.use(ctx, s, site, true, f)
	}
	err = judge(ctx, site, err)
	p.tellUse(ctx, s, site, err)
	return err
}

// ended tells an error after which a use is worth another try, with another session.
func ended(ctx context.Context, err error) bool {
	return endless(err) && !errors.Is(err, ErrLost) && ctx.Err() == nil
}

// endless tells an error that may come from a session that is no more.
func endless(err error) bool {
	return errors.Is(err, ErrSignedOut) || connector.ReasonOf(err) == InCircles ||
		connector.ClassOf(err) == connector.Unknown && errors.Is(err, ErrCircles)
}

// session returns the account's session when it is this caller's turn.
func (p *Pool) session(ctx context.Context, site Site) (*session, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, ErrClosed
	}
	s, ok := p.sessions[site.session()]
	if !ok {
		g, err := openGate(site.Sources)
		if err != nil {
			p.mu.Unlock()
			return nil, err
		}
		s = &session{gate: g, turn: make(chan struct{}, 1)}
		s.turn <- struct{}{}
		p.sessions[site.session()] = s
	}
	p.mu.Unlock()
	s.waiting.Add(1)
	defer s.waiting.Add(-1)
	select {
	case <-s.turn:
		return s, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Wanted reports whether another use waits for the session of an account: one that can
// be gone on with later makes way for it.
func (p *Pool) Wanted(site Site) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.sessions[site.session()]
	return s != nil && s.waiting.Load() > 0
}

// use makes one try. Whatever failed while the browser died is ErrLost, too.
func (p *Pool) use(ctx context.Context, s *session, site Site, anew bool, f func(context.Context, Page) error) error {
	if err := p.board(ctx, s); err != nil {
		return err
	}
	defer p.alight(s)
	s.gate.begin()
	defer func() {
		for _, host := range s.gate.untold() {
			site.Host.Log().Warn("a page wanted to reach a host that is not among the system's origins, and may not", "host", host)
		}
	}()
	err := p.try(ctx, s, site, anew, f)
	if err == nil {
		return nil
	}
	s.well = time.Time{}
	if s.b.lost.Load() {
		return fmt.Errorf("%w (%w)", ErrLost, err)
	}
	err = p.explain(ctx, s, site, err)
	if s.page != nil && telling(err) {
		p.evidence(ctx, s, site)
	}
	s.leave(ctx)
	if s.halfway {
		s.drop(ctx) // cookies of half a sign-in let no form show
		s.halfway, s.state = false, nil
	}
	if s.errors >= p.cfg.MaxErrors {
		s.bad = s.kept
		s.drop(ctx)
		s.state, s.errors, s.isOut = nil, 0, true
	}
	return err
}

func (p *Pool) try(ctx context.Context, s *session, site Site, anew bool, f func(context.Context, Page) error) error {
	if err := p.ready(ctx, s, site, anew); err != nil {
		return err
	}
	s.uses++
	s.isOut = false
	s.isReady.Store(true)
	if err := f(ctx, s.page); err != nil {
		if wornBy(err) {
			s.errors++
		}
		return err
	}
	s.errors, s.well = 0, site.Host.Now()
	// What f has done is done: what fails from here on costs at most a page.
	if err := errors.Join(s.save(ctx, p.cfg.ActionTimeout), s.park(ctx)); err != nil {
		site.Host.Log().Warn("page could not be parked", "why", err)
		s.leave(ctx)
	}
	return nil
}

// telling tells an error whose page is worth to be looked at later.
func telling(err error) bool {
	_, known := obstacles[connector.ReasonOf(err)]
	class := connector.ClassOf(err)
	return class == connector.Drifted || class == connector.Denied && known
}

// wornBy tells whether an error may come from the session having gone bad.
func wornBy(err error) bool {
	return connector.ClassOf(err) == connector.Drifted || errors.Is(err, ErrTimeout) || errors.Is(err, ErrScript) || errors.Is(err, ErrUnasked)
}

// board joins the session to a living browser.
func (p *Pool) board(ctx context.Context, s *session) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, err := p.running(ctx)
	switch {
	case errors.Is(err, ErrClosed):
		return err
	case err != nil:
		// There is no page yet: what the system says holds nothing of anybody.
		p.cfg.Log.Warn("browser does not start", "why", err, "cause", cause(err))
		return &callError{op: "start browser", kind: ErrLost, cause: err}
	}
	if s.b != b {
		s.b, s.context, s.page, s.uses = b, nil, nil, 0
	}
	p.busy++
	return nil
}

// alight ends a use, and the browser too when it has grown too large and
// nobody else uses it.
func (p *Pool) alight(s *session) {
	size := p.cfg.MaxMemory
	if size > 0 && !s.b.lost.Load() {
		size = memory(s.b.pid)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy--
	if p.busy > 0 || p.browser != s.b {
		return
	}
	switch {
	case s.b.ailing.Load():
		p.stop()
	case size > p.cfg.MaxMemory:
		p.cfg.Log.Info("browser restarts: it holds too much memory", "bytes", size)
		p.stop()
	}
}

func judge(ctx context.Context, site Site, err error) error {
	fault := func(c connector.Class, why string) *connector.Error {
		return &connector.Error{Class: c, System: site.System, Op: "use browser", Why: why, Err: err}
	}
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("use browser: %w", context.Cause(ctx))
	case errors.Is(err, ErrClosed):
		return err
	case errors.Is(err, ErrLost):
		return fault(connector.Transient, err.Error())
	case connector.ClassOf(err) != connector.Unknown:
		return err
	case errors.Is(err, ErrSignedOut):
		e := fault(connector.Denied, "signed out again right after a sign-in. Sign in by hand and open the page that is read: "+
			"when it does not show, give the account the right to it; when it does, look that nobody else uses the account at the same time")
		e.Reason = SignedOut
		return e
	case errors.Is(err, ErrCircles):
		return site.InTheWay("use browser", InCircles, err)
	case errors.Is(err, ErrScript), errors.Is(err, ErrUnasked):
		return fault(connector.Drifted, err.Error())
	case errors.Is(err, ErrTimeout), errors.Is(err, ErrNetwork), errors.Is(err, ErrElsewhere),
		errors.Is(err, context.DeadlineExceeded):
		return fault(connector.Transient, err.Error())
	default:
		return err
	}
}
