package jobs_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/step"
)

func TestScopesAndRequests(t *testing.T) {
	t.Parallel()
	b := setup(t)
	gate := make(chan struct{})
	b.fake.do = hold(gate)
	c := b.server().Control()
	id := uuid.NewString()
	one, how := b.run(c, jobs.Request{RequestID: id})
	if how != jobs.Started {
		t.Fatalf("first: %s", how)
	}
	if again, how := b.run(c, jobs.Request{}); how != jobs.RunActive || again.ID != one.ID {
		t.Fatalf("same scope: %s %v", how, again.ID == one.ID)
	}
	scoped := jobs.Request{Kind: "club.person", Keys: []string{"K2", "K1"}}
	two, how := b.run(c, scoped)
	if how != jobs.InQueue || two.State != jobs.Queued || two.ScopeKeys != 2 || two.Number != 2 {
		t.Fatalf("other scope: %s %+v", how, two)
	}
	scoped.Keys = []string{"K1", "K2", "K1"}
	if same, how := b.run(c, scoped); how != jobs.RunActive || same.ID != two.ID {
		t.Fatalf("same keys in another order: %s", how)
	}
	if same, how := b.run(c, jobs.Request{RequestID: id}); how != jobs.Replayed || same.ID != one.ID {
		t.Fatalf("replay: %s", how)
	}
	_, _, err := c.Run(t.Context(), jobs.Request{Pipeline: "people", RequestID: id, PlanOnly: true})
	wantRefusal(t, err, jobs.ErrRequestIDReused)
	close(gate)
	b.watch(c, one.ID)
	two, _ = b.watch(c, two.ID)
	if two.Outcome != step.Succeeded {
		t.Fatalf("queued run ended %s %s", two.Outcome, two.Reason)
	}
	if two.StartedAt.Before(*mustGet(t, c, one.ID).EndedAt) {
		t.Fatal("two runs of a pipeline at once")
	}
	var keys []string
	b.fake.mu.Lock()
	keys = b.fake.calls[len(b.fake.calls)-1].task.Keys
	b.fake.mu.Unlock()
	if len(keys) != 2 || keys[0] != "K1" {
		t.Fatalf("the engine was given %d keys", len(keys))
	}
	if same, how := b.run(c, jobs.Request{RequestID: id}); how != jobs.Replayed || same.ID != one.ID {
		t.Fatalf("replay after the end: %s", how)
	}
}

func TestRequestTwiceAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.server().Control()
	id := uuid.NewString()
	ids := make([]uuid.UUID, 8)
	var all sync.WaitGroup
	for i := range ids {
		all.Go(func() {
			run, _, err := c.Run(t.Context(), jobs.Request{Pipeline: "people", RequestID: id, By: "test"})
			if err != nil {
				t.Error(err)
			}
			ids[i] = run.ID
		})
	}
	all.Wait()
	for _, got := range ids {
		if got != ids[0] {
			t.Fatal("one request made two runs")
		}
	}
	b.watch(c, ids[0])
	if runs, err := c.List(t.Context(), "people", nil, 10); err != nil || len(runs) != 1 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
}

