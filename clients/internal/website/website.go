// Package website is what connectors of systems behind web pages share, besides the
// pages: the settings of an account, opening a page at the account's pace, and what an
// answer or a step means that is not as it should be. It knows no site.
package website

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// The least time between the starts of two pages is drawn between these: the
// seed's 500 ms to 1.5 s, "random jitter to avoid patterns".
const (
	DefaultDelayMin = 500 * time.Millisecond
	DefaultDelayMax = 1500 * time.Millisecond
)

// Settings are those of an account at any site. A connector embeds them in its own
// (mapstructure:",squash").
type Settings struct {
	BaseURL string `mapstructure:"base_url"`
	// Sources are what the pages may reach besides.
	Sources   []string         `mapstructure:"origins"`
	Username  string           `mapstructure:"username"`
	Password  connector.Secret `mapstructure:"password"`
	OTPSecret connector.Secret `mapstructure:"otp_secret"`
	// UserAgent is what the browser says it is; empty: the truth.
	UserAgent string `mapstructure:"user_agent"`

	DelayMin time.Duration `mapstructure:"delay_min"`
	DelayMax time.Duration `mapstructure:"delay_max"`

	// Pool lends the pages. Without one, as in a process that works no
	// browser, the connector says what it offers and can read nothing.
	Pool *browserworker.Pool `mapstructure:"-"`
}

// UsePool lends the settings a pool of browsers.
func (s *Settings) UsePool(p *browserworker.Pool) { s.Pool = p }

// Or returns the settings with the site's address and the delays in place of what is
// not set.
func (s Settings) Or(base string) Settings {
	s.BaseURL = cmp.Or(s.BaseURL, base)
	s.DelayMin = cmp.Or(s.DelayMin, DefaultDelayMin)
	s.DelayMax = cmp.Or(s.DelayMax, max(s.DelayMin, DefaultDelayMax))
	return s
}

// Faults returns all faults of settings that have their defaults, joined, or nil.
func (s Settings) Faults() error {
	var errs []error
	if err := CheckOrigin(s.BaseURL); err != nil {
		errs = append(errs, fmt.Errorf("base_url: %w", err))
	}
	if s.Username == "" {
		errs = append(errs, errors.New("username is missing"))
	}
	if s.Password == "" {
		errs = append(errs, errors.New("password is missing"))
	}
	if s.DelayMin < 0 || s.DelayMax < 0 {
		errs = append(errs, errors.New("delays must not be negative; 0 is the default"))
	} else if s.DelayMax < s.DelayMin {
		errs = append(errs, fmt.Errorf("delay_max must not be below delay_min, which is %s", s.DelayMin))
	}
	return errors.Join(errs...)
}

// CheckOrigin tells whether an address is scheme://host: https, or http on loopback.
func CheckOrigin(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Path != "" && u.Path != "/":
		return errors.New("not an origin: scheme://host")
	case u.Scheme != "https" && u.Hostname() != "127.0.0.1" && u.Hostname() != "localhost" && u.Hostname() != "::1":
		return errors.New("only https, except on loopback")
	}
	return nil
}

// Account is one account of a site.
type Account struct {
	Settings

	Host connector.Host
	Base string // scheme://host
	Name string // in keys that all processes share: a digest
	// Site is what the pool is told. Whoever has the account completes it.
	Site browserworker.Site
}

// Account opens the account of settings that are right.
func (s Settings) Account(system record.System, h connector.Host) (*Account, error) {
	base, err := url.Parse(s.BaseURL)
	if err != nil {
		return nil, err
	}
	a := &Account{
		Settings: s, Host: h, Base: base.Scheme + "://" + base.Host,
		Name: string(system) + "/" + digest(base.Host, s.Username),
	}
	a.Site = browserworker.Site{
		System: system, Account: a.Name, Host: h, Credentials: digest(s.Username, s.Password.Reveal(), s.OTPSecret.Reveal()),
		Sources: append([]string{a.Base}, s.Sources...),
		Locale:  "nl-NL", TimeZone: "Europe/Amsterdam", UserAgent: s.UserAgent,
	}
	return a, nil
}

func digest(of ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(of, "\n")))
	return hex.EncodeToString(sum[:6])
}

// Close lets go of nothing: the pool is not ours.
func (a *Account) Close() error { return nil }

// warm is for how long a session that has answered is taken for signed in: longer than
// the next part of a reading lets it wait, shorter than any site ends a session.
const warm = 30 * time.Second

// Do lends f a signed-in page, on which it opens what it needs; see browserworker.Pool.
func (a *Account) Do(ctx context.Context, f func(context.Context, browserworker.Page) error) error {
	site := a.Site
	site.Warm = warm
	return a.lend(ctx, site, f)
}

// DoThere lends f a signed-in page that shows the site.
func (a *Account) DoThere(ctx context.Context, f func(context.Context, browserworker.Page) error) error {
	return a.lend(ctx, a.Site, f)
}

func (a *Account) lend(ctx context.Context, site browserworker.Site, f func(context.Context, browserworker.Page) error) error {
	if a.Pool == nil {
		return a.Fault(connector.Transient, "use browser", "this process has no browser")
	}
	return a.Pool.Do(ctx, site, f)
}

// IsOwn tells whether an address is the site's.
func (a *Account) IsOwn(address string) bool {
	return address == a.Base || strings.HasPrefix(address, a.Base+"/")
}

// Path is the path of the page's address, "" elsewhere.
func (a *Account) Path(p browserworker.Page) string {
	u, err := url.Parse(p.URL())
	if err != nil || !a.IsOwn(p.URL()) {
		return ""
	}
	return u.Path
}

// Fault is an error of this system.
func (a *Account) Fault(c connector.Class, op, why string) *connector.Error {
	return &connector.Error{Class: c, System: a.Site.System, Op: op, Why: why}
}

// Drifted is the error of what the connector was not built for.
func (a *Account) Drifted(op, why string) error { return a.Fault(connector.Drifted, op, why) }

// Caused is an error with a cause, which is not printed.
func (a *Account) Caused(c connector.Class, op, why string, err error) error {
	e := a.Fault(c, op, why)
	e.Err = err
	return e
}
