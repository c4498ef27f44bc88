package jobs_test

import (
	"context"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/jobs/notice"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/step"
)

func (b *bundle) does(do func(context.Context, call) (step.Slice, error)) {
	b.fake.mu.Lock()
	b.fake.do = do
	b.fake.mu.Unlock()
}

var tooMany = &step.Stop{Outcome: step.GuardStopped, Reason: "TOO_MANY_REMOVED", Detail: "30 of 200"}

// stoppedThenHeld has a run stopped by a limit, and one more, as asked, held in its read until
// the function that comes back is called.
func stoppedThenHeld(t *testing.T, b *bundle, c *jobs.Control, second jobs.Request, told func() bool) (jobs.Run, func()) {
	release := make(chan struct{})
	plan := func(in call) (step.Slice, error) {
		if in.action == jobs.ActionPlan && !in.task.Approved {
			return step.Slice{Done: true}, tooMany
		}
		return step.Slice{Done: true}, nil
	}
	b.does(func(_ context.Context, in call) (step.Slice, error) { return plan(in) })
	r, _ := b.run(c, jobs.Request{})
	r, _ = b.watch(c, r.ID)
	if told != nil {
		b.until("it is told that a plan waits", told)
	}
	b.does(func(ctx context.Context, in call) (step.Slice, error) {
		if in.action == jobs.ActionRead {
			select {
			case <-release:
			case <-ctx.Done():
			}
		}
		return plan(in)
	})
	b.run(c, second)
	return r, func() { close(release) }
}

// A plan is approved while the next run of its pipeline is under way: it waits for that one.
func TestApprovedWhileOneRuns(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.server().Control()
	r, release := stoppedThenHeld(t, b, c, jobs.Request{}, nil)
	got, err := c.Apply(t.Context(), r.ID, jobs.Approval{Hash: r.PlanHash, By: "test"})
	if err != nil || got.Run.State != jobs.Queued {
		t.Errorf("approve: the run is %s, %v", got.Run.State, err)
	}
	// Who asks for a run of all meanwhile is told of the one that reads.
	if other, how := b.run(c, jobs.Request{}); other.ID == r.ID || how != jobs.RunActive {
		t.Errorf("a run that is asked for is run %d, %s", other.Number, how)
	}
	release()
	if r, _ = b.watch(c, r.ID); r.Outcome != step.Succeeded {
		t.Errorf("the approved run ended %s %s", r.Outcome, r.Reason)
	}
}

// An approved plan that waits behind another run of its pipeline is no success yet.
func TestApprovedIsNotRecovered(t *testing.T) {
	t.Parallel()
	b := setup(t)
	people := &told{}
	b.Notices = &jobs.Notices{Sender: people, Grace: time.Hour}
	b.TellEvery = 20 * time.Millisecond
	c := b.server().Control()
	r, release := stoppedThenHeld(t, b, c, jobs.Request{PlanOnly: true}, people.so(notice.Approval))
	got, err := c.Apply(t.Context(), r.ID, jobs.Approval{Hash: r.PlanHash, By: "test"})
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(10 * b.TellEvery)
	if got.Run.State != jobs.Queued || !people.so(notice.Approval)() {
		t.Errorf("the approved run is %s, %d writes; told %v", got.Run.State, b.fake.count(jobs.ActionWrite, "gamma"), people.kinds)
	}
	release()
	b.until("it is told that the plan was carried out", people.so(notice.Approval, notice.Recovered))
}

// A plan that was asked for is approved, and then fails: that is told.
func TestApprovedPlanThatFails(t *testing.T) {
	t.Parallel()
	b := setup(t)
	people := &told{}
	b.Notices = &jobs.Notices{Sender: people, Grace: time.Hour}
	b.TellEvery = 20 * time.Millisecond
	c := b.server().Control()
	r, _ := b.run(c, jobs.Request{PlanOnly: true})
	r, _ = b.watch(c, r.ID)
	b.does(func(_ context.Context, in call) (step.Slice, error) {
		if in.action == jobs.ActionWrite {
			return step.Slice{}, &connector.Error{Class: connector.Denied, Reason: "PASSWORD_EXPIRED", System: "gamma", Op: "write", Why: "x"}
		}
		return step.Slice{Done: true}, nil
	})
	if _, err := c.Apply(t.Context(), r.ID, jobs.Approval{Hash: r.PlanHash, By: "test"}); err != nil {
		t.Fatal(err)
	}
	b.until("it is told that somebody must sign in", people.so(notice.SignIn))
}
