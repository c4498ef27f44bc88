package jobs

import (
	"cmp"
	"fmt"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/step"
)

// outcomeOf says how a run ends whose needed step has failed with a class.
func outcomeOf(class connector.Class) step.Outcome {
	switch class {
	case connector.Denied:
		return step.NeedsAuth
	case connector.Drifted:
		return step.Drifted
	default:
		return step.Failed
	}
}

// verdict judges a run all of whose steps are over and whose plan was applied.
// outcomes are those of the failed steps.
//
// A write that was denied or that drifted wants a person, whatever else went
// well. A record that is quarantined makes the run PARTIAL once: the engine
// counts it among the faults only when it is new there.
func verdict(steps []Step, outcomes []step.Outcome) ending {
	var failed, writes, failedWrites int
	worst := ending{outcome: step.Succeeded}
	for i, runStep := range steps {
		if runStep.Action == ActionWrite {
			writes++
		}
		if runStep.State != StepFailed {
			continue
		}
		failed++
		if runStep.Action == ActionWrite {
			failedWrites++
			if o := outcomes[i]; o == step.NeedsAuth || (o == step.Drifted && worst.outcome != step.NeedsAuth) {
				worst = ending{outcome: o, reason: runStep.Reason, detail: runStep.Detail}
			}
		}
	}
	switch {
	case worst.outcome != step.Succeeded:
		return worst
	case failedWrites > 0 && failedWrites == writes:
		return ending{outcome: step.Failed, reason: "WRITES_FAILED", detail: "no write could be carried out"}
	case failed > 0:
		return ending{
			outcome: step.Partial, reason: "STEPS_FAILED",
			detail: fmt.Sprintf("%d of %d steps failed", failed, len(steps)),
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
		return ending{
			outcome: step.Partial, reason: "RECORDS_FAILED",
			detail: fmt.Sprintf("%d records failed and stay pending", pending),
		}
	case note != "":
		return ending{outcome: step.Partial, reason: note, detail: "see what its steps have noted"}
	case fresh > 0:
		return ending{
			outcome: step.Partial, reason: "RECORDS_QUARANTINED",
			detail: fmt.Sprintf("%d records are newly quarantined or unreadable", fresh),
		}
	}
	return worst
}
