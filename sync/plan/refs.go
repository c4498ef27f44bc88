package plan

import (
	"github.com/touchline-sync/touchline/sync/record"
)

// references turns the remote ids in the items' reference fields into keys of
// ours.
func (b *Builder) references(kind record.Kind) {
	type target struct {
		system record.System
		kind   record.Kind
		id     string
	}
	bound := map[target]string{}
	for _, rep := range b.reps {
		if rep.entity != nil && rep.ExternalID != "" {
			bound[target{rep.System, rep.Kind, string(rep.ExternalID)}] = rep.entity.Key
		}
	}
	for _, it := range b.items {
		coll := it.collection(kind)
		if coll == nil || it.State != Changed {
			continue
		}
		for f, ref := range coll.Refs {
			value, ok := it.Fields[f]
			if !ok || value == "" {
				continue
			}
			ids, keys := record.SetMembers(value), map[string]string{}
			for _, id := range ids {
				if keys[id] = bound[target{it.listing.System, ref.Kind, id}]; keys[id] == "" {
					q := Request{What: Referent, System: it.listing.System, Kind: ref.Kind, Key: id}
					b.ask(q)
					keys[id] = b.in.Snapshot.referents[q]
				}
			}
			it.Fields[f] = record.KeySet(ids, keys)
		}
	}
}
