package engine_test

import (
	"errors"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/engine/enginetest"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// A system that is switched on later takes up everybody, though nobody has
// changed.
func TestSystemSwitchedOnLater(t *testing.T) {
	t.Parallel()
	r, source, target := pair(t)
	policies := policy.Set{people()}
	whole := r.Pipeline
	r.Start(policies, nil, source)
	r.Pipeline.Reads, r.Pipeline.Writes = whole.Reads[:1], nil
	fill(source, 30)
	r.MustSync()
	if n := len(target.All("people")); n != 0 {
		t.Fatalf("a system that is off holds %d records", n)
	}
	r.Pipeline = whole
	r.Start(policies, nil, source, target)
	r.MustSync()
	equal(t, source, target)
	r.WantQuiet(source, target)
}

// A plan that another run has overtaken is stale, and making it twice makes
// nothing twice.
func TestOvertakenPlanIsStale(t *testing.T) {
	t.Parallel()
	r, source, target := pair(t)
	fill(source, 10)
	r.Plan = true
	r.MustSync()
	planned := r.LastRun
	hash, err := r.Engine.PlanHash(t.Context(), planned)
	if err != nil {
		t.Fatal(err)
	}
	r.Plan = false
	r.MustSync()
	r.LastRun = planned
	if _, stale := errors.AsType[*engine.PlanStale](r.Approve(hash)); !stale {
		t.Fatal("a plan that another run has overtaken was applied")
	}
	r.MustSync()
	equal(t, source, target)
}

// An answer that is not understood is the fault of its record; the others are
// written.
func TestOneAnswerNotUnderstood(t *testing.T) {
	t.Parallel()
	r, source, target := pair(t)
	ids := fill(source, 20)
	r.MustSync()
	for _, id := range ids[:5] {
		source.Put("members", id, record.Fields{fMail: "new-" + string(id) + "@example.org"})
	}
	failed := false
	target.Fail = func(when, op string) error {
		if when == "before" && op == "update" && !failed {
			failed = true
			return &connector.Error{Class: connector.Drifted, System: "target", Op: "update"}
		}
		return nil
	}
	sum := r.MustSync()
	if c := sum["write target people test.person"]; c.Updated != 4 || c.Quarantined != 1 {
		t.Fatalf("%d updated and %d quarantined, want 4 and 1", c.Updated, c.Quarantined)
	}
	r.Pass(2 * time.Hour)
	r.MustSync()
	equal(t, source, target)
}

// A system that answers every create with a fault that may have taken effect
// ends the step all the same: after the attempts of one cycle, each looked up
// when it can have no effect any more.
func TestCreatesFailForEver(t *testing.T) {
	t.Parallel()
	r, source, target := pair(t)
	fill(source, 3)
	broken := true
	target.Fail = func(when, op string) error {
		if when == "before" && op == "create" && broken {
			return &connector.Error{Class: connector.Transient, System: "target", Op: "create"}
		}
		return nil
	}
	sum := r.MustSync()
	if c := sum["write target people test.person"]; c.Created != 0 || c.Failed != 3 {
		t.Fatalf("%d created and %d failed, want 0 and 3", c.Created, c.Failed)
	}
	broken = false
	r.Pass(5 * time.Minute)
	if c := r.MustSync()["write target people test.person"]; c.Created != 3 || c.Failed != 0 {
		t.Fatalf("%d created and %d failed in the next cycle, want 3 and 0", c.Created, c.Failed)
	}
	equal(t, source, target)
	r.WantQuiet(source, target)
}

// A create whose answer is lost is no failure once it is known what became of
// it.
func TestLostAnswerIsNoFailure(t *testing.T) {
	t.Parallel()
	r, source, target := pair(t)
	fill(source, 3)
	lost := 0
	target.Fail = func(when, op string) error {
		if when == "after" && op == "create" && lost == 0 {
			lost++
			return &connector.Error{Class: connector.Transient, System: "target", Op: "create"}
		}
		return nil
	}
	if c := r.MustSync()["write target people test.person"]; c.Failed != 0 || c.Created != 3 {
		t.Fatalf("%d created and %d failed, want 3 and 0", c.Created, c.Failed)
	}
	equal(t, source, target)
	r.WantQuiet(source, target)
}

// What a create meets at a place that is never listed is not ours, and what it
// shows reaches the hub.
func TestCreateThatAdopts(t *testing.T) {
	t.Parallel()
	const state record.Field = "state"
	fields := []record.Field{fCode, fMail, state}
	source := memory.New("source", memory.Place{Name: "members", Kind: "test.person", Reads: fields[:2], Writes: nil, ReadOnly: true})
	target := memory.New("target", memory.Place{
		Name: "people", Kind: "test.person", Reads: fields, Writes: fields[:2], Key: []record.Field{fCode}, IdempotentCreate: true, Unlisted: true, Delete: true,
	})
	page := people()
	page.Fields[state] = policy.Strictest("out", "in")
	r := enginetest.NewRig(t, policy.Set{page}, nil, step.Pipeline{
		Name: "people", Family: "test",
		Reads:  []step.Read{{System: "source", Place: "members", Needed: true}},
		Writes: []step.Write{{System: "target", Place: "people"}},
	}, source, target)
	target.Put("people", "7", record.Fields{fCode: "A", fMail: "old@example.org", state: "out"})
	source.Put("members", "1", record.Fields{fCode: "A", fMail: "a@example.org"})
	source.Put("members", "2", record.Fields{fCode: "B", fMail: "b@example.org"})
	r.MustSync()
	for what, want := range map[string]int64{
		`select count(*) from sync_record where system = 'target' and created_by = 'us'`:                        1,
		`select count(*) from sync_record where system = 'target' and external_id = '7' and created_by <> 'us'`: 1,
	} {
		if got := r.Count(what); got != want {
			t.Errorf("%d for %s, want %d", got, what, want)
		}
	}
	r.MustSync() // takes the news up
	if n := r.Count(`select count(*) from entity where fields ->> 'state' = 'out'`); n != 1 {
		t.Errorf("%d entities have the state that the create has met, want 1", n)
	}
	r.WantQuiet(source, target)
}

// A connector that breaks down over one record lets the others be written.
func TestConnectorBreaksDown(t *testing.T) {
	t.Parallel()
	r, source, target := pair(t)
	ids := fill(source, 20)
	r.MustSync()
	for _, id := range ids[:3] {
		source.Put("members", id, mail("new-"+string(id)+"@example.org"))
	}
	broke := false
	target.Fail = func(when, op string) error {
		if when == "before" && op == "update" && !broke {
			broke = true
			panic("a value that must not be told")
		}
		return nil
	}
	if c := r.MustSync()["write target people test.person"]; c.Updated != 2 || c.Quarantined != 1 {
		t.Fatalf("%d updated and %d quarantined, want 2 and 1", c.Updated, c.Quarantined)
	}
	if n := r.Count(`select count(*) from sync_record where quarantine like '%broke down%' and quarantine not like '%must not%'`); n != 1 {
		t.Errorf("%d records tell that the connector broke down, want 1", n)
	}
	r.Pass(2 * time.Hour)
	r.MustSync()
	equal(t, source, target)
}
