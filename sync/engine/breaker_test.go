package engine_test

import (
	"errors"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/step"
)

// A system at which five records in a row fail is left alone for five minutes;
// then one probe decides, and the wait doubles with each that fails. Other systems
// go on, and nothing is lost.
func TestP3210BreakerOfRecords(t *testing.T) {
	t.Parallel()
	r, source, target := pair(t)
	ids := fill(source, 20)
	r.MustSync()
	broken, open, probed := true, false, 0 // each run asks for the account as long as it is not open
	target.Fail = func(when, op string) error {
		if op == "check" && open {
			probed++
		}
		if when == "before" && broken && (op == "check" && open || op == "update") {
			return &connector.Error{Class: connector.Transient, System: "target", Op: op}
		}
		return nil
	}
	for _, id := range ids[:5] {
		source.Put("members", id, mail("new-"+string(id)+"@example.org"))
	}
	wantOpen := func(when string) {
		t.Helper()
		_, err := r.Sync()
		if stop, ok := errors.AsType[*step.Stop](err); !ok || stop.Reason != "BREAKER_OPEN" {
			t.Fatalf("%s the run ended with %v, want BREAKER_OPEN", when, err)
		}
	}
	wantOpen("at first")
	open = true
	calls := target.Calls
	wantOpen("at once after")
	if target.Calls != calls || probed != 0 {
		t.Errorf("%d calls and %d probes while it is open", target.Calls-calls, probed)
	}
	r.Pass(6 * time.Minute)
	wantOpen("after a probe that failed")
	r.Pass(6 * time.Minute)
	wantOpen("when the wait has doubled")
	if probed != 1 {
		t.Errorf("%d probes, want 1", probed)
	}
	broken = false
	r.Pass(10 * time.Minute)
	r.MustSync()
	equal(t, source, target)
	r.WantQuiet(source, target)
}

// A source that cannot be read three cycles in a row is left alone, too; two and
// a good one count for nothing.
func TestBreakerOfCycles(t *testing.T) {
	t.Parallel()
	r, source, target := pair(t)
	fill(source, 5)
	r.MustSync()
	broken := true
	source.Fail = func(when, op string) error {
		if when == "before" && op == "list" && broken {
			return &connector.Error{Class: connector.Transient, System: "source", Op: op}
		}
		return nil
	}
	fails := func() {
		t.Helper()
		if _, err := r.Sync(); connector.ClassOf(err) != connector.Transient {
			t.Fatalf("the run ended with %v, want Transient", err)
		}
		r.Pass(time.Minute)
	}
	fails()
	fails()
	broken = false
	r.MustSync()
	broken = true
	fails()
	fails()
	fails()
	broken = false
	_, err := r.Sync()
	if stop, ok := errors.AsType[*step.Stop](err); !ok || stop.Reason != "BREAKER_OPEN" {
		t.Fatalf("after three cycles the run ended with %v, want BREAKER_OPEN", err)
	}
	r.Pass(5 * time.Minute)
	r.MustSync()
	equal(t, source, target)
	r.WantQuiet(source, target)
}
