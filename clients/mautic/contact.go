package mautic

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/record/eventperson"
)

// newAccount makes the connector of what Open has.
func newAccount(cfg Config, api *rest.Client) *account {
	a := &account{cfg: cfg, api: api}
	a.contacts = &resource.Resource[contact]{
		System: System,
		Collection: connector.Collection{
			Kind: eventperson.Kind, Place: "contacts", View: "all", Complete: true, IdempotentCreate: true,
			Required: []record.Field{eventperson.ID}, Unique: []record.Field{eventperson.ID, eventperson.Email},
			Parallel: cfg.Or(defaults).Parallel, Deadline: longTimeout + cfg.Or(defaults).Timeout, Batch: batch,
		},
		Table: table, Reading: a.spec, Sending: a.spec, Columns: columns,
		IDKey: "id", Requires: []string{"fields", "tags", "doNotContact"}, Key: []record.Field{eventperson.ID, eventperson.Email},
		Refuses: refuses, Mine: mine, Another: another, Holds: holds, Erases: true,
		Exists: func(err error) (record.ExternalID, bool) { return "", errors.As(err, new(taken)) }, // as whom is not said
		Calls: resource.Calls[contact]{
			Get: a.get, Search: a.search, Update: a.update, Delete: a.delete, Many: a.put,
			SearchMany: a.searchMany, Columns: a.columns,
		},
	}
	a.contacts.Page = resource.Keyset[contact]{Resource: a.contacts, Fetch: func(ctx context.Context, op string, id int) (map[int]json.RawMessage, int, error) {
		return a.where(ctx, op, "id", "gt", strconv.Itoa(id), cmp.Or(cfg.page, batch))
	}}.Page
	return a
}

// found are contacts by their ids, each to be read by itself.
type found = resource.PHP[json.RawMessage]

// where asks for contacts by one column, and returns how many there are in all.
func (a *account) where(ctx context.Context, op, col, expr, val string, limit int) (found, int, error) {
	var answer struct {
		Total    mapping.Value `json:"total"`
		Contacts *found        `json:"contacts"`
	}
	_, err := a.api.Do(ctx, rest.Call{Op: op, Path: "/api/contacts", Into: &answer, Timeout: longTimeout, Query: url.Values{
		"where[0][col]": {col}, "where[0][expr]": {expr}, "where[0][val]": {val},
		"orderBy": {"id"}, "orderByDir": {"ASC"}, "limit": {strconv.Itoa(limit)},
	}})
	total, no := strconv.Atoi(answer.Total.Text)
	if err == nil && (answer.Contacts == nil || no != nil) {
		err = wrong(connector.Drifted, op, "an answer without contacts or their number", "")
	}
	if err != nil {
		return nil, 0, err
	}
	return *answer.Contacts, total, nil
}

// get fetches one contact. One that was merged into another answers as that one.
func (a *account) get(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error) {
	raw, is, err := a.one(ctx, rest.Call{Op: op}, id, "")
	if err == nil && is != id {
		e := wrong(connector.NotFound, op, "merged into another contact", "")
		e.Successor = is
		return nil, e
	}
	return raw, err
}

// one makes a call about a contact and returns the one that answers, and its id.
func (a *account) one(ctx context.Context, call rest.Call, id record.ExternalID, below string) (json.RawMessage, record.ExternalID, error) {
	if !personID.MatchString(string(id)) {
		return nil, "", wrong(connector.NotFound, call.Op, "not an id of a contact", "")
	}
	var answer struct {
		Contact json.RawMessage `json:"contact"`
	}
	call.Path, call.Into = "/api/contacts/"+string(id)+below, &answer
	if _, err := a.api.Do(ctx, call); err != nil {
		return nil, "", err
	}
	item, _, _ := a.contacts.Decode(answer.Contact) // its fault is told when it is read
	if item.ID == "" {
		return nil, "", wrong(connector.Drifted, call.Op, "an answer without a contact", "")
	}
	return answer.Contact, item.ID, nil
}

// search looks a person's contact up: by the person's id, else by the address.
func (a *account) search(ctx context.Context, op string, want record.Fields) ([]json.RawMessage, error) {
	for _, alias := range []string{idAlias, "email"} {
		if v := want[columns[alias].Field]; v != "" {
			all, _, err := a.where(ctx, op, alias, "eq", v, few)
			if err != nil || len(all) > 0 {
				return slices.Collect(maps.Values(all)), err
			}
		}
	}
	return nil, nil
}

// searchMany looks many persons up, by their ids.
func (a *account) searchMany(ctx context.Context, op string, wants []record.Fields) ([]json.RawMessage, error) {
	ids := make([]string, len(wants))
	for i, want := range wants {
		ids[i] = want[eventperson.ID]
	}
	all, _, err := a.where(ctx, op, idAlias, "in", strings.Join(ids, ","), len(ids)+few)
	return slices.Collect(maps.Values(all)), err
}

