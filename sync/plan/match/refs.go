package match

import (
	"github.com/touchline-sync/touchline/sync/plan/draft"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/record"
)

// references turns the remote ids in the items' reference fields into keys of
// ours.
func references(d *draft.Plan, kind record.Kind) {
	type target struct {
		system record.System
		kind   record.Kind
		id     string
	}
	bound := map[target]string{}
	for _, rec := range d.ByRemote {
		if rec.Owner != nil && rec.ExternalID != "" {
			bound[target{rec.System, rec.Kind, string(rec.ExternalID)}] = rec.Owner.Key
		}
	}
	for _, it := range d.Items {
		coll := it.Collection(kind)
		if coll == nil || it.State != fact.Changed {
			continue
		}
		for f, ref := range coll.Refs {
			value, ok := it.Fields[f]
			if !ok || value == "" {
				continue
			}
			keys := map[string]string{}
			for _, id := range record.Referents(value) {
				if keys[id] = bound[target{it.Where.System, ref.Kind, id}]; keys[id] == "" {
					keys[id] = d.Ask.Referent(it.Where.System, ref.Kind, id)
				}
				if keys[id] == "" {
					keys[id] = knownAs(d, it.Where.System, ref, record.ExternalID(id))
				}
			}
			it.Fields[f] = record.KeySet(record.SetMembers(value), keys)
		}
	}
}
