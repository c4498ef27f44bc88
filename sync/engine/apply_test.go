package engine_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/engine/enginetest"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/step"
)

var errEnded = memory.ErrCrash

// inSmallBatches is a pair of systems whose plans are applied a few records at a
// time.
func inSmallBatches(t *testing.T) (*rig, *memory.System, *memory.System) {
	t.Helper()
	r, source, target := pair(t)
	r.PlanBatch, r.ApplyBatch = 4, 12
	r.Start(policy.Set{people()}, nil, source, target)
	return r, source, target
}

// endAfter ends the process after so many batches. It returns the number of those
// that were applied.
func endAfter(r *rig, batches int) *int {
	n := 0
	r.BetweenBatches = func() error {
		if n++; n == batches {
			return errEnded
		}
		return nil
	}
	return &n
}

// restarted is a new process that works like any.
func restarted(r *rig, source, target *memory.System) {
	r.BetweenBatches = nil
	r.Start(policy.Set{people()}, nil, source, target)
}

func TestApplyGoesOnAfterEveryBatch(t *testing.T) {
	t.Parallel()
	const members = 18
	for _, approved := range []bool{false, true} {
		for at := 1; ; at++ {
			r, source, target := inSmallBatches(t)
			fill(source, members)
			n := endAfter(r, at)
			err := begun(r, approved)
			if err == nil {
				if *n < 3 {
					t.Fatalf("the plan was applied in %d batches, which shows nothing", *n)
				}
				break // there was no such batch
			}
			if !errors.Is(err, errEnded) {
				t.Fatalf("batch %d: %v", at, err)
			}
			known := r.Count(`select count(*) from entity`)
			if known == 0 || known == members {
				t.Errorf("after batch %d %d of %d members are known", at, known, members)
			}
			if rows := r.Count(`select count(*) from listing where initialised_on is not null`); rows != 0 {
				t.Errorf("after batch %d the places count as taken up", at)
			}
			restarted(r, source, target)
			if err := r.Resume(); err != nil {
				t.Fatalf("after batch %d: %v", at, err)
			}
			equal(t, source, target)
			if rows := r.Count(`select count(*) from plan_row where state not in ('done')`); rows != 0 {
				t.Errorf("after batch %d %d rows of the plan are not done", at, rows)
			}
			if n := r.Count(`select count(*) from plan_row where op = 'create' and system = 'target'`); n != members {
				t.Errorf("after batch %d the plan has %d creates, want %d", at, n, members)
			}
			r.WantQuiet(source, target)
			if left := r.RowsOf("staging_item", "staging_entity", "staging_sync_record", "staging_conflict", "plan_apply"); left != 0 {
				t.Errorf("after batch %d %d rows are left behind", at, left)
			}
		}
	}
}

// begun plans, and applies until the process ends; with a person's approval when
// that is wanted.
func begun(r *rig, approved bool) error {
	if !approved {
		_, err := r.Sync()
		return err
	}
	r.Plan = true
	_, err := r.Sync()
	r.Plan = false
	if err != nil {
		return err
	}
	hash, err := r.Engine.PlanHash(r.T.Context(), r.LastRun)
	if err != nil {
		return err
	}
	return r.Approve(hash)
}

// lastMoves has the entity that is applied last change after the first batch. It
// returns whether that has happened.
func lastMoves(r *rig) *bool {
	moved := false
	r.BetweenBatches = func() error {
		if !moved {
			moved = r.Count(`with e as (update entity set version = version + 1 where id = (
				select s.entity from staging_entity s order by s.batch desc, s.seq desc limit 1) returning 1) select count(*) from e`) == 1
		}
		return nil
	}
	return &moved
}

// What has changed after the first batches were applied is left to the next run,
// and said; all else of the plan goes on.
func TestApplyLeavesWhatMoves(t *testing.T) {
	t.Parallel()
	for _, approved := range []bool{false, true} {
		r, source, target := inSmallBatches(t)
		ids := fill(source, 30)
		r.MustSync()
		renameAll(source, ids)
		r.Override = []string{"TOO_MANY_CHANGED"}
		r.TakesMany = true
		r.Start(policy.Set{people()}, nil, source, target)
		moved := lastMoves(r)
		if err := begun(r, approved); err != nil {
			t.Fatal(err)
		}
		if !*moved {
			t.Fatal("nothing has moved")
		}
		if !strings.HasPrefix(r.Notes["left"], "1 record") {
			t.Errorf("the run says %q of what it has left", r.Notes["left"])
		}
		if partial := r.Notes[step.PartialNote] == "PLAN_STALE"; partial != approved {
			t.Errorf("approved %t: the run is said to be partial: %t", approved, partial)
		}
		if n := r.Count(`select count(*) from entity where fields ->> 'name' like 'New %'`); n != 29 {
			t.Errorf("%d members have changed, want 29", n)
		}
		r.MustSync()
		equal(t, source, target)
		r.WantQuiet(source, target)
	}
}

