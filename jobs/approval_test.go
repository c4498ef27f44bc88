package jobs_test

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/step"
)

// A plan that somebody rejects is dropped, also one at which a limit stopped: nothing of
// it can be applied, and the next run plans anew.
func TestRejectPlan(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.server().Control()
	reject := func(id uuid.UUID, hash string) (jobs.Run, error) { return c.Reject(t.Context(), id, hash, "test", nil) }
	_, err := reject(uuid.New(), "hash-1")
	wantRefusal(t, err, jobs.ErrRunNotFound)

	stop := &step.Stop{Outcome: step.GuardStopped, Reason: "TOO_MANY_REMOVED", Detail: "7 of 10"}
	for i, asked := range []jobs.Request{{PlanOnly: true}, {}} {
		b.fake.mu.Lock()
		b.fake.do = func(_ context.Context, in call) (step.Slice, error) {
			if in.action == jobs.ActionPlan && !asked.PlanOnly {
				return step.Slice{Done: true}, stop
			}
			return step.Slice{Done: true}, nil
		}
		b.fake.mu.Unlock()
		run, _ := b.run(c, asked)
		run, _ = b.watch(c, run.ID)
		_, err = reject(run.ID, "another")
		wantRefusal(t, err, jobs.ErrPlanHashMismatch)
		was := run
		run, err = reject(run.ID, run.PlanHash)
		if err != nil || run.State != jobs.Ended || run.Outcome != step.Cancelled || run.Reason != "PLAN_REJECTED" || run.CancelledBy != "test" ||
			run.PlanHash != "" || run.PlanUntil != nil || !run.EndedAt.Equal(*was.EndedAt) || len(b.fake.discarded) != i+1 {
			t.Fatalf("rejected: %+v, %v, %d discarded", run, err, len(b.fake.discarded))
		}
		for _, s := range run.Steps {
			if s.Action == jobs.ActionWrite && s.State != jobs.StepSkipped {
				t.Errorf("a write is %s", s.State)
			}
		}
		for range 2 {
			_, err = c.Apply(t.Context(), run.ID, jobs.Approval{Hash: was.PlanHash, By: "test"})
			wantRefusal(t, err, jobs.ErrPlanRejected)
			_, err = reject(run.ID, was.PlanHash)
			wantRefusal(t, err, jobs.ErrPlanRejected)
		}
	}
	if b.fake.count(jobs.ActionWrite, "gamma") != 0 {
		t.Error("something was written")
	}
	b.fake.mu.Lock()
	b.fake.do = nil
	b.fake.mu.Unlock()
	next, _ := b.run(c, jobs.Request{})
	if next, _ = b.watch(c, next.ID); next.Outcome != step.Succeeded {
		t.Errorf("the next run ended %s", next.Outcome)
	}
	_, err = reject(next.ID, "hash-1")
	wantRefusal(t, err, jobs.ErrNotAPlan)
}
