package plan

import (
	"github.com/touchline-sync/touchline/sync/plan/change"
	"github.com/touchline-sync/touchline/sync/plan/fact"
	"github.com/touchline-sync/touchline/sync/plan/group"
	"github.com/touchline-sync/touchline/sync/plan/orphan"
)

// What a plan is made from. The fields are explained in fact.
type (
	// Input is all that Build works on.
	Input = fact.Input
	// Origin says from whom a value is, and when it was seen.
	Origin = fact.Origin
	// Entity is an entity as it is stored.
	Entity = fact.Entity
	// SyncRecord is what is stored of one remote record.
	SyncRecord = fact.SyncRecord
	// Cause is a remote record whose reading has led to an end.
	Cause = fact.Cause
	// Listing is one view of a place.
	Listing = fact.Listing
	// Reading is what a run has read of a listing.
	Reading = fact.Reading
	// Item is one record that a listing showed otherwise than before.
	Item = fact.Item
	// ItemID names a staged item.
	ItemID = fact.ItemID
	// Late is a change of our own copy that was applied lately without approval.
	Late = fact.Late
	// Snapshot is what is stored, as far as it was asked for.
	Snapshot = fact.Snapshot
	// Request is one question.
	Request = fact.Request
	// Need are the questions that a snapshot has no answer to yet.
	Need = fact.Need
	// What names a kind of question that a snapshot answers.
	What = fact.What
	// Node stands for something that decisions may have in common.
	Node = fact.Node
	// Known is what an item is known to reach.
	Known = fact.Known
	// Reached is a node that a decision depends on or changes.
	Reached = fact.Reached
)

// The states of an item.
const (
	Changed = fact.Changed
	Absent  = fact.Absent
	Removed = fact.Removed
	Faulty  = fact.Faulty
)

// The questions.
const (
	ByKey     = fact.ByKey
	ByID      = fact.ByID
	RecordsOf = fact.RecordsOf
	ByRemote  = fact.ByRemote
	Namesakes = fact.Namesakes
	GroupsOf  = fact.GroupsOf
	Group     = fact.Group
	Referent  = fact.Referent
	All       = fact.All
	Living    = fact.Living
	Unplanned = fact.Unplanned
	Waiting   = fact.Waiting
	Lately    = fact.Lately
	NewKey    = fact.NewKey
	Whose     = fact.Whose
)

// Repairable is how long ago what is repaired may have come in.
const Repairable = fact.Repairable

// NewSnapshot returns a snapshot that knows nothing.
func NewSnapshot() *Snapshot { return fact.NewSnapshot() }

// What a plan comes to. The fields are explained in change.
type (
	// Changes are what a plan comes to.
	Changes = change.Changes
	// Newcomer is a record that came, with its natural key.
	Newcomer = change.Newcomer
	// EntityChange is an entity as it is to be stored.
	EntityChange = change.EntityChange
	// RecordChange is a sync record as it is to be stored.
	RecordChange = change.RecordChange
	// GroupName is a group of a rule.
	GroupName = change.GroupName
	// Aside is a record that is put aside, and was not before.
	Aside = change.Aside
	// Alias says that a key has become another.
	Alias = change.Alias
	// Conflict is a conflict of an entity's field.
	Conflict = change.Conflict
	// Notify names a record that must be fetched.
	Notify = change.Notify
	// Row is one change, for people and for the history.
	Row = change.Row
	// Sum is what is kept of a batch's changes once they are stored.
	Sum = change.Sum
	// PlaceName names a place of a system.
	PlaceName = change.PlaceName
	// Counter counts what a plan decides for one kind at one place.
	Counter = change.Counter
)

// Total adds sums up. A sum without any batch is that of no changes.
func Total(all []Sum) Sum { return change.Total(all) }

// GroupMost is how many members a group may have to be made again.
const GroupMost = group.Most

// Orphan is a record that we have made, of which Orphans decides.
type Orphan = orphan.Record

// FindsOrphans reports whether orphans can be found in what was read of a listing, and
// why not.
func FindsOrphans(l *Listing) (finds bool, why string) { return orphan.Finds(l) }

// Orphans plans the removal of those records of a listing that no entity wants.
func Orphans(in *Input, l *Listing, all []Orphan) Changes { return orphan.Plan(in, l, all) }
