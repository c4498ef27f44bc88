// Package derive makes entities from groups of entities: who is on which
// mailing list, who is whose parent. Pure functions; the engine carries their
// results to the systems like any other entity.
package derive

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
)

// Rule makes entities of one kind from groups of entities of others (or the
// same). Only groups that a change touches are made again.
type Rule struct {
	// Name tells rules apart; a group key is remembered under it.
	Name string
	// From are the kinds that groups are made of. A rule is asked when the last of them
	// is decided, in the order of the policies.
	From []record.Kind
	// Makes are the kinds that the rule makes, in the order in which they must
	// be decided.
	Makes []record.Kind
	// Groups returns the keys of the groups that an entity belongs to. Gone
	// entities belong to none. A rule whose kind it makes itself must return
	// none for the entities it made.
	Groups func(e record.Entity) []string
	// UnmanagedGroup returns the group that a remote record of a kind made belongs
	// to when it is not ours, or "". Nil: unmanaged records play no part.
	UnmanagedGroup func(record.Fields) string
	// Heir returns what stays the same when the key of an entity changes, such
	// as whose entry it is; "" when nothing does. An entity that is made no
	// longer and one that is new, alone with the same heir in one Plan, are one
	// and the same: its remote records move. Nil: keys never change.
	Heir func(kind record.Kind, f record.Fields) string
	// Make returns what a group makes now. It depends on nothing but its
	// arguments, not even on their order.
	Make func(g Group) Made
}

// Reads reports whether groups are made of entities of a kind.
func (r *Rule) Reads(kind record.Kind) bool { return slices.Contains(r.From, kind) }

// Group is what Make works on.
type Group struct {
	Key     string
	Members []record.Entity // alive, sorted by kind and key
	// Before are the entities that this rule made from this group before (alive
	// ones), sorted by kind and key.
	Before []record.Entity
	// Unmanaged are remote records of the kinds made that are not ours and have
	// this group's key by UnmanagedGroup, as far as we have seen them.
	Unmanaged []Unmanaged
}

// Unmanaged is a remote record that somebody else put there.
type Unmanaged struct {
	System record.System
	Place  string
	ID     record.ExternalID
	Fields record.Fields // perhaps only those that recognise it
	Absent bool          // it is not there any more, and tells of a consent at most
}

// Made is what a group makes. Entities that were made before and are not among
// them are gone.
type Made struct {
	Entities []Entity
	// Aliases tell that one key has become another: the remote records of From
	// are those of To from now on.
	Aliases []Alias
}

// Entity is one entity made: what Make decides of it, and no more.
type Entity struct {
	Kind   record.Kind
	Key    string
	Fields record.Fields
	// Takes are unmanaged records of the group that are the entity's although they
	// show another key: they are bound, and none is made beside them.
	Takes []Unmanaged
}

// Alias says that two keys of one kind name the same entity.
type Alias struct {
	Kind     record.Kind
	From, To string
}
