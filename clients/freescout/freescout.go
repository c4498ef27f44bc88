// Package freescout connects FreeScout, a helpdesk: members are its customers, and are
// only written, but for the number that FreeScout gives them; of conversations it is read
// that they took place (docs/systems/freescout.md).
//
// It deletes no customer, takes no address away from one, and writes to none that is
// another member's. It does not decide who is a customer.
package freescout

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/customer"
)

// System is FreeScout's name with us.
const System record.System = "freescout"

// Customers is the place of the members.
const Customers = "customers"

// defaults of the settings. FreeScout works on one machine of the club's own.
var defaults = rest.Settings{Timeout: 30 * time.Second}

// perPage is how many records are asked for at once.
const perPage = 100

// Config is the settings of an installation.
type Config struct {
	// BaseURL is the address of FreeScout itself, before "/api".
	rest.Settings `mapstructure:",squash"`

	APIKey connector.Secret `mapstructure:"api_key"`
	// WebhookSecret is the secret key of Manage, API & Webhooks; without it no call to the
	// hook is believed.
	WebhookSecret connector.Secret `mapstructure:"webhook_secret"`
	// The numbers of the customer fields, of the CRM module. 0: the field is not
	// written. Without that of the relation code nobody could tell whose a customer is.
	FieldPublicPersonID int `mapstructure:"field_public_person_id"`
	FieldUnionTeams     int `mapstructure:"field_union_teams"`
	FieldMemberSince    int `mapstructure:"field_member_since"`
	FieldRelationEnd    int `mapstructure:"field_relation_end"`

	page      int               // for tests; 0 is perPage
	transport http.RoundTripper // for tests
}

var _ connector.Config = Config{}

// numbers are the customer fields by what they hold.
func (c Config) numbers() map[record.Field]int {
	return map[record.Field]int{
		customer.RelationCode: c.FieldPublicPersonID, customer.Teams: c.FieldUnionTeams,
		customer.MemberSince: c.FieldMemberSince, customer.MemberUntil: c.FieldRelationEnd,
	}
}

// Validate returns all faults of the settings, joined.
func (c Config) Validate() error {
	faults := rest.NewFaults(System, c.Or(defaults))
	if c.APIKey == "" {
		faults.Add("api_key is missing: FreeScout shows it under Manage, API & Webhooks")
	}
	if c.FieldPublicPersonID <= 0 {
		faults.Add("field_public_person_id is missing: it is the number of the customer field for the relation code (Manage, CRM)")
	}
	seen := map[int]bool{}
	for _, n := range c.numbers() {
		if n < 0 || n > 0 && seen[n] {
			faults.Add("the numbers of the customer fields must be above 0 and differ; 0 is a field that is not written")
			break
		}
		seen[n] = true
	}
	return faults.Err()
}

// Open makes the connector without a call.
func (c Config) Open(h connector.Host) (connector.Connector, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	c.Settings, c.page = c.Or(defaults), cmp.Or(c.page, perPage)
	client, err := rest.New(rest.Config{
		Settings: c.Settings, System: System, Host: h, Judge: judge, Transport: c.transport,
		Authorize: func(r *http.Request) { r.Header.Set("X-Freescout-Api-Key", c.APIKey.Reveal()) },
	})
	if err != nil {
		return nil, err
	}
	d := &desk{cfg: c, host: h, api: client}
	d.customers, d.said = d.resource(), d.conversations()
	return d, nil
}

// desk is the opened connector.
type desk struct {
	cfg       Config
	host      connector.Host
	api       *rest.Client
	customers *resource.Resource[contact]
	said      *resource.Resource[talk]
	several   resource.Once // statuses can be asked for at once
}

var _ connector.WebhookReceiver = (*desk)(nil)

// Close lets go of idle connections.
func (d *desk) Close() error {
	d.api.Close()
	return nil
}

// Collections has the customers and the conversations. What a customer field holds is only written: whether a
// listing shows it is not known (docs/systems/freescout.md, "Customers").
func (d *desk) Collections() []connector.Collection {
	c := d.customers.Offer()
	c.Reads = []record.Field{customer.Email, customer.FirstName, customer.HelpdeskID, customer.LastName}
	return []connector.Collection{c, d.said.Offer()}
}

// Check reads the key's user, and asks for the routes of the CRM module. The
// fingerprint is the address.
func (d *desk) Check(ctx context.Context) (string, error) {
	var user struct{ ID int }
	if _, err := d.api.Do(ctx, rest.Call{Op: "check", Path: "/api/users/me", Into: &user}); err != nil {
		return "", err
	}
	if user.ID == 0 {
		return "", d.api.Fault(connector.Drifted, "check", "an answer without a user", "")
	}
	at := d.api.Base()
	return fmt.Sprintf("%s %s", System, strings.ToLower(at.Hostname()+at.Path)), d.ready(ctx)
}

// ready looks whether customers have fields, before anything is written: Laravel
// answers OPTIONS of a route that there is with its verbs, of any other with 404. What
// else it answers tells nothing, and the first write does.
func (d *desk) ready(ctx context.Context) error {
	_, err := d.api.Do(ctx, rest.Call{Op: "check", Method: http.MethodOptions, Path: "/api/customers/1/customer_fields"})
	switch {
	case errors.Is(err, errNoRoute):
		return d.noFields("check")
	case connector.ClassOf(err) == connector.Drifted:
		return nil
	}
	return err
}

// NoFields is the reason of a FreeScout without customer fields.
const NoFields = "CRM_MODULE_MISSING"

func (d *desk) noFields(op string) error {
	e := d.api.Fault(connector.Drifted, op, "FreeScout has no customer fields: install the CRM module and switch it on (Manage, Modules)", "")
	e.Reason, e.Unsent = NoFields, true
	return e
}
