package jobs_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/jobs/notice"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/step"
)

func TestRunGoesThrough(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.server().Control()
	run, how := b.run(c, jobs.Request{})
	if how != jobs.Started {
		t.Fatalf("acceptance %s", how)
	}
	run, events := b.watch(c, run.ID)
	if run.State != jobs.Ended || run.Outcome != step.Succeeded || run.Number != 1 {
		t.Fatalf("run %+v", run)
	}
	made := b.fake.made()
	want := []string{"READ alpha/people", "READ gamma/people", "PLAN hub/"}
	if !slices.Equal(made[:3], want) {
		t.Fatalf("made %v", made)
	}
	// The writes of different systems go at once, those of one in order.
	writes := slices.DeleteFunc(slices.Clone(made[3:]), func(s string) bool { return s == "WRITE gamma/people" })
	if len(made) != 6 || !slices.Equal(writes, []string{"WRITE beta/list-1", "WRITE beta/list-2"}) {
		t.Fatalf("made %v", made)
	}
	for i, e := range events {
		if e.Seq != int64(i+1) {
			t.Fatalf("event %d has number %d", i+1, e.Seq)
		}
	}
	if first := events[0].Run; first == nil || first.State != jobs.Running {
		t.Fatalf("first event %+v", events[0])
	}
	if last := events[len(events)-1].Run; last == nil || last.State != jobs.Ended {
		t.Fatalf("last event %+v", events[len(events)-1])
	}
	if r := run.Steps[0].Counters[0].Read; r != 1 {
		t.Fatalf("read %d", r)
	}
}

func TestFailures(t *testing.T) {
	t.Parallel()
	fail := func(class connector.Class) error {
		return &connector.Error{Class: class, System: "alpha", Op: "list", Why: "status 418"}
	}
	tests := []struct {
		name    string
		at      string // the call that fails
		err     error
		outcome step.Outcome
		reason  string
		states  string
		calls   int // of the step that fails
	}{
		{"needed read denied", "READ alpha/people", fail(connector.Denied), step.NeedsAuth, "DENIED", "FAIL SKIP SKIP SKIP SKIP SKIP", 1},
		{
			"needed read denied for a reason", "READ alpha/people",
			&connector.Error{Class: connector.Denied, Reason: "PASSWORD_EXPIRED", System: "alpha", Op: "sign in"},
			step.NeedsAuth, "PASSWORD_EXPIRED", "FAIL SKIP SKIP SKIP SKIP SKIP", 1,
		},
		{"needed read drifted", "READ alpha/people", fail(connector.Drifted), step.Drifted, "DRIFTED", "FAIL SKIP SKIP SKIP SKIP SKIP", 1},
		{"needed read down", "READ alpha/people", fail(connector.Transient), step.Failed, "TRANSIENT", "FAIL SKIP SKIP SKIP SKIP SKIP", 1},
		{"other read down", "READ gamma/people", fail(connector.Transient), step.Partial, "STEPS_FAILED", "DONE FAIL DONE DONE DONE DONE", 1},
		{"decide stops", "PLAN hub/", &step.Stop{Outcome: step.GuardStopped, Reason: "TOO_MANY_REMOVED", Detail: "7 of 10"}, step.GuardStopped, "TOO_MANY_REMOVED", "DONE DONE FAIL SKIP SKIP SKIP", 1},
		{"decide breaks", "PLAN hub/", fmt.Errorf("wrapped: %w", fail(connector.Rejected)), step.Failed, "REJECTED", "DONE DONE FAIL SKIP SKIP SKIP", 1},
		{"a write denied stops no other", "WRITE gamma/people", fail(connector.Denied), step.NeedsAuth, "DENIED", "DONE DONE DONE FAIL DONE DONE", 1},
		{"a write down stops no other", "WRITE beta/list-1", fail(connector.Transient), step.Partial, "STEPS_FAILED", "DONE DONE DONE DONE FAIL DONE", 1},
		{"a stop in a write", "WRITE beta/list-1", &step.Stop{Outcome: step.Failed, Reason: "BOUND_ELSEWHERE"}, step.Partial, "STEPS_FAILED", "DONE DONE DONE DONE FAIL DONE", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			b.fake.do = func(_ context.Context, c call) (step.Slice, error) {
				if string(c.action)+" "+string(c.system)+"/"+c.place == test.at {
					return step.Slice{}, test.err
				}
				return step.Slice{Done: true}, nil
			}
			c := b.server().Control()
			run, _ := b.run(c, jobs.Request{})
			run, _ = b.watch(c, run.ID)
			if run.State != jobs.Ended || run.Outcome != test.outcome || run.Reason != test.reason {
				t.Errorf("ended %s %s %s %q", run.State, run.Outcome, run.Reason, run.Detail)
			}
			if got := strings.TrimSpace(states(run)); got != test.states {
				t.Errorf("steps %s, want %s", got, test.states)
			}
			calls := 0
			for _, made := range b.fake.made() {
				if made == test.at {
					calls++
				}
			}
			if calls != test.calls {
				t.Errorf("%d calls, want %d", calls, test.calls)
			}
		})
	}
}

func TestB43P354RecordsMakeARunPartialOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	fresh := int64(1)
	b.fake.do = func(_ context.Context, c call) (step.Slice, error) {
		n := step.Counter{System: c.system, Place: c.place, Kind: "club.person"}
		if c.action == jobs.ActionWrite && c.system == "gamma" {
			n.Quarantined, n.Faults = 1, fresh
			fresh = 0
		}
		return step.Slice{Done: true, Counters: []step.Counter{n}}, nil
	}
	c := b.server().Control()
	for i, want := range []step.Outcome{step.Partial, step.Succeeded} {
		run, _ := b.run(c, jobs.Request{})
		if run, _ = b.watch(c, run.ID); run.Outcome != want {
			t.Fatalf("run %d ended %s %s, want %s", i+1, run.Outcome, run.Reason, want)
		}
	}
}

func TestP343SlicesKeepCursorAndCounters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.fake.do = func(ctx context.Context, c call) (step.Slice, error) {
		if c.action != jobs.ActionRead || c.system != "alpha" {
			return step.Slice{Done: true}, nil
		}
		n := step.Counter{System: "alpha", Place: "people", Kind: "club.person", Read: 10}
		c.task.Report(ctx, []step.Counter{n})
		select { // so that the report is shown
		case <-time.After(60 * time.Millisecond):
		case <-ctx.Done():
		}
		next := map[string]string{"": "a", "a": "b"}[c.cursor]
		return step.Slice{Done: next == "", Cursor: next, Counters: []step.Counter{n}}, nil
	}
	c := b.server().Control()
	run, _ := b.run(c, jobs.Request{})
	run, events := b.watch(c, run.ID)
	if got := run.Steps[0].Counters[0].Read; got != 30 {
		t.Fatalf("read %d", got)
	}
	var reads []int64
	for _, e := range events {
		if e.Step != nil && e.Step.Number == 1 && len(e.Step.Counters) > 0 {
			reads = append(reads, e.Step.Counters[0].Read)
		}
	}
	if !slices.Equal(reads, []int64{10, 20, 30, 30}) {
		t.Fatalf("progress %v", reads)
	}
}

func TestThrottledWaitsWithoutLease(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := true
	b.fake.do = func(_ context.Context, c call) (step.Slice, error) {
		if c.action == jobs.ActionWrite && c.place == "list-1" && first {
			first = false
			return step.Slice{}, &connector.Error{Class: connector.Throttled, System: "beta", Op: "add", After: 400 * time.Millisecond}
		}
		return step.Slice{Done: true}, nil
	}
	c := b.server().Control()
	run, _ := b.run(c, jobs.Request{})
	run, events := b.watch(c, run.ID)
	if run.Outcome != step.Succeeded {
		t.Fatalf("ended %s %s", run.Outcome, run.Reason)
	}
	waited := slices.ContainsFunc(events, func(e jobs.Event) bool {
		return e.Step != nil && e.Step.State == jobs.StepWaiting && e.Step.Reason == "THROTTLED" && e.Step.NotBefore != nil
	})
	if !waited {
		t.Fatal("no event says that the step waits")
	}
}

// A system puts off every call: after a while the step has failed, and that is told. One
// that is put off now and then, and gets on, has not.
func TestThrottledForTooLong(t *testing.T) {
	t.Parallel()
	b := setup(t)
	people := &told{}
	b.Notices = &jobs.Notices{Sender: people, Grace: time.Hour}
	b.TellEvery, b.Throttled = 20*time.Millisecond, 500*time.Millisecond
	c := b.server().Control()
	off := &connector.Error{Class: connector.Throttled, System: "alpha", Op: "list", Why: "429", After: 50 * time.Millisecond}
	cursor := 0
	b.does(func(_ context.Context, in call) (step.Slice, error) {
		if in.action != jobs.ActionRead || in.system != "alpha" || cursor > 30 {
			return step.Slice{Done: true}, nil
		}
		cursor++
		return step.Slice{Cursor: fmt.Sprint(cursor), After: 50 * time.Millisecond}, nil
	})
	run, _ := b.run(c, jobs.Request{})
	if run, _ = b.watch(c, run.ID); run.Outcome != step.Succeeded {
		t.Fatalf("the run that got on ended %s %s", run.Outcome, run.Reason)
	}
	b.does(func(_ context.Context, in call) (step.Slice, error) {
		if in.action == jobs.ActionRead && in.system == "alpha" {
			return step.Slice{}, off
		}
		return step.Slice{Done: true}, nil
	})
	run, _ = b.run(c, jobs.Request{})
	run, _ = b.watch(c, run.ID)
	if s := run.Steps[0]; run.Outcome != step.Failed || s.State != jobs.StepFailed || s.Reason != "THROTTLED" {
		t.Errorf("the run ended %s %s, its step %s %s: %s", run.Outcome, run.Reason, s.State, s.Reason, s.Detail)
	}
	b.until("it is told that the run has failed", people.so(notice.Failed))
}
