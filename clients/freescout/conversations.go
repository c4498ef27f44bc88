package freescout

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
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

// talk is what is read of a conversation. It has no place for what was said: threads and
// the preview are not even decoded (docs/systems/freescout.md, "Conversations").
type talk struct {
	ID       mapping.Value `json:"id"`
	Status   string        `json:"status"`
	State    string        `json:"state"`
	Type     mapping.Value `json:"type"`
	Subject  mapping.Value `json:"subject"`
	Created  mapping.Value `json:"createdAt"`
	Updated  string        `json:"updatedAt"`
	Customer *struct {
		ID mapping.Value `json:"id"`
	} `json:"customer"`

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
		IDKey: "id", Requires: []string{"createdAt"}, Check: d.settle,
		Calls: resource.Calls[talk]{
			Get: d.talk,
			Paged: &resource.Paged{
				Size: cmp.Or(d.cfg.page, perPage), Orders: 1,
				Page: func(ctx context.Context, _, n int) (resource.Rows, error) { return d.talks(ctx, "createdAt", "asc", n) },
				Since: &resource.Since{
					Overlap: 10 * time.Minute, Now: func() time.Time { return d.host.Now() },
					Latest: func(ctx context.Context, n int) (resource.Rows, error) { return d.talks(ctx, "updatedAt", "desc", n) },
				},
			},
		},
	}
}

// settle completes a conversation, and says why what came is none.
func (d *desk) settle(t *talk) (why string) {
	if n, err := strconv.ParseInt(t.ID.Text, 10, 64); err != nil || n <= 0 {
		return "unexpected form"
	}
	t.link, t.number = mapping.Of(strings.TrimRight(d.cfg.BaseURL, "/")+"/conversation/"+t.ID.Text), mapping.Of("")
	if t.Customer != nil {
		t.number = t.Customer.ID
	}
	return ""
}

// counts reports whether a conversation is one that is listed.
func (t *talk) counts() bool { return t.State == "published" && slices.Contains(statuses, t.Status) }

// talks returns a page of the conversations.
func (d *desk) talks(ctx context.Context, field, order string, n int) (resource.Rows, error) {
	const op = "list conversations"
	if n == 1 {
		if err := d.severalAtOnce(ctx); err != nil {
			return resource.Rows{}, err
		}
	}
	var answer struct {
		Embedded struct {
			Conversations *[]json.RawMessage `json:"conversations"`
		} `json:"_embedded"`
		Page paging `json:"page"`
	}
	got, err := d.api.Do(ctx, rest.Call{Op: op, Path: "/api/conversations", Into: &answer, Query: url.Values{
		"status": {strings.Join(statuses, ",")}, "state": {"published"}, "sortField": {field}, "sortOrder": {order},
		"page": {strconv.Itoa(n)}, "pageSize": {strconv.Itoa(cmp.Or(d.cfg.page, perPage))},
	}})
	if err != nil {
		return resource.Rows{}, err
	}
	if answer.Embedded.Conversations == nil || answer.Page.Total == nil || answer.Page.Number != n {
		return resource.Rows{}, wrong(connector.Drifted, op, "an answer without this page, or the number of conversations", "")
	}
	rows := resource.Rows{Records: *answer.Embedded.Conversations, Evidence: connector.Evidence{
		SignedIn: true, Filters: true, Stated: true, Count: *answer.Page.Total,
	}}
	rows.Clock, _ = http.ParseTime(got.Header.Get("Date"))
	for _, raw := range rows.Records {
		var t talk
		if json.Unmarshal(raw, &t) != nil {
			continue // its fault is told when it is read
		}
		if !t.counts() {
			rows.Evidence.Contradiction = "conversations were shown that were filtered out"
		}
		if at, err := time.Parse(time.RFC3339, t.Updated); err == nil {
			rows.Oldest = at
		}
	}
	return rows, nil
}

// talk fetches one conversation. A draft, what is in the bin and spam are not there.
func (d *desk) talk(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error) {
	op += " conversation"
	if n, err := strconv.ParseInt(string(id), 10, 64); err != nil || n <= 0 {
		return nil, wrong(connector.NotFound, op, "not an id", "")
	}
	var raw json.RawMessage
	if _, err := d.api.Do(ctx, rest.Call{Op: op, Path: "/api/conversations/" + string(id), Into: &raw}); err != nil {
		return nil, err
	}
	var t talk
	switch {
	case json.Unmarshal(raw, &t) != nil || t.ID.Text != string(id):
		return nil, wrong(connector.Drifted, op, "another conversation has answered, or none", "")
	case !t.counts():
		return nil, wrong(connector.NotFound, op, "not among those that count", "")
	}
	return raw, nil
}

// errSomeHidden says that the filter on several statuses does not show them all.
var errSomeHidden = errors.New("asked for conversations in several statuses at once it shows fewer than asked for each by itself")

// severalAtOnce makes sure, once, that FreeScout takes several statuses in one question,
// which its documentation does not say: else closed conversations would seem not to be
// there. One may be moved while the four are asked, so that they are asked again.
func (d *desk) severalAtOnce(ctx context.Context) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for range 2 {
		if d.several {
			return nil
		}
		each := 0
		for _, s := range statuses {
			n, err := d.howMany(ctx, s)
			if err != nil {
				return err
			}
			each += n
		}
		all, err := d.howMany(ctx, strings.Join(statuses, ","))
		if err != nil {
			return err
		}
		d.several = all >= each
	}
	if d.several {
		return nil
	}
	e := wrong(connector.Drifted, "list conversations", errSomeHidden.Error(), "")
	e.Err = errSomeHidden
	return e
}

// howMany is how many conversations FreeScout counts with a filter on the status.
func (d *desk) howMany(ctx context.Context, status string) (int, error) {
	const op = "count conversations"
	var answer struct {
		Page paging `json:"page"`
	}
	_, err := d.api.Do(ctx, rest.Call{Op: op, Path: "/api/conversations", Into: &answer, Query: url.Values{
		"status": {status}, "state": {"published"}, "page": {"1"}, "pageSize": {"1"},
	}})
	if err == nil && answer.Page.Total == nil {
		err = wrong(connector.Drifted, op, fmt.Sprintf("an answer without the number of %s conversations", status), "")
	}
	if err != nil {
		return 0, err
	}
	return *answer.Page.Total, nil
}
