package chatwoot

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
	"github.com/touchline-sync/touchline/sync/value"
)

// perPage is how many contacts are on a page; it cannot be chosen
// (docs/systems/chatwoot.md, 2026-11).
const perPage = 15

// onlineFor is how long a contact that is online is left alone.
const onlineFor = 5 * time.Minute

// orders are those in which the contacts are read. Names seldom rank alike, whereas
// most contacts of ours have no activity at all.
var orders = []string{"name", "email", "-last_activity_at"}

// persons are the contacts as the kit takes them. None is deleted but of who is erased:
// its conversations go with it.
func (a *account) persons() *resource.Resource[contact] {
	spec := func() value.Spec { return a.spec(eventperson.Types) }
	return &resource.Resource[contact]{
		System: System,
		Collection: connector.Collection{
			Kind: eventperson.Kind, Place: Contacts, View: "all", Scope: a.scope(), Complete: true,
			Unique: []record.Field{eventperson.ID, eventperson.Email, eventperson.Phone},
			// One writer a unique value is the engine's business.
			Parallel: 4,
		},
		Table: contacts, Reading: spec, Sending: spec,
		IDKey: "id", NumberIDs: true, Requires: []string{"name", "additional_attributes", "custom_attributes"},
		Key: eventperson.KeyFields, Check: (*contact).settle,
		Refuses: a.refuses, Mine: mine, Another: another, KeepsEdits: true, Merges: true,
		Adopting: taken, Holds: a.holds, Exists: clashes, Ready: a.define, Unlisted: unlisted,
		Calls: resource.Calls[contact]{
			Paged: &resource.Paged{Size: perPage, Orders: len(orders), Page: a.page},
			Get:   a.get, Search: a.search, Create: a.create, Update: a.update, Erase: a.erase,
		},
	}
}

// many is an answer with a page of contacts. Each is read by itself, so that one
// that cannot be read does not hide the others.
type many struct {
	Meta struct {
		Count *int `json:"count"`
	} `json:"meta"`
	Payload *[]json.RawMessage `json:"payload"`
}

// unlisted reports whether ChatWoot may leave a contact out of its lists: one without an
// address and a phone. Whether an identifier alone is enough hangs on a feature of the
// account (docs/systems/chatwoot.md, "Contacts", 2026-11).
func unlisted(f record.Fields) bool { return f[eventperson.Email] == "" && f[eventperson.Phone] == "" }

// page lists all contacts that have an identifier, an address or a phone; others
// ChatWoot does not list. There is no query for what has changed.
func (a *account) page(ctx context.Context, order, n int) (resource.Rows, error) {
	const op = "list contacts"
	var answer many
	_, err := a.do(ctx, rest.Call{
		Op: op, Path: a.path("/contacts"), Into: &answer,
		Query: url.Values{"page": {strconv.Itoa(n)}, "sort": {orders[order]}},
	})
	if err != nil {
		return resource.Rows{}, err
	}
	if answer.Payload == nil || answer.Meta.Count == nil {
		return resource.Rows{}, a.api.Fault(connector.Drifted, op, "an answer without contacts or their number", "")
	}
	return resource.Rows{Records: *answer.Payload, Evidence: connector.Evidence{
		SignedIn: true, Filters: true, Stated: true, Count: *answer.Meta.Count,
	}}, nil
}

func (a *account) get(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error) {
	return a.one(ctx, rest.Call{Op: op + " contact", Path: "/contacts/"}, id)
}

func (a *account) update(ctx context.Context, op string, id record.ExternalID, c resource.Change[contact]) (json.RawMessage, error) {
	c.Set.complete(c.Now.wrote)
	return a.one(ctx, rest.Call{Op: op + " contact", Path: "/contacts/", Method: http.MethodPut, JSON: c.Set}, id)
}

// erase deletes a contact with all that was said to it. It goes after the answer, and not
// while it is online (docs/systems/chatwoot.md, "Limits and errors", 2026-11).
func (a *account) erase(ctx context.Context, op string, id record.ExternalID, mine func(json.RawMessage) error) error {
	raw, err := a.get(ctx, op, id)
	if err == nil {
		err = mine(raw)
	}
	if err != nil {
		return err
	}
	err = a.named(ctx, rest.Call{Op: op + " contact", Path: "/contacts/", Method: http.MethodDelete, Into: rest.Nothing}, id)
	if e, ok := errors.AsType[*connector.Error](err); ok && e.Class == connector.Rejected && !lacksRight(err) {
		e.Class, e.Why, e.After = connector.Waiting, "the contact is online", onlineFor
	}
	return err
}

// one makes a call that names a contact below its path, and returns the contact.
func (a *account) one(ctx context.Context, call rest.Call, id record.ExternalID) (json.RawMessage, error) {
	var answer struct {
		Payload json.RawMessage `json:"payload"`
	}
	call.Into = &answer
	err := a.named(ctx, call, id)
	if err == nil && answer.Payload == nil {
		err = a.api.Fault(connector.Drifted, call.Op, "an answer without a contact", "") // no record is nothing sent
	}
	return answer.Payload, err
}

// named makes a call that names a record below its path: it may be gone.
func (a *account) named(ctx context.Context, call rest.Call, id record.ExternalID) error {
	call.Path, call.Judge = a.path("%s%s", call.Path, id), a.judgeRecord
	_, err := a.do(ctx, call)
	return err
}

// create makes a contact. ChatWoot has no upsert.
func (a *account) create(ctx context.Context, op string, c *contact) (json.RawMessage, error) {
	c.complete(parts{})
	for _, v := range c.values() {
		if v.Text == "" {
			v.Set = false // what is not there need not be emptied
		}
	}
	var answer struct {
		Payload struct {
			Contact json.RawMessage `json:"contact"`
		} `json:"payload"`
	}
	_, err := a.do(ctx, rest.Call{Op: op + " contact", Method: http.MethodPost, Path: a.path("/contacts"), JSON: c, Into: &answer})
	return answer.Payload.Contact, err
}

// clashes reports whether a contact may be there that has one of the values: a clash
// is refused as any other value is, and does not name the other contact.
func clashes(err error) (record.ExternalID, bool) {
	return "", connector.ClassOf(err) == connector.Rejected && !lacksRight(err)
}

// taken is what a contact that is there already is told: nothing of what we do not
// know; and whoever it was marked as deleted for, it is somebody's again.
func taken(want record.Fields) record.Fields {
	out := want.Clone()
	maps.DeleteFunc(out, func(_ record.Field, v string) bool { return v == "" })
	out[eventperson.Deleted] = want[eventperson.Deleted]
	return out
}

// another reports whether a contact carries the identifier of another person than
// the patch means, and than it is to get.
func another(p connector.Patch, have record.Fields) bool {
	key, id := p.Key[eventperson.ID], have[eventperson.ID]
	return key != "" && id != "" && id != key && id != p.Set[eventperson.ID]
}

// holds leaves an identifier that is not of EMS: the widget of somebody's own site
// knows the contact by it.
func (a *account) holds(_ string, item connector.Item, set record.Fields) error {
	if _, known := item.Fields[eventperson.ID]; !known && item.Unreadable[eventperson.ID] == "" {
		delete(set, eventperson.ID)
	}
	return a.refuses(set)
}
