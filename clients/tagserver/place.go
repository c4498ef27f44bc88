package tagserver

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/touchline-sync/touchline/clients/internal/resource"
	"github.com/touchline-sync/touchline/clients/internal/rest"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/value"
)

// place is the records of one kind at the server.
type place struct {
	*server
	kind *kind
}

// resource is the records as the kit takes them. A second create of one emsId is met
// as the record that is there, so that a create may be repeated.
func (p *place) resource() *resource.Resource[row] {
	k := p.kind
	r := &resource.Resource[row]{
		System: System,
		Collection: connector.Collection{
			Kind: k.Kind, Place: k.path, View: "all", Complete: true, IdempotentCreate: true, ReusesIDs: true,
			Required: k.required(), Refs: k.refs(), Parallel: p.settings.Parallel,
		},
		Table: k.table(), Reading: p.reading, Sending: p.sending,
		IDKey: "id", Requires: []string{emsID}, Key: []record.Field{id},
		Refuses: k.refuses, Exists: exists, Erases: true,
		Mine:    func(want, have record.Fields) bool { return want[id] != "" && have[id] == want[id] },
		Another: resource.Other(id),
		Calls: resource.Calls[row]{
			Get: p.get, Search: p.search, Create: p.create, Update: p.update, Delete: p.delete,
		},
	}
	r.Page = resource.Keyset[row]{Resource: r, Fetch: p.above}.Page
	if c := k.clash; c != nil && c.field != "" {
		r.Unique, r.UniqueIn = []record.Field{c.field}, map[record.Field]record.Field{c.field: k.fieldOf(c.by[0])}
	}
	return r
}

// sending is how values are made canonical on the way out, reading on the way in: no
// date of birth is later than today.
func (p *place) sending() value.Spec { return value.Spec{Types: p.kind.types} }

func (p *place) reading() value.Spec {
	s := p.sending()
	s.Today = p.now().UTC().Format(time.DateOnly)
	return s
}

// above returns the first records above an id, and how many there are: one that is made
// or deleted meanwhile moves none of the others.
func (p *place) above(ctx context.Context, op string, after int) (map[int]json.RawMessage, int, error) {
	query := url.Values{}
	if after > 0 {
		query.Set("id.greaterThan", strconv.Itoa(after))
	}
	records, total, err := p.filtered(ctx, op, p.page, query)
	if err != nil {
		return nil, 0, err
	}
	found := make(map[int]json.RawMessage, len(records))
	for _, raw := range records {
		var r struct {
			ID int `json:"id"`
		}
		if json.Unmarshal(raw, &r) != nil || r.ID <= after {
			return nil, 0, p.wrong(connector.Drifted, op, "records that are not in the order of their ids, or before those that were asked for")
		}
		found[r.ID], after = raw, r.ID
	}
	return found, total, nil
}

// filtered returns the first records, by id, that fit a query, and how many fit.
func (p *place) filtered(ctx context.Context, op string, size int, query url.Values) ([]json.RawMessage, int, error) {
	query.Set("page", "0")
	query.Set("size", strconv.Itoa(size))
	query.Set("sort", "id,asc")
	var records []json.RawMessage
	answer, err := p.api.Do(ctx, rest.Call{Op: p.op(op), Path: p.path(""), Query: query, Into: &records, Judge: noPath})
	if err != nil {
		return nil, 0, err
	}
	total, err := strconv.Atoi(answer.Header.Get("X-Total-Count"))
	if err != nil || records == nil {
		return nil, 0, p.wrong(connector.Drifted, op, "an answer without records or their number (X-Total-Count)")
	}
	return records, total, nil
}

// search looks a record up by emsId. A server without that filter shows all: what is
// not asked for tells that it has none.
func (p *place) search(ctx context.Context, op string, want record.Fields) ([]json.RawMessage, error) {
	if want[id] == "" {
		return nil, nil
	}
	records, _, err := p.filtered(ctx, op, 2, url.Values{emsID + ".equals": {want[id]}})
	for _, raw := range records {
		if read(raw).Text(emsID) != want[id] {
			return nil, p.wrong(connector.Drifted, op, "records that were not asked for: the server has no filter emsId.equals")
		}
	}
	return records, err
}

func (p *place) get(ctx context.Context, op string, id record.ExternalID) (json.RawMessage, error) {
	return p.one(ctx, rest.Call{Op: p.op(op), Path: p.path(string(id))})
}

func (p *place) create(ctx context.Context, op string, r *row) (json.RawMessage, error) {
	raw, err := p.one(ctx, rest.Call{Op: p.op(op), Method: http.MethodPost, Path: p.path(""), JSON: r, Judge: noPath})
	if errors.Is(err, errClash) {
		found, lost := p.search(ctx, op, record.Fields{id: r.Text(emsID)})
		switch {
		case lost != nil:
			return nil, lost
		case len(found) > 0:
			return nil, &existsError{record.ExternalID(read(found[0]).Text("id"))}
		}
		err = p.why(ctx, op, r, err)
	}
	return raw, p.settled(r, err)
}

// update writes the whole record: what we do not own goes back as it was read.
func (p *place) update(ctx context.Context, op string, at record.ExternalID, c resource.Change[row]) (json.RawMessage, error) {
	next := c.Now.Over(c.Set)
	raw, err := p.one(ctx, rest.Call{Op: p.op(op), Method: http.MethodPut, Path: p.path(string(at)), JSON: next})
	if errors.Is(err, errClash) {
		err = p.why(ctx, op, next, err)
	}
	if err = p.settled(next, err); err == nil && read(raw).Text(emsID) != next.Text(emsID) {
		return nil, p.wrong(connector.Stale, op, "the answer is about another record")
	}
	return raw, err
}

// delete takes a record out. One that others refer to waits until they are gone.
func (p *place) delete(ctx context.Context, op string, at record.ExternalID) error {
	var answer rest.Raw
	_, err := p.api.Do(ctx, rest.Call{Op: p.op(op), Method: http.MethodDelete, Path: p.path(string(at)), Into: &answer})
	switch {
	case errors.Is(err, errClash):
		return p.waits(op, "other records refer to it still")
	case err == nil && len(answer.Bytes) > 0:
		return p.wrong(connector.Drifted, op, "a body where there should be none")
	}
	return err
}

// one makes a call whose answer is one record.
func (p *place) one(ctx context.Context, call rest.Call) (json.RawMessage, error) {
	answer, err := p.api.Fetch(ctx, call)
	if e, ok := errors.AsType[*connector.Error](err); ok {
		if column, ok := errors.AsType[*invalid](err); ok {
			e.Field = p.kind.fieldOf(column.column)
		}
	}
	return answer, err
}

func (p *place) path(id string) string {
	at := "/api/" + p.kind.path
	if id != "" {
		at += "/" + url.PathEscape(id)
	}
	return at
}

func (p *place) op(op string) string { return op + " " + p.kind.path }

func (p *place) wrong(class connector.Class, op, why string) *connector.Error {
	return wrong(class, p.op(op), why, "")
}

// read is a record as it came, as far as it can be read. What is wrong with it is told
// when the kit reads it.
func read(raw json.RawMessage) *row {
	r := &row{}
	_ = json.Unmarshal(raw, r)
	return r
}
