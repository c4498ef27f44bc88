// Package rondoclub connects Rondo Club, a WordPress with the club's own theme: persons
// with their children and their work, committees, teams and discipline cases (docs/systems/rondoclub.md; 2026-11),
// in both dialects that the theme has spoken; a site is asked for its own. It translates and checks; it decides nothing, retries nothing, deletes nobody
// and takes nobody out of the trash.
package rondoclub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/photo"
	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// System is the name of this system.
const System record.System = "rondoclub"

// Place is the set of remote records that all persons are.
const Place = "people"

// defaults of the settings. The site has no limit of its own; a call was once seen
// to hang for 20 minutes (docs/systems/rondoclub.md, "Connection").
var defaults = rest.Settings{Timeout: 20 * time.Second}

// DefaultContributionDelay is what lies between two writes of contributions.
const DefaultContributionDelay = 500 * time.Millisecond

// DefaultPhotoDelay is what lies between two photos that are uploaded or taken away.
const DefaultPhotoDelay = 2 * time.Second

// Config is Rondo Club's settings.
type Config struct {
	// BaseURL is the site's address, without /wp-json.
	rest.Settings `mapstructure:",squash"`

	// Username and AppPassword are those of an administrator made for the sync;
	// the password is a WordPress application password.
	Username    string           `mapstructure:"username"`
	AppPassword connector.Secret `mapstructure:"app_password"`
	// ContributionDelay is the least time from one write of contributions, which come in
	// their hundreds, to the next; zero is the default.
	ContributionDelay time.Duration `mapstructure:"contribution_delay"`
	// TaskAssignee is the number of the user of the site who gets the tasks; 0: they stay
	// with the sync's own account.
	TaskAssignee int64 `mapstructure:"task_assignee"`
	// PhotoDelay is the same from one photo to the next.
	PhotoDelay time.Duration `mapstructure:"photo_delay"`
	// Dialect is "fields" or "acf", for who wants a site that speaks the other one
	// refused. The site is asked in any case.
	Dialect string `mapstructure:"dialect"`
}

var _ connector.Config = Config{}

// Validate returns all faults of the settings, joined.
func (c Config) Validate() error {
	var faults []error
	fault := func(format string, args ...any) {
		faults = append(faults, fmt.Errorf("rondoclub: "+format, args...))
	}
	if err := c.Or(defaults).Faults(); err != nil {
		fault("%w", err)
	}
	if c.Username == "" || strings.Contains(c.Username, ":") {
		fault("username is missing, or has a colon")
	}
	if c.AppPassword == "" {
		fault("app_password is missing")
	}
	if c.ContributionDelay < 0 {
		fault("contribution_delay must not be negative; 0 is the default")
	}
	if c.TaskAssignee < 0 {
		fault("task_assignee is the number of a user; 0 is nobody")
	}
	if c.PhotoDelay < 0 {
		fault("photo_delay must not be negative; 0 is the default")
	}
	switch c.Dialect {
	case "", "fields", "acf":
	default:
		fault("dialect must be fields, acf or empty: then the site is asked")
	}
	return errors.Join(faults...)
}

// Open makes the connector. It makes no network call.
func (c Config) Open(h connector.Host) (connector.Connector, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c.ContributionDelay = cmp.Or(c.ContributionDelay, DefaultContributionDelay)
	c.PhotoDelay = cmp.Or(c.PhotoDelay, DefaultPhotoDelay)
	settings := c.Or(defaults)
	origin, err := url.Parse(settings.BaseURL)
	if err != nil {
		return nil, err
	}
	files, err := photo.NewFetcher([]string{origin.Scheme + "://" + origin.Host}, 0)
	if err != nil {
		return nil, err
	}
	settings.BaseURL += "/wp-json"
	api, err := rest.New(rest.Config{
		Settings: settings, System: System, Host: h,
		Authorize: func(r *http.Request) { r.SetBasicAuth(c.Username, c.AppPassword.Reveal()) },
		Judge:     judge,
	})
	if err != nil {
		return nil, err
	}
	s := &site{cfg: c, host: h, api: api, files: files}
	s.people, s.cases = s.resource(), s.caseResource()
	for _, of := range groupings {
		s.grouped = append(s.grouped, s.groups(of))
	}
	return s, nil
}

// site is an opened Rondo Club.
type site struct {
	cfg    Config
	host   connector.Host
	api    *rest.Client
	people *resource.Resource[post]
	files  *photo.Fetcher // of the site's own uploads

	grouped []*groups
	cases   *resource.Resource[caseWire]

	mu    sync.Mutex
	shape *shape // nil until the site was asked
	terms terms
	// seasons are the names of the terms of seasons by id, as they were asked for last.
	seasons map[int64]string

	noRoles atomic.Bool // the theme has no route for capabilities
}

var _ connector.Shaped = (*site)(nil)

// Close lets go of idle connections.
func (s *site) Close() error {
	s.api.Close()
	s.files.Close()
	return nil
}

func (s *site) fail(op string, class connector.Class, f record.Field, why string) *connector.Error {
	return &connector.Error{Class: class, System: System, Op: op, Field: f, Why: why}
}

// call makes one call.
func (s *site) call(ctx context.Context, c rest.Call) (rest.Answer, error) { return s.api.Do(ctx, c) }
