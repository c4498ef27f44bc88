package mailchimp

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
)

// settingsAge is how long what is known of the list's settings is believed: an
// operator may ask for confirmations from one day to the next.
const settingsAge = time.Hour

// leftAge is the same for that nobody has unsubscribed from the list, and for who is
// archived.
const leftAge = time.Minute

// setup is what must be known of the list before anything is written.
type setup struct {
	doubleOptIn bool
	phone       bool   // there is a field that takes an international number
	left        bool   // somebody has unsubscribed from the list, ever
	faults      string // of the merge fields
	at          time.Time
}

// fit leaves out of a contact what the list has no place for.
func (s setup) fit(c *contact) {
	if !s.phone {
		delete(c.Merge, phoneTag)
	}
}

// Check reads the list and its merge fields, and returns the data centre and
// the list's id. The list proves the key as GET /ping would. Every mapped merge
// field but PHONE must be there in a fitting form: MailChimp drops one that it
// does not know without a word (docs/systems/mailchimp.md, "Upsert rules",
// 2026-11).
func (a *audience) Check(ctx context.Context) (string, error) {
	now, err := a.ask(ctx, 0)
	if err != nil {
		return "", err
	}
	if now.faults != "" {
		return "", wrong(connector.Drifted, "check", "merge fields: "+now.faults, "")
	}
	return a.cfg.dataCentre() + "/" + a.cfg.ListID, nil
}

// settings are those of the list, asked for when they are not known or old.
func (a *audience) settings(ctx context.Context) (setup, error) { return a.ask(ctx, settingsAge) }

// ask returns the settings, as they were not longer ago than an age.
func (a *audience) ask(ctx context.Context, age time.Duration) (setup, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known != nil && a.host.Now().Sub(a.known.at) < age {
		return *a.known, nil
	}
	var list struct {
		ID          string `json:"id"`
		DoubleOptIn *bool  `json:"double_optin"`
		Stats       struct {
			Left *string `json:"last_unsub_date"`
		} `json:"stats"`
	}
	err := a.do(ctx, rest.Call{
		Op: "read the list", Path: a.path(""), Query: url.Values{"fields": {"id,double_optin,stats.last_unsub_date"}}, Into: &list, Judge: noList,
	})
	if err != nil {
		return setup{}, err
	}
	if list.ID != a.cfg.ListID || list.DoubleOptIn == nil {
		return setup{}, wrong(connector.Drifted, "read the list", "an answer without this list", "")
	}
	var answer struct {
		Fields *[]struct {
			Tag     string `json:"tag"`
			Type    string `json:"type"`
			Options struct {
				Phone string `json:"phone_format"`
			} `json:"options"`
		} `json:"merge_fields"`
	}
	err = a.do(ctx, rest.Call{
		Op: "read the merge fields", Path: a.path("/merge-fields"),
		Query: url.Values{"count": {"1000"}, "fields": {"merge_fields.tag,merge_fields.type,merge_fields.options"}}, Into: &answer, Judge: noList,
	})
	if err != nil {
		return setup{}, err
	}
	if answer.Fields == nil {
		return setup{}, wrong(connector.Drifted, "read the merge fields", "an answer without merge fields", "")
	}
	now := setup{doubleOptIn: *list.DoubleOptIn, left: list.Stats.Left == nil || *list.Stats.Left != "", at: a.host.Now()}
	types := map[string]string{}
	for _, f := range *answer.Fields {
		types[f.Tag] = f.Type
		if f.Tag == phoneTag {
			// The American form would refuse numbers of all other countries.
			now.phone = slices.Contains(columns[phoneTag].Types, f.Type) && f.Options.Phone != "US"
		}
	}
	now.faults = columns.Why(columns.Lack(types))
	a.known = &now
	return now, nil
}

// noList is judge for calls to the list itself: what is not found is the list
// in the settings.
func noList(status int, body []byte) *connector.Error {
	if status == http.StatusNotFound {
		return &connector.Error{Class: connector.Drifted, Why: "the account has no list with the id in the settings"}
	}
	return judge(status, body)
}
