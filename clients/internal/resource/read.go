package resource

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"slices"
	"strconv"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
)

// head reads the id of a record, also of one that cannot be read otherwise, and
// which key it lacks that every record has.
func (r *Resource[W]) head(raw json.RawMessage) (id record.ExternalID, lacks string) {
	var all map[string]json.RawMessage
	var v mapping.Value
	if json.Unmarshal(raw, &all) != nil || all[r.IDKey] == nil || v.UnmarshalJSON(all[r.IDKey]) != nil || v.Wrong != "" {
		return "", ""
	}
	for _, key := range r.Requires {
		if all[key] == nil || string(all[key]) == "null" {
			lacks = key
			break
		}
	}
	return record.ExternalID(v.Text), lacks
}

// Decode makes an item of a record as it came, and returns it in the form of the
// wire as well. A record that cannot be read, or whose natural key cannot, is a
// fault; what could be read is returned with it.
func (r *Resource[W]) Decode(raw json.RawMessage) (connector.Item, *W, *connector.Fault) {
	id, lacks := r.head(raw)
	item := connector.Item{ID: id}
	w := new(W)
	switch err := json.Unmarshal(raw, w); {
	case item.ID == "":
		return item, nil, &connector.Fault{Why: "no " + r.IDKey}
	case err != nil:
		return item, nil, &connector.Fault{ID: item.ID, Why: "unexpected form"}
	case lacks != "":
		return item, nil, &connector.Fault{ID: item.ID, Why: "no " + lacks}
	case !r.possible(item.ID):
		return item, nil, &connector.Fault{ID: item.ID, Why: "unexpected form"}
	}
	if r.Check != nil {
		if why := r.Check(w); why != "" {
			return item, nil, &connector.Fault{ID: item.ID, Why: why}
		}
	}
	if r.Changed != nil {
		item.Changed = r.Changed(w)
	}
	read := r.Table.Decode(w, r.Reading())
	item.Fields, item.Unreadable, item.Notes = read.Fields, read.Unreadable, read.Notes
	item.Unlisted = r.Unlisted != nil && r.Unlisted(read.Fields)
	for _, f := range r.Key {
		if why, bad := item.Unreadable[f]; bad {
			return item, w, &connector.Fault{ID: item.ID, Field: f, Why: why}
		}
	}
	return item, w, nil
}

// list yields the pages of the view, from a cursor on.
func (r *Resource[W]) list(ctx context.Context, since connector.Cursor) iter.Seq2[connector.Page, error] {
	return func(yield func(connector.Page, error) bool) {
		seen := map[record.ExternalID]bool{}
		for at := since; ; {
			rows, err := r.Page(ctx, at)
			if err != nil {
				yield(connector.Page{}, err)
				return
			}
			page := r.page(rows, seen)
			if !yield(page, nil) || page.Evidence.End || page.Next == "" || page.Next == at {
				return
			}
			at = page.Next
		}
	}
}

// page makes a page. seen has the ids of those before it, where pages overlap.
func (r *Resource[W]) page(rows Rows, seen map[record.ExternalID]bool) connector.Page {
	p := connector.Page{Removed: rows.Removed, Next: rows.Next, Evidence: rows.Evidence}
	for _, raw := range rows.Records {
		item, _, fault := r.Decode(raw)
		if r.Overlaps && item.ID != "" {
			if seen[item.ID] {
				continue
			}
			seen[item.ID] = true
		}
		if fault != nil {
			p.Faults = append(p.Faults, *fault)
		} else {
			p.Items = append(p.Items, item)
		}
	}
	if r.Ordered {
		slices.SortFunc(p.Items, func(a, b connector.Item) int { return cmp.Compare(a.ID, b.ID) })
	}
	return p
}

// get fetches one record. Its own fault makes it Rejected, since others can be read.
func (r *Resource[W]) get(ctx context.Context, id record.ExternalID) (connector.Item, error) {
	item, _, err := r.read(ctx, "get", id)
	return item, err
}

// read fetches one record. One that cannot be read is returned as far as it goes.
func (r *Resource[W]) read(ctx context.Context, op string, id record.ExternalID) (connector.Item, *W, error) {
	item, w, _, err := r.fetch(ctx, op, id)
	return item, w, err
}

