// Package chatwoot connects ChatWoot, a helpdesk: persons as contacts, both
// ways, and which conversations there are, to be read only. What was said in a
// conversation never leaves the decoder (docs/systems/chatwoot.md, 2026-11, by
// the source of version 4.14.0).
//
// It deletes no contact and never takes one that carries another person's
// identifier. It decides nothing and tries nothing again.
package chatwoot

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/value"
)

// System is ChatWoot's name with us.
const System record.System = "chatwoot"

// The places.
const (
	Contacts      = "contacts"
	Conversations = "conversations"
)

// defaults of the settings. A server takes 3,000 requests a minute from one
// address (docs/systems/chatwoot.md, 2026-11).
var defaults = rest.Settings{BaseURL: "https://app.chatwoot.com", PerMinute: 3000, Timeout: 30 * time.Second}

// Config is the settings of an account.
type Config struct {
	rest.Settings `mapstructure:",squash"`

	AccountID int64 `mapstructure:"account_id"`
	// Token is a user's access token. Conversations are shown by permission, so
	// the user should be an administrator.
	Token connector.Secret `mapstructure:"token"`
	// WebhookSecret is what ChatWoot signs its calls with. Without it no call is
	// believed.
	WebhookSecret connector.Secret `mapstructure:"webhook_secret"`
	// Region is the country of phones without a country's code, ISO 3166-1
	// alpha-2. ChatWoot itself asks for the code; without a region others are
	// unreadable.
	Region string `mapstructure:"region"`

	transport http.RoundTripper // for tests
}

var _ connector.Config = Config{}

// Validate returns all faults of the settings, joined.
func (c Config) Validate() error {
	faults := rest.NewFaults(System, c.Or(defaults))
	if c.AccountID <= 0 {
		faults.Add("account_id is missing or not a number above 0")
	}
	if c.Token == "" {
		faults.Add("token is missing")
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
	c.Settings = c.Or(defaults)
	a := &account{cfg: c, host: h}
	client, err := rest.New(rest.Config{
		Settings: c.Settings, System: System, Host: h,
		// nginx drops headers with an underscore, such as api_access_token,
		// where nobody has told it otherwise; this form always arrives
		// (docs/systems/chatwoot.md).
		Authorize: func(r *http.Request) { r.Header.Set("Api-Access-Token", c.Token.Reveal()) },
		Judge:     a.judge,
		Transport: c.transport,
	})
	if err != nil {
		return nil, err
	}
	a.api = client
	return a, nil
}

// account is the opened connector.
type account struct {
	cfg  Config
	host connector.Host
	api  *rest.Client
}

var (
	_ connector.Connector       = (*account)(nil)
	_ connector.WebhookReceiver = (*account)(nil)
)

// Close lets go of idle connections.
func (a *account) Close() error {
	a.api.Close()
	return nil
}

// Collections returns the contacts and the conversations.
func (a *account) Collections() []connector.Collection {
	return []connector.Collection{a.persons().Offer(), a.conversations().Offer()}
}

// scope tells the accounts of one server apart.
func (a *account) scope() string { return strconv.FormatInt(a.cfg.AccountID, 10) }

// Check reads the token's user, who must be a member of the account. The
// fingerprint is host and account.
func (a *account) Check(ctx context.Context) (string, error) {
	user, err := a.member(ctx, "check")
	if err != nil {
		return "", err
	}
	if user.Role != "administrator" {
		a.host.Log().WarnContext(ctx, "the token's user is no administrator: conversations of other inboxes are not shown")
	}
	at := a.api.Base()
	return fmt.Sprintf("%s %s %d", System, strings.ToLower(at.Hostname()+at.Path), a.cfg.AccountID), nil
}

// path is a path below the account.
func (a *account) path(format string, args ...any) string {
	return fmt.Sprintf("/api/v1/accounts/%d", a.cfg.AccountID) + fmt.Sprintf(format, args...)
}
