package e2e

import (
	"context"
	"testing"
	"time"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// TestFirstEvent: within 10 s of the request to run, a browser has signed in
// and read, and a watcher is told how much.
func TestFirstEvent(t *testing.T) {
	s := newSet(t, options{Members: 200, Seed: 71})
	start := time.Now()
	res, err := s.Pipelines.RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "people"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var read int64
	err = s.watch(ctx, res.GetRun().GetId(), 0, func(e *touchlinev1.RunEvent) bool {
		for _, step := range e.GetSteps() {
			if step.GetAction() == read1 && step.GetCounters().GetRead() > 0 {
				read = step.GetCounters().GetRead()
			}
		}
		return read == 0
	})
	took := time.Since(start)
	if err != nil || read == 0 {
		t.Fatalf("no event of a read: %v", err)
	}
	t.Logf("the first event, of %d records read, came after %.1f s", read, took.Seconds())
	if took > 10*time.Second {
		t.Errorf("that is more than 10 s")
	}
	s.Follow(t, res.GetRun().GetId())
}
