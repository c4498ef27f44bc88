package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/touchline-sync/touchline/clients/memory"
	"github.com/touchline-sync/touchline/sync/connector"
	"github.com/touchline-sync/touchline/sync/engine/enginetest"
	"github.com/touchline-sync/touchline/sync/policy"
	"github.com/touchline-sync/touchline/sync/record"
	"github.com/touchline-sync/touchline/sync/step"
)

// batches is a source and a target that is never listed and takes batches.
func batches(t *testing.T, n, batch int) (r *rig, source, target *memory.System, calls func() int) {
	t.Helper()
	source = memory.New("source", memory.Place{Name: "members", Kind: kPerson, Reads: fields, ReadOnly: true})
	target = memory.New("target", memory.Place{
		Name: "people", Kind: kPerson, Reads: fields, Writes: fields, Key: []record.Field{fCode}, IdempotentCreate: true, Unlisted: true, Batch: batch,
	})
	r = enginetest.NewRig(t, policy.Set{people()}, nil, step.Pipeline{
		Name: "people", Family: "test",
		Reads:  []step.Read{{System: "source", Place: "members", Needed: true}},
		Writes: []step.Write{{System: "target", Place: "people"}},
	}, source, target)
	made := 0
	target.Fail = func(when, op string) error {
		if when == "before" && (op == "many" || op == "create") {
			made++
		}
		return nil
	}
	fill(source, n)
	return r, source, target, func() int { return made }
}

// One record because of which a whole batch fails is found within 16 further
// calls, wherever it stands, and fails alone; the next run does not look for it
// again.
func TestSpoiltBatch(t *testing.T) {
	t.Parallel()
	for _, at := range []int{0, 1, 123, 250, 498, 499} {
		t.Run(fmt.Sprint(at), func(t *testing.T) {
			t.Parallel()
			r, _, target, calls := batches(t, 500, 500)
			spoilt := fmt.Sprintf("Name P%04d", at)
			target.Places[0].Spoil = func(f record.Fields) error {
				if f[fName] == spoilt {
					return &connector.Error{Class: connector.Transient, System: "target", Op: "many"}
				}
				return nil
			}
			c := r.MustSync()["write target people test.person"]
			if c.Created != 499 || c.Failed != 1 {
				t.Errorf("%d created and %d failed, want 499 and 1", c.Created, c.Failed)
			}
			if n := calls(); n > 17 {
				t.Errorf("%d calls, want at most 17", n)
			}
			before := calls()
			r.Pass(5 * time.Minute)
			if c := r.MustSync()["write target people test.person"]; c.Created != 1 || calls()-before != 1 {
				t.Errorf("alone %d created in %d calls, want 1 in 1", c.Created, calls()-before)
			}
		})
	}
}

// A system at which every batch fails costs a bounded number of calls, and all
// is done when it is well again.
func TestEveryBatchFails(t *testing.T) {
	t.Parallel()
	r, source, target, calls := batches(t, 300, 500)
	target.Places[0].Spoil = func(record.Fields) error {
		return &connector.Error{Class: connector.Transient, System: "target", Op: "many"}
	}
	if c := r.MustSync()["write target people test.person"]; c.Created != 0 || c.Failed > 3 || c.Waiting < 297 {
		t.Errorf("%d created, %d failed and %d wait", c.Created, c.Failed, c.Waiting)
	}
	if n := calls(); n > 17 {
		t.Errorf("%d calls, want at most 17", n)
	}
	target.Places[0].Spoil = nil
	r.Pass(5 * time.Minute)
	r.MustSync()
	equal(t, source, target)
}

// Several records that spoil their batch cost as many calls a run as one, stop
// nobody for good and do not open the breaker.
func TestSeveralSpoilTheirBatch(t *testing.T) {
	t.Parallel()
	for _, bad := range []int{2, 3} {
		t.Run(fmt.Sprint(bad), func(t *testing.T) {
			t.Parallel()
			r, _, target, calls := batches(t, 500, 500)
			target.Places[0].Spoil = func(f record.Fields) error {
				for i := range bad {
					if f[fName] == fmt.Sprintf("Name P%04d", 100+150*i) {
						return &connector.Error{Class: connector.Transient, System: "target", Op: "many"}
					}
				}
				return nil
			}
			created := int64(0)
			for range 4 {
				before := calls()
				created += r.MustSync()["write target people test.person"].Created
				if n := calls() - before; n > 17+bad {
					t.Errorf("%d calls in a run", n)
				}
				r.Pass(5 * time.Minute)
			}
			if created != 500 {
				t.Errorf("%d created in the end, want 500: alone none of them spoils anything", created)
			}
		})
	}
}
