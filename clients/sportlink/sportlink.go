// Package sportlink connects Sportlink Club, a member administration that has
// web pages but no API. It signs in as a person does, lets the site's own
// pages ask, and reads the JSON that they are answered with. It only reads.
//
// A site breaks for three reasons, so it is three files: pages.go (steps and
// selectors), parse.go (the site's JSON), mapping.go (our fields); site.go is
// the way in, open.go what an answer means that is none.
package sportlink

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/url"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// System is Sportlink's name with us.
const System record.System = "sportlink"

// The collection of current members, and the view through which it is seen:
// the search page with its default chips.
const (
	Place = "members"
	View  = "search"
)

// The addresses of the site (docs/systems/sportlink.md, "Addresses", 2026-04).
const (
	DefaultBaseURL = "https://club.sportlink.com"
	DefaultAuthURL = "https://idm.sportlink.com"
	defaultOrigin  = "https://*.sportlink.com"
)

// The least time between the starts of two pages is drawn between these: the
// seed's 500 ms to 1.5 s "between members, random jitter".
const (
	DefaultDelayMin = 500 * time.Millisecond
	DefaultDelayMax = 1500 * time.Millisecond
)

// Config is the settings of one club's account.
type Config struct {
	BaseURL string `mapstructure:"base_url"`
	// AuthURLs are the origins of the identity provider. Paths below
	// /realms/ and /auth/realms/ count as its own anywhere.
	AuthURLs []string `mapstructure:"auth_urls"`
	// Sources are what the pages may reach besides; *.sportlink.com by
	// default, nothing when BaseURL is set.
	Sources   []string         `mapstructure:"origins"`
	Username  string           `mapstructure:"username"`
	Password  connector.Secret `mapstructure:"password"`
	OTPSecret connector.Secret `mapstructure:"otp_secret"` // base32
	// UserAgent is what the browser says it is; empty: the truth.
	UserAgent string `mapstructure:"user_agent"`

	DelayMin time.Duration `mapstructure:"delay_min"`
	DelayMax time.Duration `mapstructure:"delay_max"`
	Timeouts Timeouts      `mapstructure:"timeouts"`

	// Pool lends the pages. Without one, as in a process that works no
	// browser, the connector says what it offers and can read nothing.
	Pool *browserworker.Pool `mapstructure:"-"`
}

// Timeouts are how long the steps wait, from opening a page or sending a form
// on; zero is the default. A page that is quicker is not waited for.
type Timeouts struct {
	SignIn time.Duration `mapstructure:"sign_in"` // for each form of the sign-in
	Marker time.Duration `mapstructure:"marker"`  // for a page of the site to show itself after it
	Page   time.Duration `mapstructure:"page"`    // for the search to be ready, each try; for each step on it
	Answer time.Duration `mapstructure:"answer"`  // for the site's JSON
}

// The defaults (docs/systems/sportlink.md, "Time-outs", 2026-04).
const (
	DefaultSignIn = 45 * time.Second
	DefaultMarker = 25 * time.Second
	DefaultPage   = 20 * time.Second
	DefaultAnswer = 60 * time.Second
)

var _ connector.Config = Config{}

func (c Config) withDefaults() Config {
	if c.BaseURL == "" {
		c.BaseURL = DefaultBaseURL
		if len(c.Sources) == 0 {
			c.Sources = []string{defaultOrigin}
		}
		if len(c.AuthURLs) == 0 {
			c.AuthURLs = []string{DefaultAuthURL}
		}
	}
	c.DelayMin = cmp.Or(c.DelayMin, DefaultDelayMin)
	c.DelayMax = max(c.DelayMin, cmp.Or(c.DelayMax, DefaultDelayMax))
	c.Timeouts.SignIn = cmp.Or(c.Timeouts.SignIn, DefaultSignIn)
	c.Timeouts.Marker = cmp.Or(c.Timeouts.Marker, DefaultMarker)
	c.Timeouts.Page = cmp.Or(c.Timeouts.Page, DefaultPage)
	c.Timeouts.Answer = cmp.Or(c.Timeouts.Answer, DefaultAnswer)
	return c
}