// put makes contacts by the call that looks for no contact with the same values: POST
// would write over the one that it finds, whoever it is of (docs/systems/mautic.md,
// "Creates"). What became of each its status code alone says.
func (a *account) put(ctx context.Context, op string, all []*contact) (map[int]resource.Answer, error) {
	items := make([]map[string]any, len(all))
	for i, c := range all {
		items[i] = c.body(&contact{})
		c.Deleted = mapping.Value{} // no answer shows it
	}
	var answer struct {
		Contacts found                 `json:"contacts"`
		Codes    resource.PHP[int]     `json:"statusCodes"`
		Errors   resource.PHP[problem] `json:"errors"`
	}
	_, err := a.api.Do(ctx, rest.Call{
		Op: op, Method: http.MethodPut, Path: "/api/contacts/batch/edit", JSON: items, Into: &answer, Timeout: longTimeout,
	})
	switch {
	case err != nil:
		return nil, err
	case len(answer.Codes) != len(all):
		return nil, wrong(connector.Drifted, op, "an answer without the status of each", "")
	}
	out := map[int]resource.Answer{}
	for i, c := range all {
		one := resource.Answer{Record: answer.Contacts[i]}
		switch code := answer.Codes[i]; {
		case code != http.StatusCreated:
			one = resource.Answer{Err: answer.Errors[i].judge(op, code)}
		case one.Record == nil:
			one.Err = wrong(connector.Transient, op, "made, and not in the answer", "")
		default:
			one.Err = a.lost(op, one.Record, c)
		}
		out[i] = one
	}
	return out, nil
}

// lost is that a field, which was sent, is there no more: Mautic passes over it.
func (a *account) lost(op string, raw json.RawMessage, sent *contact) error {
	var got contact
	_ = json.Unmarshal(raw, &got) // what is wrong is told when it is read
	return a.contacts.Lost(op, sent.Values, got.Values)
}

// update changes what differs. The answer must be the contact that was read.
func (a *account) update(ctx context.Context, op string, id record.ExternalID, ch resource.Change[contact]) (json.RawMessage, error) {
	body := ch.Set.body(ch.Now)
	ch.Set.Deleted = mapping.Value{} // no answer shows it
	if len(body) == 0 {
		return nil, nil
	}
	raw, is, err := a.one(ctx, rest.Call{Op: op, Method: http.MethodPatch, JSON: body}, id, "/edit")
	switch {
	case errors.As(err, new(taken)):
		return nil, a.shared(ctx, op, ch, err)
	case err == nil && is != id:
		return nil, wrong(connector.Stale, op, "another contact has answered", "")
	case err == nil:
		err = a.lost(op, raw, ch.Set)
	}
	return raw, err
}

// shared says what the refusal of a change means that a value is another contact's too.
// Mautic looks at all unique fields, also the organiser's own: where it was not sent, two
// have shared it before, and no change of either is taken until a person merges them there.
func (a *account) shared(ctx context.Context, op string, ch resource.Change[contact], refused error) error {
	of, _ := errors.AsType[*connector.Error](refused)
	fields, _ := errors.AsType[taken](refused)
	for _, alias := range slices.Sorted(maps.Keys(fields)) {
		have := ch.Now.Values[alias]
		if ch.Set.Values[alias] != nil || have == nil || have.Text == "" {
			continue
		}
		all, _, err := a.where(ctx, op, alias, "eq", have.Text, few)
		if err != nil {
			return err
		}
		if len(all) > 1 {
			of.Class, of.Field, of.Why = connector.Waiting, columns[alias].Field, of.Why+": contacts share the value: merge them at Mautic"
			for _, id := range all.Keys() {
				of.Doubles = append(of.Doubles, record.ExternalID(strconv.Itoa(id)))
			}
			break // of another field they are told when these are one
		}
	}
	return refused
}

// delete takes a contact out: by the call for many, which does not follow a merge to
// the contact that is left.
func (a *account) delete(ctx context.Context, op string, id record.ExternalID) error {
	if _, err := a.get(ctx, op, id); err != nil {
		return err
	}
	var answer struct {
		Contacts *found                `json:"contacts"`
		Errors   resource.PHP[problem] `json:"errors"`
	}
	_, err := a.api.Do(ctx, rest.Call{
		Op: op, Method: http.MethodDelete, Path: "/api/contacts/batch/delete", Query: url.Values{"ids": {string(id)}}, Into: &answer,
	})
	for _, p := range answer.Errors {
		err = p.judge(op, p.Code)
	}
	if err == nil && answer.Contacts == nil {
		err = wrong(connector.Drifted, op, "an answer without contacts", "")
	}
	return err
}
