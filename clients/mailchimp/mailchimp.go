// Package mailchimp connects MailChimp, a newsletter service: one audience of
// one account, to which persons are only written.
//
// It never makes anybody active again who has opted out or bounced, it touches
// no tag but its own, and it never overwrites a contact that is somebody
// else's. It does not decide who belongs into the audience.
package mailchimp

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/value"
)

// System is MailChimp's name with us.
const System record.System = "mailchimp"

// defaults of the settings. Of the 10 connections that a user may hold 4 are ours
// (docs/systems/mailchimp.md, "Limits", 2026-11); it limits connections, not calls.
var defaults = rest.Settings{Timeout: 30 * time.Second, Parallel: 4}

// DefaultPage is how many contacts a page has, and the most that the API gives
// (description 3.0.55).
const DefaultPage = 1000

// What a call may take and hold (docs/systems/mailchimp.md, "Limits", 2026-11).
const (
	batch       = 500               // members in one bulk call
	longTimeout = 120 * time.Second // when the remote side cuts a call
)

// Config is the settings of an account.
type Config struct {
	// BaseURL is the address without "/3.0". Empty: made from the key's data
	// centre. Timeout is for a call about one contact; a bulk call or a page may
	// take 120 s.
	rest.Settings `mapstructure:",squash"`

	// APIKey ends in the data centre: "...-us21".
	APIKey connector.Secret `mapstructure:"api_key"`
	// ListID is the id of the audience.
	ListID string `mapstructure:"list_id"`
	// Region is the country of phones without a country's code, ISO 3166-1
	// alpha-2. Without it such a phone is unreadable.
	Region string `mapstructure:"region"`
	// Page is how many contacts one page of a listing has.
	Page int `mapstructure:"page"`

	transport http.RoundTripper // for tests
}

var _ connector.Config = Config{}

// centre finds the data centre at the end of a key.
var centre = regexp.MustCompile(`^[^-\s]+-([a-z]{1,10}[0-9]{1,5})$`)

// dataCentre is the data centre that the key names, empty when it names none.
func (c Config) dataCentre() string {
	m := centre.FindStringSubmatch(c.APIKey.Reveal())
	if m == nil {
		return ""
	}
	return m[1]
}

func (c Config) pageSize() int { return cmp.Or(c.Page, DefaultPage) }

func (c Config) settings() rest.Settings {
	d := defaults
	d.BaseURL = "https://" + c.dataCentre() + ".api.mailchimp.com"
	s := c.Or(d)
	s.BaseURL = strings.TrimSuffix(s.BaseURL, "/3.0")
	return s
}

// Validate returns all faults of the settings, joined.
func (c Config) Validate() error {
	var errs []error
	fault := func(format string, args ...any) { errs = append(errs, fmt.Errorf("mailchimp: "+format, args...)) }
	switch {
	case c.APIKey == "":
		fault("api_key is missing")
	case c.dataCentre() == "":
		fault("api_key does not end in a data centre, such as -us21")
	}
	if err := c.settings().Faults(); err != nil && (c.BaseURL != "" || c.dataCentre() != "") {
		fault("%w", err)
	}
	if c.ListID == "" || strings.ContainsAny(c.ListID, "/?# ") {
		fault("list_id is missing or not an id")
	}
	if code, err := value.Country(c.Region); err != nil || code != c.Region {
		fault("region is not a country's code of two capitals")
	}
	if c.Page != 0 && (c.Page < 2 || c.Page > DefaultPage) {
		fault("page: %d contacts, want 2 to %d", c.Page, DefaultPage)
	}
	return errors.Join(errs...)
}

// Open makes the connector without a call.
func (c Config) Open(h connector.Host) (connector.Connector, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	client, err := rest.New(rest.Config{
		Settings:  c.settings(),
		System:    System,
		Host:      h,
		Authorize: basic(c.APIKey),
		Judge:     judge,
		Transport: c.transport,
	})
	if err != nil {
		return nil, err
	}
	return newAudience(c, client, h), nil
}

// audience is the opened connector.
type audience struct {
	cfg      Config
	api      *rest.Client
	host     connector.Host
	contacts *resource.Resource[contact]

	mu    sync.Mutex
	known *setup          // what the list looks like; nil: not asked yet
	shelf resource.Recall // the archive
	doubt map[string]bool // see doubtful
}

var _ connector.Connector = (*audience)(nil)

// Close lets go of idle connections.
func (a *audience) Close() error {
	a.api.Close()
	return nil
}

// Collections has one collection: the contacts of the list.
func (a *audience) Collections() []connector.Collection {
	return []connector.Collection{a.contacts.Offer()}
}

// wrong is an error that no answer brought.
func wrong(class connector.Class, op, why string, field record.Field) *connector.Error {
	return &connector.Error{Class: class, System: System, Op: op, Why: why, Field: field}
}

// unsent is wrong for what certainly had no effect.
func unsent(class connector.Class, op, why string, field record.Field) *connector.Error {
	e := wrong(class, op, why, field)
	e.Unsent = true
	return e
}
