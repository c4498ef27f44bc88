package plan

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
)

// A component is what must be applied together or not at all: an entity, what
// is derived with it, and the entities that give a record to each other. When
// one part of it is out of date by the time the plan is applied, the whole
// component is left to the next run, and nothing else.

// join makes two entities parts of one component.
func (ent *entity) join(other *entity) {
	if a, b := ent.root(), other.root(); a != b {
		b.parent = a
	}
}

// root is the entity that stands for the component.
func (ent *entity) root() *entity {
	for ent.parent != nil {
		if ent.parent.parent != nil {
			ent.parent = ent.parent.parent
		}
		ent = ent.parent
	}
	return ent
}

// components numbers the components, from the one after first.
type components struct {
	first   int32
	numbers map[*entity]int32
}

func (c components) last() int32 { return c.first + int32(len(c.numbers)) } //nolint:gosec // bounded by the run

func (c components) of(ent *entity) int32 {
	if ent == nil {
		return 0
	}
	root := ent.root()
	if c.numbers[root] == 0 {
		c.numbers[root] = c.last() + 1
	}
	return c.numbers[root]
}

// ItemID names a staged item.
type ItemID struct {
	Listing int32
	ID      record.ExternalID
}

// newcomers are the records that listings showed and that are not stored under
// their keys.
func (b *Builder) newcomers() []Newcomer {
	var out []Newcomer
	for _, it := range b.items {
		host := it.colls.Host(it.listing.Place, it.listing.View)
		if it.State != Changed || host == nil {
			continue
		}
		key := b.in.Policies.Of(host.Kind).Key(it.Fields)
		row := b.in.Snapshot.byRemote[it.at(host.Kind, it.ID)]
		if key != "" && (row == nil || row.Entity == 0 && row.NaturalKey != key) {
			out = append(out, Newcomer{ItemID{it.Listing, it.ID}, key})
		}
	}
	return out
}

// missing are the listings that miss something that they showed before.
func (b *Builder) missing() []int32 {
	var out []int32
	for _, it := range b.items {
		if (it.State == Absent || it.State == Removed) && !slices.Contains(out, it.Listing) {
			out = append(out, it.Listing)
		}
	}
	return out
}
