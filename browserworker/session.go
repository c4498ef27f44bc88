package browserworker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/playwright-community/playwright-go"
)

// session is one account's place in the browser.
type session struct {
	turn    chan struct{} // holds one token while nobody uses the session
	waiting atomic.Int32  // how many want it
	gate    *gate

	b       *browser // where context and page live
	context playwright.BrowserContext
	page    *page
	born    time.Time // when it was signed in
	well    time.Time // when a use ended well last; zero after one that did not
	trusted bool      // the use under way was not probed
	uses    int
	errors  int
	state   []byte // as it was after the last good use
	kept    []byte // as all processes know it
	bad     []byte // a kept state that proved of no use
	failed  []refusal
	halfway bool // signing in has begun and not ended well

	isReady atomic.Bool // signed in, when it was used last
	isOut   bool        // the next use has to sign in, as far as is known
	needs   atomic.Bool // a person, as the last use has shown
}

// keptState is what is sealed: a credential.
type keptState struct {
	Born  time.Time                `json:"born"`
	State *playwright.StorageState `json:"state"`
}

func stateKey(s Site) string { return "browser/" + s.Account }

// ready brings the session to a signed-in page: the one it has, else one from
// the state that was kept, else by signing in.
func (p *Pool) ready(ctx context.Context, s *session, site Site, anew bool) error {
	now := site.Host.Now()
	s.trusted = false
	if anew || s.context != nil && now.Sub(s.born) > p.cfg.MaxAge {
		s.bad = s.kept
		s.drop(ctx)
		s.state = nil
		return p.signIn(ctx, s, site)
	}
	if s.uses >= p.cfg.MaxUses {
		s.drop(ctx) // a long-lived page grows; its state goes on
	}
	s.trusted = s.context != nil && now.Sub(s.well) < site.Warm
	if s.context == nil {
		state, err := p.stateFor(ctx, s, site)
		if err != nil {
			return err
		}
		if state == nil {
			return p.signIn(ctx, s, site)
		}
		if err := p.enter(ctx, s, site, state); err != nil {
			return err
		}
	}
	if s.page == nil {
		var err error
		if s.page, err = newPage(ctx, s.b, s.context, p.cfg.ActionTimeout, cmp.Or(site.Timeout, p.cfg.ActionTimeout)); err != nil {
			return err
		}
	}
	if s.trusted {
		return nil
	}
	ok, err := site.Probe(ctx, s.page)
	if err != nil || ok {
		return err
	}
	s.bad = s.kept
	return p.signIn(ctx, s, site)
}

// stateFor returns the state to start from, or nil: our own last one, else the
// one that all processes share.
func (p *Pool) stateFor(ctx context.Context, s *session, site Site) (*playwright.StorageState, error) {
	if s.state != nil {
		return p.decode(s, site, s.state), nil
	}
	kept, err := site.Host.GetSecret(ctx, stateKey(site))
	if err != nil {
		return nil, fmt.Errorf("session state: %w", err)
	}
	if kept == nil || string(kept) == string(s.bad) {
		return nil, nil
	}
	s.kept = kept
	return p.decode(s, site, kept), nil
}

// decode returns nil for a state that is too old or not ours.
func (p *Pool) decode(s *session, site Site, b []byte) *playwright.StorageState {
	var k keptState
	if err := json.Unmarshal(b, &k); err != nil || site.Host.Now().Sub(k.Born) > p.cfg.MaxAge {
		return nil
	}
	s.born = k.Born
	return k.State
}

// enter opens a new context, with the state if there is one, and a page in it.
func (p *Pool) enter(ctx context.Context, s *session, site Site, state *playwright.StorageState) error {
	s.drop(ctx)
	o := playwright.BrowserNewContextOptions{
		AcceptDownloads: new(site.Downloads),
		ServiceWorkers:  playwright.ServiceWorkerPolicyBlock,
		// The bypass that Chromium makes for loopback is undone by the driver.
		Proxy: &playwright.Proxy{Server: "http://" + s.gate.addr},
	}
	if state != nil {
		o.StorageState = state.ToOptionalStorageState()
	}
	for _, set := range []struct {
		to    **string
		value string
	}{{&o.Locale, site.Locale}, {&o.TimezoneId, site.TimeZone}, {&o.UserAgent, site.UserAgent}} {
		if set.value != "" {
			*set.to = new(set.value)
		}
	}
	c, err := call(ctx, s.b, "open session", p.cfg.ActionTimeout, func() (playwright.BrowserContext, error) {
		return s.b.chromium.NewContext(o)
	})
	if err != nil {
		return err
	}
	s.context, s.uses = c, 0
	for _, address := range site.Blocked {
		if _, err := call(ctx, s.b, "block address", p.cfg.ActionTimeout, func() (nothing, error) {
			// As what the page itself breaks off it is no failure of the site's; the call
			// fails where the page is gone.
			return nothing{}, c.Route(address, func(r playwright.Route) { _ = r.Abort("aborted") })
		}); err != nil {
			return err
		}
	}
	s.page, err = newPage(ctx, s.b, c, p.cfg.ActionTimeout, cmp.Or(site.Timeout, p.cfg.ActionTimeout))
	return err
}

