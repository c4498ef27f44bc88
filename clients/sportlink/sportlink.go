// Package sportlink connects Sportlink Club, a member administration that has
// web pages but no API. It signs in as a person does, lets the site's own
// pages ask, and reads the JSON that they are answered with. It only reads.
//
// A site breaks for three reasons, so it is three files: pages.go (steps and
// selectors), parse.go (the site's JSON), mapping.go (our fields); site.go is
// the way in, open.go what an answer means that is none. tabs.go, visit.go and history.go are the pages of a member,
// photos.go the photo on one of them, teams.go those of the teams.
package sportlink

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"sync/atomic"
	"time"

	"github.com/touchline-sync/touchline/browserworker"
	"github.com/touchline-sync/touchline/clients/internal/photo"
	"github.com/touchline-sync/touchline/clients/internal/website"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// System is Sportlink's name with us.
const System record.System = "sportlink"

// The collection of discipline cases.
const (
	Cases      = "cases"
	Individual = "individual"
)

// The collection of current members, and the views through which it is seen:
// the search page with its default chips, and the pages of each member.
const (
	Place = "members"
	View  = "search"
	// Tabs is the view of the pages of each member.
	Tabs = "tabs"
)

// The addresses of the site (docs/systems/sportlink.md, "Addresses", 2026-04).
const (
	DefaultBaseURL  = "https://club.sportlink.com"
	DefaultAuthURL  = "https://idm.sportlink.com"
	DefaultPhotoURL = "https://binaries.sportlink.com"
	defaultOrigin   = "https://*.sportlink.com"
)

// Config is the settings of one club's account. Sources are *.sportlink.com by default,
// nothing when BaseURL is set; OTPSecret is base32.
type Config struct {
	website.Settings `mapstructure:",squash"`

	// AuthURLs are the origins of the identity provider. Paths below
	// /realms/ and /auth/realms/ count as its own anywhere.
	AuthURLs []string `mapstructure:"auth_urls"`
	Timeouts Timeouts `mapstructure:"timeouts"`
	// VOGField is the free field in which the club keeps the date of the certificate of
	// conduct; empty is the default.
	VOGField string `mapstructure:"vog_field"`
	// PagesOnly opens the page of each member and team, and asks for none of them from
	// inside another's page.
	PagesOnly bool `mapstructure:"pages_only"`
	// HelpdeskField is the free field in which the club keeps the number of the member's
	// customer at the helpdesk; empty is the default.
	HelpdeskField string `mapstructure:"helpdesk_field"`
	// WithInvoice opens the tab financial of the members that are visited, too, for where
	// their invoices go.
	WithInvoice bool `mapstructure:"with_invoice"`
	// NoPhotos leaves the photos of members alone. Else a tab is opened of each member
	// whose photo has another date than the one that was read last.
	NoPhotos bool `mapstructure:"no_photos"`
	// PhotoURLs are the origins from which photos are fetched; the site's own address where
	// BaseURL is set and they are not.
	PhotoURLs []string `mapstructure:"photo_urls"`
}

// Timeouts are how long the steps wait, from opening a page or sending a form
// on; zero is the default. A page that is quicker is not waited for.
type Timeouts struct {
	SignIn time.Duration `mapstructure:"sign_in"` // for each form of the sign-in
	Marker time.Duration `mapstructure:"marker"`  // for a page of the site to show itself after it
	Page   time.Duration `mapstructure:"page"`    // for the search to be ready, each try; for each step on it
	Answer time.Duration `mapstructure:"answer"`  // for the site's JSON
	Photo  time.Duration `mapstructure:"photo"`   // for a photo to come whole
	Settle time.Duration `mapstructure:"settle"`  // for a page that asks again to have done so
}

// The defaults (docs/systems/sportlink.md, "Time-outs", 2026-04).
const (
	DefaultSignIn = 45 * time.Second
	DefaultMarker = 25 * time.Second
	DefaultPage   = 20 * time.Second
	DefaultAnswer = 60 * time.Second
	DefaultSettle = 4 * time.Second
)

// The free fields that clubs use for it (docs/systems/sportlink.md, "The tabs of a member",
// 2026-04).
const (
	DefaultVOGField      = "Remarks8"
	DefaultHelpdeskField = "Remarks3"
)

var _ connector.Config = Config{}

func (c Config) withDefaults() Config {
	if c.BaseURL == "" {
		if len(c.Sources) == 0 {
			c.Sources = []string{defaultOrigin}
		}
		if len(c.AuthURLs) == 0 {
			c.AuthURLs = []string{DefaultAuthURL}
		}
		if len(c.PhotoURLs) == 0 {
			c.PhotoURLs = []string{DefaultPhotoURL}
		}
	}
	if len(c.PhotoURLs) == 0 {
		c.PhotoURLs = []string{c.BaseURL}
	}
	c.Settings = c.Or(DefaultBaseURL)
	c.Timeouts.SignIn = cmp.Or(c.Timeouts.SignIn, DefaultSignIn)
	c.Timeouts.Marker = cmp.Or(c.Timeouts.Marker, DefaultMarker)
	c.Timeouts.Page = cmp.Or(c.Timeouts.Page, DefaultPage)
	c.VOGField = cmp.Or(c.VOGField, DefaultVOGField)
	c.HelpdeskField = cmp.Or(c.HelpdeskField, DefaultHelpdeskField)
	c.Timeouts.Answer = cmp.Or(c.Timeouts.Answer, DefaultAnswer)
	c.Timeouts.Settle = cmp.Or(c.Timeouts.Settle, DefaultSettle)
	c.Timeouts.Photo = cmp.Or(c.Timeouts.Photo, photo.DefaultTimeout)
	return c
}

