package store

// The states of a staged item: what a Read has found of a record, for Plan to
// decide what it means.
const (
	StagedChanged = "changed" // new, or not as the view last showed it
	StagedAbsent  = "absent"  // not in a full listing
	StagedRemoved = "removed" // the system says that it is gone
	StagedFault   = "fault"   // there, but not readable
)

// The states of a plan that is applied batch by batch.
const (
	Applying       = "APPLYING"
	Applied        = "APPLIED"
	ApplyCancelled = "CANCELLED" // it may not begin
)
