package jobs_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// family has a pipeline that runs four: money and scan need nothing of another, fees need
// what people brings.
func family() []jobs.Pipeline {
	one := func(name string, system record.System, needs ...string) jobs.Pipeline {
		return jobs.Pipeline{Kinds: []record.Kind{"club.person"}, Needs: needs, Pipeline: step.Pipeline{
			Name: name, Family: "club", Reads: []step.Read{{System: system, Place: "people", Select: step.All, Needed: true}},
		}}
	}
	return []jobs.Pipeline{
		one("people", "alpha"), one("fees", "gamma", "people"), one("scan", "gamma"), one("teams", "alpha", "fees"),
		{Pipeline: step.Pipeline{Name: "all", Family: "club"}, Children: []string{"people", "fees", "scan", "teams"}},
	}
}

func setupFamily(t *testing.T) *bundle {
	t.Helper()
	b := setup(t)
	b.Pipelines = family()
	return b
}

// childWords are the children of a run as "pipeline STATE OUTCOME REASON".
func childWords(run jobs.Run) string {
	var lines []string
	for _, c := range run.Children {
		lines = append(lines, strings.Join(strings.Fields(strings.Join([]string{c.Pipeline, string(c.State), string(c.Outcome), c.Reason}, " ")), " "))
	}
	return strings.Join(lines, "; ")
}

// A parent run has one run a pipeline, in order and one at a time, each with its parent.
func TestAllInOrder(t *testing.T) {
	t.Parallel()
	b := setupFamily(t)
	c := b.server().Control()
	run, how := b.run(c, jobs.Request{Pipeline: "all"})
	if how != jobs.Started || run.Parent != nil || len(run.Children) != 4 || len(run.Steps) != 0 {
		t.Fatalf("%s, %d children, %d steps", how, len(run.Children), len(run.Steps))
	}
	run, events := b.watch(c, run.ID)
	if run.Outcome != step.Succeeded || run.Detail != "" {
		t.Fatalf("ended %s %s: %s", run.Outcome, run.Reason, run.Detail)
	}
	if got := childWords(run); got != "people ENDED SUCCEEDED; fees ENDED SUCCEEDED; scan ENDED SUCCEEDED; teams ENDED SUCCEEDED" {
		t.Fatal(got)
	}
	before := run.StartedAt
	for _, child := range run.Children {
		of := mustGet(t, c, *child.Run)
		if of.Parent == nil || *of.Parent != run.ID || of.RequestedBy != run.RequestedBy || of.Number != child.Number || of.StartedAt.Before(*before) {
			t.Errorf("%s: %+v", child.Pipeline, of)
		}
		before = of.EndedAt
	}
	var seen []string
	for _, e := range events {
		if e.Child != nil {
			seen = append(seen, e.Child.Pipeline+" "+string(e.Child.State))
		}
	}
	if got := strings.Join(seen, ", "); got != "people RUNNING, people ENDED, fees RUNNING, fees ENDED, scan RUNNING, scan ENDED, teams RUNNING, teams ENDED" {
		t.Errorf("watched: %s", got)
	}
	if runs, err := c.List(t.Context(), "", nil, 10); err != nil || len(runs) != 5 || runs[0].Parent == nil {
		t.Errorf("%d runs, %v", len(runs), err)
	}
}

// A child that fails is named with what to do; what needs it is skipped, also at second
// hand, and says why; the rest goes on.
func TestAFailedChild(t *testing.T) {
	t.Parallel()
	b := setupFamily(t)
	b.fake.do = func(_ context.Context, c call) (step.Slice, error) {
		if c.action == jobs.ActionRead && c.system == "alpha" {
			return step.Slice{}, &connector.Error{Class: connector.Denied, System: "alpha", Op: "sign in", Reason: "PASSWORD_EXPIRED", Why: "choose a new one"}
		}
		return step.Slice{Done: true}, nil
	}
	c := b.server().Control()
	run, _ := b.run(c, jobs.Request{Pipeline: "all"})
	run, _ = b.watch(c, run.ID)
	if got := childWords(run); got != "people ENDED NEEDS_AUTH PASSWORD_EXPIRED; fees SKIPPED NEEDS_MISSING; scan ENDED SUCCEEDED; teams SKIPPED NEEDS_MISSING" {
		t.Fatal(got)
	}
	if run.Outcome != step.Partial || run.Reason != "CHILDREN_FAILED" {
		t.Fatalf("ended %s %s", run.Outcome, run.Reason)
	}
	for _, want := range []string{
		"people/1 ended NEEDS_AUTH (PASSWORD_EXPIRED", "touchline runs show people/1", "choose a new one",
		"fees is skipped: NEEDS_MISSING, it needs what people brings", "teams is skipped: NEEDS_MISSING, it needs what fees brings", "run it again",
	} {
		if !strings.Contains(run.Detail, want) {
			t.Errorf("%q does not say %q", run.Detail, want)
		}
	}
	if strings.Contains(run.Detail, "scan") {
		t.Errorf("%q names what went well", run.Detail)
	}
}

