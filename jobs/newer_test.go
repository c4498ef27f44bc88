package jobs_test

import (
	"errors"
	"testing"

	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// A plan that waits is out of date where a newer run about the same record does not
// want what it says, be that one's plan waiting or applied; what only the newer one
// has makes nothing stale.
func TestNewerPlanLacksARow(t *testing.T) {
	t.Parallel()
	name := func(code, name string) [2]string { return [2]string{code, name} }
	all := jobs.Request{PlanOnly: true}
	some := jobs.Request{PlanOnly: true, Kind: "test.person", Keys: []string{"P0001"}}
	for title, c := range map[string]struct {
		first, next jobs.Request
		then        [][2]string // at the source, before the next run
		want        bool        // the first plan is out of date
		away        bool        // the source cannot be read by the next run
	}{
		"put back, another waits": {all, all, [][2]string{name("P0001", "Name P0001"), name("P0002", "Other")}, true, false},
		"put back, all applied":   {all, jobs.Request{}, [][2]string{name("P0001", "Name P0001")}, true, false},
		"another value":           {all, all, [][2]string{name("P0001", "Again")}, true, false},
		"and more":                {all, all, [][2]string{name("P0002", "Other")}, false, false},
		"of others":               {all, jobs.Request{PlanOnly: true, Kind: "test.person", Keys: []string{"P0002"}}, nil, false, false},
		"put back, seen by all":   {some, all, [][2]string{name("P0001", "Name P0001"), name("P0002", "Other")}, true, false},
		"read by neither":         {all, jobs.Request{}, nil, false, true},
		"put back, seen by some":  {all, some, [][2]string{name("P0001", "Name P0001"), name("P0002", "Other")}, true, false},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			pool := pgtest.New(t)
			o, source, target := world(t, pool)
			put := func(rows ...[2]string) {
				for _, r := range rows {
					source.Put("members", record.ExternalID(r[0]), record.Fields{"code": r[0], "name": r[1]})
				}
			}
			put(name("P0001", "Name P0001"), name("P0002", "Name P0002"))
			o.Pipelines[0].Reads[0].Needed = !c.away
			b := &bundle{t: t, pool: pool, fake: newFake(), Options: o}
			control := b.server().Control()
			run := func(r jobs.Request) jobs.Run {
				t.Helper()
				run, _ := b.run(control, r)
				run, _ = b.watch(control, run.ID)
				return run
			}
			if met := run(jobs.Request{}); met.Outcome != step.Succeeded {
				t.Fatalf("the first run: %s %s", met.Outcome, met.Reason)
			}
			put(name("P0001", "Once"))
			plan := run(c.first)
			if plan.State != jobs.Planned {
				t.Fatalf("the plan: %s %s", plan.State, plan.Outcome)
			}
			put(c.then...)
			if c.away {
				source.Fail = func(_, op string) error {
					return &connector.Error{Class: connector.Transient, System: "source", Op: op, Why: "away"}
				}
			}
			if next := run(c.next); (next.Outcome == step.Partial) != c.away {
				t.Fatalf("the next run: %s %s", next.Outcome, next.Reason)
			}
			source.Fail = nil
			writes := target.Writes
			_, err := control.Apply(t.Context(), plan.ID, jobs.Approval{Hash: plan.PlanHash, By: "test"})
			_, stale := errors.AsType[*engine.PlanStale](err)
			if stale != c.want || err != nil && !stale {
				t.Errorf("the plan is out of date: %v, want %v; %v", stale, c.want, err)
			}
			if stale && target.Writes != writes {
				t.Error("a stale plan was applied")
			}
		})
	}
}
