package e2e

import (
	"context"
	"testing"
	"time"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// TestFirstEvent: who watches a run is told of records read while the run goes
// on: before any is written, and long before its end.
func TestFirstEvent(t *testing.T) {
	s := newSet(t, options{Members: 200, Seed: 71})
	start := time.Now()
	res, err := s.Pipelines.RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "people"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), runWithin)
	defer cancel()
	var read, written int64
	var first time.Duration
	err = s.watch(ctx, res.GetRun().GetId(), 0, func(e *touchlinev1.RunEvent) bool {
		for _, step := range e.GetSteps() {
			switch step.GetAction() {
			case read1:
				read += step.GetCounters().GetRead()
			case write3:
				written += writes(step.GetCounters())
			default:
			}
		}
		first = time.Since(start)
		return read == 0 && written == 0
	})
	if err != nil || read == 0 || written > 0 {
		t.Errorf("the first event has %d records read and %d written: %v", read, written, err)
	}
	t.Logf("the first event, of %d records read, came after %.1f s", read, first.Seconds())
	want(t, s.Follow(t, res.GetRun().GetId()), touchlinev1.RunOutcome_RUN_OUTCOME_SUCCEEDED, "")
}
