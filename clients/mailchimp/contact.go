package mailchimp

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/value"
)

// The statuses of a contact (docs/systems/mailchimp.md, "Calls", 2026-11).
const (
	subscribed    = "subscribed"
	unsubscribed  = "unsubscribed"
	cleaned       = "cleaned" // its address does not take mail
	pending       = "pending" // has not confirmed yet
	transactional = "transactional"
	archived      = "archived"
)

// contact is what is mapped of a member, both ways.
type contact struct {
	Email       mapping.Value  `json:"email_address,omitzero"`
	Status      mapping.Value  `json:"status,omitzero"`
	StatusIfNew mapping.Value  `json:"status_if_new,omitzero"`
	Language    mapping.Value  `json:"language,omitzero"`
	Merge       resource.Named `json:"merge_fields,omitzero"`
	Ours        mapping.Value  `json:"-"` // the memberships: see tags.go

	// What is only read.
	ContactID string `json:"contact_id,omitempty"`
	List      string `json:"list_id,omitempty"`
	Tags      *[]tag `json:"tags,omitempty"`
	TagsCount int    `json:"tags_count,omitempty"`
	Changed   string `json:"last_changed,omitempty"` // RFC 3339, always in UTC

	raw    json.RawMessage
	status string // as it stands, also where it says nothing of a consent
}

// UnmarshalJSON reads a contact and keeps it as it came.
func (c *contact) UnmarshalJSON(b []byte) error {
	type plain contact
	c.raw = bytes.Clone(b)
	return json.Unmarshal(b, (*plain)(c))
}

// complete has a contact that is made say of all that is ours what it is, also where that
// is nothing: one that comes back from the archive has what it had, and may have been
// another person's.
func (c *contact) complete() {
	for tag := range columns {
		if v := c.Merge.At(tag); !v.Set {
			*v = mapping.Of("")
		}
	}
	if !c.Ours.Set {
		c.Ours = mapping.Of("")
	}
}

// empty reports whether nothing is to be sent but tags.
func (c *contact) empty() bool {
	return !c.Email.Set && !c.Status.Set && !c.Language.Set && c.Merge.IsZero()
}

// changedAt is when a contact was changed last, by MailChimp's clock.
func (c *contact) changedAt() time.Time {
	at, _ := time.Parse(time.RFC3339, c.Changed)
	return at
}

// newAudience makes the connector of what Open has.
func newAudience(cfg Config, api *rest.Client, h connector.Host) *audience {
	a := &audience{cfg: cfg, api: api, host: h}
	a.contacts = &resource.Resource[contact]{
		System: System,
		Collection: connector.Collection{
			Kind: eventperson.Kind, Place: "audience", View: "members", Scope: cfg.ListID, Complete: true, IdempotentCreate: true,
			Required: []record.Field{eventperson.Email, eventperson.ID}, Unique: []record.Field{eventperson.Email},
			Parallel: cfg.settings().Parallel, Deadline: longTimeout + cfg.settings().Timeout, Batch: batch,
		},
		Table: table, Reading: a.spec, Sending: a.spec,
		IDKey: "contact_id", Key: []record.Field{eventperson.ID, eventperson.Email}, Check: a.check,
		Refuses: a.refuses, Holds: holds, Changed: (*contact).changedAt, Overlaps: true, WritesOver: eventperson.Email,
		Columns: columns, Mine: mine, Another: another, Moves: true,
		Calls: resource.Calls[contact]{
			Get: a.get, Search: a.search, Create: a.create, Update: a.update, Delete: a.delete, Erase: a.erase, Many: a.addMany,
		},
	}
	a.contacts.Page = a.pages("").Page
	a.shelf = resource.Recall{Page: a.pages(archived).Page, Age: leftAge}
	return a
}

// mine reports whether a contact is the person's: one that is tied to nobody is free.
var mine = resource.Free(eventperson.ID)

// another reports whether a contact is not the one that a patch means: it is somebody
// else's, or is to let go of its address, and has opted out unknown to us: it would be
// made anew without that.
func another(p connector.Patch, have record.Fields) bool {
	address, moves := p.Set[eventperson.Email]
	unknown := moves && address == "" && have[eventperson.Consent] == eventperson.OptedOut && p.Was[eventperson.Consent] != eventperson.OptedOut
	return unknown || p.Key[eventperson.ID] != "" && !mine(p.Key, have)
}

// spec is how values are made canonical, in both directions. A contact has no
// date that could be too late.
func (a *audience) spec() value.Spec {
	return value.Spec{Types: eventperson.Types, Options: value.Options{Region: a.cfg.Region}}
}

// check completes a contact. Who is pending or archived has no consent that is
// known, and of one with more tags than are shown the memberships are not.
func (a *audience) check(c *contact) string {
	switch {
	case c.List != "" && c.List != a.cfg.ListID:
		return "a contact of another list"
	case mailbox(c.Email.Text) == "" || c.Merge == nil || c.Tags == nil:
		return "not all of a contact"
	}
	if c.status = c.Status.Text; c.status == pending || c.status == archived {
		c.Status = mapping.Value{}
	}
	if c.TagsCount <= len(*c.Tags) {
		c.Ours = ours(*c.Tags)
	}
	return ""
}

// statusIfNew is the status of a contact that is not there yet. On a list that
// asks for confirmation, subscribed would pass the question over without a word
// (docs/systems/mailchimp.md, "Upsert rules").
func statusIfNew(wanted string, doubleOptIn bool) string {
	switch {
	case optedOut(wanted):
		return unsubscribed
	case wanted == pending, wanted == subscribed && doubleOptIn:
		return pending
	case wanted == subscribed:
		return subscribed
	}
	return transactional
}

// newStatus is the status to send to a contact that has one already; empty: leave
// it as it stands. Only a stated change goes out: transactional is none, cleaned is
// MailChimp's own finding, and who has opted out or bounced there is never
// subscribed again.
func newStatus(wanted, there string, doubleOptIn bool) string {
	switch {
	case optedOut(there):
		return ""
	case wanted == unsubscribed:
		return unsubscribed
	case wanted == subscribed && there == transactional:
		return statusIfNew(wanted, doubleOptIn)
	}
	return ""
}

// optedOut reports whether a status must be left as it is.
func optedOut(status string) bool { return status == unsubscribed || status == cleaned }
