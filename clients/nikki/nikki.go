// Package nikki connects Nikki, where Dutch clubs collect their contributions: web
// pages behind a sign-in, and no API. It reads what members are to pay by year, and
// writes nothing.
//
// A site breaks for three reasons, so it is three files: pages.go (steps and
// selectors), export.go (the file), parse.go (what lines come to); site.go is the way
// in.
package nikki

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/clients/internal/website"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/contribution"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// System is Nikki's name with us.
const System record.System = "nikki"

// The collection, and the view through which it is seen: the page of members.
const (
	Place = "contributions"
	View  = "members"
)

// DefaultBaseURL is the address of the site (docs/systems/nikki.md, "Addresses").
const DefaultBaseURL = "https://mijn.nikki-online.nl"

// Config is the settings of one club's account. The letters of OTPSecret are themselves
// the key, unless it is an otpauth:// address; without one the form must not want it.
type Config struct {
	website.Settings `mapstructure:",squash"`

	Timeouts Timeouts `mapstructure:"timeouts"`
}

// Timeouts are how long the steps wait; zero is the default. What is quicker is not
// waited for.
type Timeouts struct {
	SignIn time.Duration `mapstructure:"sign_in"` // for the form, and for what comes after it
	Page   time.Duration `mapstructure:"page"`    // for a page to show itself, for each step on it
	Table  time.Duration `mapstructure:"table"`   // for the table to be whole
	Export time.Duration `mapstructure:"export"`  // for the file to begin, and for the rest of it
}

// The defaults (docs/systems/nikki.md, "Time-outs").
const (
	DefaultSignIn = 30 * time.Second
	DefaultPage   = 15 * time.Second
	DefaultTable  = 30 * time.Second
	DefaultExport = 30 * time.Second
)

var _ connector.Config = Config{}

func (c Config) withDefaults() Config {
	c.Settings = c.Or(DefaultBaseURL)
	t := &c.Timeouts
	t.SignIn, t.Page = cmp.Or(t.SignIn, DefaultSignIn), cmp.Or(t.Page, DefaultPage)
	t.Table, t.Export = cmp.Or(t.Table, DefaultTable), cmp.Or(t.Export, DefaultExport)
	return c
}

// Validate returns all faults of the settings, joined.
func (c Config) Validate() error {
	var errs []error
	if err := c.Or(DefaultBaseURL).Faults(); err != nil {
		errs = append(errs, fmt.Errorf("nikki: %w", err))
	}
	if _, err := browserworker.PlainKey(c.OTPSecret); err != nil {
		errs = append(errs, fmt.Errorf("nikki: otp_secret: %w", err))
	}
	if t := c.Timeouts; min(t.SignIn, t.Page, t.Table, t.Export) < 0 {
		errs = append(errs, errors.New("nikki: timeouts must not be negative; 0 is the default"))
	}
	return errors.Join(errs...)
}

// Open makes the connector without a call.
func (c Config) Open(h connector.Host) (connector.Connector, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c = c.withDefaults()
	shared, err := c.Account(System, h)
	if err != nil {
		return nil, err
	}
	a := &account{Account: shared, cfg: c}
	site := &a.Site
	site.SignIn, site.Probe, site.AtSignIn = a.signIn, a.probe, a.atSignIn
	site.Own, site.Selectors, site.Timeout = own, []string{username, password, otp, submit, theTable}, c.Timeouts.Page
	site.Blocked, site.Downloads = []string{a.Base + takesTableApart}, true
	// The form, what comes after it, and the wait for a code that is new.
	site.SignInTimeout = 2*c.Timeouts.SignIn + time.Minute
	return a, nil
}

// account is the opened connector.
type account struct {
	*website.Account

	cfg Config
}

var _ connector.Connector = (*account)(nil)

// Collections has the contributions, one record a member.
func (a *account) Collections() []connector.Collection {
	return []connector.Collection{{
		Kind: contribution.Kind, Place: Place, View: View, Complete: true,
		Reads: append([]record.Field{person.RelationCode}, contribution.Fields()...),
		List:  a.List(a.readMembers),
	}}
}

// Check signs in, or finds that it is, and looks whether the page of members is as it
// is known. The site does not say which club the account is for, so the account itself
// is the fingerprint.
func (a *account) Check(ctx context.Context) (string, error) {
	err := a.Do(ctx, func(ctx context.Context, p browserworker.Page) error {
		if err := a.openMembers(ctx, p); err != nil {
			return err
		}
		t, err := a.look(ctx, p)
		if err != nil {
			return err
		}
		return a.headed("check", t)
	})
	return a.Name, err
}
