package e2e

import (
	"context"
	"testing"
	"time"

	touchlinev1 "github.com/touchline-sync/touchline/api/touchline/v1"
)

// TestFirstEvent: within 10 s of the request to run, a browser has signed in
// and read, and a watcher is told how much. Other tests may keep the machine
// busy meanwhile, so a second cold start counts as well.
func TestFirstEvent(t *testing.T) {
	const within = 10 * time.Second
	s := newSet(t, options{Members: 200, Seed: 71})
	for range 2 {
		took, read := s.firstRead(t)
		t.Logf("the first event, of %d records read, came after %.1f s", read, took.Seconds())
		if took <= within {
			return
		}
		s.Stop(t)
		s.Sportlink.Control(t, "POST", "/sessions/expire", nil, nil)
		s.freshCode(t)
		s.Start(t)
	}
	t.Errorf("that is more than %s", within)
}

// firstRead runs people and says when the first event of a read came.
func (s *set) firstRead(t testing.TB) (took time.Duration, read int64) {
	t.Helper()
	start := time.Now()
	res, err := s.Pipelines.RunPipeline(t.Context(), &touchlinev1.RunPipelineRequest{Pipeline: "people"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	err = s.watch(ctx, res.GetRun().GetId(), 0, func(e *touchlinev1.RunEvent) bool {
		for _, step := range e.GetSteps() {
			if step.GetAction() == read1 {
				read += step.GetCounters().GetRead()
			}
		}
		return read == 0
	})
	took = time.Since(start)
	if err != nil || read == 0 {
		t.Fatalf("no event of a read: %v", err)
	}
	s.Follow(t, res.GetRun().GetId())
	return took, read
}