// Fetch asks for one record that an answer names, for a call that needs another than the
// one it is about. An answer that names none is Drifted.
func (r *Resource[W]) Fetch(ctx context.Context, op string, id record.ExternalID) (*W, json.RawMessage, error) {
	if !r.possible(id) {
		return nil, nil, r.Fault(connector.Drifted, op, "an answer without the id of a record", "")
	}
	_, w, raw, err := r.fetch(ctx, op, id)
	return w, raw, err
}

// Written asks for a record that was just written. That it cannot be read then is Drifted,
// as where the answer to the write shows it (see stored): others would be written alike.
func (r *Resource[W]) Written(ctx context.Context, op string, id record.ExternalID) (*W, json.RawMessage, error) {
	w, raw, err := r.Fetch(ctx, op, id)
	if e, ok := errors.AsType[*connector.Error](err); ok && e.Class == connector.Rejected {
		e.Class = connector.Drifted
	}
	return w, raw, err
}

func (r *Resource[W]) fetch(ctx context.Context, op string, id record.ExternalID) (connector.Item, *W, json.RawMessage, error) {
	if !r.possible(id) {
		return connector.Item{}, nil, nil, r.Fault(connector.NotFound, op, "not an id", "")
	}
	raw, err := r.Calls.Get(ctx, op, id)
	if err != nil {
		return connector.Item{}, nil, nil, err
	}
	item, w, err := r.decoded(op, raw)
	if other := r.answered(op, id, item.ID); other != nil {
		return connector.Item{}, nil, nil, other
	}
	return item, w, raw, err
}

// possible reports whether there can be a record with an id.
func (r *Resource[W]) possible(id record.ExternalID) bool { return !r.NumberIDs || isNumber(id) }

// answered makes sure that the record that answers is the one that was named.
func (r *Resource[W]) answered(op string, id, answers record.ExternalID) error {
	if r.NumberIDs && answers != id {
		return r.Fault(connector.Drifted, op, "another record has answered, or none", "")
	}
	return nil
}

// isNumber reports whether an id is a whole number above 0, in the one form that it has.
func isNumber(id record.ExternalID) bool {
	n, err := strconv.ParseInt(string(id), 10, 64)
	return err == nil && n > 0 && strconv.FormatInt(n, 10) == string(id)
}

// decoded is a record as it came, as far as it can be read.
func (r *Resource[W]) decoded(op string, raw json.RawMessage) (connector.Item, *W, error) {
	item, w, fault := r.Decode(raw)
	switch {
	case fault == nil:
		return item, w, nil
	case fault.ID == "":
		return item, w, r.Fault(connector.Drifted, op, fault.Why, fault.Field)
	}
	return item, w, r.Fault(connector.Rejected, op, fault.Why, fault.Field)
}

// find looks the wanted record up.
func (r *Resource[W]) find(ctx context.Context, want record.Fields) (connector.Item, error) {
	item, _, err := r.wanted(ctx, "find", want)
	return item, err
}

// errTheirs is why nothing was found although a search has shown something.
var errTheirs = errors.New("what was found is somebody else's")

// wanted searches for a record. Others that the search shows are namesakes; one
// that cannot be read may be the wanted one.
func (r *Resource[W]) wanted(ctx context.Context, op string, want record.Fields) (connector.Item, *W, error) {
	found, err := r.Search(ctx, op, want)
	if err != nil {
		return connector.Item{}, nil, err
	}
	var mine connector.Item
	var now *W
	var doubles, maybe []record.ExternalID
	for _, raw := range found {
		item, w, fault := r.Decode(raw)
		switch {
		case fault != nil:
			return item, nil, r.Fault(connector.Rejected, op, fault.Why, fault.Field)
		case r.Mine(want, item.Fields):
			mine, now, doubles = item, w, append(doubles, item.ID)
		case r.MayBe != nil && r.MayBe(want, item.Fields):
			maybe = append(maybe, item.ID)
		}
	}
	switch {
	case len(doubles) > 1:
		e := r.Fault(connector.Rejected, op, "more than one such record", "")
		e.Doubles = doubles
		return connector.Item{}, nil, e
	case now != nil:
		return mine, now, nil
	case len(maybe) > 0:
		e := r.Fault(connector.Rejected, op, "one that may be the same is there: a person must look", "")
		e.Maybe = maybe
		return connector.Item{}, nil, e
	case len(found) > 0:
		e := r.Fault(connector.NotFound, op, errTheirs.Error(), "")
		e.Err = errTheirs
		return connector.Item{}, nil, e
	}
	return connector.Item{}, nil, r.Fault(connector.NotFound, op, "not there", "")
}
