package resource

import (
	"context"
	"encoding/json"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
)

// createMany makes records in one call. What is refused without a call, and a unique
// value that is in the batch twice, is answered so; what is there already is met as
// in a single create. Until the answer names a record nobody knows.
func (r *Resource[W]) createMany(ctx context.Context, ops []connector.Op) ([]connector.Result, error) {
	const op = "create many"
	results := make([]connector.Result, len(ops))
	wants := make([]record.Fields, len(ops))
	taken := map[[2]string]bool{}
	var records []*W
	var index []int // of the ops in records
	for i, o := range ops {
		wants[i] = r.placed(r.Sending().Sent(o.Want), nil)
		w, err := r.encode(op, wants[i])
		if err == nil {
			err = r.refused(o.Want)
		}
		if err == nil {
			err = r.twice(op, wants[i], taken)
		}
		if err != nil {
			results[i].Err = err
			continue
		}
		records, index = append(records, w), append(index, i)
		results[i].Err = r.Fault(connector.Transient, op, "not in the answer", "")
	}
	if len(records) == 0 {
		return results, nil
	}
	if err := r.beReady(ctx); err != nil {
		return nil, err
	}
	answers, err := r.Many(ctx, op, records)
	if err != nil {
		return nil, err
	}
	r.meet(ctx, op, answers, func(n int) record.Fields { return wants[index[n]] })
	for n, i := range index {
		if a, ok := answers[n]; ok {
			results[i] = r.result(ctx, op, a, wants[i], records[n])
		}
	}
	return results, nil
}

// meet looks at the records of a batch that are there already all at once. One that is
// found is in its answer then, another is to be made by itself, where it is looked for.
func (r *Resource[W]) meet(ctx context.Context, op string, answers map[int]Answer, want func(n int) record.Fields) {
	if r.SearchMany == nil || r.Exists == nil {
		return
	}
	var there []int
	var wants []record.Fields
	for n, a := range answers {
		if id, is := r.Exists(a.Err); a.Err != nil && is && id == "" {
			there, wants = append(there, n), append(wants, want(n))
		}
	}
	if len(there) == 0 {
		return
	}
	found, err := r.SearchMany(ctx, op, wants)
	if err != nil {
		found = nil // each says so itself, when it is looked for
	}
	haves := make([]record.Fields, len(found))
	for i, raw := range found {
		item, _, _ := r.Decode(raw)
		haves[i] = item.Fields
	}
	for i, n := range there {
		a := Answer{Err: answers[n].Err}
		for j, have := range haves {
			if r.Mine(wants[i], have) {
				if a.Record != nil { // of two a person is to decide
					a.Record = nil
					break
				}
				a.Record = found[j]
			}
		}
		if a.Record == nil {
			a.Err = unsent(r.Fault(connector.Transient, op, "there already", ""))
		}
		answers[n] = a
	}
}

// oneOfMany makes one record by the call that makes many.
func (r *Resource[W]) oneOfMany(ctx context.Context, op string, w *W) (json.RawMessage, error) {
	answers, err := r.Many(ctx, op, []*W{w})
	switch one, ok := answers[0]; {
	case err != nil:
		return nil, err
	case !ok:
		return nil, r.Fault(connector.Transient, op, "not in the answer", "")
	default:
		return one.Record, one.Err
	}
}

// twice refuses a record with a unique value that another one in the batch has.
func (r *Resource[W]) twice(op string, want record.Fields, taken map[[2]string]bool) error {
	for _, f := range r.Unique {
		at := [2]string{string(f), want[f]}
		if want[f] != "" && taken[at] {
			return unsent(r.Fault(connector.Rejected, op, "the value is in the batch twice", f))
		}
		taken[at] = true
	}
	return nil
}

func (r *Resource[W]) result(ctx context.Context, op string, a Answer, want record.Fields, w *W) connector.Result {
	if r.Exists != nil && a.Err != nil {
		if id, there := r.Exists(a.Err); there {
			item, err := r.adopt(ctx, id, a.Record, want, a.Err)
			return connector.Result{Item: item, Err: err}
		}
	}
	switch {
	case a.Err != nil:
		return connector.Result{Err: a.Err}
	case a.Record != nil:
		item, _, fault := r.Decode(a.Record)
		item, err := r.stored(op, item, fault, want, w, nil)
		return connector.Result{Item: r.kept(item, want), Err: err}
	case a.ID == "":
		return connector.Result{Err: r.Fault(connector.Transient, op, "made without an id", "")}
	}
	// The answer need not show the record: it is then what was sent.
	return connector.Result{Item: connector.Item{ID: a.ID, Fields: want.Only(r.Table.Writes()).Over(a.Besides)}}
}