// Validate returns all faults of the settings, joined.
func (c Config) Validate() error {
	var errs []error
	if err := c.Or(DefaultBaseURL).Faults(); err != nil {
		errs = append(errs, fmt.Errorf("sportlink: %w", err))
	}
	for _, a := range c.AuthURLs {
		if err := website.CheckOrigin(a); err != nil {
			errs = append(errs, fmt.Errorf("sportlink: auth_urls: %w", err))
		}
	}
	if _, err := photo.NewFetcher(c.PhotoURLs, 0); err != nil {
		errs = append(errs, fmt.Errorf("sportlink: photo_urls: %w", err))
	}
	if c.OTPSecret != "" {
		if _, err := browserworker.Base32Key(c.OTPSecret); err != nil {
			errs = append(errs, fmt.Errorf("sportlink: otp_secret: %w", err))
		}
	}
	d := c.withDefaults()
	for name, field := range map[string]string{"vog_field": d.VOGField, "helpdesk_field": d.HelpdeskField} {
		if !freeField.MatchString(field) {
			errs = append(errs, fmt.Errorf("sportlink: %s: is none of Remarks1 to Remarks8, the free fields that there are", name))
		}
	}
	if d.VOGField == d.HelpdeskField {
		errs = append(errs, errors.New("sportlink: vog_field, helpdesk_field: are the same field"))
	}
	if t := c.Timeouts; min(t.SignIn, t.Marker, t.Page, t.Answer, t.Photo, t.Settle) < 0 {
		errs = append(errs, errors.New("sportlink: timeouts must not be negative; 0 is the default"))
	}
	return errors.Join(errs...)
}

// freeField is the name of a free field (docs/systems/sportlink.md).
var freeField = regexp.MustCompile(`^Remarks[1-8]$`)

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
	fetcher, err := photo.NewFetcher(c.PhotoURLs, c.Timeouts.Photo)
	if err != nil {
		return nil, err
	}
	a := &account{Account: shared, cfg: c, fetcher: fetcher}
	site := &a.Site
	site.Sources = append(site.Sources, c.AuthURLs...)
	site.SignIn, site.Probe, site.AtSignIn = a.signIn, a.probe, a.atSignIn
	site.Own, site.Marks, site.Selectors, site.Timeout = markers, marks, selectors(), c.Timeouts.Page
	// Two forms, one of them twice, the page after them, and the wait for
	// a code that is new.
	site.SignInTimeout = 3*c.Timeouts.SignIn + c.Timeouts.Marker + time.Minute
	return a, nil
}

// account is the opened connector.
type account struct {
	*website.Account

	cfg     Config
	fetcher *photo.Fetcher
	lost    atomic.Int32 // photos in a row that did not come

	visiting, histories, rosters underWay // the members, their histories and the teams, one by one

	// Whoever has the page may use these: records in a row that could not be read, the teams
	// that histories may name and when they were read, and what the lists say of those that are visited.
	unread  int
	known   directory
	knownOn time.Time
	listed  map[record.ExternalID]listedTeam
}

var _ connector.Connector = (*account)(nil)

// Collections has the current members, as the search shows them and as their own pages
// do, with their history, those who have left, the teams, the photos of members, and
// discipline cases.
func (a *account) Collections() []connector.Collection {
	return []connector.Collection{{
		Kind: person.Kind, Place: Place, View: View,
		Complete: true, Keys: wireKeys(),
		Reads: reads(),
		List:  a.List(a.searchMembers),
	}, {
		Kind: person.Kind, Place: Place, View: Tabs,
		Complete: true, Ordered: true,
		Reads: a.cfg.readsOfTabs(),
		List:  a.listTabs, Visit: a.visit,
	}, a.history(), a.formerMembers(), a.teams(), a.photos(), a.cases()}
}

// Close lets go of idle connections; the pool is not ours.
func (a *account) Close() error {
	a.fetcher.Close()
	return nil
}

// Check signs in, or finds that it is, and returns which club the account is
// for: the site tells when it hands out a token.
func (a *account) Check(ctx context.Context) (string, error) {
	var fingerprint string
	err := a.DoThere(ctx, func(ctx context.Context, p browserworker.Page) error {
		body, err := a.linkToPerson(ctx, p)
		if err != nil {
			return err
		}
		var link struct{ ClubId, UnionId string } //nolint:revive // the site's names
		if err := json.Unmarshal(body, &link); err != nil || link.ClubId == "" {
			return a.Drifted("check", "the answer names no club")
		}
		fingerprint = link.UnionId + "/" + link.ClubId
		return nil
	})
	return fingerprint, err
}
