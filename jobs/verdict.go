package jobs

import (
	"fmt"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/record"
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
// outcomes are those of the failed steps, before the steps of the run before
// it.
//
// A write that was denied or that drifted wants a person, whatever else went
// well. A record that is quarantined or unreadable makes the run PARTIAL only
// when the run before did not know it yet; jobs compares their number.
func verdict(steps []Step, outcomes []engine.Outcome, before []Step) ending {
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
	now, then := troubles(steps), troubles(before)
	var records, fresh int64
	for at, n := range now {
		records += n.failed
		fresh += max(n.apart-then[at].apart, 0)
	}
	switch {
	case records > 0:
		return ending{
			outcome: engine.Partial, reason: "RECORDS_FAILED",
			detail: fmt.Sprintf("%d records failed and stay pending", records),
		}
	case fresh > 0:
		return ending{
			outcome: engine.Partial, reason: "RECORDS_QUARANTINED",
			detail: fmt.Sprintf("%d records newly quarantined or unreadable", fresh),
		}
	}
	return worst
}

type corner struct {
	action Action
	system record.System
	place  string
	kind   record.Kind
}

type trouble struct{ failed, apart int64 }

func troubles(steps []Step) map[corner]trouble {
	sum := make(map[corner]trouble)
	for _, step := range steps {
		for _, c := range step.Counters {
			at := corner{step.Action, c.System, c.Place, c.Kind}
			n := sum[at]
			n.failed += c.Failed
			n.apart += c.Quarantined + c.Faults
			sum[at] = n
		}
	}
	return sum
}
