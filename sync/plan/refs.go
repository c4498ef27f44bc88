package plan

import (
	"github.com/touchline-sync/touchline/sync/record"
)

// UnmanagedMark marks a reference to a remote record that is not ours.
const UnmanagedMark = "?"

// NameReferences turns remote ids into a set of our keys. An id that is nobody's
// stays, marked.
func NameReferences(ids []string, known func(id string) string) string {
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		if k := known(id); k != "" {
			out = append(out, k)
		} else {
			out = append(out, UnmanagedMark+id)
		}
	}
	return record.SetValue(out)
}

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
			it.Fields[f] = NameReferences(record.SetMembers(value), func(id string) string {
				if key := bound[target{it.listing.System, ref.Kind, id}]; key != "" {
					return key
				}
				q := Request{What: Referent, System: it.listing.System, Kind: ref.Kind, Key: id}
				b.ask(q)
				return b.in.Snapshot.referents[q]
			})
		}
	}
}
