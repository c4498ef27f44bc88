package jobs

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// reasonObserved is why a step at a system is left out, and why a run is a plan.
const reasonObserved = "OBSERVED"

// observedNeeded returns a system that a pipeline cannot do without and that is observed;
// "": there is none. Its runs are plans, whoever asks for them.
func (c *core) observedNeeded(p step.Pipeline) record.System {
	for _, r := range p.Reads {
		if r.Needed && slices.Contains(c.Observed, r.System) {
			return r.System
		}
	}
	return ""
}

// observed says that a system is observed.
func observed(system record.System) string {
	return fmt.Sprintf("%s is observed: it is read and planned, and never written", system)
}

// leaveOut leaves the steps at observed systems out of a run that is no plan.
func (c *core) leaveOut(steps []store.InsertStepParams) {
	for i := range steps {
		if system := record.System(steps[i].System); slices.Contains(c.Observed, system) {
			steps[i].State, steps[i].Reason, steps[i].Detail = string(StepSkipped), reasonObserved, observed(system)
		}
	}
}

// mayApply refuses a plan in which observed systems take part.
func (t *txn) mayApply(ctx context.Context, run store.Run) error {
	if len(t.Observed) == 0 {
		return nil
	}
	names := make([]string, len(t.Observed))
	for i, s := range t.Observed {
		names[i] = string(s)
	}
	in, err := t.q.TakesPart(ctx, run.ID, names)
	if err != nil {
		return fmt.Errorf("look which systems take part: %w", err)
	}
	if len(in) == 0 {
		return nil
	}
	return &Refusal{ErrObserved.Reason, fmt.Sprintf(
		"the plan is about %s, which is observed: read and planned, and never written", strings.Join(in, ", "))}
}
