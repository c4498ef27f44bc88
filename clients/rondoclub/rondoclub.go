// Package rondoclub connects Rondo Club, a WordPress with the club's own theme:
// persons with their children (docs/systems/rondoclub.md; 2026-11). It
// translates and checks; it decides nothing, retries nothing, deletes nobody
// and takes nobody out of the trash.
package rondoclub

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/family"
	"github.com/touchline-sync/touchline/sync/record/person"
)

// System is the name of this system.
const System record.System = "rondoclub"

// Place is the one set of remote records: all persons.
const Place = "people"

// defaults of the settings. The site has no limit of its own; a call was once seen
// to hang for 20 minutes (docs/systems/rondoclub.md, "Connection").
var defaults = rest.Settings{Timeout: 20 * time.Second}

// Config is Rondo Club's settings.
type Config struct {
	// BaseURL is the site's address, without /wp-json.
	rest.Settings `mapstructure:",squash"`

	// Username and AppPassword are those of an administrator made for the sync;
	// the password is a WordPress application password.
	Username    string           `mapstructure:"username"`
	AppPassword connector.Secret `mapstructure:"app_password"`
	// Dialect is "fields", or empty to have Check refuse a theme that is known
	// to speak another one.
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
	switch c.Dialect {
	case "", "fields":
	case "acf":
		fault("dialect acf is not supported yet")
	default:
		fault("dialect must be fields or empty")
	}
	return errors.Join(faults...)
}

// Open makes the connector. It makes no network call.
func (c Config) Open(h connector.Host) (connector.Connector, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	settings := c.Or(defaults)
	settings.BaseURL += "/wp-json"
	api, err := rest.New(rest.Config{
		Settings: settings, System: System, Host: h,
		Authorize: func(r *http.Request) { r.SetBasicAuth(c.Username, c.AppPassword.Reveal()) },
	})
	if err != nil {
		return nil, err
	}
	return &site{cfg: c, host: h, api: api, codec: fieldsDialect}, nil
}

// site is an opened Rondo Club.
type site struct {
	cfg   Config
	host  connector.Host
	api   *rest.Client
	codec codec

	mu     sync.Mutex
	cached *terms
}

var _ connector.Connector = (*site)(nil)

// Collections returns the persons and, as a part of them, their children.
func (s *site) Collections() []connector.Collection {
	reads, writes := personFields()
	children := []record.Field{family.Children}
	return []connector.Collection{
		{
			Kind: person.Kind, Place: Place, View: "people", Complete: true,
			Reads: reads, Writes: writes,
			Required: []record.Field{person.FirstName},
			List:     s.list, Get: s.get, Find: s.find, Accepts: accepts, Create: s.create, Update: s.update,
		},
		{
			Kind: family.Kind, Place: Place, View: "people", Part: true,
			Reads: children, Writes: children,
			Refs: map[record.Field]connector.Ref{family.Children: {Kind: person.Kind}},
		},
	}
}

// Close lets go of idle connections.
func (s *site) Close() error {
	s.api.Close()
	return nil
}

// Check proves the credentials and the dialect. The fingerprint is the address
// that the site itself says it has.
func (s *site) Check(ctx context.Context) (string, error) {
	if err := s.signedIn(ctx, "check"); err != nil {
		return "", err
	}
	if s.cfg.Dialect == "" {
		if err := s.checkTheme(ctx); err != nil {
			return "", err
		}
	}
	var root struct{ Home, URL string }
	_, err := s.call(ctx, rest.Call{Op: "check", Path: "/", Query: url.Values{"_fields": {"home,url"}}, Into: &root})
	if err != nil {
		return "", err
	}
	address := strings.ToLower(strings.TrimRight(cmp.Or(root.Home, root.URL), "/"))
	if address == "" {
		return "", s.fail("check", connector.Drifted, "", "the site does not say its address")
	}
	return string(System) + " " + address, nil
}

// lastACF is the newest major version of the theme that is known to speak
// `acf` (25.2.0, measured 2026-11).
const lastACF = 25

func (s *site) checkTheme(ctx context.Context) error {
	var theme struct{ Version string }
	_, err := s.call(ctx, rest.Call{Op: "check", Path: "/rondo/v1/version", Into: &theme})
	if err != nil {
		return err
	}
	major, _, _ := strings.Cut(theme.Version, ".")
	if n, err := strconv.Atoi(major); err == nil && n <= lastACF {
		return s.fail("check", connector.Drifted, "", fmt.Sprintf("theme of version %d speaks acf", n))
	}
	return nil
}

// signedIn proves the credentials: a list is just empty for wrong ones
// (docs/systems/rondoclub.md, measured 1).
func (s *site) signedIn(ctx context.Context, op string) error {
	var me struct{ ID int64 }
	_, err := s.call(ctx, rest.Call{Op: op, Path: "/wp/v2/users/me", Query: url.Values{"_fields": {"id"}}, Into: &me})
	if err == nil && me.ID == 0 {
		return s.fail(op, connector.Drifted, "", "no account in the answer")
	}
	return err
}

// terms returns the ids of the kinds of relationships, asked once.
func (s *site) terms(ctx context.Context, op string) (terms, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cached != nil {
		return *s.cached, nil
	}
	var list []struct {
		ID   int64
		Slug string
	}
	_, err := s.call(ctx, rest.Call{
		Op: op, Path: "/wp/v2/relationship_type", Into: &list,
		Query: url.Values{"slug": {"child"}, "per_page": {"100"}, "_fields": {"id,slug"}},
	})
	if err != nil {
		return terms{}, err
	}
	for _, t := range list {
		if t.Slug == "child" && t.ID > 0 {
			s.cached = &terms{child: strconv.FormatInt(t.ID, 10)}
			return *s.cached, nil
		}
	}
	return terms{}, s.fail(op, connector.Drifted, "", "no relationship type with the slug child")
}

func (s *site) fail(op string, class connector.Class, f record.Field, why string) *connector.Error {
	return &connector.Error{Class: class, System: System, Op: op, Field: f, Why: why}
}
