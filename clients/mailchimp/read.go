package mailchimp

import (
	"context"
	"encoding/json"
	"net/url"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// overlap is how many contacts of a page are asked for again with the next one:
// the list is paged by number while it moves, so that a contact may slide over
// the gap (docs/systems/mailchimp.md, "Gotchas").
const overlap = 50

// listed are the fields that a listing asks for.
var listed = strings.Join([]string{
	"list_id", "total_items", "members.contact_id", "members.list_id", "members.email_address", "members.status",
	"members.language", "members.merge_fields", "members.tags", "members.tags_count",
}, ",")

// list returns a page of the contacts in all statuses but archived, longest unchanged
// first. The cursor is a number of contacts.
func (a *audience) list(ctx context.Context, at connector.Cursor) (resource.Rows, error) {
	offset, err := strconv.Atoi(string(at))
	if at != "" && (err != nil || offset < 0) {
		return resource.Rows{}, wrong(connector.Drifted, "list", "a cursor that is not ours", "")
	}
	var answer struct {
		Members *[]json.RawMessage `json:"members"`
		Total   *int               `json:"total_items"`
	}
	size := a.cfg.pageSize()
	err = a.do(ctx, rest.Call{
		Op: "list", Path: a.path("/members"), Into: &answer, Timeout: longTimeout, Judge: noList,
		Query: url.Values{
			"count": {strconv.Itoa(size)}, "offset": {strconv.Itoa(offset)}, "fields": {listed},
			"sort_field": {"last_changed"}, "sort_dir": {"ASC"},
		},
	})
	switch {
	case err != nil:
		return resource.Rows{}, err
	case answer.Members == nil || answer.Total == nil:
		return resource.Rows{}, wrong(connector.Drifted, "list", "an answer without members or their number", "")
	}
	got := len(*answer.Members)
	rows := resource.Rows{Records: *answer.Members, Evidence: connector.Evidence{
		SignedIn: true, Filters: true, End: offset+got >= *answer.Total, Stated: true, Count: *answer.Total,
	}}
	switch {
	case rows.Evidence.End:
	case got == 0:
		return resource.Rows{}, wrong(connector.Drifted, "list", "an empty page before the end", "")
	default:
		rows.Next = connector.Cursor(strconv.Itoa(offset + max(1, got-min(overlap, size/2))))
	}
	return rows, nil
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
	if err == nil && statusOf(raw) == archived {
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

func statusOf(raw json.RawMessage) string {
	var c contact
	_ = json.Unmarshal(raw, &c)
	return c.Status.Text
}