// signIn signs in, once at a time among all processes. Another process may
// have done so in the meantime; then its state serves.
func (p *Pool) signIn(ctx context.Context, s *session, site Site) error {
	release, err := site.Host.Exclusive(ctx, "browser/"+site.Account+"/signin")
	if err != nil {
		return fmt.Errorf("sign-in: %w", err)
	}
	defer release()
	kept, err := site.Host.GetSecret(ctx, stateKey(site))
	if err != nil {
		return fmt.Errorf("session state: %w", err)
	}
	if kept != nil && string(kept) != string(s.bad) {
		s.kept = kept
		if state := p.decode(s, site, kept); state != nil {
			if err := p.enter(ctx, s, site, state); err != nil {
				return err
			}
			if ok, err := site.Probe(ctx, s.page); err != nil || ok {
				return err
			}
			s.bad = kept
		}
	}
	if err := p.mayTry(ctx, s, site); err != nil {
		return err
	}
	if err := p.enter(ctx, s, site, nil); err != nil {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, max(site.SignInTimeout, p.cfg.SignInTimeout))
	defer cancel()
	s.halfway, s.isOut = true, true
	p.stands(ctx, s, site, SigningInState, nil)
	err = site.SignIn(bounded, s.page)
	if p.cfg.SignedIn != nil {
		p.cfg.SignedIn(site.System, err == nil)
	}
	if err != nil {
		err = p.explain(ctx, s, site, err)
		if refused(err) && !s.b.lost.Load() {
			return errors.Join(err, p.noteFailed(ctx, s, site))
		}
		return err
	}
	site.Host.Log().Info("signed in")
	s.halfway, s.isOut, s.born, s.errors = false, false, site.Host.Now(), 0
	p.stands(ctx, s, site, SignedInState, nil)
	if err := p.forgetFailed(ctx, s, site); err != nil {
		return err
	}
	if err := s.save(ctx, p.cfg.ActionTimeout); err != nil {
		return err
	}
	s.kept = s.state
	if err := site.Host.PutSecret(ctx, stateKey(site), s.kept); err != nil {
		return fmt.Errorf("keep session state: %w", err)
	}
	return nil
}

// save notes the state that the session could be taken up from again.
func (s *session) save(ctx context.Context, limit time.Duration) error {
	state, err := call(ctx, s.b, "read session state", limit, func() (*playwright.StorageState, error) {
		return s.context.StorageState()
	})
	if err != nil {
		return err
	}
	b, err := json.Marshal(keptState{Born: s.born, State: state})
	if err == nil {
		s.state = b
	}
	return err
}

// drop closes the context and page, if they live.
func (s *session) drop(ctx context.Context) {
	if c := s.context; c != nil && !s.b.lost.Load() {
		s.b.closes(ctx, "close session", func() { _ = c.Close() })
	}
	s.context, s.page, s.uses = nil, nil, 0
	s.isReady.Store(false)
}

// park leaves the site but stays signed in: a page that is not looked at asks
// the site for nothing.
func (s *session) park(ctx context.Context) error {
	_, err := ask(ctx, s.page, "leave site", 8*time.Second+grace, func() (nothing, error) {
		_, err := s.page.p.Goto("about:blank", playwright.PageGotoOptions{Timeout: ms(8 * time.Second)})
		return nothing{}, err
	})
	return err
}

// leave closes the page, too. It is given nothing more and parked first: one
// that goes round in circles may not close (seen 2026-11).
func (s *session) leave(ctx context.Context) {
	s.gate.shut.Store(true)
	if page := s.page; page != nil && !page.gone.Load() && !s.b.lost.Load() && ctx.Err() == nil {
		_ = s.park(ctx) // it is closed all the same
		if !s.b.closes(ctx, "close page", func() { _ = page.p.Close() }) {
			s.drop(ctx) // it may still ask the site for something
		}
	}
	s.page = nil
}
