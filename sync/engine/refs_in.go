package engine

import (
	"context"

	"github.com/touchline-sync/touchline/sync/record"
)

// references turns the remote ids in the items' reference fields into keys of
// ours.
func (w *world) references(ctx context.Context, kind record.Kind) error {
	known, err := w.referents(ctx, kind)
	if err != nil {
		return err
	}
	for _, it := range w.items {
		coll := it.collection(kind)
		if coll == nil || it.State != itemChanged {
			continue
		}
		for f, ref := range coll.Refs {
			value, ok := it.fields[f]
			if !ok || value == "" {
				continue
			}
			it.fields[f] = named(record.SetMembers(value), known[name{ref.Kind, string(it.sys.Name)}])
		}
	}
	return nil
}

// referents are the keys of all that the items of a kind refer to, by remote
// id.
func (w *world) referents(ctx context.Context, kind record.Kind) (map[name]map[string]string, error) {
	ids := map[name][]string{}
	for _, it := range w.items {
		coll := it.collection(kind)
		if coll == nil || it.State != itemChanged {
			continue
		}
		for f, ref := range coll.Refs {
			at := name{ref.Kind, string(it.sys.Name)}
			ids[at] = append(ids[at], record.SetMembers(it.fields[f])...)
		}
	}
	out := map[name]map[string]string{}
	for at, all := range ids {
		out[at] = w.boundKeys(record.System(at.key), at.kind)
		if err := w.e.keysOf(ctx, record.System(at.key), at.kind, all, out[at]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// boundKeys are the keys of the entities in the world by their remote ids.
func (w *world) boundKeys(s record.System, kind record.Kind) map[string]string {
	known := map[string]string{}
	for _, rep := range w.reps {
		if rep.row.System == string(s) && rep.row.Kind == string(kind) && rep.entity != nil && rep.row.ExternalID != nil {
			known[*rep.row.ExternalID] = rep.entity.Key
		}
	}
	return known
}
