package server

import (
	"cmp"

	"github.com/google/uuid"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/step"
)

// runOf shows a run, with its steps if it has them.
func runOf(r jobs.Run) *touchlinev1.Run {
	return &touchlinev1.Run{
		Id: r.ID.String(), Pipeline: r.Pipeline, Number: r.Number,
		State:   touchlinev1.RunState(touchlinev1.RunState_value["RUN_STATE_"+string(r.State)]),
		Outcome: touchlinev1.RunOutcome(touchlinev1.RunOutcome_value["RUN_OUTCOME_"+string(r.Outcome)]),
		Reason:  r.Reason, Detail: r.Detail,
		PlanHash: r.PlanHash, PlanExpireTime: stamp(r.PlanUntil), ValidateOnly: r.PlanOnly,
		RequestedBy: r.RequestedBy, CancelledBy: r.CancelledBy,
		CreateTime: stamp(&r.CreatedAt), StartTime: stamp(r.StartedAt), EndTime: stamp(r.EndedAt),
		LastSequence: r.LastSeq,
		ScopeKind:    string(r.ScopeKind), ScopeKeys: int32(r.ScopeKeys), //nolint:gosec // at most 1000
		Steps: stepsOf(r.Steps), TakesOver: takeOversOf(r.TakesOver),
		ParentRun: idText(r.Parent), Children: childrenOf(r.Children),
	}
}

// idText is the id of a run that may be missing.
func idText(id *uuid.UUID) string {
	if id == nil {
		return ""
	}
	return id.String()
}

func childrenOf(all []jobs.Child) []*touchlinev1.ChildRun {
	var out []*touchlinev1.ChildRun
	for _, c := range all {
		out = append(out, childOf(c))
	}
	return out
}

func childOf(c jobs.Child) *touchlinev1.ChildRun {
	return &touchlinev1.ChildRun{
		Pipeline: c.Pipeline, Needs: c.Needs, Run: idText(c.Run), Number: c.Number, Reason: c.Reason, Detail: c.Detail,
		State:   touchlinev1.ChildState(touchlinev1.ChildState_value["CHILD_STATE_"+string(c.State)]),
		Outcome: touchlinev1.RunOutcome(touchlinev1.RunOutcome_value["RUN_OUTCOME_"+string(c.Outcome)]),
	}
}

func takeOversOf(all []jobs.TakeOver) []*touchlinev1.TakeOver {
	var out []*touchlinev1.TakeOver
	for _, t := range all {
		out = append(out, &touchlinev1.TakeOver{System: string(t.System), Place: t.Place, Kind: string(t.Kind), Records: t.Records})
	}
	return out
}

// eventOf shows an event.
func eventOf(e jobs.Event) *touchlinev1.RunEvent {
	out := &touchlinev1.RunEvent{Sequence: e.Seq, Time: stamp(&e.At)}
	if e.Run != nil {
		out.Run = runOf(*e.Run)
	}
	if e.Step != nil {
		out.Steps = stepOf(*e.Step)
	}
	if e.Child != nil {
		out.Child = childOf(*e.Child)
	}
	return out
}

// stepsOf shows steps, with an entry for each place and kind that a step has
// counted.
func stepsOf(steps []jobs.Step) []*touchlinev1.StepStatus {
	var out []*touchlinev1.StepStatus
	for _, s := range steps {
		out = append(out, stepOf(s)...)
	}
	return out
}

func stepOf(s jobs.Step) []*touchlinev1.StepStatus {
	entry := func() *touchlinev1.StepStatus {
		return &touchlinev1.StepStatus{
			Number: int32(s.Number), System: string(s.System), Place: s.Place, //nolint:gosec // a handful
			Action: touchlinev1.Action(touchlinev1.Action_value["ACTION_"+string(s.Action)]),
			State:  touchlinev1.StepState(touchlinev1.StepState_value["STEP_STATE_"+string(s.State)]),
			Reason: s.Reason, Detail: s.Detail, Notes: s.Notes,
			Counters:  &touchlinev1.Counters{},
			StartTime: stamp(s.StartedAt), EndTime: stamp(s.EndedAt), NextTime: stamp(s.NotBefore),
		}
	}
	if len(s.Counters) == 0 {
		return []*touchlinev1.StepStatus{entry()}
	}
	out := make([]*touchlinev1.StepStatus, len(s.Counters))
	for i, c := range s.Counters {
		e := entry()
		e.System = cmp.Or(string(c.System), e.GetSystem())
		e.Place = cmp.Or(c.Place, e.GetPlace())
		e.Kind = string(c.Kind)
		e.Counters = countersOf(c)
		out[i] = e
	}
	return out
}

func countersOf(c step.Counter) *touchlinev1.Counters {
	return &touchlinev1.Counters{
		Read: c.Read, Created: c.Created, Updated: c.Updated, Unchanged: c.Unchanged,
		Removed: c.Removed, Waiting: c.Waiting, Excluded: c.Excluded,
		Quarantined: c.Quarantined, Failed: c.Failed, Faults: c.Faults,
		Conflicts: c.Conflicts, Calls: c.Calls, Held: c.Held,
	}
}
