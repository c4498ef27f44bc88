package jobs

import (
	"fmt"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/engine"
)

// outcomeOf says how a run ends whose needed step has failed with a class.
func outcomeOf(class connector.Class) engine.Outcome {
	switch class {
	case connector.Denied:
		return engine.NeedsAuth
	case connector.Drifted:
		return engine.Drifted
	default:
		return engine.Failed
	}
}

// verdict judges a run all of whose steps are over and whose plan was admitted.
// outcomes are those of the failed steps.
//
// A write that was denied or that drifted wants a person, whatever else went
// well. A record that is quarantined makes the run PARTIAL once: the engine
// counts it among the faults only when it is new there.
func verdict(steps []Step, outcomes []engine.Outcome) ending {
	var failed, writes, failedWrites int
	worst := ending{outcome: engine.Succeeded}
	for i, step := range steps {
		if step.Action == ActionWrite {
			writes++
		}
		if step.State != StepFailed {
			continue
		}
		failed++
		if step.Action == ActionWrite {
			failedWrites++
			if o := outcomes[i]; o == engine.NeedsAuth || (o == engine.Drifted && worst.outcome != engine.NeedsAuth) {
				worst = ending{outcome: o, reason: step.Reason, detail: step.Detail}
			}
		}
	}
	switch {
	case worst.outcome != engine.Succeeded:
		return worst
	case failedWrites > 0 && failedWrites == writes:
		return ending{outcome: engine.Failed, reason: "WRITES_FAILED", detail: "no write could be carried out"}
	case failed > 0:
		return ending{
			outcome: engine.Partial, reason: "STEPS_FAILED",
			detail: fmt.Sprintf("%d of %d steps failed", failed, len(steps)),
		}
	}
	var pending, fresh int64
	for _, step := range steps {
		for _, c := range step.Counters {
			pending += c.Failed
			fresh += c.Faults
		}
	}
	switch {
	case pending > 0:
		return ending{
			outcome: engine.Partial, reason: "RECORDS_FAILED",
			detail: fmt.Sprintf("%d records failed and stay pending", pending),
		}
	case fresh > 0:
		return ending{
			outcome: engine.Partial, reason: "RECORDS_QUARANTINED",
			detail: fmt.Sprintf("%d records are newly quarantined or unreadable", fresh),
		}
	}
	return worst
}
