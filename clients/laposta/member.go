package laposta

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
	"github.com/touchline-sync/touchline/sync/value"
)

// listTimeout is for a whole list in one answer: Laposta has no pages.
const listTimeout = 2 * time.Minute

// resource is the list as the kit takes it.
func (l list) resource() *resource.Resource[member] {
	r := &resource.Resource[member]{
		System: System,
		Collection: connector.Collection{
			Kind: subscriber.Kind, Place: l.place, View: "members", Scope: l.id, Complete: true, Ordered: true,
			Required: []record.Field{subscriber.Email}, Unique: []record.Field{subscriber.Email},
		},
		Table: members, Columns: columns, Reading: l.spec, Sending: func() value.Spec { return delivery },
		IDKey: "member_id", Key: subscriber.KeyFields, Check: l.check,
		Refuses: refuses, Mine: ours, Another: another, Holds: l.holds, Stays: l.stays, Exists: exists,
		Calls: resource.Calls[member]{
			Page: l.page, Get: l.get, Search: l.search, Create: l.create, Update: l.update, Delete: l.delete,
			Columns: l.columns,
		},
	}
	if l.cfg.Bulk {
		r.Many, r.Batch = l.addMany, batch
	}
	return r
}

// check completes a member: fields that the answer leaves out have no value.
func (l list) check(m *member) string {
	switch {
	case m.List != "" && m.List != l.id:
		return "a member of another list"
	case m.Custom == nil:
		return "no custom_fields"
	}
	m.Custom.fillEmpty()
	if optedOut(m.State.Text) && m.Modified.Text != "" {
		m.since = m.Modified
	}
	return ""
}

// page returns all entries in all states, in one page. Laposta cannot list what
// has changed, so a cursor is passed over.
func (l list) page(ctx context.Context, _ connector.Cursor) (resource.Rows, error) {
	before, err := l.stated(ctx)
	if err != nil {
		return resource.Rows{}, err
	}
	var all collection
	call := l.memberCall("list", http.MethodGet, "")
	call.Into, call.Timeout = &all, listTimeout
	if _, err := l.api.Do(ctx, call); err != nil {
		return resource.Rows{}, err
	}
	if all.Data == nil {
		return resource.Rows{}, l.wrong(connector.Drifted, "list", "an answer without data", "")
	}
	rows := resource.Rows{Evidence: connector.Evidence{SignedIn: true, Filters: true, End: true}}
	waiting := 0
	for _, o := range *all.Data {
		var m struct{ State string }
		if json.Unmarshal(o.Member, &m) == nil && m.State == unconfirmed {
			waiting++
		}
		rows.Records = append(rows.Records, o.Member)
	}

	// The counts were read before the members. Where they do not agree somebody
	// may have come or gone meanwhile: look once more.
	seen := len(rows.Records)
	if before != nil && before.total(seen, waiting) != seen {
		if before, err = l.stated(ctx); err != nil {
			return resource.Rows{}, err
		}
	}
	if before != nil {
		rows.Evidence.Stated, rows.Evidence.Count = true, before.total(seen, waiting)
	}
	return rows, nil
}

// total is how many entries the list says that it has. It names no count of
// the unconfirmed, so those that were seen are added where they are missing.
func (c *counts) total(seen, waiting int) int {
	sum := c.Active + c.Unsubscribed + c.Cleaned
	if sum == seen {
		return sum
	}
	return sum + waiting
}

// stated returns the list's own counts, nil where it shows none.
func (l list) stated(ctx context.Context) (*counts, error) {
	var o struct {
		List *listObject `json:"list"`
	}
	if _, err := l.api.Do(ctx, rest.Call{Op: l.op("count"), Path: "/v2/list/" + url.PathEscape(l.id), Into: &o}); err != nil {
		return nil, err
	}
	if o.List == nil || o.List.ID != l.id {
		return nil, l.wrong(connector.Drifted, "count", "an answer without this list", "")
	}
	return o.List.Members, nil
}

// get fetches one entry by its id or address.
func (l list) get(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error) {
	var o object
	call := l.memberCall(op, http.MethodGet, string(id))
	call.Into = &o
	_, err := l.api.Do(ctx, call)
	return o.Member, err
}

// search looks an entry up by its address, in all its states.
func (l list) search(ctx context.Context, op string, want record.Fields) ([]json.RawMessage, error) {
	address := mailbox(want[subscriber.Email])
	if !validAddress(address) {
		return nil, l.wrong(connector.Rejected, op, "not an address", subscriber.Email)
	}
	found, err := l.get(ctx, op, record.ExternalID(address))
	if err != nil {
		return nil, err
	}
	return []json.RawMessage{found}, nil
}

// ours reports whether an entry with the wanted address is the wanted one: it
// has the same relation code. A parent who is no member has none; then the name
// must be the same as well. A create has no empty fields, so that a missing
// code is an empty one.
func ours(want, have record.Fields) bool {
	code := person.NormalCode(want[subscriber.RelationCode])
	if code != person.NormalCode(have[subscriber.RelationCode]) {
		return false
	}
	return code != "" || subscriber.NormalName(want) == subscriber.NormalName(have)
}

// stays reports whether an entry stays: who has opted out or bounced is not to be
// forgotten. One that waits to be confirmed has done neither.
func (l list) stays(item connector.Item) (bool, error) {
	if item.Unreadable[subscriber.State] != "" {
		return true, l.wrong(connector.Waiting, "delete", unknownState, "")
	}
	state := item.Fields[subscriber.State]
	return state != active && state != unconfirmed, nil
}

func (l list) delete(ctx context.Context, op string, id record.ExternalID) error {
	var o object // the answer has the entry; a page in its place is no answer
	call := l.memberCall(op, http.MethodDelete, string(id))
	call.Into = &o
	_, err := l.api.Do(ctx, call)
	return err
}

// lists returns the lists of the account.
func (a *account) lists(ctx context.Context) ([]listObject, error) {
	var answer struct {
		Data *[]struct {
			List listObject `json:"list"`
		} `json:"data"`
	}
	if _, err := a.api.Do(ctx, rest.Call{Op: "check account", Path: "/v2/list", Into: &answer}); err != nil {
		return nil, err
	}
	if answer.Data == nil {
		return nil, &connector.Error{Class: connector.Drifted, System: System, Op: "check account", Why: "an answer without data"}
	}
	all := make([]listObject, 0, len(*answer.Data))
	for _, d := range *answer.Data {
		all = append(all, d.List)
	}
	return all, nil
}
