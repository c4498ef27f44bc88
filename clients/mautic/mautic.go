// Package mautic connects Mautic, a system for marketing automation: persons are its
// contacts, and are only written (docs/systems/mautic.md).
//
// It never takes anybody off Do-Not-Contact, touches no tag but its own, and writes
// over no contact that is somebody else's. It does not decide who belongs there.
package mautic

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/value"
)

// System is Mautic's name with us.
const System record.System = "mautic"

// defaults of the settings. Mautic works on one machine of the organiser's own.
var defaults = rest.Settings{Timeout: 30 * time.Second, Parallel: 2}

// What a call may take and hold (docs/systems/mautic.md, "Limits").
const (
	batch       = 200
	longTimeout = 120 * time.Second // of a batch, whose contacts are saved one by one
	noPath      = "status 404, no such path: is base_url the address of Mautic itself?"
)

// old are versions that do not look whether a unique value is taken before they make a
// contact; our creates lean on that.
var old = regexp.MustCompile(`^[1-4]\.`)

// Config is the settings of an installation.
type Config struct {
	// BaseURL is the address of Mautic itself, before "/api".
	rest.Settings    `mapstructure:",squash"`
	rest.Credentials `mapstructure:",squash"`

	// Region is the country of phones without a country's code, such as NL.
	Region string `mapstructure:"region"`

	page      int               // for tests; 0 is batch
	transport http.RoundTripper // for tests
}

// Validate returns all faults of the settings, joined.
func (c Config) Validate() error {
	faults := rest.NewFaults(System, c.Or(defaults))
	if err := c.Credentials.Faults(); err != nil {
		faults.Add("%w", err)
	}
	if code, err := value.Country(c.Region); err != nil || code != c.Region {
		faults.Add("region is not a country's code of two capitals")
	}
	return faults.Err()
}

// Open makes the connector without a call.
func (c Config) Open(h connector.Host) (connector.Connector, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	settings := rest.Config{Settings: c.Or(defaults), System: System, Host: h, Judge: judge, Transport: c.transport}
	c.Sign(&settings, "/oauth/v2/token")
	client, err := rest.New(settings)
	if err != nil {
		return nil, err
	}
	return newAccount(c, client), nil
}

// account is the opened connector.
type account struct {
	cfg      Config
	api      *rest.Client
	contacts *resource.Resource[contact]
}

// Close lets go of idle connections.
func (a *account) Close() error {
	a.api.Close()
	return nil
}

// Collections has one collection: the contacts.
func (a *account) Collections() []connector.Collection {
	return []connector.Collection{a.contacts.Offer()}
}

// Check reads the fields of contacts: those that are mapped must be there, since Mautic
// drops a value for any other without a word. The fingerprint is the address.
func (a *account) Check(ctx context.Context) (string, error) {
	return string(System) + " " + strings.ToLower(a.cfg.Or(defaults).BaseURL), a.contacts.CheckColumns(ctx)
}

// columns returns the types of the fields that contacts have. The one that holds the
// person's id must be unique: by that no person is made twice.
func (a *account) columns(ctx context.Context, op string) (map[string]string, error) {
	var answer struct {
		Fields resource.PHP[struct {
			Alias     string `json:"alias"`
			Type      string `json:"type"`
			Published *bool  `json:"isPublished"`
			Unique    bool   `json:"isUniqueIdentifier"`
			Misspelt  bool   `json:"isUniqueIdentifer"` // as older versions have it
		}] `json:"fields"`
	}
	got, err := a.api.Do(ctx, rest.Call{Op: op, Path: "/api/fields/contact", Query: url.Values{"limit": {"1000"}}, Into: &answer})
	switch {
	case err != nil:
		return nil, err
	case old.MatchString(got.Header.Get("Mautic-Version")):
		return nil, wrong(connector.Drifted, op, "this Mautic is older than version 5", "")
	case answer.Fields == nil:
		return nil, wrong(connector.Drifted, op, "an answer without fields", "")
	}
	types := map[string]string{}
	for _, f := range answer.Fields {
		switch {
		case f.Published != nil && !*f.Published:
		case f.Alias == idAlias && !f.Unique && !f.Misspelt:
			types[f.Alias] = "not unique"
		default:
			types[f.Alias] = f.Type
		}
	}
	return types, nil
}

// wrong is an error that no answer brought.
func wrong(class connector.Class, op, why string, field record.Field) *connector.Error {
	return &connector.Error{Class: class, System: System, Op: op, Why: why, Field: field}
}
