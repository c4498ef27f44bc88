package outbox

import (
	"context"
	"fmt"
	"slices"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/store"
)

// keysOf turns the remote ids in a set into keys of ours. An id that is nobody's
// stays, marked.
func (o *Place) keysOf(ctx context.Context, kind record.Kind, set string) (string, error) {
	rows, err := o.Store.KeysOfIDs(ctx, string(o.System), string(kind), record.Referents(set))
	if err != nil {
		return "", fmt.Errorf("read whose records they are: %w", err)
	}
	known := make(map[string]string, len(rows))
	for _, r := range rows {
		known[*r.ExternalID] = r.Key
	}
	return record.KeySet(record.SetMembers(set), known), nil
}

// referents are what a reference names.
type referents struct {
	ids     string // the remote ids of those that have one, in their rows where there are any
	there   string // the same by their keys
	missing int    // how many are still to come
	left    bool   // one that is deleted with us was left there
}

// referents turns the keys in a set of references into remote ids. One that is deleted
// with us is not to come where the reference lets go, also before it is removed.
func (o loading) referents(ctx context.Context, ref connector.Ref, set string) (referents, error) {
	keys := record.Referents(set)
	rows, err := o.Store.BoundIDs(ctx, string(o.System), string(ref.Kind), keys)
	if err != nil {
		return referents{}, fmt.Errorf("read what references stand for: %w", err)
	}
	ids, leaving := map[string]string{}, []string(nil)
	for _, r := range rows {
		if r.Leaves && ref.LetsGo {
			leaving = append(leaving, r.Key)
			continue
		}
		ids[r.Key] = *r.ExternalID
	}
	there := slices.DeleteFunc(record.SetMembers(set), func(m string) bool { return ids[record.Referents(m)[0]] == "" })
	out := referents{there: record.SetValue(there), missing: len(keys) - len(ids)}
	out.ids = record.IDSet(out.there, ids)
	if out.missing == 0 || !ref.LetsGo {
		return out, nil
	}
	ents, err := o.Hub.EntitiesByKey(ctx, string(ref.Kind), keys)
	if err != nil {
		return referents{}, fmt.Errorf("read what references stand for: %w", err)
	}
	for _, e := range ents {
		if e.Deleted != "" && ids[e.Key] == "" {
			out.missing--
			out.left = out.left || !slices.Contains(leaving, e.Key)
		}
	}
	return out, nil
}

// stand reports whether what a record shows of a reference stays: all that can be told is
// there, or it is of what was left there.
func (to referents) stand(shown string) bool {
	return to.missing > 0 && to.there == shown || to.left && to.ids == ""
}

// PartToFree returns the part of another record of ours that holds a value of which only
// one may, and is to hold it no longer; nil when there is none.
func (o *Place) PartToFree(ctx context.Context, d *Delivery, f record.Field, value string) (*Part, error) {
	within := o.Host.UniqueIn[f]
	rows, err := o.Store.RecordsWithValue(ctx, store.RecordsWithValueParams{
		System: string(o.System), Place: o.Host.Place, Scope: o.Host.Scope, Kind: string(o.Host.Kind),
		Field: f, Value: value, Within: within, Of: d.Host.Ent.Fields[within], Other: d.Host.Row.ID,
	})
	if err != nil {
		return nil, fmt.Errorf("look for the holder of a value: %w", err)
	}
	for _, row := range rows {
		ents, err := o.Hub.EntitiesByID(ctx, []int64{*row.Entity})
		if err != nil {
			return nil, fmt.Errorf("look for the holder of a value: %w", err)
		}
		if len(ents) == 0 {
			continue
		}
		if b := (loading{o}).newPart(row, o.Host, newEntity(&ents[0], o.Now())); b.mayGiveUp(f, value) {
			return b, nil
		}
	}
	return nil, nil
}

// mayGiveUp reports whether a record is to hold a value no longer.
func (b *Part) mayGiveUp(f record.Field, value string) bool {
	_, fixed := b.Policy.FixedAt(record.System(b.Row.System), b.Ent.Fields)[f]
	return !fixed && (b.Ent.Deleted != "" || b.Ent.Fields[f] != value)
}
