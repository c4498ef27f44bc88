package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/internal/pgtest"
	"github.com/touchline-sync/touchline/jobs"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// brokenOff is an engine whose Plan, once, applies a batch and then fails.
type brokenOff struct {
	jobs.Engine
	armed, begun atomic.Bool
	between      func() // the batch and the failure
}

func (b *brokenOff) Plan(ctx context.Context, t step.Task, p step.Pipeline) (step.Slice, error) {
	if !b.armed.Load() {
		return b.Engine.Plan(ctx, t, p)
	}
	if b.begun.Load() {
		b.armed.Store(false)
		b.between()
		return step.Slice{}, &step.Stop{Outcome: step.Failed, Reason: "NO_WORKER", Detail: "no process has gone on"}
	}
	t.Until = time.Now().Add(-time.Second)
	slice, err := b.Engine.Plan(ctx, t, p)
	b.begun.Store(err == nil && !slice.Done)
	return slice, err
}

// A run that fails while its plan is half applied leaves the rest to the next one,
// which plans it from what the source shows then. While it is being applied no other
// plan of these kinds can be approved. Nothing is left behind.
func TestFailedHalfway(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t)
	o, source, target := world(t, pool)
	broken := &brokenOff{Engine: o.Engine}
	o.Engine = broken
	b := &bundle{t: t, pool: pool, fake: newFake(), Options: o}
	c := b.server().Control()
	put := func(code, name string) {
		source.Put("members", record.ExternalID(code), record.Fields{"code": code, "name": name})
	}
	for i := range 30 {
		put(fmt.Sprintf("P%04d", i), fmt.Sprintf("Name P%04d", i))
	}
	run := func(r jobs.Request) jobs.Run {
		t.Helper()
		run, _ := b.run(c, r)
		run, _ = b.watch(c, run.ID)
		return run
	}
	count := func(sql string, args ...any) (n int) {
		t.Helper()
		if err := pool.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	plan := run(jobs.Request{PlanOnly: true, Kind: "test.person", Keys: []string{"P0000"}})
	other := false
	broken.between = func() {
		_, err := c.Apply(t.Context(), plan.ID, jobs.Approval{Hash: plan.PlanHash, By: "test"})
		_, other = errors.AsType[engine.OtherApplying](err)
	}
	broken.armed.Store(true)
	half := run(jobs.Request{})
	if known := count("select count(*) from entity"); half.Outcome != step.Failed || half.Reason != "NO_WORKER" || known == 0 || known == 30 {
		t.Fatalf("the run ended %s %s, and %d of 30 are known", half.Outcome, half.Reason, known)
	}
	if !other {
		t.Error("another plan could be approved meanwhile")
	}
	if n := count(`select (select count(*) from plan_apply) + (select count(*) from staging_entity where run = $1)
		+ (select count(*) from staging_item where run = $1) + (select count(*) from staging_listing where run = $1)`, half.ID); n != 0 {
		t.Errorf("%d rows are left behind", n)
	}
	put("P0000", "Other")
	put("P0029", "Other")
	next := run(jobs.Request{Override: []string{"TOO_MANY_CREATED"}, Why: "test"})
	if next.Outcome != step.Succeeded || len(target.All("people")) != 30 {
		t.Fatalf("the next run ended %s %s, and %d of 30 are there", next.Outcome, next.Reason, len(target.All("people")))
	}
	if n := count("select count(*) from entity where fields ->> 'name' = 'Other'"); n != 2 {
		t.Errorf("%d of 2 are as the source shows them now", n)
	}
}
