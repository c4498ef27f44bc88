package jobs_test

import (
	"context"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/jobs/notice"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
	"github.com/touchline-sync/touchline/sync/store"
)

// A run of one record, and a plan that nobody has approved, say nothing of how a pipeline
// stands: the metrics tell the run of all before them.
func TestStandingInMetrics(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"one record", "a plan that expires"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			c := b.server().Control()
			b.does(func(_ context.Context, in call) (step.Slice, error) {
				if len(in.task.Keys) == 0 && !in.task.Plan {
					return step.Slice{}, &connector.Error{Class: connector.Denied, Reason: "PASSWORD_EXPIRED", System: "alpha", Op: "list", Why: "x"}
				}
				return step.Slice{Done: true}, nil
			})
			r, _ := b.run(c, jobs.Request{})
			r, _ = b.watch(c, r.ID)
			again := jobs.Request{PlanOnly: true}
			if how == "one record" {
				again = jobs.Request{Kind: "club.person", Keys: []string{"A"}}
			}
			s, _ := b.run(c, again)
			s, _ = b.watch(c, s.ID)
			if how != "one record" {
				if _, err := b.pool.Exec(t.Context(), "update run set plan_until = now() - interval '1 s' where id = $1", s.ID); err != nil {
					t.Fatal(err)
				}
				if err := c.Retain(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			all, err := store.New(b.pool).PipelineStatus(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			infos, err := c.Pipelines(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if all[0].SucceededOn != nil || all[0].Outcome != string(r.Outcome) {
				t.Errorf("the run of all ended %s, never well (API: last success %v); the metrics say outcome %s, success %v", r.Outcome, infos[0].LastGood, all[0].Outcome, all[0].SucceededOn)
			}
		})
	}
}

// The schedule's run of a pipeline whose system is observed cannot even plan: that is told.
func TestObservedThatFails(t *testing.T) {
	t.Parallel()
	b := setup(t)
	people := &told{}
	b.Notices = &jobs.Notices{Sender: people, Grace: time.Hour}
	b.TellEvery = 20 * time.Millisecond
	b.Observed = []record.System{"alpha"}
	c := b.server().Control()
	b.does(func(_ context.Context, in call) (step.Slice, error) {
		return step.Slice{}, &connector.Error{Class: connector.Denied, Reason: "PASSWORD_EXPIRED", System: "alpha", Op: "list", Why: "x"}
	})
	r, _ := b.run(c, jobs.Request{})
	if r, _ = b.watch(c, r.ID); !r.PlanOnly || r.Outcome != step.NeedsAuth {
		t.Fatalf("the run ended %s %s, plan only: %v", r.Outcome, r.Reason, r.PlanOnly)
	}
	time.Sleep(10 * b.TellEvery)
	if !people.so()() {
		t.Errorf("who has asked for it is told %v", people.kinds)
	}
	if _, err := b.pool.Exec(t.Context(), "update run set priority = 3"); err != nil { // as the schedule asks
		t.Fatal(err)
	}
	b.until("it is told that somebody must sign in", people.so(notice.SignIn))
}
