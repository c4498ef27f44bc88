// Package notice tells people what matters about the runs of pipelines, by mail and
// by webhook, in words of the user. It decides nothing: jobs says what there is to
// tell. No notice holds a value of a person's field.
package notice

import (
	"context"
	"errors"
	"time"
)

// Kind is what a notice is about.
type Kind string

// The kinds, stable.
const (
	Failed       Kind = "FAILED"        // the last run came to nothing
	Incomplete   Kind = "INCOMPLETE"    // the last run ended PARTIAL
	Approval     Kind = "APPROVAL"      // the last run was stopped, and its plan waits for a person
	SignIn       Kind = "SIGN_IN"       // a system wants a person to sign in, or a right
	Overdue      Kind = "OVERDUE"       // no success for longer than the schedule and a grace
	Recovered    Kind = "RECOVERED"     // a success after any of these
	Weekly       Kind = "WEEKLY"        // what has happened in a week
	DatabaseAway Kind = "DATABASE_AWAY" // told by each process itself
	Test         Kind = "TEST"
)

// Notice is what is told.
type Notice struct {
	Kind     Kind   `json:"kind"`
	Pipeline string `json:"pipeline,omitempty"`
	// Run is the id of the run that it is about, Number its number.
	Run    string `json:"run,omitempty"`
	Number int64  `json:"number,omitempty"`
	// Reason is stable and in capitals; Detail says more, without a person's value.
	Reason string    `json:"reason,omitempty"`
	Detail string    `json:"detail,omitempty"`
	At     time.Time `json:"at"`
	// Since is when the pipeline was in step last; nil: never.
	Since *time.Time `json:"since,omitempty"`
	// Next is when the schedule runs it again; nil: it does not.
	Next *time.Time `json:"next,omitempty"`
	// PlanHash names the plan that waits, Counts what it would do or what was done.
	PlanHash string  `json:"plan_hash,omitempty"`
	Counts   []Count `json:"counts,omitempty"`
	Weeks    []Week  `json:"weeks,omitempty"` // of Weekly, by pipeline
	// Sessions are the systems, of SignIn, whose session in the browser needs a person.
	Sessions []string `json:"sessions,omitempty"`
	// Standing is what waits at the end of the week; of Weekly.
	Standing *Standing `json:"standing,omitempty"`
}

// Count is how many records of a kind a plan creates, changes and removes at a
// system; "hub" is our own copy.
type Count struct {
	System  string `json:"system"`
	Kind    string `json:"kind"`
	Created int64  `json:"created,omitempty"`
	Changed int64  `json:"changed,omitempty"`
	Removed int64  `json:"removed,omitempty"`
}

// Week is what a pipeline has done in a week.
type Week struct {
	Pipeline string `json:"pipeline"`
	Runs     int64  `json:"runs"`
	Good     int64  `json:"good"`          // of these ended SUCCEEDED
	Run      string `json:"run,omitempty"` // the last of them
	// Counts is what was done of what plans have said.
	Counts []Count `json:"counts,omitempty"`
}

// Standing counts what waits for somebody, or happens by itself unless somebody objects.
type Standing struct {
	Leaving     int64 `json:"leaving"`     // records, of whom nobody has decided yet
	Plans       int64 `json:"plans"`       // that want approval
	Conflicts   int64 `json:"conflicts"`   // that a person must decide
	Quarantined int64 `json:"quarantined"` // records that a system refuses
	Held        int64 `json:"held"`        // records with a field that a system refuses
}

// Sender brings a notice to people.
type Sender interface {
	Send(ctx context.Context, n Notice) error
}

// Senders brings it to all of them, and returns what failed.
type Senders []Sender

// Send sends by all senders.
func (s Senders) Send(ctx context.Context, n Notice) error {
	var faults []error
	for _, one := range s {
		faults = append(faults, one.Send(ctx, n))
	}
	return errors.Join(faults...)
}
