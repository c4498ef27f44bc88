package laposta

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/person"
	"github.com/touchline-sync/touchline/sync/record/subscriber"
)

// listTimeout is for a whole list in one answer: Laposta has no pages.
const listTimeout = 2 * time.Minute

// list yields all entries in all states, in one page. Laposta cannot list what
// has changed, so a cursor is passed over.
func (l list) list(ctx context.Context, _ connector.Cursor) iter.Seq2[connector.Page, error] {
	return func(yield func(connector.Page, error) bool) {
		yield(l.page(ctx))
	}
}

func (l list) page(ctx context.Context) (connector.Page, error) {
	before, err := l.stated(ctx)
	if err != nil {
		return connector.Page{}, err
	}
	var all collection
	call := l.memberCall("list", http.MethodGet, "")
	call.Into, call.Timeout = &all, listTimeout
	if _, err := l.api.Do(ctx, call); err != nil {
		return connector.Page{}, err
	}
	if all.Data == nil {
		return connector.Page{}, l.wrong(connector.Drifted, "list", "an answer without data", "")
	}
	p := connector.Page{Evidence: connector.Evidence{SignedIn: true, Filters: true, End: true}}
	waiting := 0
	for _, o := range *all.Data {
		item, _, fault := l.decode(o.Member)
		if fault != nil {
			p.Faults = append(p.Faults, *fault)
			continue
		}
		if item.Fields[subscriber.State] == unconfirmed {
			waiting++
		}
		p.Items = append(p.Items, item)
	}
	slices.SortFunc(p.Items, func(a, b connector.Item) int { return cmp.Compare(a.ID, b.ID) })

	// The counts were read before the members. Where they do not agree somebody
	// may have come or gone meanwhile: look once more.
	seen := len(*all.Data)
	if before != nil && before.total(seen, waiting) != seen {
		if before, err = l.stated(ctx); err != nil {
			return connector.Page{}, err
		}
	}
	if before != nil {
		p.Evidence.Stated, p.Evidence.Count = true, before.total(seen, waiting)
	}
	return p, nil
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

// get fetches one entry by its id.
func (l list) get(ctx context.Context, id record.ExternalID) (connector.Item, error) {
	item, _, err := l.read(ctx, "get", string(id))
	return item, err
}

// read fetches one entry by its id or address, with the fields as they came.
func (l list) read(ctx context.Context, op, id string) (connector.Item, *member, error) {
	var o object
	call := l.memberCall(op, http.MethodGet, id)
	call.Into = &o
	if _, err := l.api.Do(ctx, call); err != nil {
		return connector.Item{}, nil, err
	}
	item, m, fault := l.decode(o.Member)
	if fault != nil {
		return item, m, l.wrong(connector.Drifted, op, fault.Why, fault.Field)
	}
	return item, m, nil
}

// find looks an entry up by its address, in all its states. An entry with that
// address that is somebody else's is NotFound: there is none of ours.
func (l list) find(ctx context.Context, want record.Fields) (connector.Item, error) {
	address := mailbox(want[subscriber.Email])
	if !validAddress(address) {
		return connector.Item{}, l.wrong(connector.Rejected, "find", "not an address", subscriber.Email)
	}
	item, _, err := l.read(ctx, "find", address)
	if err != nil {
		return connector.Item{}, err
	}
	if !ours(want, item.Fields) {
		return connector.Item{}, l.wrong(connector.NotFound, "find", "the address is somebody else's", "")
	}
	return item, nil
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
	return code != "" || name(want) == name(have)
}

// name is an entry's whole name in the form in which names are compared.
func name(f record.Fields) string {
	return person.NormalName(f[subscriber.FirstName] + " " + f[subscriber.Infix] + " " + f[subscriber.LastName])
}

// delete takes an entry out, if it is active. Who has opted out or bounced
// stays, so that it is not forgotten.
func (l list) delete(ctx context.Context, id record.ExternalID) error {
	item, _, err := l.read(ctx, "delete", string(id))
	switch {
	case connector.ClassOf(err) == connector.NotFound:
		return nil
	case err != nil && item.Fields[subscriber.State] == "":
		return err // not even the state could be read
	case item.Unreadable[subscriber.State] != "":
		return l.wrong(connector.Waiting, "delete", unknownState, "")
	case item.Fields[subscriber.State] != active:
		return nil
	}
	var o object // the answer has the entry; a page in its place is no answer
	call := l.memberCall("delete", http.MethodDelete, string(id))
	call.Into = &o
	_, err = l.api.Do(ctx, call)
	if connector.ClassOf(err) == connector.NotFound {
		return nil
	}
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

// joined makes the first connector.Error of err carry what was written.
func joined(err error, done record.Fields) error {
	if e, ok := errors.AsType[*connector.Error](err); ok {
		e.Done = done
	}
	return err
}
