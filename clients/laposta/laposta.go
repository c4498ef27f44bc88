// Package laposta connects Laposta, a newsletter service: up to four lists of
// one account, each a place of its own for the same kind, club.subscriber.
//
// It never makes anybody active again who has opted out or bounced, and it
// never overwrites an entry that is somebody else's. It does not decide who
// belongs on a list; that is derived elsewhere.
package laposta

import (
	"context"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// System is Laposta's name with us.
const System record.System = "laposta"

// defaults of the settings. An account without payment may make 30 calls a
// minute, a paid one 120 (docs/systems/laposta.md, "Limits", 2026-04).
var defaults = rest.Settings{BaseURL: "https://api.laposta.nl", PerMinute: 30}

// batch is how many subscribers go into one bulk call. The API takes 500,000;
// fewer keep a lost answer cheap.
const batch = 500

// Config is the settings of an account.
type Config struct {
	rest.Settings `mapstructure:",squash"`

	APIKey connector.Secret `mapstructure:"api_key"`
	// Lists are the ids of one to four lists: the places list-1 to list-4.
	Lists []string `mapstructure:"lists"`
	// IP is the address that Laposta asks for with every new subscriber. There
	// is no default: it stands for the consent.
	IP string `mapstructure:"ip"`
	// SourceURL says where a subscriber came from. It may be empty.
	SourceURL string `mapstructure:"source_url"`
	// Bulk lets new subscribers go in bulk, where the account may.
	Bulk bool `mapstructure:"bulk"`

	transport *rest.Recorder // for tests
}

var _ connector.Config = Config{}

// Validate returns all faults of the settings, joined.
func (c Config) Validate() error {
	faults := rest.NewFaults(System, c.Or(defaults))
	if c.APIKey == "" {
		faults.Add("api_key is missing")
	}
	if n := len(c.Lists); n < 1 || n > 4 {
		faults.Add("lists: %d ids, want one to four", n)
	}
	for i, id := range c.Lists {
		if id == "" || slices.Contains(c.Lists[:i], id) {
			faults.Add("lists: number %d is empty or there twice", i+1)
		}
		if strings.ContainsFunc(id, unicode.IsSpace) {
			faults.Add("lists: number %d has blanks; commas lie between ids", i+1)
		}
	}
	if _, err := netip.ParseAddr(c.IP); err != nil {
		faults.Add("ip is missing or not an address")
	}
	if u, err := url.Parse(c.SourceURL); c.SourceURL != "" && (err != nil || u.Host == "") {
		faults.Add("source_url is not an absolute URL")
	}
	return faults.Err()
}

// Open makes the connector without a call.
func (c Config) Open(h connector.Host) (connector.Connector, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	settings := rest.Config{
		Settings: c.Or(defaults),
		System:   System,
		Host:     h,
		// Basic auth with the key as user and no password
		// (docs/systems/laposta.md, "Connection").
		Authorize: basic(c.APIKey),
		Judge:     judge,
	}
	if c.transport != nil {
		settings.Transport = c.transport
	}
	client, err := rest.New(settings)
	if err != nil {
		return nil, err
	}
	return &account{cfg: c, api: client, now: h.Now}, nil
}

// account is the opened connector.
type account struct {
	cfg    Config
	api    *rest.Client
	now    func() time.Time
	noBulk atomic.Bool // the account may not; found out once
}

var _ connector.Connector = (*account)(nil)

// Close lets go of idle connections.
func (a *account) Close() error {
	a.api.Close()
	return nil
}

// Collections has one collection for each list.
func (a *account) Collections() []connector.Collection {
	all := make([]connector.Collection, 0, len(a.cfg.Lists))
	for i, id := range a.cfg.Lists {
		all = append(all, list{account: a, id: id, place: fmt.Sprintf("list-%d", i+1)}.resource().Offer())
	}
	return all
}

// list is one list of the account.
type list struct {
	*account
	id, place string
}

// op names an operation for errors.
func (l list) op(what string) string { return what + " " + l.place }

// wrong is an error of this list that no answer brought.
func (l list) wrong(class connector.Class, what, why string, field record.Field) *connector.Error {
	return &connector.Error{Class: class, System: System, Op: l.op(what), Why: why, Field: field}
}

// Check reads the lists and their fields, and returns the account's id. Every
// mapped field must be on every list in a fitting form: Laposta drops a field
// that it does not know without a word (docs/systems/laposta.md, 2026-04).
func (a *account) Check(ctx context.Context) (string, error) {
	found, err := a.lists(ctx)
	if err != nil {
		return "", err
	}
	var accountID string
	for i, id := range a.cfg.Lists {
		l := list{account: a, id: id, place: fmt.Sprintf("list-%d", i+1)}
		at := slices.IndexFunc(found, func(o listObject) bool { return o.ID == id })
		if at < 0 {
			return "", l.wrong(connector.Drifted, "check", "the account has no list with the id in the settings", "")
		}
		if accountID = found[at].AccountID; accountID == "" {
			return "", l.wrong(connector.Drifted, "check", "a list without an account", "")
		}
		if err := l.resource().CheckColumns(ctx); err != nil {
			return "", err
		}
	}
	return accountID, nil
}
