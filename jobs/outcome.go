package jobs

import (
	"cmp"
	"fmt"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/step"
)

// Outcome is how a step or a run ended.
type Outcome struct {
	State  string       // a StepState of a step, a RunState of a run
	Word   step.Outcome // of a failed step: how it would have the run end
	Reason string       // stable, in capitals
	Detail string       // for people; holds no personal data
	Hash   string       // of the plan that the run keeps for a person
	// EndsRun says of a step that the run ends with it, in the same words.
	EndsRun bool
	// err is the cause that Detail does not tell, for the log.
	err error
}

// outcomeOfClass says how a run ends whose needed step has failed with a class.
func outcomeOfClass(class connector.Class) step.Outcome {
	switch class {
	case connector.Denied:
		return step.NeedsAuth
	case connector.Drifted:
		return step.Drifted
	default:
		return step.Failed
	}
}

// outcomeOfRun says how a run ended all of whose steps are over and whose plan
// was applied. outcomes are those of the failed steps.
//
// A write that was denied or that drifted wants a person, whatever else went
// well. A record that is quarantined makes the run PARTIAL once: the engine
// counts it among the faults only when it is new there.
func outcomeOfRun(steps []Step, outcomes []step.Outcome) Outcome {
	var failed, writes, failedWrites int
	worst := Outcome{State: string(Ended), Word: step.Succeeded}
	for i, runStep := range steps {
		if runStep.Action == ActionWrite && runStep.Reason != reasonObserved {
			writes++
		}
		if runStep.State != StepFailed {
			continue
		}
		failed++
		if runStep.Action == ActionWrite {
			failedWrites++
			if o := outcomes[i]; o == step.NeedsAuth || (o == step.Drifted && worst.Word != step.NeedsAuth) {
				worst = Outcome{State: string(Ended), Word: o, Reason: runStep.Reason, Detail: runStep.Detail}
			}
		}
	}
	switch {
	case worst.Word != step.Succeeded:
		return worst
	case failedWrites > 0 && failedWrites == writes:
		return Outcome{State: string(Ended), Word: step.Failed, Reason: "WRITES_FAILED", Detail: "no write could be carried out"}
	case failed > 0:
		return Outcome{
			State: string(Ended), Word: step.Partial, Reason: "STEPS_FAILED",
			Detail: fmt.Sprintf("%d of %d steps failed", failed, len(steps)),
		}
	}
	var pending, fresh int64
	note := ""
	for _, runStep := range steps {
		note = cmp.Or(note, runStep.Notes[step.PartialNote])
		for _, c := range runStep.Counters {
			pending += c.Failed
			fresh += c.Faults
		}
	}
	switch {
	case pending > 0:
		return Outcome{
			State: string(Ended), Word: step.Partial, Reason: "RECORDS_FAILED",
			Detail: fmt.Sprintf("%d records failed and stay pending", pending),
		}
	case note != "":
		return Outcome{State: string(Ended), Word: step.Partial, Reason: note, Detail: "see what its steps have noted"}
	case fresh > 0:
		return Outcome{
			State: string(Ended), Word: step.Partial, Reason: "RECORDS_QUARANTINED",
			Detail: fmt.Sprintf("%d records are newly quarantined or unreadable", fresh),
		}
	}
	return worst
}