func TestBadRequests(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Limits = []string{"TOO_MANY_REMOVED"}
	c := b.server().Control()
	for name, test := range map[string]struct {
		r    jobs.Request
		want *jobs.Refusal
	}{
		"pipeline":          {jobs.Request{Pipeline: "nobody"}, jobs.ErrUnknownPipeline},
		"kind":              {jobs.Request{Kind: "club.team", Keys: []string{"a"}}, jobs.ErrUnknownKind},
		"kind without keys": {jobs.Request{Kind: "club.person"}, jobs.ErrUnknownKind},
		"empty key":         {jobs.Request{Kind: "club.person", Keys: []string{""}}, jobs.ErrMalformedKey},
		"key with newline":  {jobs.Request{Kind: "club.person", Keys: []string{"a\nb"}}, jobs.ErrMalformedKey},
		"key not utf-8":     {jobs.Request{Kind: "club.person", Keys: []string{"a\xff"}}, jobs.ErrMalformedKey},
		"limit":             {jobs.Request{Override: []string{"EVERYTHING"}}, jobs.ErrUnknownLimit},
	} {
		if test.r.Pipeline == "" {
			test.r.Pipeline = "people"
		}
		_, _, err := c.Run(t.Context(), test.r)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	b.fake.places["alpha"] = nil
	_, _, err := c.Run(t.Context(), jobs.Request{Pipeline: "people"})
	wantRefusal(t, err, jobs.ErrSystemOff)
	if runs, err := c.List(t.Context(), "", nil, 10); err != nil || len(runs) != 0 {
		t.Fatalf("a refused request left %d runs, %v", len(runs), err)
	}
	_, err = c.Get(t.Context(), uuid.New())
	wantRefusal(t, err, jobs.ErrRunNotFound)
	_, err = c.Cancel(t.Context(), uuid.New(), "test", nil)
	wantRefusal(t, err, jobs.ErrRunNotFound)
	for _, err := range c.Watch(t.Context(), uuid.New(), 0) {
		wantRefusal(t, err, jobs.ErrRunNotFound)
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fake.do = hold(nil)
	c := b.server().Control()
	one, _ := b.run(c, jobs.Request{})
	two, _ := b.run(c, jobs.Request{PlanOnly: true})
	b.until("the read is at work", func() bool { return b.fake.count(jobs.ActionRead, "alpha") == 1 })
	two, err := c.Cancel(t.Context(), two.ID, "test", nil)
	if err != nil || two.State != jobs.Ended || two.Outcome != step.Cancelled {
		t.Fatalf("queued run: %+v %v", two, err)
	}
	if _, err := c.Cancel(t.Context(), one.ID, "test", nil); err != nil {
		t.Fatal(err)
	}
	one, _ = b.watch(c, one.ID)
	if one.Outcome != step.Cancelled || states(one) != "CANC CANC CANC CANC CANC CANC " {
		t.Fatalf("ended %s, steps %s", one.Outcome, states(one))
	}
	if len(b.fake.discarded) != 2 {
		t.Fatalf("discarded %d", len(b.fake.discarded))
	}
	again, err := c.Cancel(t.Context(), one.ID, "another", nil)
	if err != nil || again.CancelledBy != "test" {
		t.Fatalf("cancelled again: %+v %v", again, err)
	}
	b.fake.mu.Lock()
	b.fake.do = nil
	b.fake.mu.Unlock()
	three, _ := b.run(c, jobs.Request{})
	if three, _ = b.watch(c, three.ID); three.Outcome != step.Succeeded {
		t.Fatalf("the next run ended %s", three.Outcome)
	}
}

func TestCancelWithoutWorker(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.Unserved = 50 * time.Millisecond
	server := b.server(func(o *jobs.Options) { o.Queues = nil }) // nobody works alpha
	c := server.Control()
	run, _ := b.run(c, jobs.Request{})
	b.until("the run says that nobody works", func() bool { return mustGet(t, c, run.ID).Steps[0].Reason == "NO_WORKER" })
	run, err := c.Cancel(t.Context(), run.ID, "test", nil)
	if err != nil || run.Outcome != step.Cancelled {
		t.Fatalf("ended %s %s, %v", run.State, run.Outcome, err)
	}
}

func TestPlanAndApply(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.server().Control()
	run, _ := b.run(c, jobs.Request{PlanOnly: true})
	run, _ = b.watch(c, run.ID)
	if run.State != jobs.Planned || run.Outcome != step.Succeeded || run.PlanHash != "hash-1" || run.PlanUntil == nil {
		t.Fatalf("planned %+v", run)
	}
	if b.fake.count(jobs.ActionWrite, "gamma") != 0 || len(b.fake.discarded) != 0 {
		t.Fatal("a plan has written, or is not kept")
	}
	_, err := c.Apply(t.Context(), run.ID, jobs.Approval{Hash: "hash-2", By: "test"})
	wantRefusal(t, err, jobs.ErrPlanHashMismatch)
	stale := errors.New("moved")
	b.fake.applyErr = stale
	if _, err := c.Apply(t.Context(), run.ID, jobs.Approval{Hash: "hash-1", By: "test"}); !errors.Is(err, stale) {
		t.Fatalf("stale: %v", err)
	}
	if now := mustGet(t, c, run.ID); now.State != jobs.Planned || now.PlanHash == "" {
		t.Fatalf("after a stale plan: %+v", now)
	}
	b.fake.applyErr = nil
	if _, err = c.Apply(t.Context(), run.ID, jobs.Approval{Hash: "hash-1", By: "test"}); err != nil {
		t.Fatal(err)
	}
	run, _ = b.watch(c, run.ID)
	if run.State != jobs.Ended || run.Outcome != step.Succeeded || states(run) != "DONE DONE DONE DONE DONE DONE " {
		t.Fatalf("applied: %+v", run)
	}
	b.fake.mu.Lock()
	last := b.fake.calls[len(b.fake.calls)-1].task
	b.fake.mu.Unlock()
	if !last.Approved || last.Plan {
		t.Fatal("the write does not know that its plan was approved")
	}
	_, err = c.Apply(t.Context(), run.ID, jobs.Approval{Hash: "hash-1", By: "test"})
	wantRefusal(t, err, jobs.ErrNotAPlan)
}

func TestGuardStoppedIsKept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fake.do = func(_ context.Context, c call) (step.Slice, error) {
		if c.action == jobs.ActionPlan && !c.task.Approved {
			return step.Slice{Done: true}, &step.Stop{Outcome: step.GuardStopped, Reason: "FIRST_SYNC"}
		}
		return step.Slice{Done: true}, nil
	}
	c := b.server().Control()
	for name, plan := range map[string]bool{"run": false, "plan": true} {
		run, _ := b.run(c, jobs.Request{PlanOnly: plan})
		run, _ = b.watch(c, run.ID)
		if run.State != jobs.Ended || run.Outcome != step.GuardStopped || run.Reason != "FIRST_SYNC" || run.PlanHash == "" {
			t.Fatalf("%s: %+v", name, run)
		}
		if _, err := c.Apply(t.Context(), run.ID, jobs.Approval{Hash: run.PlanHash, By: "test"}); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		run, _ = b.watch(c, run.ID)
		if run.Outcome != step.Succeeded || states(run) != "DONE DONE DONE DONE DONE DONE " {
			t.Fatalf("%s: applied: %s %s", name, run.Outcome, states(run))
		}
	}
}

// A plan that is being applied is not broken off halfway, and one that has not
// begun does not begin once its run is cancelled.
func TestCancelWhileApplying(t *testing.T) {
	t.Parallel()
	b := setup(t)
	applying, applied := make(chan struct{}), make(chan struct{})
	exec := func(sql string, run uuid.UUID) {
		if _, err := b.pool.Exec(t.Context(), sql, run); err != nil {
			t.Error(err)
		}
	}
	b.fake.do = func(_ context.Context, c call) (step.Slice, error) {
		if c.action != jobs.ActionPlan {
			return step.Slice{Done: true}, nil
		}
		exec("insert into plan_apply (run, state) values ($1, 'APPLYING')", c.task.Run)
		close(applying)
		<-applied
		exec("update plan_apply set state = 'APPLIED' where run = $1", c.task.Run)
		return step.Slice{Done: true}, nil
	}
	c := b.server().Control()
	run, _ := b.run(c, jobs.Request{})
	<-applying
	_, err := c.Cancel(t.Context(), run.ID, "test", nil)
	wantRefusal(t, err, jobs.ErrApplying)
	if now := mustGet(t, c, run.ID); now.CancelledBy != "" {
		t.Error("a refused cancel has left its mark")
	}
	close(applied)
	run, _ = b.watch(c, run.ID)
	if run.Outcome != step.Succeeded {
		t.Errorf("ended %s %s", run.Outcome, run.Reason)
	}
	var left int
	if err := b.pool.QueryRow(t.Context(), "select count(*) from plan_apply").Scan(&left); err != nil || left != 0 {
		t.Errorf("%d rows are left of plans that were applied, %v", left, err)
	}
}

func TestPlanExpires(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.server().Control()
	run, _ := b.run(c, jobs.Request{PlanOnly: true})
	b.watch(c, run.ID)
	if _, err := b.pool.Exec(t.Context(), "update run set plan_until = now() - interval '1 second'"); err != nil {
		t.Fatal(err)
	}
	_, err := c.Apply(t.Context(), run.ID, jobs.Approval{Hash: "hash-1", By: "test"})
	wantRefusal(t, err, jobs.ErrPlanExpired)
	if err := c.Retain(t.Context()); err != nil {
		t.Fatal(err)
	}
	run = mustGet(t, c, run.ID)
	if run.State != jobs.Ended || run.PlanHash != "" || len(b.fake.discarded) != 1 {
		t.Fatalf("expired: %+v", run)
	}
	_, err = c.Apply(t.Context(), run.ID, jobs.Approval{Hash: "hash-1", By: "test"})
	wantRefusal(t, err, jobs.ErrPlanExpired)
}

func mustGet(t *testing.T, c *jobs.Control, id uuid.UUID) jobs.Run {
	t.Helper()
	run, err := c.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return run
}
