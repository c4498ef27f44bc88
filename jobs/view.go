package jobs

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// RunState says how far a run has come.
type RunState string

// The states of a run.
const (
	Queued  RunState = "QUEUED"
	Running RunState = "RUNNING"
	Planned RunState = "PLANNED"
	Ended   RunState = "ENDED"
)

// Over says that nothing more happens by itself.
func (s RunState) Over() bool { return s == Planned || s == Ended }

// StepState says how far a step has come.
type StepState string

// The states of a step. One that is StepReady has a job that has not begun; it
// is shown as pending, or as running between two slices.
const (
	StepPending   StepState = "PENDING"
	StepReady     StepState = "READY"
	StepRunning   StepState = "RUNNING"
	StepWaiting   StepState = "WAITING"
	StepDone      StepState = "DONE"
	StepSkipped   StepState = "SKIPPED"
	StepFailed    StepState = "FAILED"
	StepCancelled StepState = "CANCELLED"
)

// Action is what a step does.
type Action string

// The actions.
const (
	ActionRead  Action = "READ"
	ActionPlan  Action = "PLAN"
	ActionWrite Action = "WRITE"
)

// Run is one carrying out of a pipeline. It holds no personal data.
type Run struct {
	ID       uuid.UUID `json:"id"`
	Pipeline string    `json:"pipeline"`
	Number   int64     `json:"number"`
	// Parent is the parent run that has asked for it.
	Parent      *uuid.UUID   `json:"parent,omitempty"`
	State       RunState     `json:"state"`
	Outcome     step.Outcome `json:"outcome,omitempty"`
	Reason      string       `json:"reason,omitempty"`
	Detail      string       `json:"detail,omitempty"`
	PlanOnly    bool         `json:"plan_only,omitempty"`
	PlanHash    string       `json:"plan_hash,omitempty"`
	PlanUntil   *time.Time   `json:"plan_until,omitempty"`
	RequestedBy string       `json:"requested_by"`
	CancelledBy string       `json:"cancelled_by,omitempty"`
	ScopeKind   record.Kind  `json:"scope_kind,omitempty"`
	ScopeKeys   int          `json:"scope_keys,omitempty"`
	CreatedAt   time.Time    `json:"created_at"`
	StartedAt   *time.Time   `json:"started_at,omitempty"`
	EndedAt     *time.Time   `json:"ended_at,omitempty"`
	// LastSeq is the number of the newest event.
	LastSeq int64 `json:"last_seq"`
	// TakesOver is what the kept plan would make ours. Lists and events leave it out.
	TakesOver []TakeOver `json:"takes_over,omitempty"`
	// Steps are in order. Lists and events leave them out.
	Steps []Step `json:"steps,omitempty"`
	// Children are those of a parent run, which has no steps. Lists and events leave them
	// out.
	Children []Child `json:"children,omitempty"`
}

// TakeOver says how many records of a place a first sync would make ours, that others
// have made.
type TakeOver struct {
	System  record.System `json:"system"`
	Place   string        `json:"place"`
	Kind    record.Kind   `json:"kind"`
	Records int64         `json:"records"`
}

// Step is one step of a run.
type Step struct {
	Number    int               `json:"number"`
	Action    Action            `json:"action"`
	System    record.System     `json:"system"`
	Place     string            `json:"place,omitempty"`
	View      string            `json:"view,omitempty"`
	Needed    bool              `json:"needed,omitempty"`
	State     StepState         `json:"state"`
	Reason    string            `json:"reason,omitempty"`
	Detail    string            `json:"detail,omitempty"`
	Counters  []step.Counter    `json:"counters,omitempty"`
	Notes     map[string]string `json:"notes,omitempty"` // evidence and reasons from the engine
	StartedAt *time.Time        `json:"started_at,omitempty"`
	EndedAt   *time.Time        `json:"ended_at,omitempty"`
	NotBefore *time.Time        `json:"not_before,omitempty"`
}

// Event is one thing that happened in a run: the run, one of its steps or of its children
// as it was then.
type Event struct {
	Seq   int64     `json:"seq"`
	At    time.Time `json:"at"`
	Run   *Run      `json:"run,omitempty"`
	Step  *Step     `json:"step,omitempty"`
	Child *Child    `json:"child,omitempty"`
}

func viewRun(r store.Run) Run {
	return Run{
		ID: r.ID, Pipeline: r.Pipeline, Number: r.Number, Parent: r.Parent, State: RunState(r.State),
		Outcome: step.Outcome(r.Outcome), Reason: r.Reason, Detail: r.Detail,
		PlanOnly: r.PlanOnly, PlanHash: r.PlanHash, PlanUntil: r.PlanUntil,
		RequestedBy: r.RequestedBy, CancelledBy: r.CancelledBy,
		ScopeKind: record.Kind(r.ScopeKind), ScopeKeys: int(r.ScopeKeys),
		CreatedAt: r.CreatedAt, StartedAt: r.StartedAt, EndedAt: r.EndedAt, LastSeq: r.EventSeq,
	}
}

func viewStep(s store.RunStep) (Step, error) {
	v := Step{
		Number: int(s.Number), Action: Action(s.Action), System: record.System(s.System),
		Place: s.Place, View: s.View, Needed: s.Needed, State: StepState(s.State),
		Reason: s.Reason, Detail: s.Detail,
		StartedAt: s.StartedAt, EndedAt: s.EndedAt, NotBefore: s.NotBefore,
	}
	if v.State == StepReady {
		v.State = StepPending
		if v.StartedAt != nil {
			v.State = StepRunning
		}
	}
	if err := json.Unmarshal(s.Counters, &v.Counters); err != nil {
		return v, fmt.Errorf("counters of step %d: %w", s.ID, err)
	}
	if err := json.Unmarshal(s.Notes, &v.Notes); err != nil {
		return v, fmt.Errorf("notes of step %d: %w", s.ID, err)
	}
	return v, nil
}

func viewSteps(rows []store.RunStep) ([]Step, error) {
	steps := make([]Step, 0, len(rows))
	for _, row := range rows {
		v, err := viewStep(row)
		if err != nil {
			return nil, err
		}
		steps = append(steps, v)
	}
	return steps, nil
}

// addCounters returns the sums by system, place and kind, in the order in
// which these were first met.
func addCounters(a, b []step.Counter) []step.Counter {
	type key struct {
		system record.System
		place  string
		kind   record.Kind
	}
	sum := make([]step.Counter, 0, len(a)+len(b))
	at := make(map[key]int)
	for _, list := range [][]step.Counter{a, b} {
		for _, c := range list {
			k := key{c.System, c.Place, c.Kind}
			i, ok := at[k]
			if !ok {
				i = len(sum)
				at[k] = i
				sum = append(sum, step.Counter{System: c.System, Place: c.Place, Kind: c.Kind})
			}
			s := &sum[i]
			s.Read += c.Read
			s.Created += c.Created
			s.Updated += c.Updated
			s.Unchanged += c.Unchanged
			s.Removed += c.Removed
			s.Waiting += c.Waiting
			s.Excluded += c.Excluded
			s.Quarantined += c.Quarantined
			s.Held += c.Held
			s.Failed += c.Failed
			s.Faults += c.Faults
			s.Conflicts += c.Conflicts
			s.Calls += c.Calls
		}
	}
	return sum
}
