package mailchimp

import (
	"context"
	"encoding/json"
	"maps"
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
	"members.language", "members.merge_fields", "members.tags", "members.tags_count", "members.last_changed",
}, ",")

// memberPage is a page of members as it is answered.
type memberPage struct {
	Members *[]json.RawMessage `json:"members"`
	Total   *int               `json:"total_items"`
}

// page fetches a page of members, longest unchanged first.
func (a *audience) page(ctx context.Context, op string, offset int, query url.Values) (p memberPage, err error) {
	for name, value := range map[string]string{
		"count": strconv.Itoa(a.cfg.pageSize()), "offset": strconv.Itoa(offset), "fields": listed, "sort_field": "last_changed", "sort_dir": "ASC",
	} {
		query.Set(name, value)
	}
	err = a.do(ctx, rest.Call{Op: op, Path: a.path("/members"), Into: &p, Timeout: longTimeout, Judge: noList, Query: query})
	if err == nil && (p.Members == nil || p.Total == nil) {
		err = wrong(connector.Drifted, op, "an answer without members or their number", "")
	}
	return p, err
}

// list returns a page of the contacts in all statuses but archived, or of those that
// have changed since the last listing.
func (a *audience) list(ctx context.Context, at connector.Cursor) (resource.Rows, error) {
	s, ok := parseSpan(at)
	if !ok {
		return resource.Rows{}, wrong(connector.Drifted, "list", "a cursor that is not ours", "")
	}
	p, err := a.page(ctx, "list", s.offset, s.query())
	if err != nil {
		return resource.Rows{}, err
	}
	got := len(*p.Members)
	rows := resource.Rows{Records: *p.Members, Evidence: connector.Evidence{
		SignedIn: true, Filters: true, End: s.offset+got >= *p.Total, Stated: s.since.IsZero(), Count: *p.Total,
	}}
	for _, raw := range *p.Members {
		var c contact
		_ = json.Unmarshal(raw, &c) // told when it is read
		s.saw(&c)
	}
	switch {
	case rows.Evidence.End:
		rows.Next = span{since: s.latest}.cursor()
	case got == 0:
		return resource.Rows{}, wrong(connector.Drifted, "list", "an empty page before the end", "")
	default:
		s.offset += a.step(got)
		rows.Next = s.cursor()
	}
	return rows, nil
}

// step is how far a page takes a listing on.
func (a *audience) step(got int) int { return max(1, got-min(overlap, a.cfg.pageSize()/2)) }

// doubtful are the hashes of the addresses whose contacts may have opted out before
// they were archived. It asks for what was archived since it asked last.
func (a *audience) doubtful(ctx context.Context, op string) (map[string]bool, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.inDoubt == nil {
		a.inDoubt = map[string]bool{}
	}
	s := span{since: a.archive}
	query := s.query()
	query.Set("status", archived)
	for offset := 0; ; {
		p, err := a.page(ctx, op, offset, query)
		if err != nil {
			return nil, err
		}
		got := len(*p.Members)
		for _, raw := range *p.Members {
			if _, c, fault := a.contacts.Decode(raw); fault == nil {
				a.inDoubt[hash(c.Email.Text)] = c.mayHaveOptedOut()
				s.saw(c)
			}
		}
		if got == 0 || offset+got >= *p.Total {
			a.archive = s.latest
			return maps.Clone(a.inDoubt), nil
		}
		offset += a.step(got)
	}
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