// A child whose plan waits for a person says so, and nothing of it is taken; when somebody
// approves it later, the parent run stays as it ended.
func TestAChildThatWaits(t *testing.T) {
	t.Parallel()
	b := setupFamily(t)
	b.fake.do = func(_ context.Context, c call) (step.Slice, error) {
		if c.action == jobs.ActionPlan && !c.task.Approved && len(b.fake.made()) == 2 { // that of people
			return step.Slice{Done: true}, &step.Stop{Outcome: step.GuardStopped, Reason: "FIRST_SYNC"}
		}
		return step.Slice{Done: true}, nil
	}
	c := b.server().Control()
	run, _ := b.run(c, jobs.Request{Pipeline: "all"})
	run, _ = b.watch(c, run.ID)
	if got := childWords(run); got != "people ENDED GUARD_STOPPED FIRST_SYNC; fees SKIPPED NEEDS_MISSING; scan ENDED SUCCEEDED; teams SKIPPED NEEDS_MISSING" {
		t.Fatal(got)
	}
	if run.Outcome != step.GuardStopped || run.Reason != "CHILDREN_WAIT" || !strings.Contains(run.Detail, "touchline plan show people/1") {
		t.Fatalf("ended %s %s: %s", run.Outcome, run.Reason, run.Detail)
	}
	_, err := c.Apply(t.Context(), run.ID, jobs.Approval{Hash: "hash-1", By: "test"})
	wantRefusal(t, err, jobs.ErrNotAPlan)
	child := *run.Children[0].Run
	if _, err := c.Apply(t.Context(), child, jobs.Approval{Hash: "hash-1", By: "test"}); err != nil {
		t.Fatal(err)
	}
	if of, _ := b.watch(c, child); of.Outcome != step.Succeeded {
		t.Errorf("approved, it ended %s", of.Outcome)
	}
	if got := childWords(mustGet(t, c, run.ID)); !strings.HasPrefix(got, "people ENDED GUARD_STOPPED") {
		t.Error(got)
	}
}

// A plan of all is a plan of each; nothing is applied, and none is skipped for that.
func TestAllAsPlans(t *testing.T) {
	t.Parallel()
	b := setupFamily(t)
	c := b.server().Control()
	run, _ := b.run(c, jobs.Request{Pipeline: "all", PlanOnly: true})
	run, _ = b.watch(c, run.ID)
	if run.Outcome != step.Succeeded || !run.PlanOnly || !strings.Contains(run.Detail, "what is known now") {
		t.Fatalf("ended %s %s: %s", run.Outcome, run.Reason, run.Detail)
	}
	for _, child := range run.Children {
		if of := mustGet(t, c, *child.Run); of.State != jobs.Planned || !of.PlanOnly {
			t.Errorf("%s is %s", child.Pipeline, of.State)
		}
	}
}

// What is off is left out with what needs it, and is no fault; all off is refused.
func TestAllWithWhatIsOff(t *testing.T) {
	t.Parallel()
	b := setupFamily(t)
	b.fake.places["alpha"] = nil
	c := b.server().Control()
	run, _ := b.run(c, jobs.Request{Pipeline: "all"})
	run, _ = b.watch(c, run.ID)
	if got := childWords(run); run.Outcome != step.Succeeded ||
		got != "people SKIPPED SYSTEM_OFF; fees SKIPPED SYSTEM_OFF; scan ENDED SUCCEEDED; teams SKIPPED SYSTEM_OFF" {
		t.Fatalf("ended %s: %s", run.Outcome, got)
	}
	if !strings.Contains(run.Detail, "left out, since a system is off: people, fees, teams") {
		t.Error(run.Detail)
	}
	b.fake.places["gamma"] = nil
	_, _, err := c.Run(t.Context(), jobs.Request{Pipeline: "all"})
	wantRefusal(t, err, jobs.ErrSystemOff)
}

