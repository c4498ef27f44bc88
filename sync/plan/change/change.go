// Package change holds what a plan comes to: what is to be stored, and the rows
// that a person reads and that the limits count. It decides nothing.
package change

import (
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// Planned is what a plan has made of an item.
type Planned struct {
	Component int32 // 0: of none
	Missed    int   // of one that is absent: how many listings in a row had missed it before
}

// Changes are what a plan comes to.
type Changes struct {
	// Planned are the items that were dealt with, by listing: what was last
	// seen of them moves when the plan is applied.
	Planned map[fact.ItemID]Planned
	// Again are those of them that every reading is to show again until they can be
	// decided.
	Again []fact.ItemID
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
	Asides    []Aside         // of the records
	// ShownAgain are listings of which something is to be shown again by the next reading,
	// since this run has not read what it hangs on.
	ShownAgain []int32
	Counters   []Counter
	Excluded   map[string]int64 // by system and why
	// Refused are the groups that are too large to be made again.
	Refused []GroupName
	// Reached is what the changes depend on: who decides something else of it must
	// decide both together. Components is the last number given to a component.
	Reached    []fact.Reached
	Components int32
}

// Newcomer is a record that came, with its natural key.
type Newcomer struct {
	fact.ItemID

	Key string
}

// EntityChange is an entity as it is to be stored. ID 0 is a new one; Version
// is what it must still be.
type EntityChange struct {
	fact.Entity

	Groups    []GroupName
	Component int32
	// Came says that it is made of a record that has come in at a system; Alike are the
	// entities that were compared with it. Who is alike besides is not known to the plan.
	Came  bool
	Alike []record.EntityID
}

// GroupName is a group of a rule.
type GroupName = fact.GroupName

// RecordChange is a sync record as it is to be stored. ID 0 is a new one.
type RecordChange struct {
	fact.SyncRecord

	EntityKind record.Kind // and EntityKey: whose it becomes; "" is nobody's
	EntityKey  string
	Bump       bool // something is to be done at the system
	Drop       bool
	Recreate   bool
	TakeOver   bool // a first sync makes it ours, if a person says so
	SeeAgain   bool // the next reading is to show it, changed or not; of an entity's, that of each other view
	Groups     []GroupName
	Component  int32
}

// Aside is a record that is put aside, and was not before: held says that only some
// of its fields are. ID 0 is a new one.
type Aside struct {
	System record.System
	Place  string
	Kind   record.Kind
	ID     int64
	Entity record.EntityID
	Held   bool
	Why    string
}

// Alias says that a key has become another.
type Alias struct {
	Kind      record.Kind
	From, To  string
	Reason    record.Reason
	Component int32
}

// Conflict is a conflict of an entity's field.
type Conflict struct {
	reconcile.Conflict

	Kind      record.Kind
	Key       string
	Component int32
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
	Op                string // create, update, remove, adopt, detach, keep; at the hub also delete, return
	Fields            record.Change
	Reason            string
	Component         int32
	// Effect is what the row does to the record, whatever its operation; "" is
	// nothing that a limit counts. Emptied are the filled fields that it empties.
	Effect  reconcile.Effect
	Emptied []record.Field
	// Approved says that a person has let the record go: no limit counts it.
	Approved bool
	// Made says that a rule makes the entity: limits count those by themselves.
	Made bool
	// Seen is what an orphan must still show when it is removed: its digest.
	Seen []byte
}

// Counter counts what a plan decides for one kind at one place.
type Counter struct {
	System record.System
	Place  string
	Kind   record.Kind

	Created, Updated, Unchanged, Removed, Waiting, Excluded, Quarantined, Held, Faults, Conflicts int64
}
