package jobs_test

import (
	"context"
	"strings"
	"testing"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// A target that is observed is left out of a run, which says so.
func TestObservedTarget(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Observed = []record.System{"gamma"}
	c := b.server().Control()
	run, _ := b.run(c, jobs.Request{})
	run, _ = b.watch(c, run.ID)
	if run.Outcome != step.Succeeded || run.PlanOnly {
		t.Fatalf("the run is %+v", run)
	}
	for _, s := range run.Steps {
		left := s.State == jobs.StepSkipped && s.Reason == "OBSERVED" && strings.Contains(s.Detail, "gamma is observed")
		if left != (s.System == "gamma") {
			t.Errorf("step %+v", s)
		}
	}
	for _, call := range b.fake.made() {
		if strings.Contains(call, "gamma") {
			t.Errorf("called %s", call)
		}
	}

	// A plan reads it, and is not applied.
	plan, _ := b.run(c, jobs.Request{PlanOnly: true})
	if plan, _ = b.watch(c, plan.ID); plan.State != jobs.Planned {
		t.Fatalf("the plan is %+v", plan)
	}
	_, err := c.Apply(t.Context(), plan.ID, jobs.Approval{Hash: plan.PlanHash, By: "alice"})
	wantRefusal(t, err, jobs.ErrObserved)
	if !strings.Contains(err.Error(), "gamma") || len(b.fake.applied) != 0 {
		t.Errorf("refused with %v; applied %v", err, b.fake.applied)
	}
	// Nor is one that was made before, of which only a row is about it.
	b.fake.do = func(_ context.Context, call call) (step.Slice, error) {
		if call.action == jobs.ActionPlan {
			return step.Slice{Done: true}, &step.Stop{Outcome: step.GuardStopped, Reason: "TOO_MANY_REMOVED"}
		}
		return step.Slice{Done: true}, nil
	}
	stopped, _ := b.run(c, jobs.Request{})
	stopped, _ = b.watch(c, stopped.ID)
	row := "insert into plan_row (run, kind, key, system, op, fields, state, planned_on) values ('" + stopped.ID.String() + "', 'club.person', 'K', 'gamma', 'update', '{}', 'planned', now())"
	if _, err := b.pool.Exec(t.Context(), row); err != nil {
		t.Fatal(err)
	}
	_, err = c.Apply(t.Context(), stopped.ID, jobs.Approval{Hash: stopped.PlanHash, By: "alice"})
	wantRefusal(t, err, jobs.ErrObserved)
	if _, err := b.pool.Exec(t.Context(), "delete from plan_row"); err != nil {
		t.Fatal(err)
	}
	b.fake.do = nil
	if _, err := c.Apply(t.Context(), stopped.ID, jobs.Approval{Hash: stopped.PlanHash, By: "alice"}); err != nil {
		t.Fatal(err)
	}
	if run, _ := b.watch(c, stopped.ID); run.Outcome != step.Succeeded || run.Steps[len(run.Steps)-1].State != jobs.StepDone {
		t.Errorf("approved: %+v", run)
	}
	for _, call := range b.fake.made() {
		if strings.Contains(call, "WRITE gamma") {
			t.Errorf("called %s", call)
		}
	}
}

// A run that cannot do without a system that is observed is a plan, also the schedule's,
// and its pipeline is late with nothing.
func TestObservedSource(t *testing.T) {
	t.Parallel()
	b := setup(t)
	d := &dial{}
	d.set("2026-11-22T06:00:00Z")
	b.Now, b.Schedules = d.now, []jobs.Schedule{scheduled(jobs.CatchUpOnce)}
	b.Observed = []record.System{"alpha"}
	c := b.server().Control()
	d.set("2026-11-22T07:00:01Z")
	b.until("the slot is taken", func() bool { return len(b.runs(c)) == 1 })
	run, _ := b.watch(c, b.runs(c)[0].ID)
	if !run.PlanOnly || run.State != jobs.Planned || run.Reason != "OBSERVED" || !strings.Contains(run.Detail, "alpha") {
		t.Errorf("the run is %+v", run)
	}
	_, err := c.Apply(t.Context(), run.ID, jobs.Approval{Hash: run.PlanHash, By: "alice"})
	wantRefusal(t, err, jobs.ErrObserved)
	if s := b.schedule(c); !s.Plans || s.Due(d.now().AddDate(0, 0, -7)) != nil {
		t.Errorf("the schedule is late: %+v", s)
	}
	asked, how := b.run(c, jobs.Request{})
	if again, _ := b.watch(c, asked.ID); how != jobs.Started || !again.PlanOnly {
		t.Errorf("asked for: %v %+v", how, again)
	}
}
