package resource

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/mapping"
	"github.com/touchline-sync/touchline/sync/record"
)

// idOf reads the id of a record, also of one that cannot be read otherwise.
func (r *Resource[W]) idOf(raw json.RawMessage) record.ExternalID {
	var all map[string]json.RawMessage
	var id mapping.Value
	if json.Unmarshal(raw, &all) != nil || all[r.IDKey] == nil || id.UnmarshalJSON(all[r.IDKey]) != nil || id.Wrong != "" {
		return ""
	}
	return record.ExternalID(id.Text)
}

// Decode makes an item of a record as it came, and returns it in the form of the
// wire as well. A record that cannot be read, or whose natural key cannot, is a
// fault; what could be read is returned with it.
func (r *Resource[W]) Decode(raw json.RawMessage) (connector.Item, *W, *connector.Fault) {
	item := connector.Item{ID: r.idOf(raw)}
	w := new(W)
	switch err := json.Unmarshal(raw, w); {
	case item.ID == "":
		return item, nil, &connector.Fault{Why: "no " + r.IDKey}
	case err != nil:
		return item, nil, &connector.Fault{ID: item.ID, Why: "unexpected form"}
	}
	if r.Check != nil {
		if why := r.Check(w); why != "" {
			return item, nil, &connector.Fault{ID: item.ID, Why: why}
		}
	}
	read := r.Table.Decode(w, r.Reading())
	item.Fields, item.Unreadable, item.Notes = read.Fields, read.Unreadable, read.Notes
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
		for at := since; ; {
			rows, err := r.Page(ctx, at)
			if err != nil {
				yield(connector.Page{}, err)
				return
			}
			page := r.page(rows)
			if !yield(page, nil) || page.Evidence.End || page.Next == "" || page.Next == at {
				return
			}
			at = page.Next
		}
	}
}

func (r *Resource[W]) page(rows Rows) connector.Page {
	p := connector.Page{Removed: rows.Removed, Next: rows.Next, Evidence: rows.Evidence}
	for _, raw := range rows.Records {
		if item, _, fault := r.Decode(raw); fault != nil {
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
	raw, err := r.Calls.Get(ctx, op, id)
	if err != nil {
		return connector.Item{}, nil, err
	}
	item, w, fault := r.Decode(raw)
	switch {
	case fault == nil:
		return item, w, nil
	case fault.ID == "":
		return item, w, r.Fault(connector.Drifted, op, fault.Why, fault.Field)
	}
	return item, w, r.Fault(connector.Rejected, op, fault.Why, fault.Field)
}

// find looks the wanted record up. Others that the search shows are namesakes; one
// that cannot be read may be the wanted one.
func (r *Resource[W]) find(ctx context.Context, want record.Fields) (connector.Item, error) {
	const op = "find"
	found, err := r.Search(ctx, op, want)
	if err != nil {
		return connector.Item{}, err
	}
	var mine []connector.Item
	for _, raw := range found {
		item, _, fault := r.Decode(raw)
		if fault != nil {
			return item, r.Fault(connector.Rejected, op, fault.Why, fault.Field)
		}
		if r.Mine(want, item.Fields) {
			mine = append(mine, item)
		}
	}
	switch {
	case len(mine) == 1:
		return mine[0], nil
	case len(mine) > 1:
		return connector.Item{}, r.Fault(connector.Rejected, op, "more than one such record", "")
	case len(found) > 0:
		return connector.Item{}, r.Fault(connector.NotFound, op, "what was found is somebody else's", "")
	}
	return connector.Item{}, r.Fault(connector.NotFound, op, "not there", "")
}
