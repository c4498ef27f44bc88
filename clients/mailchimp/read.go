package mailchimp

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// How a listing is paged: by number while it moves, so that a contact may slide over
// the gap (docs/systems/mailchimp.md, "Gotchas").
const (
	overlap = 50
	behind  = 2 * time.Minute
)

// listed are the fields that a listing asks for.
var listed = strings.Join([]string{
	"list_id", "total_items", "members.contact_id", "members.list_id", "members.email_address", "members.status",
	"members.language", "members.merge_fields", "members.tags", "members.tags_count", "members.last_changed",
}, ",")

// pages lists members, longest unchanged first: of one status, or in all but archived.
func (a *audience) pages(status string) resource.Numbered[contact] {
	size := a.cfg.pageSize()
	fetch := func(ctx context.Context, op string, offset int, since time.Time) ([]json.RawMessage, int, error) {
		query := url.Values{
			"count": {strconv.Itoa(size)}, "offset": {strconv.Itoa(offset)}, "fields": {listed},
			"sort_field": {"last_changed"}, "sort_dir": {"ASC"},
		}
		if status != "" {
			query.Set("status", status)
		}
		if !since.IsZero() {
			query.Set("since_last_changed", since.UTC().Format(time.RFC3339))
		}
		return a.members(ctx, op, query)
	}
	return resource.Numbered[contact]{Resource: a.contacts, Size: size, Overlap: overlap, Behind: behind, Fetch: fetch}
}

// members is a page of members, and how many there are in all.
func (a *audience) members(ctx context.Context, op string, query url.Values) ([]json.RawMessage, int, error) {
	var answer struct {
		Members *[]json.RawMessage `json:"members"`
		Total   *int               `json:"total_items"`
	}
	err := a.do(ctx, rest.Call{Op: op, Path: a.path("/members"), Query: query, Into: &answer, Timeout: longTimeout, Judge: noList})
	switch {
	case err != nil:
		return nil, 0, err
	case answer.Members == nil || answer.Total == nil:
		return nil, 0, wrong(connector.Drifted, op, "an answer without members or their number", "")
	}
	return *answer.Members, *answer.Total, nil
}

// doubtful are the hashes of the addresses of who is archived, and whether the contact
// may have opted out before: one that cannot be read may have. It asks for what has
// changed, and how many there are. To archive by hand need not move last_changed
// (docs/systems/mailchimp.md, "Gotchas"): when there are more or fewer than are known,
// or a minute has passed, it reads all.
func (a *audience) doubtful(ctx context.Context) (map[string]bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for range 2 {
		whole := false
		err := a.shelf.Update(ctx, a.host.Now(), func() { whole, a.doubt = true, map[string]bool{} }, func(raw json.RawMessage) {
			_, c, fault := a.contacts.Decode(raw)
			a.doubt[hash(read(raw).Email.Text)] = fault != nil || c.mayHaveOptedOut()
		})
		if err != nil {
			return nil, err
		}
		if whole {
			break
		}
		_, total, err := a.members(ctx, "count the archive", url.Values{"status": {archived}, "count": {"1"}, "fields": {"total_items,members.id"}})
		if err != nil {
			return nil, err
		}
		if total == len(a.doubt) {
			break
		}
		a.shelf.Forget()
	}
	return maps.Clone(a.doubt), nil
}

// fetch reads one contact in any status, by its contact_id or hash, with all tags.
func (a *audience) fetch(ctx context.Context, op, id string) (json.RawMessage, error) {
	var raw json.RawMessage
	if err := a.do(ctx, rest.Call{Op: op, Path: a.of(id), Into: &raw}); err != nil {
		return nil, err
	}
	return a.whole(ctx, op, raw)
}

// get fetches one contact. One that is archived is gone: archiving is how this
// system deletes.
func (a *audience) get(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error) {
	raw, err := a.fetch(ctx, op, string(id))
	if err == nil && read(raw).Status.Text == archived {
		return nil, wrong(connector.NotFound, op, "archived", "")
	}
	return raw, err
}

// search looks a contact up by its address.
func (a *audience) search(ctx context.Context, op string, want record.Fields) ([]json.RawMessage, error) {
	address := mailbox(want[eventperson.Email])
	if !validAddress(address) {
		return nil, wrong(connector.Rejected, op, "not an address", eventperson.Email)
	}
	raw, err := a.get(ctx, op, record.ExternalID(hash(address)))
	if err != nil {
		return nil, err
	}
	return []json.RawMessage{raw}, nil
}

// read is a contact as it came, as far as it can be read. What is wrong with it is told
// when the kit reads it.
func read(raw json.RawMessage) (c contact) {
	_ = json.Unmarshal(raw, &c)
	return c
}
