package mailchimp

import (
	"context"
	"encoding/json"
	"iter"
	"net/url"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
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

// list yields all contacts in all statuses but archived, longest unchanged
// first, each once. The cursor is a number of contacts.
func (a *audience) list(ctx context.Context, since connector.Cursor) iter.Seq2[connector.Page, error] {
	return func(yield func(connector.Page, error) bool) {
		offset := 0
		if since != "" {
			n, err := strconv.Atoi(string(since))
			if err != nil || n < 0 {
				yield(connector.Page{}, wrong(connector.Drifted, "list", "a cursor that is not ours", ""))
				return
			}
			offset = n
		}
		seen := map[record.ExternalID]bool{}
		for {
			p, next, err := a.onePage(ctx, offset, seen)
			if !yield(p, err) || err != nil || p.Evidence.End {
				return
			}
			offset = next
		}
	}
}

// onePage fetches one page and says where the next one begins.
func (a *audience) onePage(ctx context.Context, offset int, seen map[record.ExternalID]bool) (connector.Page, int, error) {
	var answer struct {
		Members *[]json.RawMessage `json:"members"`
		Total   *int               `json:"total_items"`
	}
	err := a.do(ctx, rest.Call{
		Op: "list", Path: a.path("/members"), Into: &answer, Timeout: longTimeout, Judge: noList,
		Query: url.Values{
			"count": {strconv.Itoa(a.page)}, "offset": {strconv.Itoa(offset)}, "fields": {listed},
			"sort_field": {"last_changed"}, "sort_dir": {"ASC"},
		},
	})
	if err != nil {
		return connector.Page{}, 0, err
	}
	if answer.Members == nil || answer.Total == nil {
		return connector.Page{}, 0, wrong(connector.Drifted, "list", "an answer without members or their number", "")
	}
	got := len(*answer.Members)
	p := connector.Page{Evidence: connector.Evidence{
		SignedIn: true, Filters: true, End: offset+got >= *answer.Total, Stated: true, Count: *answer.Total,
	}}
	if got == 0 && !p.Evidence.End {
		return connector.Page{}, 0, wrong(connector.Drifted, "list", "an empty page before the end", "")
	}
	for _, raw := range *answer.Members {
		t, fault := a.decode(raw)
		if t.ID != "" && seen[t.ID] {
			continue
		}
		seen[t.ID] = true
		if fault != nil {
			p.Faults = append(p.Faults, *fault)
			continue
		}
		p.Items = append(p.Items, t.Item)
	}
	next := offset + max(1, got-min(overlap, a.page/2))
	if !p.Evidence.End {
		p.Next = connector.Cursor(strconv.Itoa(next))
	}
	return p, next, nil
}
