// Package runsignup connects RunSignup, where runners register: races and their events,
// participants, and the persons behind them, who come in through registrations alone.
// What it calls a race is an event with us, and its event is our race
// (docs/systems/runsignup.md). It never deletes what somebody has paid for.
package runsignup

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/value"
)

// System is RunSignup's name with us.
const System record.System = "runsignup"

// The places, in RunSignup's own words.
const (
	Races        = "races"
	Events       = "events"
	Participants = "participants"
	Users        = "users"
)

// defaults of the settings. Two calls at once are said to be the most that one key may
// have open (docs/systems/runsignup.md, 2026-11).
var defaults = rest.Settings{BaseURL: "https://api.runsignup.com/rest", Timeout: 30 * time.Second, Parallel: 1}

// Config is the settings of RunSignup.
type Config struct {
	rest.Settings `mapstructure:",squash"`

	// APIKey and APISecret are those of a partner, a timer or a race. Without them OAuth
	// is used.
	APIKey    string           `mapstructure:"api_key"`
	APISecret connector.Secret `mapstructure:"api_secret"`
	// OAuth is what somebody has granted who may see the races.
	OAuth struct {
		ClientID     string           `mapstructure:"client_id"`
		ClientSecret connector.Secret `mapstructure:"client_secret"`
		RefreshToken connector.Secret `mapstructure:"refresh_token"`
	} `mapstructure:"oauth"`
	// Caller and CallerSecret say which program calls, where RunSignup asks for that.
	Caller       string           `mapstructure:"caller"`
	CallerSecret connector.Secret `mapstructure:"caller_secret"`
	// Races are the races that are held here, each with one edition.
	Races []Race `mapstructure:"races"`
	// EditRaces lets names, places and start times of races and events be written.
	EditRaces bool `mapstructure:"edit_races"`
	// Region is the country of phones without a country's code, ISO 3166-1 alpha-2.
	Region string `mapstructure:"region"`

	transport http.RoundTripper // for tests
}

var _ connector.Config = Config{}

// Validate returns all faults of the settings, joined.
func (c Config) Validate() error {
	faults := rest.NewFaults(System, c.Or(defaults))
	granted := c.OAuth.ClientID != "" || c.OAuth.ClientSecret != "" || c.OAuth.RefreshToken != ""
	whole := c.OAuth.ClientID != "" && c.OAuth.ClientSecret != "" && c.OAuth.RefreshToken != ""
	keyed := c.APIKey != "" || c.APISecret != ""
	code, unknown := value.Country(c.Region)
	for _, f := range []struct {
		is  bool
		why string
	}{
		{granted && keyed, "api_key and oauth are both set; one of them is enough"},
		{granted && !keyed && !whole, "oauth needs client_id, client_secret and refresh_token"},
		{!granted && c.APIKey == "", "api_key is missing"},
		{!granted && c.APISecret == "", "api_secret is missing"},
		{(c.Caller == "") != (c.CallerSecret == ""), "caller and caller_secret go together"},
		{unknown != nil || code != c.Region, "region is not a country's code of two capitals"},
		{len(c.Races) == 0, "races is empty: name at least one race, its edition's day and the event that it is with us"},
	} {
		if f.is {
			faults.Add("%s", f.why)
		}
	}
	for _, err := range faultsOf(c.Races) {
		faults.Add("%w", err)
	}
	return faults.Err()
}

// Open makes the connector without a call.
func (c Config) Open(h connector.Host) (connector.Connector, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c.Settings = c.Or(defaults)
	a := &account{cfg: c, host: h, ahead: resource.Ahead{Age: aheadAge, Most: aheadMost}}
	of := rest.Config{
		Settings: c.Settings, System: System, Host: h,
		Authorize: c.authorize, Judge: judge, ErrorsInside: true, Transport: c.transport,
	}
	if c.APIKey == "" {
		// The secret is sent in base64 (docs/systems/runsignup.md, 2026-11).
		secret := base64.StdEncoding.EncodeToString([]byte(c.OAuth.ClientSecret.Reveal()))
		of.SignIn = rest.RefreshGrant("/v2/auth/refresh-token.json", c.OAuth.ClientID, connector.Secret(secret), c.OAuth.RefreshToken)
	}
	client, err := rest.New(of)
	if err != nil {
		return nil, err
	}
	a.api, a.entries = client, a.participants()
	a.rosters = a.newRosters()
	return a, nil
}

// authorize puts the key on a call, and its secret where no log of addresses sees it. It
// asks for JSON, which RunSignup speaks of itself only where a path ends so.
func (c Config) authorize(r *http.Request) {
	q := r.URL.Query()
	if !strings.HasSuffix(r.URL.Path, ".json") {
		q.Set("format", "json")
	}
	if c.APIKey != "" {
		q.Set("rsu_api_key", c.APIKey)
		r.Header.Set("X-RSU-API-SECRET", c.APISecret.Reveal())
	}
	if c.Caller != "" {
		q.Set("rsu_api_reg", c.Caller)
		r.Header.Set("X-RSU-API-REG-SECRET", c.CallerSecret.Reveal())
	}
	r.URL.RawQuery = q.Encode()
}

// account is the opened connector.
type account struct {
	cfg  Config
	host connector.Host
	api  *rest.Client
	// Users and participants are listed one after the other from the same pages.
	ahead   resource.Ahead
	entries *resource.Resource[entry]
	rosters map[string]*resource.Index // by event, of names
}

var _ connector.Connector = (*account)(nil)

// Close lets go of idle connections.
func (a *account) Close() error {
	a.api.Close()
	return nil
}

// Collections returns what RunSignup holds, what others refer to first.
func (a *account) Collections() []connector.Collection {
	return []connector.Collection{a.users().Offer(), a.races().Offer(), a.events().Offer(), a.entries.Offer()}
}

// spec is how values are made canonical, in both directions.
func (a *account) spec(t record.Types) func() value.Spec {
	return func() value.Spec {
		return value.Spec{Types: t, Options: value.Options{Region: a.cfg.Region, Today: a.host.Now().UTC().Format(time.DateOnly)}}
	}
}

// Check asks whose key it is, and looks for all that the settings name. The fingerprint
// is the host and whose key it is.
func (a *account) Check(ctx context.Context) (string, error) {
	var owner struct {
		Type string `json:"entity_type"`
		ID   int64  `json:"entity_specific_id"`
	}
	if _, err := a.api.Do(ctx, rest.Call{Op: "check", Path: "/v2/auth-info/entity-info.json", Into: &owner}); err != nil {
		return "", err
	}
	if owner.Type == "" || owner.ID == 0 {
		return "", wrong(connector.Drifted, "check", "a key that is nobody's", "")
	}
	var missing []string
	for _, link := range a.cfg.Races {
		lacks, err := a.lacks(ctx, link)
		if err != nil {
			return "", err
		}
		missing = append(missing, lacks...)
	}
	if len(missing) > 0 {
		return "", wrong(connector.Drifted, "check", strings.Join(missing, "; ")+": correct systems.runsignup.races in the settings", "")
	}
	at := a.api.Base()
	return fmt.Sprintf("%s %s %s %d", System, strings.ToLower(at.Hostname()), owner.Type, owner.ID), nil
}

// wrong is an error that no answer brought.
func wrong(class connector.Class, op, why string, field record.Field) *connector.Error {
	return &connector.Error{Class: class, System: System, Op: op, Why: why, Field: field}
}
