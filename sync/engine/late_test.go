package engine_test

import (
	"errors"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/engine"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
)

// A system that is switched on later takes up everybody, though nobody has
// changed.
func TestSystemSwitchedOnLater(t *testing.T) {
	t.Parallel()
	r, source, target := pair(t)
	book := policy.Book{people()}
	whole := r.pipeline
	r.start(book, nil, source)
	r.pipeline.Reads, r.pipeline.Writes = whole.Reads[:1], nil
	fill(source, 30)
	r.mustSync()
	if n := len(target.All("people")); n != 0 {
		t.Fatalf("a system that is off holds %d records", n)
	}
	r.pipeline = whole
	r.start(book, nil, source, target)
	r.mustSync()
	equal(t, source, target)
	r.wantQuiet(source, target)
}

// A plan that another run has overtaken is stale, and making it twice makes
// nothing twice.
func TestOvertakenPlanIsStale(t *testing.T) {
	t.Parallel()
	r, source, target := pair(t)
	fill(source, 10)
	r.plan = true
	r.mustSync()
	planned := r.lastRun
	hash, err := r.engine.PlanHash(t.Context(), planned)
	if err != nil {
		t.Fatal(err)
	}
	r.plan = false
	r.mustSync()
	r.lastRun = planned
	if _, stale := errors.AsType[*engine.PlanStale](r.apply(hash)); !stale {
		t.Fatal("a plan that another run has overtaken was applied")
	}
	r.mustSync()
	equal(t, source, target)
}

// An answer that is not understood is the fault of its record; the others are
// written.
func TestOneAnswerNotUnderstood(t *testing.T) {
	t.Parallel()
	r, source, target := pair(t)
	ids := fill(source, 20)
	r.mustSync()
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
	sum := r.mustSync()
	if c := sum["write target people test.person"]; c.Updated != 4 || c.Quarantined != 1 {
		t.Fatalf("%d updated and %d quarantined, want 4 and 1", c.Updated, c.Quarantined)
	}
	r.pass(2 * time.Hour)
	r.mustSync()
	equal(t, source, target)
}