// Validate returns all faults of the settings, joined.
func (c Config) Validate() error {
	var errs []error
	for _, a := range append([]string{c.withDefaults().BaseURL}, c.AuthURLs...) {
		u, err := url.Parse(a)
		switch {
		case err != nil || u.Host == "" || u.Path != "" && u.Path != "/":
			errs = append(errs, errors.New("sportlink: base_url and auth_urls are origins: scheme://host"))
		case u.Scheme != "https" && u.Hostname() != "127.0.0.1" && u.Hostname() != "localhost" && u.Hostname() != "::1":
			errs = append(errs, errors.New("sportlink: only https, except on loopback"))
		}
	}
	if c.Username == "" {
		errs = append(errs, errors.New("sportlink: username is missing"))
	}
	if c.Password == "" {
		errs = append(errs, errors.New("sportlink: password is missing"))
	}
	if c.OTPSecret != "" {
		if _, err := browserworker.Base32Key(c.OTPSecret); err != nil {
			errs = append(errs, fmt.Errorf("sportlink: otp_secret: %w", err))
		}
	}
	if t := c.Timeouts; min(t.SignIn, t.Marker, t.Page, t.Answer) < 0 {
		errs = append(errs, errors.New("sportlink: timeouts must not be negative; 0 is the default"))
	}
	if c.DelayMin < 0 || c.DelayMax < 0 {
		errs = append(errs, errors.New("sportlink: delays must not be negative"))
	}
	return errors.Join(errs...)
}

// Open makes the connector without a call.
func (c Config) Open(h connector.Host) (connector.Connector, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c = c.withDefaults()
	base, err := url.Parse(c.BaseURL)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(base.Host + "\n" + c.Username))
	with := sha256.Sum256([]byte(c.Username + "\n" + c.Password.Reveal() + "\n" + c.OTPSecret.Reveal()))
	a := &account{cfg: c, host: h, base: base.Scheme + "://" + base.Host, name: "sportlink/" + hex.EncodeToString(sum[:6])}
	a.site = browserworker.Site{
		System: System, Account: a.name, Host: h, Credentials: hex.EncodeToString(with[:6]),
		Sources: append(append([]string{a.base}, c.AuthURLs...), c.Sources...),
		SignIn:  a.signIn, Probe: a.probe, AtSignIn: a.atSignIn,
		Own: markers, Marks: marks, Selectors: selectors(), Timeout: c.Timeouts.Page,
		// Two forms, one of them twice, the page after them, and the wait for
		// a code that is new.
		SignInTimeout: 3*c.Timeouts.SignIn + c.Timeouts.Marker + time.Minute,
		Locale:        "nl-NL", TimeZone: "Europe/Amsterdam", UserAgent: c.UserAgent,
	}
	return a, nil
}

// account is the opened connector.
type account struct {
	cfg  Config
	host connector.Host
	base string
	name string // of the account in shared keys: a digest
	site browserworker.Site
}

var _ connector.Connector = (*account)(nil)

// Close lets go of nothing: the pool is not ours.
func (a *account) Close() error { return nil }

// Collections has the current members.
func (a *account) Collections() []connector.Collection {
	return []connector.Collection{{
		Kind: person.Kind, Place: Place, View: View,
		Complete: true, Keys: wireKeys(),
		Reads: reads(),
		List:  a.listMembers,
	}}
}

// listMembers yields one page: the site answers with all members at once.
func (a *account) listMembers(ctx context.Context, _ connector.Cursor) iter.Seq2[connector.Page, error] {
	return func(yield func(connector.Page, error) bool) {
		var page connector.Page
		err := a.do(ctx, func(ctx context.Context, p browserworker.Page) error {
			var err error
			page, err = a.searchMembers(ctx, p)
			return err
		})
		if err != nil {
			yield(connector.Page{}, err)
			return
		}
		yield(page, nil)
	}
}

// Check signs in, or finds that it is, and returns which club the account is
// for: the site tells when it hands out a token.
func (a *account) Check(ctx context.Context) (string, error) {
	var fingerprint string
	err := a.do(ctx, func(ctx context.Context, p browserworker.Page) error {
		body, err := a.linkToPerson(ctx, p)
		if err != nil {
			return err
		}
		var link struct{ ClubId, UnionId string } //nolint:revive // the site's names
		if err := json.Unmarshal(body, &link); err != nil || link.ClubId == "" {
			return a.drifted("check", "the answer names no club")
		}
		fingerprint = link.UnionId + "/" + link.ClubId
		return nil
	})
	return fingerprint, err
}

func (a *account) do(ctx context.Context, f func(context.Context, browserworker.Page) error) error {
	if a.cfg.Pool == nil {
		return a.fault(connector.Transient, "use browser", "this process has no browser")
	}
	return a.cfg.Pool.Do(ctx, a.site, f)
}

func (a *account) fault(c connector.Class, op, why string) *connector.Error {
	return &connector.Error{Class: c, System: System, Op: op, Why: why}
}

func (a *account) drifted(op, why string) error { return a.fault(connector.Drifted, op, why) }

func (a *account) caused(c connector.Class, op, why string, err error) error {
	e := a.fault(c, op, why)
	e.Err = err
	return e
}
