package app

import (
	"testing"
	"time"
)

func TestRunsAreValidated(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		change func(*Runs)
		faults int
	}{
		{func(*Runs) {}, 0},
		{func(r *Runs) { r.UnservedAfter = time.Second }, 0},
		{func(r *Runs) { r.UnservedAfter = time.Second - 1 }, 1},
		{func(r *Runs) { r.StalledAfter = r.UnservedAfter }, 0},
		{func(r *Runs) { r.StalledAfter = r.UnservedAfter - 1 }, 1},
		{func(r *Runs) { r.DatabaseWait = time.Second }, 0},
		{func(r *Runs) { r.DatabaseWait = time.Second - 1 }, 1},
	} {
		r := defaultRuns()
		test.change(&r)
		if faults := r.validate(); len(faults) != test.faults {
			t.Errorf("%+v: %v", r, faults)
		}
	}
}
