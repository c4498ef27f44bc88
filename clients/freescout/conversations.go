package freescout

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/activity"
	"github.com/touchline-sync/touchline/sync/value"
)

// Conversations is the place of what was said, of which only that it was is read.
const Conversations = "conversations"

// statuses are those of conversations that count. FreeScout shows active ones alone
// when it is not asked for the others, too; spam is none.
var statuses = []string{"active", "pending", "closed"}

// together asks for all that count.
var together = strings.Join(statuses, ",")

// talk is what is read of a conversation. It has no place for what was said: threads and
// the preview are not even decoded (docs/systems/freescout.md, "Conversations").
type talk struct {
	ID       mapping.Value               `json:"id"`
	Status   string                      `json:"status"`
	State    string                      `json:"state"`
	Type     mapping.Value               `json:"type"`
	Subject  mapping.Value               `json:"subject"`
	Created  mapping.Value               `json:"createdAt"`
	Updated  string                      `json:"updatedAt"`
	Customer *struct{ ID mapping.Value } `json:"customer"`

	number, link mapping.Value // of the customer; where it can be read
}

// talks ties a conversation to what took place. It is read only.
var talks = mapping.Table[talk]{
	mapping.Text(activity.Customer, func(t *talk) *mapping.Value { return &t.number }),
	mapping.Text(activity.Channel, func(t *talk) *mapping.Value { return &t.Type }),
	mapping.Text(activity.Subject, func(t *talk) *mapping.Value { return &t.Subject }),
	mapping.Text(activity.Link, func(t *talk) *mapping.Value { return &t.link }),
	mapping.Text(activity.HappenedOn, func(t *talk) *mapping.Value { return &t.Created }),
}.ReadOnly()

// conversations are which conversations there are. They are listed in the order in which
// they began, which nothing moves; what has changed since, latest change first.
func (d *desk) conversations() *resource.Resource[talk] {
	return &resource.Resource[talk]{
		System:     System,
		Collection: connector.Collection{Kind: activity.Kind, Place: Conversations, View: "all", Complete: true},
		Table:      talks, Reading: func() value.Spec { return value.Spec{Types: activity.Types} },
		IDKey: "id", NumberIDs: true, Requires: []string{"createdAt"}, Check: d.settle, Changed: (*talk).changed,
		Calls: resource.Calls[talk]{
			Get: d.talk,
			Paged: &resource.Paged{
				Orders: 1,
				Page:   func(ctx context.Context, _, n int) (resource.Rows, error) { return d.talks(ctx, "createdAt", "asc", n) },
				Since: &resource.Since{
					Overlap: 10 * time.Minute, Now: d.host.Now,
					Latest: func(ctx context.Context, n int) (resource.Rows, error) { return d.talks(ctx, "updatedAt", "desc", n) },
				},
			},
		},
	}
}

// settle completes a conversation.
func (d *desk) settle(t *talk) (why string) {
	t.link, t.number = mapping.Of(d.cfg.BaseURL+"/conversation/"+t.ID.Text), mapping.Of("")
	if t.Customer != nil {
		t.number = t.Customer.ID
	}
	return ""
}

// changed is when a conversation was changed last, zero where it does not say.
func (t *talk) changed() time.Time {
	at, _ := time.Parse(time.RFC3339, t.Updated)
	return at
}

// counts reports whether a conversation is one that is listed.
func (t *talk) counts() bool { return t.State == "published" && slices.Contains(statuses, t.Status) }

// talks returns a page of the conversations.
func (d *desk) talks(ctx context.Context, field, order string, n int) (resource.Rows, error) {
	if err := d.several.Do(ctx, d.severalAtOnce); err != nil {
		return resource.Rows{}, err
	}
	rows, err := d.page(ctx, "list", Conversations, n, d.cfg.page, url.Values{
		"status": {together}, "state": {"published"}, "sortField": {field}, "sortOrder": {order},
	})
	for _, raw := range rows.Records {
		var t talk // a fault of it is told when it is read
		if json.Unmarshal(raw, &t) == nil && !t.counts() {
			rows.Evidence.Contradiction = "conversations were shown that were filtered out"
		}
	}
	return rows, err
}

// talk fetches one conversation. A draft, what is in the bin and spam are not there.
func (d *desk) talk(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error) {
	op += " conversation"
	raw, err := d.api.Fetch(ctx, rest.Call{Op: op, Path: "/api/conversations/" + string(id)})
	var t talk
	if err == nil && json.Unmarshal(raw, &t) == nil && t.ID.Text == string(id) && !t.counts() {
		return nil, d.api.Fault(connector.NotFound, op, "not among those that count", "")
	}
	return raw, err
}

// errSomeHidden says that the filter on several statuses does not show them all.
var errSomeHidden = errors.New("asked for conversations in several statuses at once it shows fewer than asked for each by itself")

// severalAtOnce makes sure that FreeScout takes several statuses in one question, which
// its documentation does not say: else closed conversations would seem not to be there.
// One may be moved while the four are asked, so that they are asked again.
func (d *desk) severalAtOnce(ctx context.Context) error {
	for range 2 {
		each, all := 0, 0 // all is what was counted last
		for _, status := range append(slices.Clone(statuses), together) {
			rows, err := d.page(ctx, "count", Conversations, 1, 1, url.Values{"status": {status}, "state": {"published"}})
			if err != nil {
				return err
			}
			each, all = each+all, rows.Evidence.Count
		}
		if all >= each {
			return nil
		}
	}
	e := d.api.Fault(connector.Drifted, "list conversations", errSomeHidden.Error(), "")
	e.Err = errSomeHidden
	return e
}
