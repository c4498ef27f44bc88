// Package fact holds what a plan is made from: what is stored, what this run has
// read, and the questions by which a plan asks for more. It decides nothing.
package fact

import (
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/derive"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/reconcile"
	"github.com/touchline-sync/touchline/sync/record"
)

// Input is all that Build works on.
type Input struct {
	Now      time.Time
	Family   string
	Policies policy.Set
	Rules    []derive.Rule
	// Systems has what each opened system offers.
	Systems map[record.System]connector.Collections
	// Observed are those of them that are never written: each entity that they are to
	// hold is planned anew.
	Observed []record.System
	// Kind and Keys narrow the run to some entities; without Keys it is about
	// all.
	Kind record.Kind
	Keys []string
	// AbsentListings is in how many certified full listings in a row a record
	// must be absent, the first and the last AbsentGap apart.
	AbsentListings int
	AbsentGap      time.Duration
	// Accepted are the fields of which a person has accepted a change that this run
	// has read: no limit counts what becomes of them.
	Accepted map[record.Kind][]record.Field
	// Listings are all that are known, each with what this run has read of it.
	Listings []Listing
	// Items is what the run has staged, ordered by listing and remote id.
	Items []Item
	// TooLarge are groups that more than GroupMost touch in this run.
	TooLarge map[GroupName]bool
	// Components is the last number given to a component of the run.
	Components int32
	// Snapshot is what is stored, as far as it was asked for.
	Snapshot *Snapshot
}

// Origin says from whom a value is.
type Origin = record.Origin

// Entity is an entity as it is stored.
type Entity struct {
	record.Entity

	From map[record.Field]Origin
	// Rule and Group say which rule makes it, and of which group; Made is what
	// it was made of last.
	Rule, Group string
	Made        record.Fields
	// PlannedVersion is the version that a run has planned last; 0 asks for it
	// to be planned again although it has not changed.
	PlannedVersion int64
}

// SyncRecord is what is stored of one remote record.
type SyncRecord struct {
	ID         int64
	System     record.System
	Place      string
	Scope      string
	Kind       record.Kind
	ExternalID record.ExternalID // "" when there is none yet
	Entity     record.EntityID   // 0: unmanaged
	NaturalKey string
	CreatedBy  string
	Remote     record.Fields
	BaseLocal  record.Fields // by field: our value when both sides last agreed
	BaseRemote record.Fields // and theirs
	Echo       reconcile.Echo
	WrittenAt  int64  // our last write, in the order in which readings begin
	PendingOp  string // "", put, remove
	Pending    bool   // something is to be written there
	Uncertain  bool   // a create may have taken effect
	Pinned     []record.Field
	Paused     bool // a person wants nothing of it written
	Quarantine string
	Held       reconcile.Held
	// RecreatedOn is when it was made anew last; nil: never.
	RecreatedOn *time.Time
	// ConfirmAt is from when on the end of the record may be confirmed; nil: it
	// waits for none. ConfirmWhy says how it ends, ConfirmBy what must be read
	// again.
	ConfirmAt  *time.Time
	ConfirmWhy string
	ConfirmBy  []Cause
	// Decided is what a person has said of its leaving, on DecidedOn; "" when nothing.
	Decided   string
	DecidedOn *time.Time
	Version   int64
}

// Cause is a remote record whose reading has led to an end. Reading it again, by
// a certified listing or by itself, confirms the end.
type Cause struct {
	System record.System
	Place  string
	Kind   record.Kind
	ID     record.ExternalID
}

// Listing is one view of a place.
type Listing struct {
	ID          int32
	System      record.System
	Place       string
	Scope       string
	View        string
	Initialised bool
	Reading     *Reading // nil when this run has not read it
}

// Reading is what a run has read of a listing.
type Reading struct {
	Complete bool // it came to its end
	Whole    bool // it was meant to show all
	// Certificate proves that what it did not show was not there.
	Certificate reconcile.Certificate
	Why         string // it is not certified
	Held        bool   // something of it is not taken
	BegunAt     int64  // in the order of the writes
	Count       int64
	Absent      int64
	// Fetched are the records that were asked for by themselves.
	Fetched map[record.ExternalID]bool
}

// The states of an item.
const (
	Changed = "changed"
	Absent  = "absent"
	Removed = "removed"
	Faulty  = "fault"
)

// Item is one record that a listing showed otherwise than before.
type Item struct {
	Listing   int32
	ID        record.ExternalID
	State     string
	Fields    record.Fields
	Reason    string
	Successor record.ExternalID
	// Missing is in how many certified listings it was absent before, since
	// MissingSince.
	Missing      int
	MissingSince *time.Time
	// Asked says that it is absent also when it is asked for by itself.
	Asked bool
}

// ItemID names a staged item.
type ItemID struct {
	Listing int32
	ID      record.ExternalID
}

// GroupName is a group of a rule.
type GroupName struct{ Rule, Key string }
