package jobs_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/step"
)

// A plan that waits is kept for 24 hours after the last one that repeats all of its
// rows, whatever else that has; one that lacks a row, shows another value, or is about
// other records, does not keep it.
func TestRepeatedPlanIsKept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var rows [][2]string // key and value of the next plan
	b.fake.hash = func(run uuid.UUID) string { return "hash of " + run.String() }
	b.fake.do = func(ctx context.Context, c call) (step.Slice, error) {
		if c.action != jobs.ActionPlan {
			return step.Slice{Done: true}, nil
		}
		for _, r := range rows {
			_, err := b.pool.Exec(ctx, `insert into plan_row (run, kind, key, system, op, fields, planned_on)
				values ($1, 'club.person', $2, 'alpha', 'remove', jsonb_build_object('name', jsonb_build_array('', $3::text)), now())`, c.task.Run, r[0], r[1])
			if err != nil {
				t.Error(err)
			}
		}
		return step.Slice{Done: true}, &step.Stop{Outcome: step.GuardStopped, Reason: "TOO_MANY_REMOVED"}
	}
	c := b.server().Control()
	plan := func(r jobs.Request, of ...[2]string) uuid.UUID {
		t.Helper()
		rows = of
		run, _ := b.run(c, r)
		run, _ = b.watch(c, run.ID)
		if run.PlanHash == "" || run.PlanUntil == nil {
			t.Fatalf("no plan is kept: %+v", run)
		}
		return run.ID
	}
	kept := func(id uuid.UUID) bool {
		run := mustGet(t, c, id)
		return run.PlanUntil != nil && time.Until(*run.PlanUntil) > 23*time.Hour
	}
	some := jobs.Request{Kind: "club.person", Keys: []string{"A", "B"}}
	a, bb, changed := [2]string{"A", "1"}, [2]string{"B", "1"}, [2]string{"B", "2"}
	for _, next := range []struct {
		name  string
		first jobs.Request
		next  jobs.Request
		rows  [][2]string
		want  bool
	}{
		{"the same", jobs.Request{}, jobs.Request{}, [][2]string{a, bb}, true},
		{"asked for as a plan", jobs.Request{}, jobs.Request{PlanOnly: true}, [][2]string{bb, a}, true},
		{"and more", jobs.Request{}, jobs.Request{}, [][2]string{a, bb, {"C", "1"}}, true},
		{"a row less", jobs.Request{}, jobs.Request{}, [][2]string{a}, false},
		{"another value", jobs.Request{}, jobs.Request{}, [][2]string{a, changed}, false},
		{"of some records", jobs.Request{}, some, [][2]string{a, bb}, false},
		{"of the same records", some, some, [][2]string{a, bb}, true},
		{"of other records", some, jobs.Request{Kind: "club.person", Keys: []string{"A", "C"}}, [][2]string{a, bb}, false},
	} {
		first := plan(next.first, a, bb)
		if _, err := b.pool.Exec(t.Context(), `update run set plan_until = now() + interval '1 minute' where plan_hash <> ''`); err != nil {
			t.Fatal(err)
		}
		second := plan(next.next, next.rows...)
		if got := kept(first); got != next.want || !kept(second) {
			t.Errorf("%s: kept %v, want %v", next.name, got, next.want)
		}
	}
	// One that is over its time is not brought back.
	first := plan(jobs.Request{}, a)
	if _, err := b.pool.Exec(t.Context(), `update run set plan_until = now() - interval '1 second' where plan_hash <> ''`); err != nil {
		t.Fatal(err)
	}
	plan(jobs.Request{}, a)
	if kept(first) {
		t.Error("a plan that has expired is kept")
	}
}