// What was named, read, and then left out, is read by the next run again.
func TestApplyLeavesWhatWasNamed(t *testing.T) {
	t.Parallel()
	r, source, target := inSmallBatches(t)
	r.Override, r.TakesMany = []string{"TOO_MANY_CHANGED"}, true
	r.Start(policy.Set{people()}, nil, source, target)
	ids := fill(source, 30)
	r.MustSync()
	r.Pipeline.Reads[0].Select = step.Notified
	renameAll(source, ids)
	for _, id := range ids {
		enginetest.Notified("source", kPerson, id)(&stage{Rig: r})
	}
	moved := lastMoves(r)
	r.MustSync()
	if r.BetweenBatches = nil; !*moved || !strings.HasPrefix(r.Notes["left"], "1 record") {
		t.Fatalf("something has moved: %t; the run says %q of what it has left", *moved, r.Notes["left"])
	}
	if r.Count(`select count(*) from run_notified`) == 0 {
		t.Error("the name of what was left out is forgotten")
	}
	r.MustSync()
	equal(t, source, target)
	if n := r.Count(`select count(*) from run_notified`); n != 0 {
		t.Errorf("%d names are kept that were read", n)
	}
}

// A plan that is being applied while its process is gone is applied to its end
// before another run plans on top of it; its own run then ends with what it has
// counted.
func TestApplyIsFinishedByTheNextRun(t *testing.T) {
	t.Parallel()
	r, source, target := inSmallBatches(t)
	fill(source, 30)
	endAfter(r, 1)
	if _, err := r.Sync(); !errors.Is(err, errEnded) {
		t.Fatal(err)
	}
	first := r.LastRun
	restarted(r, source, target)
	r.MustSync()
	if n := r.Count(`select count(*) from plan_row where op = 'create' and system = 'target' and run <> '` + first.String() + `'`); n != 0 {
		t.Errorf("the next run has planned %d creates that the first had planned", n)
	}
	equal(t, source, target)
	// The first run's step is carried out once more.
	r.LastRun = first
	s, err := r.Engine.Plan(t.Context(), step.Task{Run: first}, r.Pipeline)
	if err != nil || !s.Done {
		t.Fatalf("done %t, %v", s.Done, err)
	}
	created := int64(0)
	for _, c := range s.Counters {
		created += c.Created
	}
	if created != 30 {
		t.Errorf("the first run counts %d creates, want 30", created)
	}
	if err := r.Resume(); err != nil {
		t.Fatal(err)
	}
	r.WantQuiet(source, target)
}

// A run that is cancelled before its plan begins to be applied applies nothing.
func TestApplyOfACancelledRun(t *testing.T) {
	t.Parallel()
	r, source, target := inSmallBatches(t)
	fill(source, 30)
	r.Plan = true
	if _, err := r.Sync(); err != nil {
		t.Fatal(err)
	}
	hash, err := r.Engine.PlanHash(t.Context(), r.LastRun)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Store.CancelApply(t.Context(), r.LastRun); err != nil {
		t.Fatal(err)
	}
	err = pgx.BeginFunc(t.Context(), r.Pool, func(tx pgx.Tx) error {
		_, err := r.Engine.Apply(t.Context(), tx, r.LastRun, engine.Word{Hash: hash})
		return err
	})
	if err == nil {
		t.Error("the plan of a cancelled run was approved")
	}
	_, err = r.Engine.Plan(t.Context(), step.Task{Run: r.LastRun}, r.Pipeline)
	if stop, ok := errors.AsType[*step.Stop](err); !ok || stop.Outcome != step.Cancelled {
		t.Errorf("the step of a cancelled run: %v", err)
	}
	if target.Writes != 0 || r.RowsOf("entity", "sync_record") != 0 {
		t.Error("a cancelled run has changed something")
	}
}
