package jobs

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// writeSelection is what a write step has in place of a reading's selection.
type writeSelection struct {
	Only step.Part `json:",omitempty"`
}

// steps lays a pipeline out. Systems that are off take no part, those that are observed
// only in a plan.
func (c *core) steps(p step.Pipeline, plan bool) ([]store.InsertStepParams, error) {
	var steps []store.InsertStepParams
	stage := int32(0)
	for _, read := range p.Reads {
		places := c.places(read.System, read.Place)
		if len(places) == 0 && read.Needed {
			return nil, &Refusal{ErrSystemOff.Reason, fmt.Sprintf("%s is off, and the pipeline needs it", read.System)}
		}
		selection, err := json.Marshal(read.Select)
		if err != nil {
			return nil, fmt.Errorf("selection: %w", err)
		}
		for _, place := range places {
			stage++
			steps = append(steps, store.InsertStepParams{
				Stage: stage, Action: string(ActionRead), System: string(read.System), Place: place,
				View: read.View, Selection: selection, Needed: read.Needed,
			})
		}
	}
	stage++
	steps = append(steps, store.InsertStepParams{
		Stage: stage, Action: string(ActionPlan), System: string(record.Hub), Selection: []byte("{}"), Needed: true,
	})
	stage++
	for _, write := range p.Writes {
		selection, err := json.Marshal(writeSelection{write.Only})
		if err != nil {
			return nil, fmt.Errorf("selection: %w", err)
		}
		for _, place := range c.places(write.System, write.Place) {
			steps = append(steps, store.InsertStepParams{
				Stage: stage, Action: string(ActionWrite), System: string(write.System), Place: place,
				Selection: selection,
			})
		}
	}
	for i := range steps {
		steps[i].State = string(StepPending)
	}
	if !plan {
		c.leaveOut(steps)
	}
	return steps, nil
}

// places returns the places that a step names, none when its system is off.
func (c *core) places(system record.System, place string) []string {
	offered := c.Engine.Places(system)
	if place == "*" {
		return slices.Compact(slices.Sorted(slices.Values(offered)))
	}
	if slices.Contains(offered, place) {
		return []string{place}
	}
	return nil
}
