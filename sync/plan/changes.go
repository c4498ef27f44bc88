package plan

import (
	"slices"

	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// Changes are what a plan comes to.
type Changes struct {
	// Planned are the items that were dealt with, by listing: what was last
	// seen of them moves when the plan is applied.
	Planned map[ItemID]int32 // by component
	// Newcomers are records that a listing showed and that are not stored under
	// this key; Missing are the listings that are certified and miss something.
	Newcomers []Newcomer
	Missing   []int32
	Entities  []EntityChange
	Records   []RecordChange
	Aliases   []Alias
	Conflicts []Conflict
	Notify    []Notify // records that the next run must fetch
	Rows      []Row
	Unmanaged map[int32]int64 // by listing: records shown that are not ours
	Counters  []Counter
	Excluded  map[string]int64 // by system and why
	// Refused are the groups that are too large to be made again.
	Refused []GroupName
	// Reached is what the changes depend on: who decides something else of it must
	// decide both together. Components is the last number given to a component.
	Reached    []Reached
	Components int32
}

// Newcomer is a record that came, with its natural key.
type Newcomer struct {
	ItemID

	Key string
}

// EntityChange is an entity as it is to be stored. ID 0 is a new one; Version
// is what it must still be.
type EntityChange struct {
	Entity

	Groups    []GroupName
	Component int32
}

// GroupName is a group of a rule.
type GroupName struct{ Rule, Key string }

// RecordChange is a sync record as it is to be stored. ID 0 is a new one.
type RecordChange struct {
	SyncRecord

	EntityKind record.Kind // and EntityKey: whose it becomes; "" is nobody's
	EntityKey  string
	Bump       bool // something is to be done at the system
	Drop       bool
	Recreate   bool
	TakeOver   bool // a first sync makes it ours, if a person says so
	Groups     []GroupName
	Component  int32
}

// Alias says that a key has become another.
type Alias struct {
	Kind      record.Kind
	From, To  string
	Reason    record.Reason
	Component int32

	of *entity
}

// Conflict is a conflict of an entity's field.
type Conflict struct {
	reconcile.Conflict

	Kind      record.Kind
	Key       string
	Component int32

	of *entity
}

// Notify names a record that must be fetched.
type Notify struct {
	System record.System
	Kind   record.Kind
	ID     record.ExternalID
}

// Row is one change, for people and for the history.
type Row struct {
	Kind              record.Kind
	Key               string
	Entity            record.EntityID
	EntityVersion     int64
	System            record.System
	Place, Scope      string
	SyncRecord        int64
	SyncRecordVersion int64
	Op                string // create, update, remove, adopt, detach; at the hub also delete, return
	Fields            record.Change
	Reason            string
	Component         int32
	// Effect is what the row does to the record, whatever its operation; "" is
	// nothing that a limit counts. Emptied are the filled fields that it empties.
	Effect  reconcile.Effect
	Emptied []record.Field

	of *entity
}

// changes puts together what is to be stored.
func (b *Builder) changes() Changes {
	out := b.out
	for it := range b.doubted {
		delete(b.planned, ItemID{it.Listing, it.ID})
	}
	out.Newcomers, out.Missing = b.newcomers(), b.missing()
	parts := components{first: b.in.Components, numbers: map[*entity]int32{}}
	out.Planned = make(map[ItemID]int32, len(b.planned))
	for id, ent := range b.planned {
		out.Planned[id] = parts.of(ent)
	}
	for i := range out.Rows {
		out.Rows[i].Component = parts.of(out.Rows[i].of)
	}
	for i := range out.Conflicts {
		out.Conflicts[i].Component = parts.of(out.Conflicts[i].of)
	}
	for i := range out.Aliases {
		out.Aliases[i].Component = parts.of(out.Aliases[i].of)
	}
	out.Entities, out.Records, out.Counters = b.entityChanges(parts), b.recordChanges(parts), b.counts()
	out.Unmanaged = b.unmanaged()
	out.Reached = b.reached(parts)
	out.Components, out.Refused = parts.last(), b.refusals()
	return out
}

func (b *Builder) entityChanges(parts components) []EntityChange {
	var out []EntityChange
	for _, p := range b.in.Policies {
		for _, ent := range b.cands[p.Kind] {
			if ent.dirty {
				out = append(out, EntityChange{
					Entity: Entity{Entity: ent.Entity, From: ent.from, Rule: ent.rule, Group: ent.group, Made: ent.made},
					Groups: b.groupNames(ent), Component: parts.of(ent),
				})
			}
		}
	}
	return out
}

// groupNames are the groups that an entity is in, by rule.
func (b *Builder) groupNames(ent *entity) []GroupName {
	var out []GroupName
	for i := range b.in.Rules {
		if rule := &b.in.Rules[i]; rule.From == ent.Kind {
			for _, g := range groupsOf(rule, ent) {
				out = append(out, GroupName{rule.Name, g})
			}
		}
	}
	return out
}

func (b *Builder) recordChanges(parts components) []RecordChange {
	var out []RecordChange
	add := func(rep *syncRecord) {
		neverWas := rep.ID == 0 && (rep.drop ||
			rep.entity != nil && rep.ExternalID == "" && !rep.bump && rep.Quarantine == "")
		if (rep.dirty || rep.bump) && !neverWas {
			change := b.recordChange(rep)
			change.Component = parts.of(rep.owner())
			out = append(out, change)
		}
	}
	done := map[*entity]bool{}
	for _, p := range b.in.Policies {
		for _, ent := range b.cands[p.Kind] {
			if done[ent] {
				continue
			}
			done[ent] = true
			for _, rep := range ent.reps {
				add(rep)
			}
		}
	}
	for _, rep := range b.strays {
		if rep.entity == nil {
			add(rep)
		}
	}
	return out
}

func (b *Builder) recordChange(rep *syncRecord) RecordChange {
	out := RecordChange{SyncRecord: rep.SyncRecord, Bump: rep.bump, Drop: rep.drop, Recreate: rep.again}
	if rep.entity != nil {
		out.EntityKind, out.EntityKey = rep.entity.Kind, rep.entity.Key
		out.TakeOver = b.takesOver(rep)
		return out
	}
	p := b.in.Policies.Of(rep.Kind)
	if key := p.Key(rep.Remote); key != "" {
		out.NaturalKey = key
	}
	out.Remote = rep.Remote.Only(recognising(p))
	out.BaseLocal, out.BaseRemote = record.Fields{}, record.Fields{}
	out.Groups = b.unmanagedGroups(rep)
	return out
}

// takesOver reports whether a record is taken over by the first sync of its place.
func (b *Builder) takesOver(rep *syncRecord) bool {
	if rep.bound() || rep.ExternalID == "" || isSource(b.in.Policies.Of(rep.Kind), rep.System) {
		return false
	}
	for _, l := range b.listings {
		if l.System == rep.System && l.Place == rep.Place && l.Scope == rep.Scope && l.Reading != nil {
			return !l.Initialised
		}
	}
	return false
}

// unmanagedGroups are the groups that an unmanaged record is in, by rule.
func (b *Builder) unmanagedGroups(rep *syncRecord) []GroupName {
	var out []GroupName
	for i := range b.in.Rules {
		rule := &b.in.Rules[i]
		if rule.UnmanagedGroup == nil || rep.coll == nil || rule.From == rep.coll.Kind || !slices.Contains(rule.Makes, rep.coll.Kind) {
			continue
		}
		if g := rule.UnmanagedGroup(rep.Remote); g != "" {
			out = append(out, GroupName{rule.Name, g})
		}
	}
	return out
}