func TestParentRunsAreRefused(t *testing.T) {
	t.Parallel()
	b := setupFamily(t)
	c := b.server().Control()
	for _, r := range []jobs.Request{
		{Pipeline: "all", Kind: "club.person", Keys: []string{"K1"}}, {Pipeline: "all", Override: []string{"TOO_MANY_REMOVED"}, Why: "test"},
	} {
		_, _, err := c.Run(t.Context(), r)
		wantRefusal(t, err, jobs.ErrParentRun)
	}
	for name, all := range map[string][]jobs.Pipeline{
		"nobody is no pipeline":         {{Pipeline: step.Pipeline{Name: "all"}, Children: []string{"nobody"}}},
		"all is no pipeline":            {{Pipeline: step.Pipeline{Name: "all"}, Children: []string{"all"}}},
		"which does not come before it": {{Pipeline: step.Pipeline{Name: "a"}, Needs: []string{"b"}}, {Pipeline: step.Pipeline{Name: "b"}}, {Pipeline: step.Pipeline{Name: "all"}, Children: []string{"a", "b"}}},
		"one by name is no pipeline":    {{Pipeline: step.Pipeline{Name: "one by name", Reads: []step.Read{{Select: step.Asked}}}}, {Pipeline: step.Pipeline{Name: "all"}, Children: []string{"one by name"}}},
	} {
		o := b.Options
		o.Pipelines = all
		if _, err := jobs.NewServer(o); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A run that is under way when its turn comes is waited for, and not made anew; asked
// for by itself, a pipeline waits behind the child. A cancelled parent takes its own
// child with it, and leaves alone what others have asked for.
func TestCancelAll(t *testing.T) {
	t.Parallel()
	b := setupFamily(t)
	gate := make(chan struct{})
	b.fake.do = hold(gate)
	c := b.server().Control()
	others, _ := b.run(c, jobs.Request{})
	run, _ := b.run(c, jobs.Request{Pipeline: "all"})
	if same, how := b.run(c, jobs.Request{Pipeline: "all"}); how != jobs.RunActive || same.ID != run.ID {
		t.Fatalf("asked again: %s", how)
	}
	queued, how := b.run(c, jobs.Request{Pipeline: "all", PlanOnly: true})
	if how != jobs.InQueue {
		t.Fatalf("a plan meanwhile: %s", how)
	}
	b.until("all waits for it", func() bool { return mustGet(t, c, run.ID).Children[0].State == jobs.ChildRunning })
	if child := mustGet(t, c, run.ID).Children[0]; *child.Run != others.ID {
		t.Fatal("a second run of people was made")
	}
	if queued, err := c.Cancel(t.Context(), queued.ID, "test", nil); err != nil || queued.Outcome != step.Cancelled || queued.Children[0].State != jobs.ChildSkipped {
		t.Fatalf("the queued one: %+v, %v", queued, err)
	}
	run, err := c.Cancel(t.Context(), run.ID, "test", nil)
	if err != nil || run.Outcome != step.Cancelled {
		t.Fatalf("ended %s %s, %v", run.State, run.Outcome, err)
	}
	if got := childWords(run); !strings.HasPrefix(got, "people ENDED CANCELLED; fees SKIPPED CANCELLED") {
		t.Error(got)
	}
	if of := mustGet(t, c, others.ID); of.CancelledBy != "" || of.State != jobs.Running {
		t.Fatalf("the run of somebody else is %s", of.State)
	}
	close(gate)
	b.watch(c, others.ID)

	b.fake.mu.Lock()
	b.fake.do = hold(nil)
	b.fake.mu.Unlock()
	run, _ = b.run(c, jobs.Request{Pipeline: "all"})
	var child uuid.UUID
	b.until("its child is at work", func() bool {
		if first := mustGet(t, c, run.ID).Children[0]; first.Run != nil {
			child = *first.Run
		}
		return child != uuid.Nil && mustGet(t, c, child).Steps[0].State == jobs.StepRunning
	})
	if _, err := c.Cancel(t.Context(), run.ID, "test", nil); err != nil {
		t.Fatal(err)
	}
	run, _ = b.watch(c, run.ID)
	if got := childWords(run); run.Outcome != step.Cancelled || !strings.HasPrefix(got, "people ENDED CANCELLED CANCELLED; fees SKIPPED CANCELLED") {
		t.Fatalf("ended %s: %s", run.Outcome, got)
	}
	if of := mustGet(t, c, child); of.Outcome != step.Cancelled || of.CancelledBy != "test" {
		t.Errorf("the child ended %s", of.Outcome)
	}
}

// Any server goes on with a parent run; only what was under way is done again.
func TestAllGoesOnElsewhere(t *testing.T) {
	t.Parallel()
	b := setupFamily(t)
	first := b.server(func(o *jobs.Options) { o.Queues = []record.System{"alpha", record.Hub} })
	run, _ := b.run(first.Control(), jobs.Request{Pipeline: "all"})
	b.until("it waits for a worker of gamma", func() bool {
		return mustGet(t, first.Control(), run.ID).Children[1].State == jobs.ChildRunning
	})
	if err := first.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	c := b.server().Control()
	run, _ = b.watch(c, run.ID)
	if run.Outcome != step.Succeeded || b.fake.count(jobs.ActionRead, "alpha") != 2 || b.fake.count(jobs.ActionRead, "gamma") != 2 {
		t.Fatalf("ended %s after %v", run.Outcome, b.fake.made())
	}
}
