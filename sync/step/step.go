// Package step has the words with which jobs and the engine speak of one step
// of a run: what is asked (Task, Read, Write), what came of it (Slice, Counter)
// and how it must end (Stop). It does nothing itself.
package step

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/sync/record"
)

// Task is what a step gives the engine for one slice of its work.
type Task struct {
	Run  uuid.UUID
	Step int64
	// Plan says that the run is not to be applied.
	Plan bool
	// Approved says that the writes belong to a plan that a person approved:
	// what is written must equal the plan's rows.
	Approved bool
	// Kind and Keys narrow the run to some entities; empty is everything.
	Kind record.Kind
	Keys []string
	// Override lists the limits that are lifted for this run, with the reason
	// in the audit.
	Override []string
	// Cursor is where the slice before stopped; "" at first.
	Cursor string
	// Until is when the slice should end.
	Until time.Time
	// Token is the number of the lease under which the step works. Each
	// transaction checks first that it is still the step's; 0 checks nothing.
	Token int64
	// Report tells how far the step has come. It may be called often; Report
	// itself decides what to store.
	Report func(ctx context.Context, counters []Counter)
}

// PartialNote is the key in Slice.Detail under which a step says why its run is
// PARTIAL although the step was carried out.
const PartialNote = "partial"

// Slice is what came of one slice.
type Slice struct {
	Done   bool
	Cursor string
	// After asks to go on not before this time: what is pending waits.
	After time.Duration
	// Counters are the sums of this slice alone.
	Counters []Counter
	// Detail is kept with the step: evidence and reasons, no personal data.
	Detail map[string]string
	// Asides are records that the slice has put aside, no more than AsidesMost:
	// those that are not news are left out. Counters say how many there were.
	Asides []Aside
}

// Counter counts what a step did for one kind at one place. All counters are
// sums over records, but for Calls.
type Counter struct {
	System      record.System `json:"system"`
	Place       string        `json:"place"`
	Kind        record.Kind   `json:"kind"`
	Read        int64         `json:"read"`
	Created     int64         `json:"created"`
	Updated     int64         `json:"updated"`
	Unchanged   int64         `json:"unchanged"`
	Removed     int64         `json:"removed"`
	Waiting     int64         `json:"waiting"`
	Excluded    int64         `json:"excluded"`
	Quarantined int64         `json:"quarantined"`
	Held        int64         `json:"held"`
	Failed      int64         `json:"failed"`
	Faults      int64         `json:"faults"`
	Conflicts   int64         `json:"conflicts"`
	Calls       int64         `json:"calls"`
}

// Number is a counter with its name.
type Number struct {
	Name string
	N    int64
}

// Numbers are the counters by name, in a fixed order.
func (c Counter) Numbers() []Number {
	return []Number{
		{"read", c.Read},
		{"created", c.Created},
		{"updated", c.Updated},
		{"unchanged", c.Unchanged},
		{"removed", c.Removed},
		{"waiting", c.Waiting},
		{"excluded", c.Excluded},
		{"quarantined", c.Quarantined},
		{"held", c.Held},
		{"failed", c.Failed},
		{"faults", c.Faults},
		{"conflicts", c.Conflicts},
		{"calls", c.Calls},
	}
}

// Outcome is how a run ended, or must end.
type Outcome string

// The outcomes of a run.
const (
	Succeeded    Outcome = "SUCCEEDED"
	Partial      Outcome = "PARTIAL"
	Failed       Outcome = "FAILED"
	GuardStopped Outcome = "GUARD_STOPPED"
	Drifted      Outcome = "DRIFTED"
	NeedsAuth    Outcome = "NEEDS_AUTH"
	Cancelled    Outcome = "CANCELLED"
)

// Stop is the error with which the engine ends a run. Reason is stable, in
// capitals; Detail is for people and holds no personal data.
type Stop struct {
	Outcome Outcome
	Reason  string
	Detail  string
}

// Error returns the text.
func (s *Stop) Error() string { return string(s.Outcome) + " " + s.Reason + ": " + s.Detail }
